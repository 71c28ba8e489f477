import { redisScript } from './redis-script.js';

/** More entries than this are not kept: the oldest go first. */
const MAX_ENTRIES = 100_000;

/**
 * Remembers who came first. The value is the caller's own: a client that repeats the command after a
 * lost connection is not taken for a second caller.
 */
export const REMEMBER = redisScript(`
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end
return redis.call('GET', KEYS[1]) == ARGV[1] and 1 or 0
`);

/**
 * Appends to a log and drops what has expired at its old end. The log goes with its last entry.
 * Redis 6.0 has no trimming by time, hence the loop; each append drops up to ten.
 */
export const APPEND = redisScript(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local expiry = string.format('%.0f', now + ARGV[2])
redis.call('XADD', KEYS[1], 'MAXLEN', '~', '${MAX_ENTRIES}', '*', 'entry', ARGV[1], 'expiry', expiry)
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then redis.call('PEXPIREAT', KEYS[1], expiry) end
for _, old in ipairs(redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 10)) do
  if tonumber(old[2][4]) <= now then redis.call('XDEL', KEYS[1], old[1]) end
end
return 1
`);
