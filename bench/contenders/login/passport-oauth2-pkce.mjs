// @ts-check
import contender from './passport-oauth2.mjs';

/** @param {import('../../harness/contender.mjs').Settings} settings */
export default (settings) => contender(settings, { pkce: true });
