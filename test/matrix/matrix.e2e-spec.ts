import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LIBRARIES, type Library } from '../sockets/gateways.js';
import { PLATFORMS } from '../support/application.js';
import { startEveryTransport, type EveryTransport } from '../support/every-transport.js';
import { RedisServer } from '../support/redis-server.js';
import type { Credential } from '../support/wires.js';
import { libraryOf, outcome, TRANSPORT_NAMES } from './cells.js';
import { credentialsOf } from './credentials.js';
import { matrixModule } from './handlers.js';
import {
  CREDENTIALS,
  DECORATORS,
  expected,
  type CredentialName,
  type DecoratorName,
} from './rules.js';

interface Scene {
  readonly application: EveryTransport;
  readonly credentials: Record<CredentialName, Credential>;
}

const MODULES = { ws: matrixModule('ws'), 'socket.io': matrixModule('socket.io') };
const ROWS = (Object.keys(CREDENTIALS) as CredentialName[]).flatMap((by) =>
  (Object.keys(DECORATORS) as DecoratorName[]).map((at) => ({ by, at })),
);
/** How many cells are under way at once. */
const BATCH = 20;

describe.each(PLATFORMS)('transport × credential × decorator on %s', (platform) => {
  const scenes = new Map<Library, Scene>();
  let broker: RedisServer;
  let cells = 0;
  let start = 0;

  beforeAll(async () => {
    start = performance.now();
    broker = await RedisServer.start();
    for (const library of LIBRARIES) {
      const module = MODULES[library];
      const application = await startEveryTransport({ platform, library, broker, module });
      scenes.set(library, { application, credentials: await credentialsOf(application.upbond) });
    }
  });

  afterAll(async () => {
    const seconds = Math.round((performance.now() - start) / 1000);
    console.log(`${cells} cells on ${platform} in ${seconds} s`);
    for (const { application } of scenes.values()) await application.close();
    await broker.stop();
  });

  it.each(TRANSPORT_NAMES)('%s', async (transport) => {
    const { application, credentials } = scenes.get(libraryOf(transport))!;
    const wrong: string[] = [];
    for (let first = 0; first < ROWS.length; first += BATCH) {
      const batch = ROWS.slice(first, first + BATCH).map(async ({ by, at }) => {
        const found = await outcome(transport, application, at, credentials[by]);
        const due = expected(transport, by, at);
        if (found !== due) wrong.push(`${by} at ${at}: ${found} instead of ${due}`);
        cells++;
      });
      await Promise.all(batch);
    }
    expect(wrong).toEqual([]);
  });
});
