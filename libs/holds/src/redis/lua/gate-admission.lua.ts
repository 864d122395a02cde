/** `admit`: everything is checked before anything is written, so that a refusal leaves nothing behind. */
export const gateAdmission = `
-- Why nothing is admitted for this key at all; nil when nothing blocks it.
local function blocked(s)
  if s.keyStatus == 'revoked' then
    return 'key_revoked'
  elseif s.keyStatus == 'disabled' then
    return 'key_disabled'
  elseif s.keyExpires and s.keyExpires <= now then
    return 'key_expired'
  elseif s.wsStatus == 'disabled' then
    return 'workspace_disabled'
  elseif s.status == 'suspended' then
    return 'account_suspended'
  end
end

local function refused(s, reason, one, other)
  return addFigures({ 'r', reason, one or false, other or false }, 5, s)
end

local function capRefusal(s, cap, spent, held, least, reason, period)
  if cap and cap - spent - held < least then
    return refused(s, reason, math.max(cap - spent - held, 0), period)
  end
end

-- Money comes before rates: who has to top up is not told to try again in a second.
local function moneyRefusal(s, least)
  return capRefusal(s, s.posted, 0, s.held, least, 'balance')
    or capRefusal(s, s.dailyCap, s.daySpent, s.dayHeld, least, 'key_cap', 'daily')
    or capRefusal(s, s.weeklyCap, s.weekSpent, s.weekHeld, least, 'key_cap', 'weekly')
    or capRefusal(s, s.monthlyCap, s.monthSpent, s.monthHeld, least, 'key_cap', 'monthly')
    or capRefusal(s, s.budget, s.wsSpent, s.wsHeld, least, 'workspace_budget')
end

-- Until a bucket has so much; a request larger than the whole bucket never fits and is told the full minute.
local function bucketRefusal(s, reason, level, limit, amount)
  if limit and level < amount * 60000 then
    return refused(s, reason, limit, amount > limit and 60000 or dividedUp(amount * 60000 - level, limit))
  end
end

local function rateRefusal(s, tokens)
  if s.keyConcurrency and s.keyRunning >= s.keyConcurrency then
    return refused(s, 'key_concurrency', s.keyConcurrency)
  elseif s.concurrency and s.running >= s.concurrency then
    return refused(s, 'account_concurrency', s.concurrency)
  end
  return bucketRefusal(s, 'requests_per_minute', s.requestsLevel, s.requestsLimit, 1)
    or bucketRefusal(s, 'tokens_per_minute', s.tokensLevel, s.tokensLimit, tokens)
end

local function granted(h, s)
  return addFigures({ 'g', h.granted, h.opened, h.day, h.week, h.month, h.ws, s.models }, 9, s)
end

-- The store's clock picks the period; a counter that is new here is dropped 3 days after the period's end.
local function picked(current, next, at, longest)
  if now < tonumber(at) then
    return current, at + 3 * DAY_MS
  end
  return next, at + (longest + 3) * DAY_MS
end

-- The limits and periods of a request: "requests tokens concurrency", and of day, week and month "current next boundary".
-- The requests of one turn mostly have them in common, so that they are read once.
local TERMS = '^(%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+)$'
local terms = {}
local function termsOf(text)
  local of = terms[text]
  if not of then
    local requests, tokens, concurrency, day, nextDay, dayAt, week, nextWeek, weekAt, month, nextMonth, monthAt =
      match(text, TERMS)
    of = { limits = { tonumber(requests), tonumber(tokens), tonumber(concurrency) }, dropAt = {} }
    of.day, of.dropAt[1] = picked(day, nextDay, dayAt, 1)
    of.week, of.dropAt[2] = picked(week, nextWeek, weekAt, 7)
    of.month, of.dropAt[3] = picked(month, nextMonth, monthAt, 31)
    terms[text] = of
  end
  return of
end

-- "a account key hold amount least tokens life terms"; ids are 36 characters long.
local function admit(op)
  local acc, key, id = string.sub(op, 3, 38), string.sub(op, 40, 75), string.sub(op, 77, 112)
  local amount, least, tokens, life, text = match(op, '^(%d+) (%d+) (%d+) (%d+) (.*)$', 114)
  local of = termsOf(text)
  if hasEnded(nameOf(acc), id) then
    return { 'x' }
  end
  of.key = key
  local s, h = standing(acc, of, of.limits, id)
  if h then
    s = standing(acc, h, of.limits)
    return isMarked(h) and { 'x' } or s and granted(h, s) or { 'n' }
  elseif not s then
    return { 'n' }
  elseif s.isQuiet then
    return { 'q' }
  end
  local reason = blocked(s)
  if reason then
    return refused(s, reason)
  end
  tokens = tonumber(tokens)
  local refusal = moneyRefusal(s, tonumber(least)) or rateRefusal(s, tokens)
  if refusal then
    return refusal
  end
  s.requestsLevel = s.requestsLevel - 60000
  takeTokens(s, tokens)
  h = { amount = math.min(tonumber(amount), room(s)), key = key, ws = s.ws, day = of.day, week = of.week, month = of.month,
    opened = now, expires = now + tonumber(life), final = false, tokens = tokens, tokensAt = now }
  insertHold(s, id, h, of.dropAt)
  return granted(h, s)
end
`;
