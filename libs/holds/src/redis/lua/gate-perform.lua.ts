/**
 * The one call of the edge: all operations of one turn of its event loop. Each stands alone: what fails reads before it
 * writes, and is told to its own caller only.
 */
export const gatePerform = `
local operations = { a = admit, z = resize, h = renew, d = read, f = findKey, o = isOpen }
local replies = { epoch }
for at = 4, #ARGV do
  local op = ARGV[at]
  local kind = string.sub(op, 1, 1)
  if epoch == 0 then
    replies[at - 2] = kind == 'h' and 'k' or { 'n' }
  else
    local isDone, reply = pcall(operations[kind], op)
    if not isDone then
      local text, isReplica = failureOf(reply)
      if isReplica then
        return isReplica
      end
      reply = { 'e', text }
    end
    replies[at - 2] = reply
  end
end
return replies
`;
