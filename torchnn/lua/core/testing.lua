-- torch.Tester and torch.TestSuite: how tests are written and run.
-- What every check ends in are the methods `_success` and `_failure`, whose results are those of the check.
local native, core = ...
local differences = core.differences

local COLUMNS = 80

-- ------------------------------------------------------------------------------------------------------- TestSuite

-- The names of a suite's tests in the order in which they were added.
local names_of = setmetatable({}, {__mode = 'k'})

-- A table of functions that refuses a name twice. The functions are in `__tests`.
function torch.TestSuite()
  local tests, names = {}, {}
  names_of[tests] = names
  return setmetatable({__tests = tests, __isTestSuite = true}, {
    __index = tests,
    __newindex = function(_, name, test)
      if tests[name] ~= nil then error(('Test %s is already defined.'):format(tostring(name)), 2) end
      if type(test) == 'table' then error('Nested tests are not supported', 2) end
      if type(test) ~= 'function' then error('Only functions are supported as members of a TestSuite', 2) end
      tests[name] = test
      names[#names + 1] = name
    end,
  })
end

-- ----------------------------------------------------------------------------------------------------------- Tester

local Tester = torch.class('torch.Tester')

function Tester:__init()
  self.errors = {}
  self.tests = {}
  self.names = {} -- of the tests, in the order in which they were added
  self.warnings = {}
  self._warningCount = {} -- by the name of the test
  self.disabledTests = {}
  self.countasserts = 0
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
  self.rethrow = flag
  return self
end

-- Whether a run leaves out what failed, in words, at its end.
function Tester:setSummaryOnly(flag)
  self.summaryOnly = flag
  return self
end

local function add_one(self, name, test)
  if type(test) == 'table' then error('Nested sets of tests are not supported', 0) end
  if type(test) ~= 'function' then error('Only tables of functions and functions supported', 0) end
  if name == '_setUp' or name == '_tearDown' then
    if self[name] then error(('Only one %s function allowed'):format(name == '_setUp' and 'set-up' or 'tear-down'), 0) end
    self[name] = test
    return
  end
  if self.tests[name] then error(('Test with name %s already exists!'):format(tostring(name)), 3) end
  self.tests[name] = test
  self.names[#self.names + 1] = name
end

-- The names of a table of tests: in the order of a suite, or sorted.
local function names_in(tests)
  if names_of[tests] then return names_of[tests] end
  local names = {}
  for name in pairs(tests) do names[#names + 1] = name end
  table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
  return names
end

-- Add a function under a name, or all functions of a suite or a table.
function Tester:add(test, name)
  if type(test) ~= 'table' then
    add_one(self, name == nil and 'unknown' or name, test)
    return self
  end
  if name ~= nil then error('Name parameter is forbidden for a table of tests, since its use is ambiguous', 0) end
  if not test.__isTestSuite then self:_warning('Should use TestSuite rather than plain lua table') end
  local tests = test.__isTestSuite and test.__tests or test
  for _, key in ipairs(names_in(tests)) do add_one(self, key, tests[key]) end
  return self
end

-- Leave out the tests of these names from now on.
function Tester:disable(names)
  if type(names) == 'string' then names = {names} end
  if type(names) ~= 'table' then error('Expecting name or list for disable', 0) end
  for _, name in ipairs(names) do
    if not self.tests[name] then error(("Unrecognized test '%s'"):format(tostring(name)), 0) end
    self.disabledTests[name] = true
  end
  return self
end

-- ------------------------------------------------------------------------------------------------------------ checks

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

-- A message with the name of the test that runs before it and the place of the check behind.
local function placed(self, message)
  local name = self._currentTestName
  if name == '' then return message .. '\n' end
  return ('%s\n%s\n\t%s'):format(name, message, place())
end

function Tester:_warning(message)
  local name = self._currentTestName
  self._warningCount[name] = (self._warningCount[name] or 0) + 1
  self.warnings[#self.warnings + 1] = placed(self, message)
end

function Tester:_failure(message)
  if self.rethrow then error(message, 2) end -- all checks end in tail calls: this is where the test has one
  self.countasserts = self.countasserts + 1
  self.errors[#self.errors + 1] = placed(self, message)
  return false
end

-- The message of a check that knows no tolerance, and a newline.
local function message_of(message, ...)
  if next{...} ~= nil then error('Unexpected arguments passed to test function', 0) end
  if not message then return '' end
  if type(message) ~= 'string' then error('message parameter must be a string', 0) end
  return message == '' and '' or message .. '\n'
end

-- The message and a newline, and the tolerance, given in any order.
local function options(default, ...)
  local message, tolerance
  for _, value in ipairs{...} do
    if type(value) == 'string' then
      if message then error('Unexpected string argument; already have message', 0) end
      message = value .. '\n'
    elseif type(value) == 'number' then
      if tolerance then error('Unexpected number argument; already have tolerance', 0) end
      if not (value >= 0) then error('tolerance cannot be negative', 0) end
      tolerance = value
    else
      error('Unrecognized argument; should be a tolerance or message', 0)
    end
  end
  return message or '', tolerance or default
end

local function check(self, held, message, violation)
  if held then return self:_success(message) end
  return self:_failure(message .. violation)
end

-- The condition is neither false nor nil.
function Tester:assert(condition, ...)
  local message = message_of(...)
  if type(condition) ~= 'boolean' then
    self:_warning(' :assert should only be used for boolean conditions. To check for non-nil variables, '
      .. 'do this explicitly: Tester:assert(var ~= nil).')
  end
  return check(self, condition and true or false, message, 'BOOL violation condition=' .. tostring(condition))
end

local function compare(name, word, sign, holds)
  Tester[name] = function(self, a, b, ...)
    local message = message_of(...)
    local violation = ('%s failed: %s %s %s'):format(word, tostring(a), sign, tostring(b))
    return check(self, holds(a, b), message, violation)
  end
end
compare('assertlt', 'LT', '>=', function(a, b) return a < b end)
compare('assertle', 'LE', '>', function(a, b) return a <= b end)
compare('assertgt', 'GT', '<=', function(a, b) return a > b end)
compare('assertge', 'GE', '<', function(a, b) return a >= b end)

compare('asserteq', 'EQ', '~=', function(a, b) return a == b end)
compare('assertne', 'NE', '==', function(a, b) return a ~= b end)

local different = Tester.assertne

-- The two are not the same object, nor equal numbers, strings or booleans.
function Tester:assertne(a, b, ...)
  if type(a) == 'userdata' or type(a) == 'table' and type(b) == 'table' then
    self:_warning(' :assertne should only be used to compare basic lua objects (numbers, booleans, etc). '
      .. 'Consider using either :assertGeneralNe or :assert(a ~= b).')
  end
  return different(self, a, b, ...)
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
  local found, alike = differences.find(got, unexpected, tolerance)
  return check(self, found, message, alike)
end

function Tester:eq(...) return self:assertGeneralEq(...) end

function Tester:ne(...) return self:assertGeneralNe(...) end

local function check_kinds(kind, first, second)
  local is = kind == 'Tensor' and torch.isTensor or function(value) return type(value) == 'table' end
  if not is(first) then error(('First argument should be a %s'):format(kind), 0) end
  if not is(second) then error(('Second argument should be a %s'):format(kind), 0) end
end

-- The elements of two tensors of a type agree up to a tolerance, whatever their shapes.
function Tester:assertTensorEq(got, expected, ...)
  check_kinds('Tensor', got, expected)
  local message, tolerance = options(0, ...)
  local found = differences.tensors(got, expected, tolerance, self._assertTensorEqIgnoresDims)
  if not found and self._assertTensorEqIgnoresDims and not got:isSameSizeAs(expected) then
    self:_warning('Tensors have the same content but different dimensions. For backwards compatibility, they are '
      .. 'considered equal, but this may change in the future. Consider using :eq to check for equality instead.')
  end
  return check(self, not found, message, found)
end

-- The opposite of assertTensorEq.
function Tester:assertTensorNe(got, unexpected, ...)
  check_kinds('Tensor', got, unexpected)
  local message, tolerance = options(0, ...)
  local found, alike = differences.tensors(got, unexpected, tolerance, self._assertTensorEqIgnoresDims)
  return check(self, found, message, alike)
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
  local message = message_of(...)
  local ok, err = pcall(f)
  return check(self, ok, message, 'ERROR violation: err=' .. tostring(err))
end

-- The function raises an error of which the comparison says true.
function Tester:assertErrorObj(f, comparison, ...)
  local message = message_of(...)
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
  if type(patterns) == 'string' then patterns = {patterns} end
  if type(patterns) ~= 'table' then
    error('Only accept a name or table of test names (or nil for all tests)', 0)
  end
  for _, pattern in ipairs(patterns) do
    local found = false
    for _, name in ipairs(self.names) do
      if tostring(name):find(pattern) then
        found = true
        if not known[name] then chosen[#chosen + 1] = name end
        known[name] = true
      end
    end
    if not found then error(("Couldn't find test '%s'"):format(tostring(pattern)), 0) end
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
  if self.rethrow then
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

-- A function that colours text as Torch7 does where a program was started from a command line.
local function painter()
  local found, codes = pcall(require, 'sys.colors')
  if not (arg and found) then return function(text) return text end end
  return function(text, colour) return codes[colour] .. text .. codes.none end
end

local COLOURS = {PASS = 'green', FAIL = 'red', ERROR = 'magenta', SKIP = 'yellow', WAIT = 'cyan'}

local function section(text, first)
  local line = ('-'):rep(COLUMNS) .. '\n'
  io.write(first and line or '', text, '\n', line)
end

local function report(self, chosen, verdicts, paint)
  local doubtful = self._warningCount[''] or 0
  for _, name in ipairs(chosen) do
    if self._warningCount[name] > 0 then doubtful = doubtful + 1 end
  end
  local function said(verdict, word)
    local count = verdicts[verdict]
    return paint(counted(count, word), count == 0 and 'green' or COLOURS[verdict])
  end
  local parts = {('Completed %s in %s with %s'):format(
    counted(self.countasserts, 'assert'), counted(#chosen, 'test'), said('FAIL', 'failure')), said('ERROR', 'error')}
  if doubtful > 0 then parts[#parts + 1] = paint(counted(doubtful, 'warning'), 'yellow') end
  if verdicts.SKIP > 0 then parts[#parts + 1] = paint(verdicts.SKIP .. ' disabled', 'yellow') end
  io.write(table.concat(parts, ' and '), '\n')
  if self.summaryOnly then return end
  for i, text in ipairs(self.errors) do section(text, i == 1) end
  for i, text in ipairs(self.warnings) do section(text, i == 1 and #self.errors == 0) end
end

-- Run all tests, or those in whose names one of the patterns is found. Returns 0; raises an error where one failed.
function Tester:run(patterns)
  local chosen, paint = selected(self, patterns), painter()
  local verdicts = {PASS = 0, FAIL = 0, ERROR = 0, SKIP = 0}
  self.countasserts = 0
  for _, name in ipairs(chosen) do self._warningCount[name] = 0 end
  io.write('Running ' .. counted(#chosen, 'test') .. '\n')
  for i, name in ipairs(chosen) do
    local number = ('%' .. #tostring(#chosen) .. 'd/%d '):format(i, #chosen)
    local dots = ('.'):rep(COLUMNS - 8 - #number - #tostring(name))
    local head = ('%s%s %s '):format(paint(number, 'cyan'), tostring(name), dots)
    local function show(verdict) io.write(('%s[%s]'):format(head, paint(verdict, COLOURS[verdict]))) end
    show('WAIT')
    io.flush()
    local verdict = run_one(self, name)
    verdicts[verdict] = verdicts[verdict] + 1
    io.write('\r')
    show(verdict)
    if verdict == 'PASS' and self._warningCount[name] > 0 then
      io.write(('\n%s[%s]'):format((' '):rep(COLUMNS - 10), paint('+warning', 'yellow')))
    end
    io.write('\n')
    io.flush()
    if self.earlyAbort and (verdict == 'FAIL' or verdict == 'ERROR') and i < #chosen then
      io.write('Aborting on first error, not all tests have been executed\n')
      break
    end
  end
  report(self, chosen, verdicts, paint)
  if verdicts.FAIL + verdicts.ERROR > 0 then error('An error was found while running tests!', 0) end
  return 0
end
