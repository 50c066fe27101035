-- Counts one event of KEYS[1], whose value is the microsecond at which all events so far are over.
-- ARGV: the quota's pace and window, in microseconds. Answers whether the event passes, and how far ahead of now the count is.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local pace, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local ahead = math.max((tonumber(redis.call('GET', KEYS[1])) or now) - now, 0)
if ahead + pace > window then
    return {0, ahead}
end
ahead = ahead + pace
redis.call('SET', KEYS[1], string.format('%.0f', now + ahead), 'PX', math.ceil(ahead / 1000))
return {1, ahead}
