/**
 * How every script begins. ARGV: 1 = prefix of all keys, 2 = the run id that the caller's connection read, 3 = the test
 * clock in ms (empty: Redis' own), then the operations, one string each, their fields with spaces between.
 */
export const gateClock = `
local prefix, run = ARGV[1], ARGV[2]
local call, match, format, floor = redis.call, string.match, string.format, math.floor
local now = tonumber(ARGV[3])
if not now then
  local time = call('TIME')
  now = time[1] * 1000 + floor(time[2] / 1000)
end

-- The epoch is valid for the run of the process that billing saw. Without it, or after a restart or a change of role,
-- nothing of what stands here may be relied on: epoch stays 0.
local known = call('HMGET', prefix .. 'epoch', 'epoch', 'run', 'quietUntil', 'awaits')
local epoch, quiet, awaits = 0, false, false
if known[1] and known[2] == run then
  epoch, quiet, awaits = tonumber(known[1]), now < tonumber(known[3]), known[4] == '1'
end

local TOMBSTONE_MS = 600000
local DAY_MS = 86400000
`;
