-- Tells Redis of a message that it has forgotten and a node has heard, so that the nodes which have not heard it find out. Asked twice, it does
-- nothing the second time. Needs hub.lua before it: the message is the newest that the caller knows.
--
-- ARGV[5] the entry that names an older one as the entry before it: whoever took it without knowing better has missed something; '0' when there is none

local most_skips = 4
if last < known then
  -- Nothing was published since. The next entry will name this one as the entry before it, and who reads the head finds it.
  call('HSET', KEYS[2], 'position', ARGV[3])
  call('PEXPIRE', KEYS[2], ARGV[4])
  call('SET', KEYS[1], epoch .. ' ' .. position, 'PX', ARGV[4])
elseif ARGV[5] ~= '0' then
  -- Pairs of an entry and the newest position that is known to be missing before it; the newest entries are kept.
  local skips = { ARGV[5] .. ' ' .. ARGV[3] }
  for entry, missing in string.gmatch(call('HGET', KEYS[2], 'skips') or '', '(%d+) (%d+)') do
    if entry == ARGV[5] then
      if tonumber(missing) >= known then
        return
      end
    elseif #skips < most_skips then
      skips[#skips + 1] = entry .. ' ' .. missing
    end
  end
  call('HSET', KEYS[2], 'skips', table.concat(skips, ' '))
end
