// @ts-check
import { library } from '../../harness/library.mjs';
import { mintOurs, ourOptions, OUR_ROUTES } from '../ours.mjs';

/**
 * @param {import('../../harness/contender.mjs').Settings} settings
 * @returns {import('../../harness/contender.mjs').Contender}
 */
export default (settings) => ({
  imports: [library.UpbondAuthModule.forRoot(ourOptions(settings))],
  guards: [library.UpbondGuard],
  mint: mintOurs,
  routes: OUR_ROUTES,
});
