import { redisScript } from './redis-script.js';

/**
 * A record is one hash. Redis's clock decides for all processes, whose own clocks may differ. `writtenAs`
 * keeps late writers away even when its value has expired, for as long as the record stays.
 *
 * The record stays while its value or its lease counts, and until the clock has passed the last fencing
 * number: a record that is forgotten begins at the clock, which must be a greater number.
 */
const RECORD = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local old = redis.call('HMGET', KEYS[1],
  'last', 'writtenAs', 'freshUntil', 'lease', 'heldUntil', 'owner')
local last = tonumber(old[1] or 0)
local writtenAs = tonumber(old[2] or 0)
local freshUntil = tonumber(old[3] or 0)
local lease = tonumber(old[4] or 0)
local heldUntil = tonumber(old[5] or 0)
local owner = old[6]
local isFresh = freshUntil > now
local isHeld = heldUntil > now
local function whole(number) return string.format('%.0f', number) end
local function keep()
  redis.call('PEXPIREAT', KEYS[1], whole(math.max(last + 1, freshUntil, heldUntil)))
end
local function giveBack()
  heldUntil = 0
  redis.call('HDEL', KEYS[1], 'lease', 'heldUntil', 'owner')
end
`;

const STATE = `
local function state(taken)
  if not isFresh then return {false, '0', whole(taken)} end
  return {redis.call('HGET', KEYS[1], 'value'), whole(writtenAs), whole(taken)}
end
`;

/** Answers the value or nothing, the number under which it was written or 0, and 0. */
export const READ_RECORD = redisScript(`${RECORD}${STATE}
return state(0)
`);

/** Arguments: owner, milliseconds, unless newer than. Answers as reading does, and the lease or 0. */
export const LEASE = redisScript(`${RECORD}${STATE}
local unlessNewerThan = tonumber(ARGV[3])
if isFresh and writtenAs > unlessNewerThan then
  if isHeld and owner == ARGV[1] then
    giveBack()
    keep()
  end
  return state(0)
end
if isHeld and owner ~= ARGV[1] then return state(0) end
if not isHeld then
  lease = math.max(last, unlessNewerThan, now - 1) + 1
  last = lease
end
heldUntil = now + tonumber(ARGV[2])
redis.call('HSET', KEYS[1],
  'last', whole(last), 'lease', whole(lease), 'heldUntil', whole(heldUntil), 'owner', ARGV[1])
keep()
return state(lease)
`);

/** Arguments: owner, milliseconds. */
export const PROLONG = redisScript(`${RECORD}
if not isHeld or owner ~= ARGV[1] then return 0 end
heldUntil = now + tonumber(ARGV[2])
redis.call('HSET', KEYS[1], 'heldUntil', whole(heldUntil))
keep()
return 1
`);

/** Arguments: lease, value, milliseconds. */
export const WRITE_RECORD = redisScript(`${RECORD}
local number = tonumber(ARGV[1])
if writtenAs > number then return 0 end
if writtenAs == number then
  return redis.call('HGET', KEYS[1], 'value') == ARGV[2] and 1 or 0
end
if lease == number then giveBack() end
last = math.max(last, number)
freshUntil = now + tonumber(ARGV[3])
redis.call('HSET', KEYS[1], 'last', whole(last),
  'writtenAs', whole(number), 'freshUntil', whole(freshUntil), 'value', ARGV[2])
keep()
return 1
`);

/** Arguments: owner. */
export const RELEASE = redisScript(`${RECORD}
if isHeld and owner == ARGV[1] then
  giveBack()
  keep()
end
return 1
`);
