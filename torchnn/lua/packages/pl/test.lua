-- pl.test: checks that end the test where they fail.
local tablex = require 'pl.tablex'
local pretty = require 'pl.pretty'

local test = {}

local function complain(got, expected, why)
  error(('%s:\n got:\t%s\n needed:\t%s'):format(why, pretty.write(got), pretty.write(expected)), 3)
end

-- Equal, deep into tables, numbers within eps.
function test.asserteq(got, expected, eps)
  if got ~= expected and not tablex.deepcompare(got, expected, false, eps) then
    complain(got, expected, 'assertion failed')
  end
end

function test.asserteq2(a, b, expected_a, expected_b)
  test.asserteq({a, b}, {expected_a, expected_b})
end

function test.assertmatch(text, pattern)
  if not text:match(pattern) then complain(text, pattern, 'these strings did not match') end
end

-- The function, in a list with its arguments, raises an error that fits a pattern.
function test.assertraise(call, pattern)
  local f = type(call) == 'table' and call[1] or call
  local ok, why = pcall(f, unpack(type(call) == 'table' and call or {}, 2))
  if ok or not tostring(why):match(pattern) then complain(why, pattern, 'these errors did not match') end
end

function test.tuple(...) return {n = select('#', ...), ...} end

return test
