// @ts-check
import { AUDIENCE } from '../../harness/credentials.mjs';
import { library } from '../../harness/library.mjs';
import { ourOptions } from '../ours.mjs';

/**
 * @param {import('../../harness/contender.mjs').Settings} settings
 * @returns {import('../../harness/contender.mjs').Contender}
 */
export default (settings) => ({
  imports: [
    library.UpbondAuthModule.forRoot({
      ...ourOptions(settings),
      accessTokenAudiences: [AUDIENCE],
      accessTokenSigningAlgorithms: ['RS256', 'ES256'],
    }),
  ],
  guards: [library.UpbondGuard],
});
