/**
 * How amounts, holds and counters are written. An account is one hash, so that one decision is one or two reads and one
 * write; its fields are texts with spaces between the numbers.
 */
export const gateRecords = `
-- tostring() rounds to 14 digits, and -0 is printed with its sign: amounts are only ever written by these two.
local function num(x)
  return x and format('%.0f', x) or '-'
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
  return format('%.0f %.0f %s %s %s %s %s %.0f %s %s %s %s %s %.0f %.0f', h.amount, h.granted, h.key, h.ws, h.day,
    h.week, h.month, h.opened, num(h.expires), h.final and '1' or '0', h.slot and '1' or '0', num(h.marked),
    num(h.markEpoch), h.tokens, h.tokensAt)
end

-- A counter is "spent version held". head is everything before held, which is all that a hold changes.
local function readCounter(text)
  if not text then
    return '0 - ', 0, 0
  end
  local head, spent, held = match(text, '^((%S+) %S+ )(%S+)$')
  return head, tonumber(spent), tonumber(held)
end

-- What a key uses: "held running" and the levels of its buckets, which only a refill may touch.
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
    call('ZADD', prefix .. 'marked', h.marked, format('%015.0f %s %s', h.expires, id, acc))
  elseif h.expires then
    call('ZADD', prefix .. 'expiry', h.expires, id .. ' ' .. acc)
  end
end
local function unindexHold(acc, id, h)
  if h.marked then
    call('ZREM', prefix .. 'marked', format('%015.0f %s %s', h.expires, id, acc))
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
  call('ZADD', prefix .. 'periods', dropAt, field .. ' ' .. acc)
end
`;
