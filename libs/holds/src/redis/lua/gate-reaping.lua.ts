/** Holds that no edge speaks for any more, and holds that billing takes or brings back itself. */
export const gateReaping = `
-- Bounded: counters whose time has come. One that still holds something is looked at again a day later.
local function sweep()
  local due = call('ZRANGEBYSCORE', prefix .. 'periods', '-inf', now, 'LIMIT', 0, 200)
  for _, member in ipairs(due) do
    local field, acc = match(member, '^(.*) (%S+)$')
    local name = nameOf(acc)
    local _, _, held = readCounter(call('HGET', name, field))
    if held > 0 then
      call('ZADD', prefix .. 'periods', now + DAY_MS, member)
    else
      call('ZREM', prefix .. 'periods', member)
      call('HDEL', name, field)
    end
  end
end

-- A marked hold has lost its lease: it takes no slot.
local function mark(acc, id)
  local name = nameOf(acc)
  local text = call('HGET', name, 'h:' .. id)
  if not text then
    return nil
  end
  local h = readHold(text)
  unindexHold(acc, id, h)
  if h.slot then
    local v = call('HMGET', name, 'u', 'm:' .. h.key)
    local held, running = readUse(v[1])
    local keyHeld, keyRunning, levels = readMeter(v[2])
    call('HSET', name, 'u', format('%d %d', held, running - 1), 'm:' .. h.key,
      format('%d %d %s', keyHeld, keyRunning - 1, levels))
  end
  h.slot, h.marked, h.markEpoch = false, now, epoch
  indexHold(acc, id, h)
  text = holdText(h)
  call('HSET', name, 'h:' .. id, text)
  return acc .. ' ' .. id .. ' ' .. text
end

-- ARGV 5 = how many: those that nobody has marked come first, then what was marked before and is not closed yet. In the
-- interval after a loss nothing has expired: its edge may be about to renew it.
local function markExpired()
  local most, listed = tonumber(ARGV[5]), { epoch }
  if epoch == 0 or quiet then
    return listed
  end
  local again = most > 0 and call('ZRANGEBYSCORE', prefix .. 'marked', '-inf', now, 'LIMIT', 0, most) or {}
  local due = most > 0 and call('ZRANGEBYSCORE', prefix .. 'expiry', '-inf', now, 'LIMIT', 0, most) or {}
  for _, member in ipairs(due) do
    local id, acc = match(member, '^(%S+) (%S+)$')
    local hold = mark(acc, id)
    if hold then
      listed[#listed + 1] = hold
    else
      call('ZREM', prefix .. 'expiry', member)
    end
  end
  for _, member in ipairs(again) do
    if #listed > most then
      break
    end
    local id, acc = match(member, '^%S+ (%S+) (%S+)$')
    local hold = mark(acc, id)
    if hold then
      listed[#listed + 1] = hold
    else
      call('ZREM', prefix .. 'marked', member)
    end
  end
  sweep()
  return listed
end

-- ARGV 5 = account, 6 = hold, 7 = its record, 8 to 10 = when its new counters may be swept.
local function asked()
  local h = readHold(ARGV[7])
  return ARGV[5], nameOf(ARGV[5]), ARGV[6], h, { tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10]) }
end

-- A hold that is open in the ledger and unknown here: back if affordable, else a tombstone. In the interval after a loss
-- it comes back without asking: it was admitted before.
local function restore()
  local acc, name, id, h, drops = asked()
  if epoch == 0 then
    return { epoch, 'not_loaded' }
  elseif call('HEXISTS', name, 'h:' .. id) == 1 then
    return { epoch, 'restored' }
  elseif hasEnded(name, id) then
    return { epoch, 'gone' }
  end
  local s = standing(acc, h, {})
  if not s then
    return { epoch, 'not_loaded' }
  elseif not s.isQuiet and h.amount > math.max(room(s), 0) then
    leaveTombstone(name, id)
    return { epoch, 'gone' }
  end
  insertHold(s, id, h, drops)
  return { epoch, 'restored' }
end

-- A hold of billing's own, for a late settlement: what balance and caps leave, down to 0; final, without expiry.
local function reserve()
  local acc, name, id, h, drops = asked()
  local s, listed = nil, nil
  if epoch > 0 then
    s, listed = standing(acc, h, {}, id)
  end
  s = s or listed and standing(acc, listed, {})
  if listed and not s.isQuiet then
    return { epoch, 'reserved', listed.amount }
  elseif epoch > 0 and not listed and hasEnded(name, id) then
    return { epoch, 'gone' }
  elseif not s or s.isQuiet then
    return { epoch, 'not_loaded' }
  end
  h.amount = math.max(math.min(h.amount, room(s)), 0)
  h.opened, h.tokensAt = now, now
  insertHold(s, id, h, drops)
  return { epoch, 'reserved', h.amount }
end

local reaping = { mark = markExpired, restore = restore, reserve = reserve }
return reaping[ARGV[4]]()
`;
