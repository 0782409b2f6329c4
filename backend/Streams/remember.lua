-- Tells Redis of a message that it has forgotten and a node has heard, so that the nodes which have not heard it find out. Asked twice, it does
-- nothing the second time. Needs hub.lua before it.
--
-- KEYS[1] the hub's position     KEYS[2] the group's head
-- ARGV[1] the newest position of the group that the node knows
-- ARGV[2] the entry that names an older one as the entry before it: whoever took it without knowing better has missed something; '0' when there is none
-- ARGV[3] retention of the head and the hub, ms
-- ARGV[4] epoch and ARGV[5] position: the newest of the hub that the node has seen

local most_skips = 4
local head = redis.call('HMGET', KEYS[2], 'position', 'skips')
if tonumber(head[1] or 0) < tonumber(ARGV[1]) then
  -- Nothing was published since. The next entry will name this one as the entry before it, and who reads the head finds it.
  redis.call('HSET', KEYS[2], 'position', ARGV[1])
  redis.call('PEXPIRE', KEYS[2], ARGV[3])
  next_position(KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[3])
elseif ARGV[2] ~= '0' then
  -- Pairs of an entry and the newest position that is known to be missing before it; the newest entries are kept.
  local skips = { ARGV[2] .. ' ' .. ARGV[1] }
  for entry, position in string.gmatch(head[2] or '', '(%d+) (%d+)') do
    if entry == ARGV[2] then
      if tonumber(position) >= tonumber(ARGV[1]) then
        return
      end
    elseif #skips < most_skips then
      skips[#skips + 1] = entry .. ' ' .. position
    end
  end
  redis.call('HSET', KEYS[2], 'skips', table.concat(skips, ' '))
end
