// @ts-check
import { createClient } from 'redis';
import { library } from '../../harness/library.mjs';
import { mintOurs, ourOptions, OUR_ROUTES } from '../ours.mjs';

/**
 * @param {import('../../harness/contender.mjs').Settings} settings
 * @returns {Promise<import('../../harness/contender.mjs').Contender>}
 */
export default async (settings) => {
  const client = await createClient({ url: settings.redisUrl }).connect();
  const sessionStore = new library.RedisSessionStore(/** @type {any} */ (client));
  return {
    imports: [library.UpbondAuthModule.forRoot({ ...ourOptions(settings), sessionStore })],
    guards: [library.UpbondGuard],
    mint: mintOurs,
    routes: OUR_ROUTES,
  };
};
