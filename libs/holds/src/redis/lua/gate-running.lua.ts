/** `resize` and `renew`: a hold while its request runs, and until its settlement is acknowledged. */
export const gateRunning = `
local function laterDrops()
  local at = now + 40 * DAY_MS
  return { at, at, at }
end

-- An account without one of its keys: no cap, and limits of 0.
local function accountFigures(reply, at, name)
  local v = call('HMGET', name, 'b', 'u')
  local posted, credited, spent = match(v[1], '^%S+ (%S+) (%S+) (%S+)$')
  local s = { posted = tonumber(posted), credited = tonumber(credited), spent = tonumber(spent) }
  s.held = readUse(v[2])
  return addFigures(reply, at, s)
end

-- What was not used of a reservation is given back within a minute of it only: later the bucket has refilled by itself.
local function tokensDelta(h, tokens, final)
  if tokens and (tokens > h.tokens or final and tokens < h.tokens and now - h.tokensAt < 60000) then
    return tokens - h.tokens
  end
  return 0
end

-- Growth as far as balance and caps afford it, lower only when final. In the interval after a loss nothing grows.
local function resizedAmount(h, s, target, final)
  if target > h.amount then
    local most = s.isQuiet and 0 or math.max(room(s), 0)
    return h.amount + math.min(target - h.amount, most)
  end
  return final and target or h.amount
end

local function resizeListed(acc, name, id, h, asked)
  local s = standing(acc, h, {})
  if not s then
    return { 'n' }
  end
  local amount = h.amount
  if not h.final then
    amount = resizedAmount(h, s, asked.target, asked.final)
    local delta = tokensDelta(h, asked.tokens, asked.final)
    local slots = asked.final and h.slot and -1 or 0
    addHeld(s, amount - h.amount, slots)
    takeTokens(s, delta)
    h.amount, h.final, h.slot, h.tokens = amount, asked.final, h.slot and not asked.final, h.tokens + delta
    h.tokensAt = delta > 0 and now or h.tokensAt
    write(s, id, h, laterDrops())
  end
  if asked.releases then
    endHold(acc, name, id)
    addHeld(s, 0 - amount, 0)
    amount = 0
  end
  local isRefusedForQuiet = s.isQuiet and not asked.releases and asked.target > amount and not asked.wasFinal
  return addFigures({ 'z', amount, isRefusedForQuiet and 1 or 0 }, 4, s)
end

local function resize(op)
  local acc, id, target, final, tokens = match(op, '^z (%S+) (%S+) (%S+) (%S) (%S+)$')
  local name = nameOf(acc)
  local asked = { target = tonumber(target), final = final == '1', tokens = tonumber(tokens) }
  asked.releases = asked.final and asked.target == 0
  local v = call('HMGET', name, 'l', 'h:' .. id)
  if v[1] and v[2] then
    local h = readHold(v[2])
    asked.wasFinal = h.final
    return resizeListed(acc, name, id, h, asked)
  end
  if asked.releases then
    endHold(acc, name, id)
  end
  if not v[1] then
    return { 'n' }
  elseif asked.releases then
    return accountFigures({ 'z', 0, 0 }, 4, name)
  end
  return { 'x' }
end

-- An account that is not loaded has admitted nothing since the loss, so that every hold which ran before it is covered:
-- it is kept for the load. Only within the interval the gate speaks for it. A hold of an older epoch is not covered.
local function keepForLoad(name, id, h, isKnown)
  if not isKnown then
    return 'k'
  end
  local kept = call('HGET', name .. ':n', id)
  if kept then
    h.amount = math.max(h.amount, readHold(kept).amount)
  end
  h.granted, h.slot = h.amount, true
  call('HSET', name .. ':n', id, holdText(h))
  call('PEXPIRE', name .. ':n', TOMBSTONE_MS)
  return quiet and 'c' or 'k'
end

-- Whether a renewal may take so much more: without asking within the interval after a loss, because it only says what
-- was admitted before; then only as growth would be granted. isKnown: it was confirmed in the epoch before this one. An
-- edge that was cut off through that whole epoch asks for room which others may have got in it.
local function isAffordable(s, growth, isKnown)
  if quiet then
    return isKnown
  end
  return not s.isQuiet and growth <= math.max(room(s), 0)
end

-- A load lists what is open in the ledger without asking: what an edge knows of an epoch before the last counts only when
-- the interval is over and all that is listed is covered.
local function coversAll(acc, h)
  local s = standing(acc, h, {})
  return s and not s.isQuiet and room(s) >= 0
end

local function renewListed(acc, name, id, h, amount, expires, isKnown)
  if isMarked(h) then
    return 'x'
  end
  local growth = h.final and 0 or amount - h.amount
  local s = (growth > 0 or h.marked) and standing(acc, h, {}) or nil
  local isCovered = isKnown or coversAll(acc, h)
  local revives = h.marked and s and not h.final
  local raises = growth > 0 and s and isAffordable(s, growth, isKnown)
  unindexHold(acc, id, h)
  h.marked, h.markEpoch, h.expires = nil, nil, h.expires and expires
  h.amount = raises and amount or h.amount
  h.slot = h.slot or revives or false
  indexHold(acc, id, h)
  if raises or revives then
    addHeld(s, raises and growth or 0, revives and 1 or 0)
    write(s, id, h, laterDrops())
  else
    call('HSET', name, 'h:' .. id, holdText(h))
  end
  return h.amount >= amount and isCovered and 'c' or 'k'
end

local RENEW = '^h (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+)$'
local function renew(op)
  local acc, id, ws, key, amount, life, opened, confirmed, day, week, month, dayDrop, weekDrop, monthDrop =
    match(op, RENEW)
  local name, expires, isKnown = nameOf(acc), now + tonumber(life), tonumber(confirmed) >= epoch - 1
  amount = tonumber(amount)
  local v = call('HMGET', name, 'l', 'h:' .. id)
  if v[1] and v[2] then
    return renewListed(acc, name, id, readHold(v[2]), amount, expires, isKnown)
  elseif hasEnded(name, id) then
    return 'x'
  end
  local h = { amount = amount, key = key, ws = ws, day = day, week = week, month = month, opened = tonumber(opened),
    expires = expires, final = false, tokens = 0, tokensAt = tonumber(opened) }
  if not v[1] then
    return keepForLoad(name, id, h, isKnown)
  end
  local s = standing(acc, h, {})
  if not s or not isAffordable(s, amount, isKnown) then
    return 'k'
  end
  insertHold(s, id, h, { tonumber(dayDrop), tonumber(weekDrop), tonumber(monthDrop) })
  return 'c'
end
`;
