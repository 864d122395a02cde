/** What billing tells of an account: parts that are absolute, each with its version. */
export const gateTelling = `
local function isNewer(text, version)
  return not text or tonumber(match(text, '^%S+')) < tonumber(version)
end

-- A part is "b version …" (balance), "a version …" (account), "w id version …", "k id version …" or
-- "p scope id period dropAt version spent". What is stored of it begins with its version.
local function tellPart(acc, name, part)
  local kind = string.sub(part, 1, 1)
  if kind == 'b' or kind == 'a' then
    local text = string.sub(part, 3)
    if isNewer(call('HGET', name, kind), match(text, '^%S+')) then
      call('HSET', name, kind, text)
    end
  elseif kind == 'w' or kind == 'k' then
    local id, text = match(part, '^. (%S+) (.*)$')
    local field = kind .. ':' .. id
    local before = call('HGET', name, field)
    if not isNewer(before, match(text, '^%S+')) then
      return
    end
    if kind == 'k' then
      local old, new = before and match(before, '(%S+) %S+$'), match(text, '(%S+) %S+$')
      if old and old ~= new then
        call('HDEL', prefix .. 'keys', old)
      end
      call('HSET', prefix .. 'keys', new, acc .. ' ' .. id)
    end
    call('HSET', name, field, text)
  else
    local scope, id, period, dropAt, version, spent = match(part, '^p (%S+) (%S+) (%S+) (%S+) (%S+) (%S+)$')
    local field = 'p' .. scope .. ':' .. id .. ' ' .. period
    local text = call('HGET', name, field)
    local before = text and tonumber((match(text, '^%S+ (%S+)')))
    if before and before >= tonumber(version) then
      return
    end
    if not text and dropAt ~= '-' then
      noteCounter(acc, field, dropAt)
    end
    call('HSET', name, field, spent .. ' ' .. version .. ' ' .. (text and match(text, '(%S+)$') or '0'))
  end
end
`;
