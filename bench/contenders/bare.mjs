// @ts-check
// The route that nobody guards: what everything else is measured against.
import { subOf } from '../harness/credentials.mjs';

/** @returns {import('../harness/contender.mjs').Contender} */
export default () => ({ sub: () => subOf(0) });
