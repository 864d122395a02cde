/** What is read without changing anything. */
export const gateReading = `
local function read(op)
  local acc, key, text = match(op, '^d (%S+) (%S+) (.*)$')
  local of = termsOf(text)
  of.key = key
  local s = standing(acc, of, of.limits)
  if not s then
    return { 'n' }
  end
  local _, total = readCounter(call('HGET', s.name, 'pk:' .. key .. ' total'))
  return addFigures({ 'd', s.keyText, total, s.daySpent, s.weekSpent, s.monthSpent, s.keyHeld, blocked(s) or false }, 9, s)
end

local function findKey(op)
  local hash = match(op, '^f (%S+)$')
  local found = call('HGET', prefix .. 'keys', hash)
  if not found then
    return { 'n' }
  end
  local acc, key = match(found, '^(%S+) (%S+)$')
  local v = call('HMGET', nameOf(acc), 'l', 'a', 'k:' .. key)
  if not v[1] or not v[2] or not v[3] then
    return { 'n' }
  end
  return { 'f', acc, match(v[3], '^%S+ (%S+)'), key, match(v[2], ' (%S+)$') }
end

local function isOpen(op)
  local acc, id = match(op, '^o (%S+) (%S+)$')
  local name = nameOf(acc)
  local text = call('HGET', name, 'h:' .. id) or call('HGET', name .. ':n', id)
  return { 'o', text and not readHold(text).final and 1 or 0 }
end
`;
