/** Ended and released ids stay known for 10 minutes, so that nothing opens a closed hold again. */
export const gateEnding = `
local function hasEnded(name, id)
  local forgottenAt = call('GET', name .. ':t:' .. id)
  return forgottenAt and tonumber(forgottenAt) > now
end
-- Redis forgets the key by itself; the instant inside is that of the gate's own clock.
local function leaveTombstone(name, id)
  call('SET', name .. ':t:' .. id, now + TOMBSTONE_MS, 'PX', TOMBSTONE_MS)
end

-- Ends a hold, listed or not: frees what it held, everywhere at once. Tells whether it was listed.
local function endHold(acc, name, id)
  local text = call('HGET', name, 'h:' .. id)
  leaveTombstone(name, id)
  if not text then
    call('HDEL', name .. ':n', id)
    return false
  end
  local h = readHold(text)
  local fields = { 'u', 'm:' .. h.key, 'pk:' .. h.key .. ' ' .. h.day, 'pk:' .. h.key .. ' ' .. h.week,
    'pk:' .. h.key .. ' ' .. h.month, 'pw:' .. h.ws .. ' ' .. h.month }
  local v = call('HMGET', name, unpack(fields))
  local slots = h.slot and 1 or 0
  local held, running = readUse(v[1])
  local keyHeld, keyRunning, levels = readMeter(v[2])
  local freed = { 'HSET', name, 'u', format('%d %d', held - h.amount, running - slots),
    fields[2], format('%d %d %s', keyHeld - h.amount, keyRunning - slots, levels) }
  for place = 3, 6 do
    if v[place] then
      local head, _, counted = readCounter(v[place])
      freed[#freed + 1] = fields[place]
      freed[#freed + 1] = head .. num(counted - h.amount)
    end
  end
  unindexHold(acc, id, h)
  call(unpack(freed))
  call('HDEL', name, 'h:' .. id)
  return true
end
`;
