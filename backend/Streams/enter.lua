-- Gives a position to the moment in which a node or a member comes to a group: what was published before has a lower one, what comes after a
-- higher one. Needs hub.lua before it.
--
-- KEYS[1] the hub's position     KEYS[2] the group's head
-- ARGV[1] retention of the hub, ms
-- ARGV[2] epoch and ARGV[3] position: the newest of the hub that the caller has seen
--
-- Answers { epoch, position, the clock in microseconds, the group's newest position or '0' }.

local head = redis.call('HGET', KEYS[2], 'position') or '0'
local epoch, position, now = next_position(KEYS[1], tonumber(head), tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[1])
return { string.format('%.0f', epoch), string.format('%.0f', position), string.format('%.0f', now), head }
