-- Takes the lease, or keeps it. Answers 1, or 0 when another has it.
--
-- KEYS[1] the lease     ARGV[1] who asks     ARGV[2] for how long, ms

local call = redis.call
local holder = call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then
  return 0
end
call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
