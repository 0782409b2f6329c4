-- Gives a message the hub's next position, appends it to the group's log and hands it to every node: all of it or nothing,
-- and in the same order for everybody.
--
-- KEYS[1] the hub's position    KEYS[2] the group's log    KEYS[3] the group's head
-- ARGV[1] the message           ARGV[2] the channel        ARGV[3] first position of a hub that has none
-- ARGV[4] most messages         ARGV[5] most bytes         ARGV[6] retention of the log, ms
-- ARGV[7] retention of the head, ms                        ARGV[8] for another try: a position from before the first, else ''
--
-- Answers the position, as a string: numbers would lose digits beyond 2^31 on the way through Lua.

if ARGV[8] ~= '' then
  -- The answer to an earlier try was lost. If it got through, its entry is newer than that position, and ends with the message.
  local entries = redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. ARGV[8], '+inf')
  for i = #entries, 1, -1 do
    if string.sub(entries[i], -#ARGV[1]) == ARGV[1] then
      return string.match(entries[i], '^%d+')
    end
  end
end

local position = redis.call('INCR', KEYS[1])
if position == 1 then
  -- A new hub, or a Redis that lost its data: positions start above all that were ever given.
  redis.call('SET', KEYS[1], ARGV[3])
  position = tonumber(ARGV[3])
end
position = string.format('%.0f', position)

local head = redis.call('HMGET', KEYS[3], 'position', 'bytes')
local previous = head[1] or '0'
local entry = position .. ' ' .. previous .. ' ' .. ARGV[1]

redis.call('ZADD', KEYS[2], position, entry)
local count = redis.call('ZCARD', KEYS[2])
local bytes = #entry
if count > 1 then
  bytes = bytes + tonumber(head[2] or '0')
end

while count > 1 and (count > tonumber(ARGV[4]) or bytes > tonumber(ARGV[5])) do
  local oldest = redis.call('ZPOPMIN', KEYS[2])
  bytes = bytes - #oldest[1]
  count = count - 1
end

redis.call('HSET', KEYS[3], 'position', position, 'bytes', string.format('%.0f', bytes))
redis.call('PEXPIRE', KEYS[2], ARGV[6])
redis.call('PEXPIRE', KEYS[3], ARGV[7])
redis.call('PUBLISH', ARGV[2], entry)
return position
