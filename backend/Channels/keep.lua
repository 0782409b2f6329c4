-- Puts messages that Redis has handed to a reader among those in flight, or back where they waited when the lease is another's by now.
--
-- KEYS[1] the lease     KEYS[2] the messages that wait                 KEYS[3] those in flight
-- ARGV[1] the reader    ARGV[2] how long KEYS[2] may wait, seconds     then message, score, message, score, …
--
-- Answers 1 when they are in flight, 0 when they wait again.

local call = redis.call
local is_held = call('GET', KEYS[1]) == ARGV[1]
for i = 3, #ARGV, 2 do
  call('ZADD', is_held and KEYS[3] or KEYS[2], ARGV[i + 1], ARGV[i])
end
if is_held then
  return 1
end
call('EXPIRE', KEYS[2], ARGV[2])
return 0
