-- Stands before each script that gives a position. A hub's key holds 'epoch position': the log that its positions belong to, and the newest one given.

-- The hub's epoch and newest position; 0 and 0 when Redis has none.
local function read_hub(key)
  local value = redis.call('GET', key)
  if not value then
    return 0, 0
  end
  local space = string.find(value, ' ', 1, true)
  return tonumber(string.sub(value, 1, space - 1)), tonumber(string.sub(value, space + 1))
end

-- Gives the next position: later than every one before it, than least, and than what the caller has seen; never behind the clock of Redis, so that
-- also a Redis which has forgotten the newest positions does not give them again. A hub that is new, or does not remember what the caller has seen,
-- gets a new epoch, later than every one that is known. Answers epoch, position and the clock in microseconds since 1970: all below 2^53 until 2255.
local function next_position(key, least, seen_epoch, seen_position, retention)
  local time = redis.call('TIME')
  local now = time[1] * 1000000 + time[2]
  local epoch, newest = read_hub(key)
  if epoch == 0 or epoch < seen_epoch or (epoch == seen_epoch and newest < seen_position) then
    epoch = math.max(now, epoch + 1, seen_epoch + 1)
  end
  local position = math.max(now, newest, least, seen_position) + 1
  redis.call('SET', key, string.format('%.0f %.0f', epoch, position), 'PX', retention)
  return epoch, position, now
end
