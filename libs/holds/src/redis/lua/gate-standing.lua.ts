/** The standing of a key: everything that a decision about one hold looks at, and what it writes back. */
export const gateStanding = `
-- Sixty-thousandths of a unit, so that a refill of whole milliseconds is an integer; no level is a full bucket. In two
-- steps: the product of the whole time with the highest limit would not be exact in a double.
local function refilled(level, limit, elapsed)
  if not limit then
    return nil
  end
  local full = limit * 60000
  level = math.min(full, (level or full) + limit * math.min(elapsed, 60000))
  return math.min(full, level + limit * math.max(elapsed - 60000, 0))
end

local function dividedUp(dividend, divisor)
  local quotient = floor(dividend / divisor)
  if quotient * divisor < dividend then
    return quotient + 1
  end
  return quotient
end

local function readWorkspace(s, text, counter)
  if not text then
    return nil
  end
  local status, budget = match(text, '^%S+ (%S+) (%S+)$')
  s.wsStatus, s.budget = status, tonumber(budget)
  s.wsHead, s.wsSpent, s.wsHeld = readCounter(counter)
  s.wsNew = not counter
  return s
end

local function readKey(s, text, meter, rpm, tpm, conc)
  s.keyText = text
  local ws, status, expires, requests, tokens, concurrency, daily, weekly, monthly =
    match(text, '^%S+ (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) ')
  s.ws = s.ws or ws
  s.keyStatus, s.keyExpires, s.keyConcurrency = status, tonumber(expires), tonumber(concurrency) or conc
  s.dailyCap, s.weeklyCap, s.monthlyCap = tonumber(daily), tonumber(weekly), tonumber(monthly)
  local levels
  s.keyHeld, s.keyRunning, levels = readMeter(meter)
  local requestsLimit, requestsLevel, tokensLimit, tokensLevel, at = match(levels, '^(%S+) (%S+) (%S+) (%S+) (%S+)$')
  s.levelsAt = tonumber(at)
  local elapsed = math.max(now - (s.levelsAt or now), 0)
  s.requestsLimit = tonumber(requests) or rpm or tonumber(requestsLimit)
  s.requestsLevel = refilled(tonumber(requestsLevel), s.requestsLimit, elapsed)
  s.tokensLimit = tonumber(tokens) or tpm or tonumber(tokensLimit)
  s.tokensLevel = refilled(tonumber(tokensLevel), s.tokensLimit, elapsed)
end

local function nameOf(acc)
  return prefix .. '{' .. acc .. '}'
end

-- of = { key, ws or nil (the key's own), day, week, month }, limits = { requests, tokens, concurrency } for a key
-- without its own. Nil for an account, key or workspace that is not here; the second result is the hold, if id is given.
local function standing(acc, of, limits, id)
  local name, key, ws = nameOf(acc), of.key, of.ws
  local s = { acc = acc, name = name, key = key, ws = ws, dayField = 'pk:' .. key .. ' ' .. of.day,
    weekField = 'pk:' .. key .. ' ' .. of.week, monthField = 'pk:' .. key .. ' ' .. of.month }
  local v = call('HMGET', name, 'l', 'b', 'a', 'u', 'c', 'k:' .. key, 'm:' .. key, s.dayField, s.weekField,
    s.monthField, 'h:' .. (id or ''))
  if not v[1] then
    return nil
  elseif v[11] then
    return nil, readHold(v[11])
  elseif not v[6] then
    return nil
  end
  local posted, credited, spent = match(v[2], '^%S+ (%S+) (%S+) (%S+)$')
  s.posted, s.credited, s.spent = tonumber(posted), tonumber(credited), tonumber(spent)
  local status, concurrency = match(v[3], '^%S+ (%S+) (%S+) ')
  s.status, s.concurrency = status, tonumber(concurrency)
  s.held, s.running = readUse(v[4])
  s.isQuiet = quiet or awaits and (tonumber(v[5]) or 0) < epoch
  readKey(s, v[6], v[7], limits[1], limits[2], limits[3])
  s.dayHead, s.daySpent, s.dayHeld = readCounter(v[8])
  s.weekHead, s.weekSpent, s.weekHeld = readCounter(v[9])
  s.monthHead, s.monthSpent, s.monthHeld = readCounter(v[10])
  s.dayNew, s.weekNew, s.monthNew = not v[8], not v[9], not v[10]
  s.wsField = 'pw:' .. s.ws .. ' ' .. of.month
  local w = call('HMGET', name, 'w:' .. s.ws, s.wsField)
  return readWorkspace(s, w[1], w[2])
end

-- What a cap leaves; nil without a cap.
local function left(cap, spent, held)
  return cap and cap - spent - held
end
local function lower(one, other)
  if one and other then
    return math.min(one, other)
  end
  return one or other
end
local function keyCapLeft(s)
  return lower(lower(left(s.dailyCap, s.daySpent, s.dayHeld), left(s.weeklyCap, s.weekSpent, s.weekHeld)),
    left(s.monthlyCap, s.monthSpent, s.monthHeld))
end
-- What a hold may still grow by.
local function room(s)
  return lower(lower(s.posted - s.held, keyCapLeft(s)), left(s.budget, s.wsSpent, s.wsHeld))
end

local function addHeld(s, delta, slots)
  s.held, s.keyHeld = s.held + delta, s.keyHeld + delta
  s.dayHeld, s.weekHeld, s.monthHeld = s.dayHeld + delta, s.weekHeld + delta, s.monthHeld + delta
  s.wsHeld = s.wsHeld + delta
  s.running, s.keyRunning = s.running + slots, s.keyRunning + slots
end

-- Takes tokens, or gives back when negative. A debt is at most one minute's limit, so that one long answer never blocks
-- its key for longer than two minutes.
local function takeTokens(s, tokens)
  if s.tokensLimit then
    local full = s.tokensLimit * 60000
    s.tokensLevel = math.max(math.min(s.tokensLevel - tokens * 60000, full), 0 - full)
  end
end

local function useText(s)
  return format('%.0f %.0f', s.held, s.running)
end
local function meterText(s)
  return format('%.0f %.0f %s %s %s %s %.0f', s.keyHeld, s.keyRunning, num(s.requestsLimit), num(s.requestsLevel),
    num(s.tokensLimit), num(s.tokensLevel), math.max(s.levelsAt or now, now))
end

-- Writes what a decision changed, with its hold: one command, so that all of it stands or nothing. dropAt = when the
-- counters that are new may be swept: { day, week, month }.
local function write(s, id, hold, dropAt)
  if s.dayNew then noteCounter(s.acc, s.dayField, dropAt[1]) end
  if s.weekNew then noteCounter(s.acc, s.weekField, dropAt[2]) end
  if s.monthNew then noteCounter(s.acc, s.monthField, dropAt[3]) end
  if s.wsNew then noteCounter(s.acc, s.wsField, dropAt[3]) end
  call('HSET', s.name, 'u', useText(s), 'm:' .. s.key, meterText(s),
    s.dayField, s.dayHead .. num(s.dayHeld), s.weekField, s.weekHead .. num(s.weekHeld),
    s.monthField, s.monthHead .. num(s.monthHeld), s.wsField, s.wsHead .. num(s.wsHeld), 'h:' .. id, holdText(hold))
end

local function insertHold(s, id, h, dropAt)
  h.slot = not h.final
  h.granted = h.amount
  addHeld(s, h.amount, h.slot and 1 or 0)
  indexHold(s.acc, id, h)
  write(s, id, h, dropAt)
end

local function addBucket(reply, at, limit, level)
  reply[at] = limit or 0
  reply[at + 1] = math.max(floor((level or 0) / 60000), 0)
  reply[at + 2] = limit and limit > 0 and dividedUp(limit * 60000 - level, limit) or 0
end
-- Eleven numbers at the end of a reply; false is null.
local function addFigures(reply, at, s)
  reply[at], reply[at + 1], reply[at + 2], reply[at + 3] = s.posted, s.held, s.credited, s.spent
  reply[at + 4] = keyCapLeft(s) or false
  addBucket(reply, at + 5, s.requestsLimit, s.requestsLevel)
  addBucket(reply, at + 8, s.tokensLimit, s.tokensLevel)
  return reply
end
`;
