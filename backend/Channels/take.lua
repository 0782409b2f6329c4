-- Takes the oldest messages that wait for this system. They stand among those in flight until they are in a log, so that whoever reads next finds what a killed node has left.
--
-- KEYS[1] the lease     KEYS[2] the messages that wait     KEYS[3] those in flight     KEYS[4] how often this was run for the reader
-- ARGV[1] the reader    ARGV[2] how many at most           ARGV[3] how long KEYS[4] lives, ms
--
-- Answers number, message, score, message, score, …, where number is 1 for a reader's first; nil when the lease is another's.

local call = redis.call
if call('GET', KEYS[1]) ~= ARGV[1] then
  return false
end

local number = (call('GET', KEYS[4]) or 0) + 1
call('SET', KEYS[4], number, 'PX', ARGV[3])
local taken = call('ZPOPMIN', KEYS[2], ARGV[2])
for i = 1, #taken, 2 do
  call('ZADD', KEYS[3], taken[i + 1], taken[i])
end
table.insert(taken, 1, number)
return taken
