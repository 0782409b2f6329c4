-- Gives a position to the moment in which a node or a member comes to a group: what was published before has a lower one, what comes after a
-- higher one. Needs hub.lua before it.
--
-- Answers { epoch, position, the clock in microseconds, the group's newest position or '0' }.

call('SET', KEYS[1], epoch .. ' ' .. position, 'PX', ARGV[4])
return { epoch, position, string.format('%.0f', now), head[1] or '0' }
