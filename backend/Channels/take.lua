-- Takes the oldest messages that wait for this system. They stand among those in flight until they are in a log, so that whoever reads next finds what a killed node has left.
--
-- KEYS[1] the lease     KEYS[2] the messages that wait     KEYS[3] those in flight
-- ARGV[1] the reader    ARGV[2] how many at most           ARGV[3] one that was popped already, or ''     ARGV[4] its score
--
-- Answers message, score, message, score, …; nil when the lease is another's, and what was popped waits again.

local call = redis.call
if call('GET', KEYS[1]) ~= ARGV[1] then
  if ARGV[3] ~= '' then
    call('ZADD', KEYS[2], ARGV[4], ARGV[3])
  end
  return false
end

local taken = call('ZPOPMIN', KEYS[2], ARGV[2])
if ARGV[3] ~= '' then
  table.insert(taken, 1, ARGV[4])
  table.insert(taken, 1, ARGV[3])
end
for i = 1, #taken, 2 do
  call('ZADD', KEYS[3], taken[i + 1], taken[i])
end
return taken
