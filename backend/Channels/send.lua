-- Hands a message to processes of Django, each in its own form, unless as many wait for one of them as it may have.
--
-- KEYS      the processes' messages
-- ARGV      a message for each of them, in the same order; then capacity, now, the time from before which messages are dropped, and the time to live of the keys in seconds
--
-- Answers how many were full.

local call = redis.call
local capacity, now, oldest, expiry = tonumber(ARGV[#KEYS + 1]), ARGV[#KEYS + 2], ARGV[#KEYS + 3], ARGV[#KEYS + 4]
local full = 0
for i = 1, #KEYS do
  call('ZREMRANGEBYSCORE', KEYS[i], '-inf', oldest)
  if call('ZCARD', KEYS[i]) < capacity then
    call('ZADD', KEYS[i], now, ARGV[i])
    call('EXPIRE', KEYS[i], expiry)
  else
    full = full + 1
  end
end
return full
