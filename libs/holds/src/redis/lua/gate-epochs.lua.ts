/** Epochs, and what billing reads of whole accounts. */
export const gateEpochs = `
local function standingOfStore()
  return { epoch, known[1] or false, known[2] or false, tonumber(known[3]) or false, now }
end

-- ARGV 5 = epoch, 6 = the run that billing saw, 7 = how long nothing is admitted, 8 = 1: until each account is compared.
local function beginEpoch()
  local present = match(call('INFO', 'server'), 'run_id:(%x+)')
  if present ~= ARGV[6] then
    return { epoch, 'other_run' }
  elseif known[1] and tonumber(known[1]) >= tonumber(ARGV[5]) then
    return { epoch, 'older' }
  end
  local quietMs = tonumber(ARGV[7])
  call('HSET', prefix .. 'epoch', 'epoch', ARGV[5], 'run', present, 'quietUntil', quietMs > 0 and now + quietMs or 0,
    'awaits', ARGV[8])
  return { tonumber(ARGV[5]), 'begun' }
end

-- ARGV 5 = account, 6 = epoch.
local function endComparison()
  if epoch > 0 and tonumber(ARGV[6]) == epoch and call('HEXISTS', nameOf(ARGV[5]), 'l') == 1 then
    call('HSET', nameOf(ARGV[5]), 'c', epoch)
  end
  return { epoch }
end

-- ARGV 5 = account: its hash as it stands, or nothing when it is not loaded.
local function inspect()
  local name = nameOf(ARGV[5])
  if epoch == 0 or call('HEXISTS', name, 'l') == 0 then
    return { epoch }
  end
  return { epoch, call('HGETALL', name) }
end

-- ARGV 5 = after this account ("" = from the first), 6 = at most.
local function listAccounts()
  local after = ARGV[5] == '' and '-' or '(' .. ARGV[5]
  return { epoch, epoch > 0 and call('ZRANGEBYLEX', prefix .. 'accounts', after, '+', 'LIMIT', 0, ARGV[6]) or {} }
end

local asked = { standing = standingOfStore, begin = beginEpoch, compared = endComparison, inspect = inspect,
  list = listAccounts }
return asked[ARGV[4]]()
`;
