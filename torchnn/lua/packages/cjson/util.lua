-- cjson.util: files of JSON, values as text, and what tests of JSON need.
local json = require 'cjson'

local util = {}

-- The contents of a file, or of standard input.
function util.file_load(name)
  local file = name and assert(io.open(name, 'rb')) or io.stdin
  local text = file:read('*a')
  if name then file:close() end
  return text
end

function util.file_save(name, data)
  local file = name and assert(io.open(name, 'wb')) or io.stdout
  file:write(data)
  if name then file:close() end
end

-- Whether two values are the same: tables by what they hold, and NaN is NaN.
function util.compare_values(a, b)
  if type(a) ~= 'table' or type(b) ~= 'table' then return rawequal(a, b) or (a ~= a and b ~= b) end
  for key in pairs(b) do
    if a[key] == nil then return false end
  end
  for key, value in pairs(a) do
    if not util.compare_values(value, b[key]) then return false end
  end
  return true
end

-- The length of a table that is an array with few gaps, else nil.
local function length_of(value)
  local longest, count = 0, 0
  for key in pairs(value) do
    if type(key) ~= 'number' then return nil end
    longest, count = math.max(longest, key), count + 1
  end
  return longest <= 2 * count and longest or nil
end

-- A value as Lua would write it: in lines, of which those within are indented by `indent`; in one where that is false.
function util.serialise_value(value, indent, depth)
  depth = depth or 0
  if indent == nil then indent = '' end
  if value == json.null then return 'json.null' end
  if type(value) == 'string' then return ('%q'):format(value) end
  if type(value) ~= 'table' then
    local is_plain = type(value) == 'nil' or type(value) == 'number' or type(value) == 'boolean'
    return is_plain and tostring(value) or ('"<%s>"'):format(type(value))
  end
  if depth >= 50 then return 'Cannot serialise any further: too many nested tables' end
  local outer, inner = ' ', ' '
  if indent then outer, inner = '\n' .. indent, '\n' .. indent .. '  ' end
  local function within(part) return util.serialise_value(part, indent and indent .. '  ', depth + 1) end
  local parts, length = {}, length_of(value)
  if length then
    for i = 1, length do parts[i] = within(value[i]) end
  else
    for key, part in pairs(value) do parts[#parts + 1] = ('[%s] = %s'):format(within(key), within(part)) end
  end
  return '{' .. inner .. table.concat(parts, ',' .. inner) .. outer .. '}'
end

-- ------------------------------------------------------------------------------------------------------------- tests

local passed, total = 0, 0

-- How many tests passed, and how many there were.
function util.run_test_summary() return passed, total end

-- Call a function and compare whether it succeeded, and its results or its error; returns whether all was as expected,
-- and the results.
function util.run_test(name, f, input, succeeds, output)
  local results = {pcall(f, unpack(input))}
  local done = table.remove(results, 1)
  local correct = done == succeeds and util.compare_values(results, output)
  passed, total = passed + (correct and 1 or 0), total + 1
  local function line(title, value) print(('[%s] %s'):format(title, util.serialise_value(value, false))) end
  local outcome = {[true] = ':success', [false] = ':error'}
  print(('==> Test [%d] %s: %s'):format(total, name, correct and 'PASS' or 'FAIL'))
  line('Input', input)
  if not correct then line('Expected' .. outcome[succeeds], output) end
  line('Received' .. outcome[done], results)
  print()
  return correct, results
end

-- Run tests, each a table of the arguments of `run_test`; of those without an outcome just the function.
function util.run_test_group(tests)
  for _, test in ipairs(tests) do
    if test[4] ~= nil then
      util.run_test(unpack(test, 1, 5))
    else
      if type(test[1]) == 'string' and #test[1] > 0 then print('==> ' .. test[1]) end
      test[2](unpack(test[3] or {}))
      print()
    end
  end
end

-- Run a text of Lua with its own global variables, and return these.
function util.run_script(script, environment)
  local f = loadstring(script)
  if not f then error('Invalid syntax.') end
  environment = environment or {}
  setfenv(f, environment)()
  return environment
end

return util
