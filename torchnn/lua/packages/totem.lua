-- The package `totem`: tests, on top of torch.Tester.
totem = {TestSuite = torch.TestSuite}

local Tester = torch.class('totem.Tester', 'torch.Tester', totem)

-- Comparisons that hold or not, by totem's names.
local names = {
  eq = 'assertGeneralEq', ne = 'assertGeneralNe', lt = 'assertlt', gt = 'assertgt', le = 'assertle', ge = 'assertge',
}
for name, method in pairs(names) do
  Tester[name] = function(self, ...) return self[method](self, ...) end
end

-- Note that a test went well, or not.
function Tester:success() return self:_success() end

function Tester:failure(message) return self:_failure(message) end

-- Run tests, or those that arguments of the command line name: `lua test.lua [--list] [names...]`.
function Tester:run(...)
  if select('#', ...) > 0 or not arg or #arg == 0 then return torch.Tester.run(self, ...) end
  local wanted = {}
  for _, word in ipairs(arg) do
    if word == '--list' then
      for _, name in ipairs(self.names or {}) do print(name) end
      return
    end
    if word:sub(1, 1) ~= '-' then table.insert(wanted, word) end
  end
  return torch.Tester.run(self, #wanted > 0 and wanted or nil)
end

totem.nn = require 'totem.nn'

return totem
