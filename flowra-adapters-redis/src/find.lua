-- Which of the people ARGV[2] … are in the holding of any node. KEYS[1] names the nodes, ARGV[1] begins the names of their holdings.
-- Answers a number a person, 0 for who is nowhere. A node whose holding is empty or over is taken off the list.
local found = {}
for person = 1, #ARGV - 1 do
    found[person] = 0
end
for _, node in ipairs(redis.call('SMEMBERS', KEYS[1])) do
    local holding = ARGV[1] .. node
    if redis.call('EXISTS', holding) == 1 then
        local held = redis.call('SMISMEMBER', holding, unpack(ARGV, 2))
        for person, is_held in ipairs(held) do
            found[person] = found[person] + is_held
        end
    else
        redis.call('SREM', KEYS[1], node)
    end
end
return found
