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

-- Money comes before rates: who has to top up is not told to try again in a second.
local function moneyRefusal(s, least)
  local caps = { { s.posted - s.held, 'balance' },
    { left(s.dailyCap, s.daySpent, s.dayHeld), 'key_cap', 'daily' },
    { left(s.weeklyCap, s.weekSpent, s.weekHeld), 'key_cap', 'weekly' },
    { left(s.monthlyCap, s.monthSpent, s.monthHeld), 'key_cap', 'monthly' },
    { left(s.budget, s.wsSpent, s.wsHeld), 'workspace_budget' } }
  for _, cap in ipairs(caps) do
    if cap[1] and cap[1] < least then
      return refused(s, cap[2], math.max(cap[1], 0), cap[3])
    end
  end
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
  return addFigures({ 'g', h.granted, h.opened, h.day, h.week, h.month, h.ws, match(s.keyText, ' (%S*)$') }, 9, s)
end

-- The store's clock picks the period; a counter that is new here is dropped 3 days after the period's end.
local function picked(current, next, at, longest)
  if now < at then
    return current, at + 3 * DAY_MS
  end
  return next, at + (longest + 3) * DAY_MS
end

local ADMIT = '^a (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+)$'
local function admit(op)
  local acc, key, id, amount, least, tokens, life, rpm, tpm, conc, day, nextDay, dayAt, week, nextWeek, weekAt, month,
    nextMonth, monthAt = match(op, ADMIT)
  if hasEnded(nameOf(acc), id) then
    return { 'x' }
  end
  local limits = { tonumber(rpm), tonumber(tpm), tonumber(conc) }
  local dayDrop, weekDrop, monthDrop
  day, dayDrop = picked(day, nextDay, tonumber(dayAt), 1)
  week, weekDrop = picked(week, nextWeek, tonumber(weekAt), 7)
  month, monthDrop = picked(month, nextMonth, tonumber(monthAt), 31)
  local s, h = standing(acc, { key = key, day = day, week = week, month = month }, limits, id)
  if h then
    s = standing(acc, h, limits)
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
  h = { amount = math.min(tonumber(amount), room(s)), key = key, ws = s.ws, day = day, week = week, month = month,
    opened = now, expires = now + tonumber(life), final = false, tokens = tokens, tokensAt = now }
  insertHold(s, id, h, { dayDrop, weekDrop, monthDrop })
  return granted(h, s)
end
`;
