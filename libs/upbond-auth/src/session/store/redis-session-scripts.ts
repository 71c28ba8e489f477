import { redisScript } from '../../shared-memory/redis-script.js';

const EXPIRE = `
local function expire(key)
  local ends = redis.call('HMGET', key, 'idleExpiresAt', 'expiresAt')
  local first = math.min(tonumber(ends[1]), tonumber(ends[2]))
  redis.call('PEXPIREAT', key, string.format('%.0f', first * 1000))
end
`;

/** Arguments: the fields and values. */
export const CREATE = redisScript(`${EXPIRE}
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], unpack(ARGV))
expire(KEYS[1])
return 1
`);

/**
 * Arguments: version, sealed text, last seen, then the fields and values.
 *
 * A client repeats a command whose answer was lost with the connection: what is already there, word
 * for word, counts as written. A touch that came in between is not taken back.
 */
export const UPDATE = redisScript(`${EXPIRE}
local old = redis.call('HMGET', KEYS[1], 'version', 'sealed', 'lastSeenAt', 'idleExpiresAt')
if not old[1] then return 0 end
if old[1] == ARGV[1] and old[2] == ARGV[2] then return 1 end
if tonumber(old[1]) ~= tonumber(ARGV[1]) - 1 then return 0 end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], unpack(ARGV, 4))
if tonumber(old[3]) > tonumber(ARGV[3]) then
  redis.call('HSET', KEYS[1], 'lastSeenAt', old[3], 'idleExpiresAt', old[4])
end
expire(KEYS[1])
return 1
`);

/** Arguments: last seen, idle expiry. A touch that arrives late does not undo a newer one. */
export const TOUCH = redisScript(`${EXPIRE}
local seen = redis.call('HGET', KEYS[1], 'lastSeenAt')
if not seen then return 0 end
if tonumber(seen) > tonumber(ARGV[1]) then return 1 end
redis.call('HSET', KEYS[1], 'lastSeenAt', ARGV[1], 'idleExpiresAt', ARGV[2])
expire(KEYS[1])
return 1
`);

/**
 * Arguments: created before, subject, `sid`; an empty one does not matter. Ends the session if it is
 * meant, and answers where it is listed.
 */
export const END = redisScript(`
local session = redis.call('HMGET', KEYS[1], 'createdAt', 'subject', 'sid')
if not session[1] then return {} end
if ARGV[1] ~= '' and tonumber(session[1]) >= tonumber(ARGV[1]) then return {} end
if ARGV[2] ~= '' and session[2] ~= ARGV[2] then return {} end
if ARGV[3] ~= '' and session[3] ~= ARGV[3] then return {} end
redis.call('DEL', KEYS[1])
return {session[1], session[2], session[3] or ''}
`);

/** Arguments: member, expiry in milliseconds. The list goes with its newest session. */
export const LIST = redisScript(`
local time = redis.call('TIME')
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', time[1] * 1000))
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
local newest = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')
redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', newest[2]))
return 1
`);

/** Arguments: a time in seconds, how many milliseconds it is remembered. The latest time counts. */
export const END_BEFORE = redisScript(`
local old = tonumber(redis.call('GET', KEYS[1]) or 0)
local latest = old > tonumber(ARGV[1]) and tostring(old) or ARGV[1]
redis.call('SET', KEYS[1], latest, 'PX', ARGV[2])
return 1
`);
