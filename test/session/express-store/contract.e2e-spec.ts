import { ExpressSessionStore } from '../../../libs/upbond-auth/src/session/store/express-session-store.js';
import { PostgresServer } from '../../support/postgres-server.js';
import { describeStore } from '../store-contract.js';
import { STORE_KINDS } from './stores.js';

describe('what every session store must do', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await PostgresServer.start();
  });
  afterAll(() => server?.stop());

  for (const kind of STORE_KINDS) {
    describeStore(
      `in ${kind.name}`,
      async () => {
        const { store, other, dump, close } = await kind.open(server);
        return {
          store: new ExpressSessionStore(store),
          other: new ExpressSessionStore(other),
          dump,
          close,
        };
      },
      {
        capabilities: { atomicUpdate: false, index: false },
        reasons: {
          atomicUpdate: 'the express-session API has no conditional write',
          index: 'the express-session API finds entries by their key only',
        },
      },
    );
  }
});
