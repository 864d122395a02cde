/** `load`: the whole account in one step; ARGV 4 = account, 5 = its epoch, then parts and "H hold record". */
export const gateLoading = `
local acc, name = ARGV[4], nameOf(ARGV[4])
if epoch == 0 or tonumber(ARGV[5]) ~= epoch then
  return { epoch, 'other_epoch' }
elseif call('HEXISTS', name, 'l') == 1 then
  return { epoch, 'exists' }
elseif ARGV[6] == 'ask' then
  return { epoch, 'absent' }
end

-- Holds that edges renewed meanwhile know more than the ledger: their growth, and that their edge lives.
local holds = {}
local function addHold(id, h)
  local other = holds[id]
  if other then
    h.amount = math.max(h.amount, other.amount)
    h.granted = h.amount
  end
  holds[id] = h
end
for at = 6, #ARGV do
  if string.sub(ARGV[at], 1, 1) == 'H' then
    local id, text = match(ARGV[at], '^H (%S+) (.*)$')
    addHold(id, readHold(text))
  else
    tellPart(acc, name, ARGV[at])
  end
end
local kept = call('HGETALL', name .. ':n')
for at = 1, #kept, 2 do
  addHold(kept[at], readHold(kept[at + 1]))
end

-- Whether the gate knows key and workspace of a hold, and its meter, which begins with full buckets.
local meters, workspaces = {}, {}
local function meterOf(h)
  if workspaces[h.ws] == nil then
    workspaces[h.ws] = call('HEXISTS', name, 'w:' .. h.ws) == 1
  end
  if meters[h.key] == nil then
    local s, text = { keyHeld = 0, keyRunning = 0 }, call('HGET', name, 'k:' .. h.key)
    if text then
      local _, _, _, requests, tokens = match(text, KEY)
      s.levelsAt, s.requestsLimit, s.requestsLevel, s.tokensLimit, s.tokensLevel =
        readBuckets(nil, tonumber(requests), tonumber(tokens))
    end
    meters[h.key] = text and s or false
  end
  return workspaces[h.ws] and meters[h.key]
end

local counters, drops, heldInAll, running = {}, {}, 0, 0
local function count(field, amount, dropAt)
  counters[field] = (counters[field] or 0) + amount
  drops[field] = dropAt
end
local far = now + 40 * DAY_MS
for id, h in pairs(holds) do
  local s = meterOf(h)
  if s and not hasEnded(name, id) then
    h.slot = not h.final
    heldInAll, s.keyHeld = heldInAll + h.amount, s.keyHeld + h.amount
    if h.slot then
      running, s.keyRunning = running + 1, s.keyRunning + 1
    end
    count('pk:' .. h.key .. ' ' .. h.day, h.amount, far)
    count('pk:' .. h.key .. ' ' .. h.week, h.amount, far)
    count('pk:' .. h.key .. ' ' .. h.month, h.amount, far)
    count('pw:' .. h.ws .. ' ' .. h.month, h.amount, far)
    indexHold(acc, id, h)
    call('HSET', name, 'h:' .. id, holdText(h))
    s.isUsed = true
  end
end
for field, amount in pairs(counters) do
  local text = call('HGET', name, field)
  if not text then
    noteCounter(acc, field, drops[field])
  end
  local head, _, held = readCounter(text)
  call('HSET', name, field, head .. num(held + amount))
end
for key, s in pairs(meters) do
  if s and s.isUsed then
    call('HSET', name, 'm:' .. key, meterText(s))
  end
end
call('DEL', name .. ':n')
call('PERSIST', name)
call('ZADD', prefix .. 'accounts', 0, acc)
call('HSET', name, 'u', format('%d %d', heldInAll, running), 'c', epoch, 'l', epoch)
return { epoch, 'loaded' }
`;
