-- Reads one page of a group's log: the oldest entries after a position, as many as fit, and at least one.
--
-- KEYS[1] the group's log        KEYS[2] the group's head
-- ARGV[1] the position           ARGV[2] most entries          ARGV[3] most bytes
--
-- Answers { the group's newest position or '0', entry, entry, … }.

-- Read in small steps: entries may be a mebibyte each.
local step = 8
local most_entries, most_bytes = tonumber(ARGV[2]), tonumber(ARGV[3])
local page = { redis.call('HGET', KEYS[2], 'position') or '0' }
local bytes = 0
repeat
  local entries = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. ARGV[1], '+inf', 'LIMIT', #page - 1, step)
  for _, entry in ipairs(entries) do
    bytes = bytes + #entry
    if #page > 1 and (bytes > most_bytes or #page > most_entries) then
      return page
    end
    page[#page + 1] = entry
  end
until #entries < step
return page
