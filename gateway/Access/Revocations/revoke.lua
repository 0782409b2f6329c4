-- Adds revocations to those there are and tells every gateway what that changed, all of it or nothing.
--
-- KEYS[1] the revocations    KEYS[2] when each is forgotten    KEYS[3] the version of both
-- ARGV[1] the channel        ARGV[2] now, ms since 1970        ARGV[3] most revocations
-- ARGV[4] the first version of a list that has none            ARGV[5...] of each revocation: its target, 'before' and 'until', ms
--
-- Answers how many were not taken because there are too many. Not more than 1000 of those that have ended are forgotten at once.

for _, target in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ARGV[2], 'LIMIT', 0, 1000)) do
  redis.call('HDEL', KEYS[1], target)
  redis.call('ZREM', KEYS[2], target)
end

local refused = 0
for i = 5, #ARGV, 3 do
  local target, before, ends = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local known = redis.call('HGET', KEYS[1], target)
  if not known and redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[3]) then
    refused = refused + 1
  else
    if known then
      local knownBefore, knownEnds = string.match(known, '^(%d+) (%d+)$')
      if tonumber(knownBefore) > tonumber(before) then before = knownBefore end
      if tonumber(knownEnds) > tonumber(ends) then ends = knownEnds end
    end

    local both = before .. ' ' .. ends
    if both ~= known then
      redis.call('HSET', KEYS[1], target, both)
      redis.call('ZADD', KEYS[2], ends, target)
      local version = redis.call('INCR', KEYS[3])
      if version == 1 then
        -- A new list, or a Redis that lost its data: above every version that was ever given, so that every gateway notices.
        redis.call('SET', KEYS[3], ARGV[4])
        version = tonumber(ARGV[4])
      end
      redis.call('PUBLISH', ARGV[1], string.format('%.0f', version) .. ' ' .. both .. ' ' .. target)
    end
  end
end

-- The list outlives the last of what it holds by nothing.
local last = redis.call('ZREVRANGE', KEYS[2], 0, 0, 'WITHSCORES')
if last[2] then
  local ends = string.format('%.0f', tonumber(last[2]))
  for i = 1, 3 do redis.call('PEXPIREAT', KEYS[i], ends) end
end

return refused
