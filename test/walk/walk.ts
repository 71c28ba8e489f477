import { LOGS, type EveryTransport } from '../support/every-transport.js';
import { until } from '../support/waiting.js';
import {
  graphql,
  message,
  metadataOf,
  packet,
  replyOf,
  request,
  subscribe,
  type Credential,
  type Reply,
} from '../support/wires.js';
import type { TransportName } from '../microservices/fixture.js';
import { handlersOf, OWN, type Handler } from './discovery.js';
import { Witness } from './sample/witness.js';

/** What became of one handler, called over one transport. */
export interface Step {
  readonly kind: string;
  readonly name: string;
  readonly isPublic: boolean;
  /** `answered`, or the code of the refusal: to nobody, and to somebody who may everything. */
  readonly toNobody: string;
  readonly toAll: string;
}

/** Calls every handler of an application over the wire, twice. */
export async function walk(transport: EveryTransport): Promise<Step[]> {
  const user = transport.upbond.asUser(MAY_ALL);
  const all = await user.bearer();
  const steps: Step[] = [];
  for (const handler of handlersOf(transport.app)) {
    for (const { kind, call } of waysTo(transport, handler)) {
      const toNobody = await call({});
      const toAll = await call(all);
      steps.push({ kind, name: handler.name, isPublic: handler.isPublic, toNobody, toAll });
    }
  }
  return steps;
}

/** Satisfies whatever the sample asks. */
const MAY_ALL = {
  sub: 'ann',
  scopes: ['catalogue:write', 'authors:contact', 'authors:write', 'chat:write', 'scores:write'],
  permissions: ['catalogue:audit'],
  roles: ['admin'],
  claims: { auth_time: Math.floor(Date.now() / 1000) },
};

/** How many steps there were of each kind. */
export function tally(steps: readonly Step[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind } of steps) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

/** The steps that show an open handler, which is not marked, or a closed one that is. */
export function wrong(steps: readonly Step[]): string[] {
  return steps
    .filter(({ kind }) => kind !== OWN)
    .filter(({ isPublic, toNobody }) => toNobody !== (isPublic ? 'answered' : 'login_required'))
    .map(({ kind, name, toNobody }) => `${kind} ${name}: ${toNobody}`);
}

/** The steps that show nothing, because not even somebody who may everything gets an answer. */
export function unreached(steps: readonly Step[]): string[] {
  return steps
    .filter(({ kind }) => kind !== OWN)
    .filter(({ toAll }) => toAll !== 'answered')
    .map(({ kind, name, toAll }) => `${kind} ${name}: ${toAll}`);
}

/** What the routes of the library answer to nobody. */
export function ownAnswers(steps: readonly Step[]): Record<string, string> {
  const own = steps.filter(({ kind }) => kind === OWN);
  return Object.fromEntries(own.map(({ name, toNobody }) => [name.split('.')[1], toNobody]));
}

interface Way {
  readonly kind: string;
  readonly call: (credential: Credential) => Promise<string>;
}

function waysTo(transport: EveryTransport, handler: Handler): Way[] {
  const { address, kind } = handler;
  const { url, library, senders } = transport;
  switch (address.by) {
    case 'HTTP':
    case 'SSE':
    case 'library': {
      const ask = async (credential: Credential) =>
        replyOf(await request(url + address.path, address.method, credential));
      return [{ kind, call: (credential) => verdict(ask(credential)) }];
    }
    case 'operation':
      return [{ kind, call: (who) => verdict(graphql(url, address.query, who)) }];
    case 'subscription':
      return [{ kind, call: (who) => verdict(subscribe(url, address.query, who)) }];
    case 'socket': {
      const { place, event } = address;
      const call = (who: Credential) => verdict(message(library, url, place, event, who));
      return [{ kind: `${library} message`, call }];
    }
    case 'message':
      return overEach(senders, (name) => ({
        kind: `${name} message`,
        call: (who) => verdict(packet(senders[name], address.pattern, who)),
      }));
    case 'event':
      return overEach(senders, (name) => ({
        kind: `${name} event`,
        call: (who) => verdictOfEvent(transport, name, handler, address.pattern, who),
      }));
  }
}

function overEach<Value>(senders: EveryTransport['senders'], way: (name: TransportName) => Value) {
  return (Object.keys(senders) as TransportName[]).map(way);
}

async function verdict(reply: Promise<Reply>): Promise<string> {
  const settled = await reply;
  return 'refused' in settled ? settled.refused : 'answered';
}

/** Nothing answers an event: it was handled, or the log says why not. */
async function verdictOfEvent(
  { app, senders }: EveryTransport,
  over: TransportName,
  { name }: Handler,
  pattern: unknown,
  credential: Credential,
): Promise<string> {
  const { seen } = app.get(Witness);
  const before = { seen: seen.length, lines: LOGS.own.length };
  const refusals = () => LOGS.own.slice(before.lines);
  await senders[over].emit(pattern as string, metadataOf(credential), {});
  const isHandled = () => seen.slice(before.seen).includes(name);
  await until(async () => isHandled() || refusals().length > 0, `${name} got lost`, 5000);
  return isHandled() ? 'answered' : String(/^\w+/.exec(refusals()[0] ?? ''));
}
