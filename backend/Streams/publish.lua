-- Gives a message the hub's next position (hub.lua says which, this script writes it), appends it to the group's log and hands it to every node: all of it or nothing,
-- and in the same order for every node. Needs hub.lua before it.
--
-- KEYS[3] the group's log
-- ARGV[5] the message            ARGV[6] the channel
-- ARGV[7] most messages          ARGV[8] most bytes            ARGV[9] retention of the log, ms
-- ARGV[10] for another try: a position of the hub from before the first, else ''
-- ARGV[11] PUBLISH, or SPUBLISH where the servers have it
-- ARGV[12] until when it may be taken, by the clock of Redis in microseconds; 0 when the caller does not know that clock
-- ARGV[13] how far ahead that is at most, microseconds
--
-- Answers 'epoch position', as a string: numbers would lose digits beyond 2^31 on the way through Lua. Answers '-1 clock' and does nothing where the time is over, or the
-- caller's notion of the clock is wrong.

-- A server that stood still goes on with what waits in its connections. Its publisher has given that up, and may have published it at the server that has replaced this one.
local left = ARGV[12] - now
if left < 0 or left > tonumber(ARGV[13]) then
  return '-1 ' .. string.format('%.0f', now)
end

if ARGV[10] ~= '' then
  -- The answer to an earlier try was lost. If it got through, its entry is newer than that position, and ends with the message.
  local entries = call('ZRANGEBYSCORE', KEYS[3], '(' .. ARGV[10], '+inf')
  for i = #entries, 1, -1 do
    if string.sub(entries[i], -#ARGV[5]) == ARGV[5] then
      return string.match(entries[i], '^%d+ %d+')
    end
  end
end

-- The entry names the one before it, so that whoever has missed that one finds the gap.
local stamp = epoch .. ' ' .. position
local entry = stamp .. ' ' .. previous .. ' ' .. ARGV[5]

call('ZADD', KEYS[3], position, entry)
local count = call('ZCARD', KEYS[3])
local bytes = #entry
if count > 1 then
  bytes = bytes + (head[2] or 0)
end

while count > 1 and (count > tonumber(ARGV[7]) or bytes > tonumber(ARGV[8])) do
  local oldest = call('ZPOPMIN', KEYS[3])
  bytes = bytes - #oldest[1]
  count = count - 1
end

call('PEXPIRE', KEYS[3], ARGV[9])
call('HSET', KEYS[2], 'position', position, 'bytes', bytes)

-- The hub and the head live for a day at least after their last use: it is enough to renew that with the first position of each hour.
local hour = 3600000000
local of_hour = next_position % hour
if of_hour < last % hour or next_position - last > hour then
  call('PEXPIRE', KEYS[2], ARGV[4])
end
if of_hour < newest % hour or next_position - newest > hour then
  call('SET', KEYS[1], stamp, 'PX', ARGV[4])
else
  call('SET', KEYS[1], stamp, 'KEEPTTL')
end

call(ARGV[11], ARGV[6], entry)
return stamp
