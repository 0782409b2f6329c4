-- Stands before each script that gives a position: says which one is the next. It is flat, and makes text of numbers as seldom as can be, because each publish runs it.
--
-- KEYS[1] the hub: 'epoch position', the log that its positions belong to and the newest one given      KEYS[2] the group's head
-- ARGV[1] epoch and ARGV[2] position: the newest of the hub that the caller has seen
-- ARGV[3] the newest message of the group that the caller knows, else 0
-- ARGV[4] retention of the hub and the head, ms
--
-- Leaves: now, the clock of Redis in microseconds since 1970; epoch and position, for the caller to write; previous, the newest message of the group.
-- All numbers are below 2^53 until 2255.

local call = redis.call
local time = call('TIME')
local now = time[1] * 1000000 + time[2]

local hub = call('GET', KEYS[1])
local epoch, newest = '0', 0
if hub then
  local space = string.find(hub, ' ', 1, true)
  epoch = string.sub(hub, 1, space - 1)
  newest = tonumber(string.sub(hub, space + 1))
end

-- A hub that is new, or does not remember what the caller has seen, gets a new epoch, later than every one that is known. When the hub's epoch is later than the caller's, the caller has seen nothing of it.
local seen = tonumber(ARGV[2])
if (epoch ~= ARGV[1] or newest < seen) and tonumber(epoch) <= tonumber(ARGV[1]) then
  epoch = string.format('%.0f', math.max(now, tonumber(epoch) + 1, tonumber(ARGV[1]) + 1))
end

-- What Redis has forgotten and the caller knows counts as well.
local head = call('HMGET', KEYS[2], 'position', 'bytes')
local previous = head[1] or '0'
local last = tonumber(previous)
local known = tonumber(ARGV[3])
if last < known then
  previous = ARGV[3]
end

-- Later than every one before it; never behind the clock, so that also a Redis which has forgotten the newest positions does not give them again.
local next_position = math.max(now, newest, last, known, seen) + 1
local position = string.format('%.0f', next_position)
