/** `apply`: what commits of the ledger changed, account by account ("A account", its parts, "c hold" for each end). */
export const gateApplying = `
-- Holds end in the same step as the balance changes: one before the other would deduct twice, or admit too much. What an
-- account that is not loaded is told is kept for its load, which may have read the ledger before.
local function applyAccount(acc, from, to)
  local name = nameOf(acc)
  for at = from, to do
    local part = ARGV[at]
    if string.sub(part, 1, 1) == 'c' then
      endHold(acc, name, string.sub(part, 3))
    else
      tellPart(acc, name, part)
    end
  end
  if call('HEXISTS', name, 'l') == 0 then
    call('PEXPIRE', name, TOMBSTONE_MS)
  end
end

local replies = { epoch }
if epoch == 0 then
  return replies
end
local at = 4
while ARGV[at] do
  local acc, to = string.sub(ARGV[at], 3), at
  while ARGV[to + 1] and string.sub(ARGV[to + 1], 1, 1) ~= 'A' do
    to = to + 1
  end
  local isDone, failure = pcall(applyAccount, acc, at + 1, to)
  if not isDone then
    local text, isReplica = failureOf(failure)
    if isReplica then
      return isReplica
    end
    replies[#replies + 1] = acc .. ': ' .. text
  end
  at = to + 1
end
return replies
`;
