-- Takes the lease, or keeps it. Answers 1, or 0 when another has it that is there: one that was killed is subscribed to nothing any more.
--
-- KEYS[1] the lease     ARGV[1] who asks     ARGV[2] for how long, ms     ARGV[3] what the channels begin with to which those that may read are subscribed, before their names

local call = redis.call
local holder = call('GET', KEYS[1])
if holder and holder ~= ARGV[1] and call('PUBSUB', 'NUMSUB', ARGV[3] .. holder)[2] > 0 then
  return 0
end
call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
