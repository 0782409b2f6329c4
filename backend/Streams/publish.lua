-- Gives a message the hub's next position, appends it to the group's log and hands it to every node: all of it or nothing,
-- and in the same order for everybody. Needs hub.lua before it.
--
-- KEYS[1] the hub's position     KEYS[2] the group's log       KEYS[3] the group's head
-- ARGV[1] the message            ARGV[2] the channel
-- ARGV[3] most messages          ARGV[4] most bytes            ARGV[5] retention of the log, ms   ARGV[6] of the head and the hub, ms
-- ARGV[7] epoch and ARGV[8] position: the newest of the hub that the publisher has seen
-- ARGV[9] the newest position of the group that Redis has told the publisher, else 0
-- ARGV[10] for another try: a position of the hub from before the first, else ''
--
-- Answers 'epoch position', as a string: numbers would lose digits beyond 2^31 on the way through Lua.

if ARGV[10] ~= '' then
  -- The answer to an earlier try was lost. If it got through, its entry is newer than that position, and ends with the message.
  local entries = redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. ARGV[10], '+inf')
  for i = #entries, 1, -1 do
    if string.sub(entries[i], -#ARGV[1]) == ARGV[1] then
      return string.match(entries[i], '^%d+ %d+')
    end
  end
end

-- What Redis has forgotten and the publisher knows is named as the entry before, so that whoever has missed it finds the gap.
local head = redis.call('HMGET', KEYS[3], 'position', 'bytes')
local previous = math.max(tonumber(head[1] or 0), tonumber(ARGV[9]))
local epoch, position = next_position(KEYS[1], previous, tonumber(ARGV[7]), tonumber(ARGV[8]), ARGV[6])
local stamp = string.format('%.0f %.0f', epoch, position)
local entry = string.format('%s %.0f ', stamp, previous) .. ARGV[1]

redis.call('ZADD', KEYS[2], position, entry)
local count = redis.call('ZCARD', KEYS[2])
local bytes = #entry
if count > 1 then
  bytes = bytes + tonumber(head[2] or '0')
end

while count > 1 and (count > tonumber(ARGV[3]) or bytes > tonumber(ARGV[4])) do
  local oldest = redis.call('ZPOPMIN', KEYS[2])
  bytes = bytes - #oldest[1]
  count = count - 1
end

redis.call('HSET', KEYS[3], 'position', string.format('%.0f', position), 'bytes', string.format('%.0f', bytes))
redis.call('PEXPIRE', KEYS[2], ARGV[5])
redis.call('PEXPIRE', KEYS[3], ARGV[6])
redis.call('PUBLISH', ARGV[2], entry)
return stamp
