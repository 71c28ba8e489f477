import type { RedisCommands } from './redis-connection.js';
import type { LogEntries } from './shared-memory.js';

/** Before the first entry of any stream. */
const BEGINNING = '0-0';
const PAGE = 1000;

type Commands = Pick<RedisCommands, 'command'>;

type StreamEntry = readonly [id: string, fields: readonly string[]];

/**
 * The entries of a stream after a position. A position that lies ahead of the stream is one of a log
 * that was lost (Redis restarted empty, or failed over): then everything is read again.
 */
export async function readStream(
  redis: Commands,
  key: string,
  position = BEGINNING,
): Promise<LogEntries> {
  const found = await readAfter(redis, key, position);
  if (found.entries.length > 0 || position === BEGINNING) return found;
  return (await isAhead(redis, key, position)) ? readAfter(redis, key, BEGINNING) : found;
}

async function readAfter(redis: Commands, key: string, after: string): Promise<LogEntries> {
  const entries: string[] = [];
  let position = after;
  for (;;) {
    const page = await range(redis, 'XRANGE', key, following(position), '+', PAGE);
    entries.push(...page.map(([, fields]) => fields[1] ?? ''));
    position = page.at(-1)?.[0] ?? position;
    if (page.length < PAGE) return { entries, position };
  }
}

async function isAhead(redis: Commands, key: string, position: string): Promise<boolean> {
  const [newest] = await range(redis, 'XREVRANGE', key, '+', '-', 1);
  return newest !== undefined && isBefore(newest[0], position);
}

async function range(
  redis: Commands,
  command: 'XRANGE' | 'XREVRANGE',
  key: string,
  from: string,
  to: string,
  count: number,
): Promise<readonly StreamEntry[]> {
  const reply = await redis.command(command, key, from, to, 'COUNT', String(count));
  return reply as readonly StreamEntry[];
}

/** Redis 6.0 has no exclusive ranges. */
function following(position: string): string {
  const [time, sequence] = parts(position);
  return `${time}-${sequence + 1}`;
}

function isBefore(a: string, b: string): boolean {
  const [timeOfA, sequenceOfA] = parts(a);
  const [timeOfB, sequenceOfB] = parts(b);
  return timeOfA < timeOfB || (timeOfA === timeOfB && sequenceOfA < sequenceOfB);
}

function parts(position: string): readonly [time: number, sequence: number] {
  const [time, sequence] = position.split('-').map(Number);
  return [time || 0, sequence || 0];
}
