-- torch.Tester and torch.TestSuite: how tests are written and run.
-- What every check ends in are the methods `_success` and `_failure`, whose results are those of the check.
local native, core = ...
local differences = core.differences

local COLUMNS = 80

-- ------------------------------------------------------------------------------------------------------- TestSuite

local suites = setmetatable({}, {__mode = 'k'})

-- A table of functions that refuses a name twice.
function torch.TestSuite()
  local suite = {}
  suites[suite] = true
  return setmetatable(suite, {
    __newindex = function(self, name, test)
      if type(test) == 'table' then error('Nested tests are not supported', 2) end
      if type(test) ~= 'function' then error('Only functions are supported as members of a TestSuite', 2) end
      rawset(self, name, nil)
      local own = getmetatable(self)
      if own.tests[name] then error(('Test %s is already defined.'):format(tostring(name)), 2) end
      own.tests[name] = test
      own.names[#own.names + 1] = name
    end,
    __index = function(self, name) return getmetatable(self).tests[name] end,
    tests = {},
    names = {},
  })
end

-- ----------------------------------------------------------------------------------------------------------- Tester

local Tester = torch.class('torch.Tester')

function Tester:__init()
  self.errors = {}
  self.tests = {}
  self.names = {} -- of the tests, in the order in which they were added
  self.warnings = {}
  self.disabledTests = {}
  self.countasserts = 0
  self.earlyAbort = false
  self.rethrowErrors = false
  self.summaryOnly = false
  self._currentTestName = ''
  self._assertTensorEqIgnoresDims = true
end

-- Whether a run ends after the first test that does not pass.
function Tester:setEarlyAbort(flag)
  self.earlyAbort = flag
  return self
end

-- Whether a check that fails, or an error in a test, raises an error at once.
function Tester:setRethrowErrors(flag)
  self.rethrowErrors = flag
  return self
end

-- Whether a run leaves out what failed, in words, at its end.
function Tester:setSummaryOnly(flag)
  self.summaryOnly = flag
  return self
end

local function add_one(self, name, test)
  if type(test) == 'table' then error('Nested sets of tests are not supported', 3) end
  if type(test) ~= 'function' then error('Only tables of functions and functions supported', 3) end
  if name == '_setUp' or name == '_tearDown' then
    if self[name] then error(('Only one %s function allowed'):format(name == '_setUp' and 'set-up' or 'tear-down'), 3) end
    self[name] = test
    return
  end
  if self.tests[name] then error(('Test with name %s already exists!'):format(tostring(name)), 3) end
  self.tests[name] = test
  self.names[#self.names + 1] = name
end

-- Add a function under a name, or all functions of a suite or a table.
function Tester:add(test, name)
  if type(test) == 'function' then
    add_one(self, name or 'unknown', test)
    return self
  end
  if type(test) ~= 'table' then error('Only tables of functions and functions supported', 2) end
  if name ~= nil then error('Name parameter is forbidden for a table of tests, since its use is ambiguous', 2) end
  if suites[test] then
    local own = getmetatable(test)
    for _, key in ipairs(own.names) do add_one(self, key, own.tests[key]) end
    return self
  end
  self:_warning('Should use TestSuite rather than plain lua table')
  local names = {}
  for key in pairs(test) do names[#names + 1] = key end
  table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
  for _, key in ipairs(names) do add_one(self, key, test[key]) end
  return self
end

-- Leave out the tests of these names from now on.
function Tester:disable(names)
  for _, name in ipairs(type(names) == 'string' and {names} or names) do
    if not self.tests[name] then error(("Unrecognized test '%s'"):format(tostring(name)), 2) end
    self.disabledTests[name] = true
  end
  return self
end

-- ------------------------------------------------------------------------------------------------------------ checks

function Tester:_warning(text)
  local name = self._currentTestName
  self.warnings[#self.warnings + 1] = (name ~= '' and name .. '\n' or '') .. text
end

function Tester:_success()
  self.countasserts = self.countasserts + 1
  return true
end

-- Where in the test a check stands.
local function place()
  local level = 3
  while true do
    local info = debug.getinfo(level, 'Sl')
    if not info then return '' end
    if info.currentline > 0 and info.source:sub(1, #native.home) ~= native.home then
      return ('%s:%d'):format(info.short_src, info.currentline)
    end
    level = level + 1
  end
end

function Tester:_failure(message)
  if self.rethrowErrors then error(message, 3) end
  self.countasserts = self.countasserts + 1
  self.errors[#self.errors + 1] = ('%s\n%s\n\t%s\n'):format(self._currentTestName, message, place())
  return false
end

-- The message, and the tolerance where numbers are compared, given in any order.
local function options(default, ...)
  local message, tolerance
  for i = 1, select('#', ...) do
    local value = select(i, ...)
    if type(value) == 'number' and default then
      if tolerance then error('Unexpected number argument; already have tolerance', 4) end
      if value < 0 then error('tolerance cannot be negative', 4) end
      tolerance = value
    elseif value ~= nil then
      if message then error('Unexpected arguments passed to test function', 4) end
      if type(value) ~= 'string' then error('message parameter must be a string', 4) end
      message = value
    end
  end
  return message and message ~= '' and message .. '\n' or '', tolerance or default
end

local function check(self, held, message, violation)
  if held then return self:_success(message) end
  return self:_failure(message .. violation)
end

-- The condition is neither false nor nil.
function Tester:assert(condition, ...)
  if type(condition) ~= 'boolean' then self:_warning(' :assert should only be used for boolean conditions.') end
  local message = options(nil, ...)
  return check(self, condition and true or false, message, 'BOOL violation condition=' .. tostring(condition))
end

local function compare(name, word, sign, holds)
  Tester[name] = function(self, a, b, ...)
    local message = options(nil, ...)
    local violation = ('%s failed: %s %s %s'):format(word, tostring(a), sign, tostring(b))
    return check(self, holds(a, b), message, violation)
  end
end
compare('assertlt', 'LT', '>=', function(a, b) return a < b end)
compare('assertle', 'LE', '>', function(a, b) return a <= b end)
compare('assertgt', 'GT', '<=', function(a, b) return a > b end)
compare('assertge', 'GE', '<', function(a, b) return a >= b end)

-- Equal numbers, strings and booleans, or the same object; and the opposite.
for name, how in pairs{asserteq = {'EQ', '~=', true, ':eq'}, assertne = {'NE', '==', false, ':ne'}} do
  local word, sign, wanted, better = unpack(how)
  Tester[name] = function(self, a, b, ...)
    local message = options(nil, ...)
    if type(a) == 'table' or type(a) == 'userdata' then
      self:_warning((':%s should only be used to compare basic values; %s compares all'):format(name, better))
    end
    local violation = ('%s failed: %s %s %s'):format(word, tostring(a), sign, tostring(b))
    return check(self, (a == b) == wanted, message, violation)
  end
end

-- |a - b| <= tolerance, which is 1e-16 unless given.
function Tester:assertalmosteq(a, b, ...)
  local message, tolerance = options(1e-16, ...)
  local violation = ('ALMOST_EQ failed: %s ~= %s with tolerance=%s'):format(tostring(a), tostring(b), tolerance)
  return check(self, math.abs(a - b) <= tolerance, message, violation)
end

-- Equal in type, shape and value, deep into tables, up to a tolerance.
function Tester:assertGeneralEq(got, expected, ...)
  local message, tolerance = options(0, ...)
  local found = differences.find(got, expected, tolerance)
  return check(self, not found, message, found)
end

-- The opposite of assertGeneralEq.
function Tester:assertGeneralNe(got, unexpected, ...)
  local message, tolerance = options(0, ...)
  local found = differences.find(got, unexpected, tolerance)
  return check(self, found, message, ('NE failed: %s == %s'):format(tostring(got), tostring(unexpected)))
end

Tester.eq, Tester.ne = Tester.assertGeneralEq, Tester.assertGeneralNe

local function check_kinds(kind, first, second)
  local is = kind == 'Tensor' and torch.isTensor or function(value) return type(value) == 'table' end
  if not is(first) then error(('First argument should be a %s'):format(kind), 3) end
  if not is(second) then error(('Second argument should be a %s'):format(kind), 3) end
end

-- The elements of two tensors of a type agree up to a tolerance, whatever their shapes.
function Tester:assertTensorEq(got, expected, ...)
  check_kinds('Tensor', got, expected)
  local message, tolerance = options(0, ...)
  local found = differences.tensors(got, expected, tolerance, self._assertTensorEqIgnoresDims)
  if not found and not got:isSameSizeAs(expected) then
    self:_warning('Tensors have the same content but different dimensions.')
  end
  return check(self, not found, message, found)
end

-- The opposite of assertTensorEq.
function Tester:assertTensorNe(got, unexpected, ...)
  check_kinds('Tensor', got, unexpected)
  local message, tolerance = options(0, ...)
  local found = differences.tensors(got, unexpected, tolerance, self._assertTensorEqIgnoresDims)
  return check(self, found, message, ('TensorNE(==) violation: tolerance=%s'):format(tolerance))
end

-- Two tables are equal, deep and up to a tolerance.
function Tester:assertTableEq(got, expected, ...)
  check_kinds('Table', got, expected)
  return self:assertGeneralEq(got, expected, ...)
end

-- The opposite of assertTableEq.
function Tester:assertTableNe(got, unexpected, ...)
  check_kinds('Table', got, unexpected)
  return self:assertGeneralNe(got, unexpected, ...)
end

-- The function raises no error.
function Tester:assertNoError(f, ...)
  local message = options(nil, ...)
  local ok, err = pcall(f)
  return check(self, ok, message, 'ERROR violation: err=' .. tostring(err))
end

-- The function raises an error of which the comparison says true.
function Tester:assertErrorObj(f, comparison, ...)
  local message = options(nil, ...)
  local ok, err = pcall(f)
  return check(self, not ok and comparison(err), message, 'ERROR violation: err=' .. tostring(err))
end

-- The function raises an error.
function Tester:assertError(f, ...)
  return self:assertErrorObj(f, function() return true end, ...)
end

-- The function raises an error of exactly this text.
function Tester:assertErrorMsg(f, expected, ...)
  return self:assertErrorObj(f, function(err) return err == expected end, ...)
end

-- The function raises an error in whose text the pattern is found.
function Tester:assertErrorPattern(f, pattern, ...)
  return self:assertErrorObj(f, function(err) return tostring(err):find(pattern) ~= nil end, ...)
end

-- ----------------------------------------------------------------------------------------------------------- running

local function counted(n, word)
  return ('%d %s%s'):format(n, word, n == 1 and '' or 's')
end

-- The tests in whose names one of the patterns is found, or all.
local function selected(self, patterns)
  if patterns == nil then return self.names end
  local chosen, known = {}, {}
  for _, pattern in ipairs(type(patterns) == 'table' and patterns or {patterns}) do
    local found = false
    for _, name in ipairs(self.names) do
      if tostring(name):find(pattern) then
        found = true
        if not known[name] then chosen[#chosen + 1] = name end
        known[name] = true
      end
    end
    if not found then error(("Couldn't find test '%s'"):format(tostring(pattern)), 3) end
  end
  return chosen
end

-- Run one test; how it went.
local function run_one(self, name)
  if self.disabledTests[name] then return 'SKIP' end
  self._currentTestName = tostring(name)
  local known = #self.errors
  if self._setUp then self._setUp(name) end
  local ok, err = true, nil
  if self.rethrowErrors then
    self.tests[name]()
  else
    ok, err = xpcall(self.tests[name], debug.traceback)
  end
  if not ok then
    self.errors[#self.errors + 1] = ('%s\n Function call failed\n%s\n'):format(self._currentTestName, tostring(err))
  end
  if self._tearDown then self._tearDown(name) end
  self._currentTestName = ''
  collectgarbage()
  return not ok and 'ERROR' or #self.errors > known and 'FAIL' or 'PASS'
end

local function report(self, count, verdicts)
  local skipped = verdicts.SKIP > 0 and (' and %d disabled'):format(verdicts.SKIP) or ''
  local warnings = #self.warnings > 0 and ' and ' .. counted(#self.warnings, 'warning') or ''
  io.write(('Completed %s in %s with %s and %s%s%s\n'):format(
    counted(self.countasserts, 'assert'), counted(count, 'test'), counted(verdicts.FAIL, 'failure'),
    counted(verdicts.ERROR, 'error'), warnings, skipped))
  if self.summaryOnly or #self.errors + #self.warnings == 0 then return end
  local line = ('-'):rep(COLUMNS) .. '\n'
  io.write(line)
  for _, list in ipairs{self.errors, self.warnings} do
    for _, text in ipairs(list) do
      io.write(text .. '\n')
      io.write(line)
    end
  end
end

-- Run all tests, or those in whose names one of the patterns is found. Returns 0; raises an error where one failed.
function Tester:run(patterns)
  local chosen = selected(self, patterns)
  local verdicts = {PASS = 0, FAIL = 0, ERROR = 0, SKIP = 0}
  self.countasserts = 0
  io.write('Running ' .. counted(#chosen, 'test') .. '\n')
  for i, name in ipairs(chosen) do
    local place_of_test = ('%' .. #tostring(#chosen) .. 'd/%d %s '):format(i, #chosen, tostring(name))
    io.write(place_of_test .. ('.'):rep(COLUMNS - 7 - #place_of_test))
    io.flush()
    local verdict = run_one(self, name)
    verdicts[verdict] = verdicts[verdict] + 1
    io.write((' [%s]\n'):format(verdict))
    if self.earlyAbort and verdicts.FAIL + verdicts.ERROR > 0 and i < #chosen then
      io.write('Aborting on first error, not all tests have been executed\n')
      break
    end
  end
  report(self, #chosen, verdicts)
  if verdicts.FAIL + verdicts.ERROR > 0 then error('An error was found while running tests!', 2) end
  return 0
end
