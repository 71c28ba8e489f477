import type { ModuleMetadata } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { UpbondGuard } from 'nestjs-upbond-auth';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { LIBRARIES, type Library } from '../sockets/gateways.js';
import { PLATFORMS } from '../support/application.js';
import { CleanUp } from '../support/boot.js';
import {
  startEveryTransport,
  type EveryTransport,
  type EveryTransportSetup,
} from '../support/every-transport.js';
import { RedisServer } from '../support/redis-server.js';
import { handlersOf, OWN, servedBy } from './discovery.js';
import { BrokenController, forgetfulModule } from './sample/forgotten.js';
import { configure, PREFIX, sampleModule } from './sample/sample.module.js';
import { ownAnswers, tally, unreached, walk, wrong, type Step } from './walk.js';

/** Each of them has to be met: a walk that finds nothing proves nothing. */
const KINDS = [
  'HTTP',
  'SSE',
  'GraphQL query',
  'GraphQL mutation',
  'GraphQL field',
  'GraphQL subscription',
  'ws message',
  'socket.io message',
  'TCP message',
  'TCP event',
  'Redis message',
  'Redis event',
  'route of the library',
];

/** What README.md and docs/logout.md say of these routes, for a program that knows nothing. */
const OWN_ANSWERS = {
  login: 'answered',
  callback: 'state_mismatch',
  postedCallback: 'state_mismatch',
  askToLogout: 'answered',
  logout: 'cross_site_request',
  backchannelLogout: 'invalid_request',
  protectedResourceMetadata: 'answered',
};

/** By hand, so that the walk does not only compare the rules with themselves. */
const MEANT_TO_BE_PUBLIC = [
  'AuthorsResolver.findAuthor',
  'AuthorsResolver.findName',
  'BooksResolver.bookOfTheDay',
  'BooksResolver.bookOfTheDayChanged',
  'BooksResolver.suggestBook',
  'BooksResolver.title',
  'CartsController.answerOffers',
  'CartsController.offers',
  'CartsGateway.offers',
  'CartsResolver.cartOffer',
  'CatalogueController.list',
  'CatalogueController.listNewest',
  'HealthMessages.health',
  'LobbyGateway.tables',
  'NewsController.headlines',
  'OrderMessages.prices',
  'OrderMessages.viewed',
  'OrdersController.prices',
  'OrdersController.quote',
  'PlantsController.all',
  'PlantsController.schema',
  'RareTreesController.schema',
  'ScoresGateway.latest',
  'TreesController.all',
  'TreesController.schema',
];

/** Two ways to guard everything. */
const BINDINGS = ['APP_GUARD', 'useGlobalGuards'] as const;

const clean = new CleanUp();
let broker: RedisServer;

beforeAll(async () => void (broker = await RedisServer.start()));
afterEach(() => clean.clean());
afterAll(() => broker.stop());

describe.each(PLATFORMS)('every route and handler on %s', (platform) => {
  const start = (
    library: Library,
    module: ModuleMetadata,
    setup: Partial<EveryTransportSetup> = {},
  ): Promise<EveryTransport> =>
    clean.closing(startEveryTransport({ platform, library, broker, module, ...setup }));

  const startSample = (
    library: Library,
    module = sampleModule(library),
    setup: Partial<EveryTransportSetup> = {},
  ) => start(library, module, { prefix: PREFIX, configure, ...setup });

  const startGuarded = (library: Library, binding: (typeof BINDINGS)[number]) => {
    if (binding === 'APP_GUARD') return startSample(library);
    return startSample(library, sampleModule(library, { isGuarded: false }), {
      configure: (app) => {
        configure(app);
        app.useGlobalGuards(app.get(UpbondGuard, { strict: false }));
      },
    });
  };

  it.each(BINDINGS)(
    'exactly what is public answers without credentials, with %s',
    async (binding) => {
      const steps: Step[] = [];
      for (const library of LIBRARIES) {
        const application = await startGuarded(library, binding);
        const walked = await walk(application);
        expect(unreached(walked)).toEqual([]);
        expect(wrong(walked)).toEqual([]);
        expect(ownAnswers(walked)).toEqual(OWN_ANSWERS);
        // Both applications have the same handlers, but for those of sockets
        const known = new Set(steps.map(({ kind }) => kind));
        steps.push(...walked.filter(({ kind }) => !known.has(kind)));
        // Applications on one broker would answer each other's packets
        await clean.clean();
      }
      const counts = tally(steps);
      const line = KINDS.map((kind) => `${counts[kind]} ${kind}`).join(', ');
      console.log(`walked on ${platform}, with ${binding}: ${line}`);
      expect(Object.keys(counts).toSorted()).toEqual(KINDS.toSorted());
      // Of each kind, something is open and something is closed
      for (const kind of KINDS.slice(0, -1)) {
        const marks = steps.filter((step) => step.kind === kind).map(({ isPublic }) => isPublic);
        expect(new Set(marks), kind).toEqual(new Set([true, false]));
      }
    },
  );

  it.each(LIBRARIES)('the walk leaves nothing out that Nest serves, with %s', async (library) => {
    const { app } = await startSample(library);
    const found = new Set(handlersOf(app).map(({ name }) => name));
    expect([...found].toSorted()).toEqual([...servedBy(app)].toSorted());
  });

  it('what is public in the sample is what its author means', async () => {
    const { app } = await startSample('socket.io');
    const open = handlersOf(app).filter(({ isPublic, kind }) => isPublic && kind !== OWN);
    expect([...new Set(open.map(({ name }) => name))].toSorted()).toEqual(MEANT_TO_BE_PUBLIC);
  });

  describe('the walk finds', () => {
    it.each(LIBRARIES)('what no guard is bound to, with %s', async (library) => {
      const steps = await walk(await start(library, forgetfulModule(library)));
      expect(unreached(steps)).toEqual([]);
      expect(wrong(steps).toSorted()).toEqual(
        [
          'HTTP ForgottenController.one: answered',
          'SSE ForgottenController.stream: answered',
          'TCP message ForgottenController.answer: answered',
          'Redis message ForgottenController.answer: answered',
          'TCP event ForgottenController.happened: answered',
          'Redis event ForgottenController.happened: answered',
          `${library} message ForgottenGateway.secrets: answered`,
        ].toSorted(),
      );
    });

    it('packets of a hybrid application without inheritAppConfig', async () => {
      const sample = await startSample('ws', undefined, { inheritAppConfig: false });
      const found = wrong(await walk(sample));
      expect(new Set(found.map(kindOf))).toEqual(
        new Set(['TCP message', 'TCP event', 'Redis message', 'Redis event']),
      );
    });

    it('fields without fieldResolverEnhancers', async () => {
      const module = sampleModule('socket.io', { areFieldsGuarded: false });
      const found = wrong(await walk(await startSample('socket.io', module)));
      expect(found).toEqual([
        'GraphQL field BooksResolver.author: answered',
        'GraphQL field AuthorsResolver.email: answered',
      ]);
    });

    it('what it cannot call', async () => {
      const guard = { provide: APP_GUARD, useExisting: UpbondGuard };
      const steps = await walk(
        await start('ws', { controllers: [BrokenController], providers: [guard] }),
      );
      expect(wrong(steps)).toEqual([]);
      expect(unreached(steps)).toEqual([
        'HTTP BrokenController.list: status 500',
        'TCP message BrokenController.answer: Internal server error',
        'Redis message BrokenController.answer: Internal server error',
      ]);
    });

    it('every kind of handler without APP_GUARD', async () => {
      const found: string[] = [];
      for (const library of LIBRARIES) {
        const module = sampleModule(library, { isGuarded: false });
        found.push(...wrong(await walk(await startSample(library, module))));
        await clean.clean();
      }
      expect([...new Set(found.map(kindOf))].toSorted()).toEqual(KINDS.slice(0, -1).toSorted());
    });
  });
});

function kindOf(line: string): string {
  return line.slice(0, line.search(/ \w+\.\w+: /));
}
