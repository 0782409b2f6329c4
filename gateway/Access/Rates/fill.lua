-- Fills a bucket by one, unless it would then hold more than the burst. Answers what it holds, or would hold, as text.
--
-- KEYS[1] the bucket: 'held at', what it held at a time by the clock of Redis, in microseconds since 1970
-- ARGV[1] requests per second, which leak out    ARGV[2] the burst
--
-- The bucket is forgotten when a request would find it empty all the same.

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local rate, burst = tonumber(ARGV[1]), tonumber(ARGV[2])

local function keep(held)
  redis.call('SET', KEYS[1], string.format('%.6f %.0f', held, now), 'PX', string.format('%.0f', math.ceil((held + 1) / rate * 1000)))
end

local filled = 0
local bucket = redis.call('GET', KEYS[1])
if bucket then
  local space = string.find(bucket, ' ', 1, true)
  local held, at = tonumber(string.sub(bucket, 1, space - 1)), tonumber(string.sub(bucket, space + 1))
  -- Times are multiplied and divided; a millionth of a request is no difference.
  filled = math.max(0, math.floor((held + 1 - math.max(0, now - at) * rate / 1000000) * 1000000 + 0.5) / 1000000)
  if filled > burst then
    -- Of a master whose clock was ahead: it leaks from now on, and not once that time has come.
    if at > now then keep(held) end
    return string.format('%.6f', filled)
  end
end

keep(filled)
return string.format('%.6f', filled)
