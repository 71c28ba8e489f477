import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { LeasedRecords } from '../../../libs/upbond-auth/src/shared-memory/leased-records.js';
import { LocalRecords } from '../../../libs/upbond-auth/src/shared-memory/local-records.js';
import { RedisSharedMemory } from '../../../libs/upbond-auth/src/shared-memory/redis-shared-memory.js';
import { RedisServer } from '../../support/redis-server.js';
import { CLIENT_KINDS } from '../redis/clients.js';

/** One record as the contract describes it, without a thought of time in milliseconds or of memory. */
class Model {
  now = 1_700_000_000;
  /** Every number that was given, oldest first. */
  readonly numbers: number[] = [];
  value: { text: string; number: number; until: number } | undefined;
  held: { owner: string; number: number; until: number } | undefined;

  tick(seconds: number): void {
    this.now += seconds;
    if (this.held && this.held.until <= this.now) this.held = undefined;
    // What has expired still keeps late writers away while somebody holds the lease.
    if (this.value && this.value.until <= this.now && !this.held) this.value = undefined;
  }

  get state() {
    const isFresh = this.value && this.value.until > this.now;
    return {
      value: isFresh ? this.value?.text : undefined,
      writtenAs: isFresh ? (this.value?.number ?? 0) : 0,
    };
  }

  giveBack(owner: string): void {
    if (this.held?.owner === owner) this.held = undefined;
    this.tick(0);
  }
}

interface Real {
  readonly records: LeasedRecords;
  readonly key: string;
  tick(seconds: number): void;
}

type Command = fc.AsyncCommand<Model, Real>;

const owners = fc.constantFrom('a', 'b', 'c');
const seconds = fc.constantFrom(5, 10, 20, 40);
/** How many numbers ago one was given; more than there are means none. */
const ago = fc.nat({ max: 4 });

class Lease implements Command {
  constructor(
    private readonly owner: string,
    private readonly leaseSeconds: number,
    private readonly known: number,
  ) {}
  check = () => true;
  async run(model: Model, { records, key }: Real): Promise<void> {
    const { owner, leaseSeconds } = this;
    const unlessNewerThan = model.numbers.at(-this.known) ?? 0;
    const before = model.state;
    const { lease, ...state } = await records.lease(key, { owner, leaseSeconds, unlessNewerThan });
    expect(state).toEqual(before);
    if (before.writtenAs > unlessNewerThan) {
      expect(lease).toBeUndefined();
      return model.giveBack(owner);
    }
    if (model.held && model.held.owner !== owner) return expect(lease).toBeUndefined();
    if (model.held) expect(lease).toBe(model.held.number);
    else expect(lease).toBeGreaterThan(Math.max(0, ...model.numbers));
    if (!model.held) model.numbers.push(lease!);
    model.held = { owner, number: lease!, until: model.now + leaseSeconds };
  }
  toString = () => `lease(${this.owner}, ${this.leaseSeconds} s, knows ${this.known} ago)`;
}

class Write implements Command {
  constructor(
    private readonly ago: number,
    private readonly text: string,
    private readonly ttlSeconds: number,
  ) {}
  check = ({ numbers }: Readonly<Model>) => numbers.at(-1 - this.ago) !== undefined;
  async run(model: Model, { records, key }: Real): Promise<void> {
    const { text, ttlSeconds } = this;
    const number = model.numbers.at(-1 - this.ago)!;
    const wrote = await records.writeRecord(key, number, text, ttlSeconds);
    const { value } = model;
    if (value && value.number >= number) {
      return expect(wrote).toBe(value.number === number && value.text === text);
    }
    expect(wrote).toBe(true);
    if (model.held?.number === number) model.held = undefined;
    model.value = { text, number, until: model.now + ttlSeconds };
  }
  toString = () => `write(${this.ago} ago, ${this.text}, ${this.ttlSeconds} s)`;
}

class Prolong implements Command {
  constructor(
    private readonly owner: string,
    private readonly leaseSeconds: number,
  ) {}
  check = () => true;
  async run(model: Model, { records, key }: Real): Promise<void> {
    const isOwn = model.held?.owner === this.owner;
    expect(await records.prolong(key, this.owner, this.leaseSeconds)).toBe(isOwn);
    if (isOwn) model.held = { ...model.held!, until: model.now + this.leaseSeconds };
  }
  toString = () => `prolong(${this.owner}, ${this.leaseSeconds} s)`;
}

class Release implements Command {
  constructor(private readonly owner: string) {}
  check = () => true;
  async run(model: Model, { records, key }: Real): Promise<void> {
    await records.release(key, this.owner);
    model.giveBack(this.owner);
  }
  toString = () => `release(${this.owner})`;
}

class Read implements Command {
  check = () => true;
  async run(model: Model, { records, key }: Real): Promise<void> {
    expect(await records.readRecord(key)).toEqual(model.state);
  }
  toString = () => 'read()';
}

class Tick implements Command {
  constructor(private readonly seconds: number) {}
  check = () => true;
  async run(model: Model, real: Real): Promise<void> {
    model.tick(this.seconds);
    real.tick(this.seconds);
  }
  toString = () => `tick(${this.seconds} s)`;
}

const commands: fc.Arbitrary<Command>[] = [
  fc.tuple(owners, seconds, ago).map((args) => new Lease(...args)),
  fc.tuple(ago, fc.constantFrom('x', 'y'), seconds).map((args) => new Write(...args)),
  fc.tuple(owners, seconds).map((args) => new Prolong(...args)),
  owners.map((owner) => new Release(owner)),
  fc.constant(new Read()),
];
const ticks = fc.constantFrom(1, 5, 10, 30).map((one) => new Tick(one));

/** Runs many sequences of commands beside the model. */
async function compare(
  of: fc.Arbitrary<Command>[],
  numRuns: number,
  start: () => Real,
): Promise<void> {
  const sequences = fc.commands(of, { maxCommands: 60, size: 'max' });
  let count = 0;
  const property = fc.asyncProperty(sequences, async (sequence) => {
    await fc.asyncModelRun(() => ({ model: new Model(), real: start() }), sequence);
    count += [...sequence].length;
  });
  await fc.assert(property, { numRuns });
  console.info(`${numRuns} sequences, ${count} commands`);
}

describe('leased records behave as the model', () => {
  it('in one process, while time passes', async () => {
    await compare([...commands, ticks], 3000, () => {
      const clock = new Model();
      const records = new LocalRecords(() => clock.now);
      return { records, key: 'key', tick: (by) => clock.tick(by) };
    });
  });

  it('in Redis, where no time passes', async () => {
    const server = await RedisServer.start();
    const application = await CLIENT_KINDS[0]!.single(server);
    const records = new RedisSharedMemory(application.client, { timeoutSeconds: 20 });
    // Its lease or value may end late only: every time is far longer than a sequence takes.
    await compare(commands, 200, () => ({ records, key: randomUUID(), tick: () => undefined }));
    application.close();
    await server.stop();
  });
});
