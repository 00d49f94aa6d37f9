-- The package `totem`: tests, on top of torch.Tester.
totem = {TestSuite = torch.TestSuite}

local Tester, parent = torch.class('totem.Tester', 'torch.Tester', totem)

function Tester:__init()
  parent.__init(self)
  self._assertTensorEqIgnoresDims = false
end

-- Comparisons that hold or not, by totem's names.
for name, method in pairs{lt = 'assertlt', gt = 'assertgt', le = 'assertle', ge = 'assertge'} do
  Tester[name] = function(self, ...) return self[method](self, ...) end
end

-- Equal, deep into tables and up to a tolerance; with `ret` this is only said, and counts as no check.
function Tester:eq(got, expected, message, tolerance, ret)
  if ret then return (totem.areEq(got, expected, tolerance)) end
  return self:assertGeneralEq(got, expected, message, tolerance)
end

-- The opposite of eq.
function Tester:ne(got, unexpected, message, tolerance, ret)
  if ret then return (totem.areEq(got, unexpected, tolerance, true)) end
  return self:assertGeneralNe(got, unexpected, message, tolerance)
end

-- Storages of a type and size whose elements agree up to a tolerance.
function Tester:assertStorageEq(got, expected, tolerance, message)
  return self:assertGeneralEq(got, expected, tolerance, message)
end

-- The opposite of assertStorageEq.
function Tester:assertStorageNe(got, unexpected, tolerance, message)
  return self:assertGeneralNe(got, unexpected, tolerance, message)
end

-- Note that a test went well, or not.
function Tester:success() return self:_success() end

function Tester:failure(message) return self:_failure(message) end

-- Words of the command line that set how tests are run.
local SETTERS = {
  ['--summary'] = 'setSummaryOnly', ['--early-abort'] = 'setEarlyAbort', ['--rethrow'] = 'setRethrowErrors',
}

-- Run tests, or those that arguments of the command line name:
-- `th test.lua [--list] [--summary] [--early-abort] [--rethrow] [names...]`.
function Tester:run(...)
  if select('#', ...) > 0 or not arg or #arg == 0 then return parent.run(self, ...) end
  local wanted = {}
  for _, word in ipairs(arg) do
    if word == '--list' then
      for _, name in ipairs(self.names) do print(name) end
      return 0
    end
    if SETTERS[word] then self[SETTERS[word]](self, true) end
    if word:sub(1, 1) ~= '-' then table.insert(wanted, word) end
  end
  return parent.run(self, #wanted > 0 and wanted or nil)
end

for name, f in pairs(require 'totem.asserts') do totem[name] = f end
totem.nn = require 'totem.nn'

return totem
