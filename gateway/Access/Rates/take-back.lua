-- Takes one back that was filled into a bucket.
--
-- KEYS[1] the bucket, as fill.lua keeps it

local bucket = redis.call('GET', KEYS[1])
if bucket then
  local space = string.find(bucket, ' ', 1, true)
  redis.call('SET', KEYS[1], string.format('%.6f', tonumber(string.sub(bucket, 1, space - 1)) - 1) .. string.sub(bucket, space), 'KEEPTTL')
end
