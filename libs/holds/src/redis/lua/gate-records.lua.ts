/**
 * How amounts, holds and counters are written. An account is one hash, so that one decision is one or two reads and one
 * write; its fields are texts with spaces between the numbers.
 */
export const gateRecords = `
-- tostring() rounds to 14 digits and prints the sign of -0: amounts are only ever written with %d, which does neither.
local function num(x)
  return x and format('%d', x) or '-'
end

local HOLD = '^(%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S) (%S) (%S+) (%S+) (%S+) (%S+)$'
local function readHold(text)
  local amount, granted, key, ws, day, week, month, opened, expires, final, slot, marked, markEpoch, tokens, tokensAt =
    match(text, HOLD)
  return {
    amount = tonumber(amount), granted = tonumber(granted), key = key, ws = ws, day = day, week = week, month = month,
    opened = tonumber(opened), expires = tonumber(expires), final = final == '1', slot = slot == '1',
    marked = tonumber(marked), markEpoch = tonumber(markEpoch), tokens = tonumber(tokens), tokensAt = tonumber(tokensAt)
  }
end
local function holdText(h)
  return format('%d %d %s %s %s %s %s %d %s %s %s %s %s %d %d', h.amount, h.granted, h.key, h.ws, h.day,
    h.week, h.month, h.opened, num(h.expires), h.final and '1' or '0', h.slot and '1' or '0', num(h.marked),
    num(h.markEpoch), h.tokens, h.tokensAt)
end

-- What a failed step says. On a server that has become a replica all of them fail alike, and the call as a whole says so:
-- the caller then looks for the primary.
local function failureOf(failure)
  local text = type(failure) == 'table' and failure.err or tostring(failure)
  return text, string.find(text, 'READONLY', 1, true) and redis.error_reply('READONLY it is the primary no more')
end

-- A counter is "spent version held". head is everything before held, which is all that a hold changes.
local function readCounter(text)
  if not text then
    return '0 - ', 0, 0
  end
  local head, spent, held = match(text, '^((%S+) %S+ )(%S+)$')
  return head, tonumber(spent), tonumber(held)
end

-- What a key uses: "held running", then the levels of its buckets, which only a refill may touch.
local function readMeter(text)
  if not text then
    return 0, 0, '- - - - -'
  end
  local held, running, levels = match(text, '^(%S+) (%S+) (.*)$')
  return tonumber(held), tonumber(running), levels
end

local function readUse(text)
  if not text then
    return 0, 0
  end
  local held, running = match(text, '^(%S+) (%S+)$')
  return tonumber(held), tonumber(running)
end

-- The index of expiries lists what no reaper has marked yet, by expiry; that of marks what one has, by mark. Ids of one
-- millisecond stand in their own order.
local function indexHold(acc, id, h)
  if h.marked then
    call('ZADD', prefix .. 'marked', h.marked, format('%015d %s %s', h.expires, id, acc))
  elseif h.expires then
    call('ZADD', prefix .. 'expiry', h.expires, id .. ' ' .. acc)
  end
end
local function unindexHold(acc, id, h)
  if h.marked then
    call('ZREM', prefix .. 'marked', format('%015d %s %s', h.expires, id, acc))
  elseif h.expires then
    call('ZREM', prefix .. 'expiry', id .. ' ' .. acc)
  end
end
-- A mark of an earlier epoch counts no more: whoever renews now was there when the store was not.
local function isMarked(h)
  return h.marked and h.markEpoch == epoch
end

-- A counter that is new is noted for the sweep, 3 days after its period has ended.
local function noteCounter(acc, field, dropAt)
  call('ZADD', prefix .. 'periods', 'NX', dropAt, field .. ' ' .. acc)
end
`;
