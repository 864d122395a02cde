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

-- A key is "version workspace status expires requests tokens concurrency daily weekly monthly hash models".
local KEY = '^%S+ (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) %S+ (%S+)$'
-- Its buckets as they are now: "held running requestsLimit requestsLevel tokensLimit tokensLevel at" of its last use. The
-- limits are its own, else those of the caller, else those of the last use.
local function readBuckets(meter, requests, tokens)
  if not meter then
    return nil, requests, refilled(nil, requests, 0), tokens, refilled(nil, tokens, 0)
  end
  local requestsLimit, requestsLevel, tokensLimit, tokensLevel, at =
    match(meter, '^%S+ %S+ (%S+) (%S+) (%S+) (%S+) (%S+)$')
  at = tonumber(at)
  requests, tokens = requests or tonumber(requestsLimit), tokens or tonumber(tokensLimit)
  local elapsed = math.max(now - (at or now), 0)
  return at, requests, refilled(tonumber(requestsLevel), requests, elapsed), tokens,
    refilled(tonumber(tokensLevel), tokens, elapsed)
end

local function nameOf(acc)
  return prefix .. '{' .. acc .. '}'
end

-- of = { key, ws or nil (the key's own), day, week, month }, limits = { requests, tokens, concurrency } for a key
-- without its own. Nil for an account, key or workspace that is not here; the second result is the hold, if id is given.
local function standing(acc, of, limits, id)
  local name, key = nameOf(acc), of.key
  local dayField, weekField, monthField = 'pk:' .. key .. ' ' .. of.day, 'pk:' .. key .. ' ' .. of.week,
    'pk:' .. key .. ' ' .. of.month
  local v = call('HMGET', name, 'l', 'b', 'a', 'u', 'c', 'k:' .. key, 'm:' .. key, dayField, weekField, monthField,
    'h:' .. (id or ''))
  local keyText, meter = v[6], v[7]
  if not v[1] then
    return nil
  elseif v[11] or not keyText then
    return nil, v[11] and readHold(v[11]) or nil
  end
  local ws, keyStatus, expires, requests, tokens, keyConcurrency, daily, weekly, monthly, models = match(keyText, KEY)
  ws = of.ws or ws
  local wsField = 'pw:' .. ws .. ' ' .. of.month
  local w = call('HMGET', name, 'w:' .. ws, wsField)
  if not w[1] then
    return nil
  end
  local posted, credited, spent = match(v[2], '^%S+ (%S+) (%S+) (%S+)$')
  local status, concurrency = match(v[3], '^%S+ (%S+) (%S+) ')
  local wsStatus, budget = match(w[1], '^%S+ (%S+) (%S+)$')
  local held, running = readUse(v[4])
  local keyHeld, keyRunning = readUse(meter and match(meter, '^%S+ %S+'))
  local levelsAt, requestsLimit, requestsLevel, tokensLimit, tokensLevel =
    readBuckets(meter, tonumber(requests) or limits[1], tonumber(tokens) or limits[2])
  local dayHead, daySpent, dayHeld = readCounter(v[8])
  local weekHead, weekSpent, weekHeld = readCounter(v[9])
  local monthHead, monthSpent, monthHeld = readCounter(v[10])
  local wsHead, wsSpent, wsHeld = readCounter(w[2])
  return {
    acc = acc, name = name, key = key, ws = ws, keyText = keyText, models = models, isNew = not (v[8] and v[9] and v[10] and w[2]),
    dayField = dayField, weekField = weekField, monthField = monthField, wsField = wsField,
    posted = tonumber(posted), credited = tonumber(credited), spent = tonumber(spent), held = held, running = running,
    status = status, concurrency = tonumber(concurrency), isQuiet = quiet or awaits and (tonumber(v[5]) or 0) < epoch,
    keyStatus = keyStatus, keyExpires = tonumber(expires), keyConcurrency = tonumber(keyConcurrency) or limits[3],
    keyHeld = keyHeld, keyRunning = keyRunning, dailyCap = tonumber(daily), weeklyCap = tonumber(weekly),
    monthlyCap = tonumber(monthly), dailyText = daily, weeklyText = weekly, monthlyText = monthly, wsStatus = wsStatus,
    budget = tonumber(budget), budgetText = budget, levelsAt = levelsAt,
    requestsLimit = requestsLimit, requestsLevel = requestsLevel, tokensLimit = tokensLimit, tokensLevel = tokensLevel,
    dayHead = dayHead, daySpent = daySpent, dayHeld = dayHeld, weekHead = weekHead, weekSpent = weekSpent,
    weekHeld = weekHeld, monthHead = monthHead, monthSpent = monthSpent, monthHeld = monthHeld, wsHead = wsHead,
    wsSpent = wsSpent, wsHeld = wsHeld
  }
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

local function meterText(s)
  return format('%d %d %s %s %s %s %d', s.keyHeld, s.keyRunning, num(s.requestsLimit), num(s.requestsLevel),
    num(s.tokensLimit), num(s.tokensLevel), math.max(s.levelsAt or now, now))
end

-- Each counter that may be new is noted for the sweep: { day, week, month } say when their periods are long over.
local function noteCounters(s, dropAt)
  noteCounter(s.acc, s.dayField, dropAt[1])
  noteCounter(s.acc, s.weekField, dropAt[2])
  noteCounter(s.acc, s.monthField, dropAt[3])
  noteCounter(s.acc, s.wsField, dropAt[3])
end

-- Writes what a decision changed, with its hold: one command, so that all of it stands or nothing.
local function write(s, id, hold, dropAt)
  if s.isNew then
    noteCounters(s, dropAt)
  end
  call('HSET', s.name, 'u', format('%d %d', s.held, s.running), 'm:' .. s.key, meterText(s),
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
-- Eleven numbers and the free slots; of a key with caps their limits in one text, as they are stored, and what each leaves.
-- False is null.
local function addFigures(reply, at, s)
  reply[at], reply[at + 1], reply[at + 2], reply[at + 3] = s.posted, s.held, s.credited, s.spent
  reply[at + 4] = keyCapLeft(s) or false
  addBucket(reply, at + 5, s.requestsLimit, s.requestsLevel)
  addBucket(reply, at + 8, s.tokensLimit, s.tokensLevel)
  local slots = lower(left(s.keyConcurrency, s.keyRunning, 0), left(s.concurrency, s.running, 0))
  reply[at + 11] = slots and math.max(slots, 0) or false
  if s.dailyCap or s.weeklyCap or s.monthlyCap or s.budget then
    reply[at + 12] = s.dailyText .. ' ' .. s.weeklyText .. ' ' .. s.monthlyText .. ' ' .. s.budgetText
    reply[at + 13] = left(s.dailyCap, s.daySpent, s.dayHeld) or false
    reply[at + 14] = left(s.weeklyCap, s.weekSpent, s.weekHeld) or false
    reply[at + 15] = left(s.monthlyCap, s.monthSpent, s.monthHeld) or false
    reply[at + 16] = left(s.budget, s.wsSpent, s.wsHeld) or false
  end
  return reply
end
`;
