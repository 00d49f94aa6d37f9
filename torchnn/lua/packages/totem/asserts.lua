-- Comparisons without a tester: `are...` say whether they hold, and why not; `assert...` raise an error.
local asserts = {}

-- A tester whose checks only say how they went.
local judge = torch.Tester()
judge._assertTensorEqIgnoresDims = false

function judge:_success() return true end

function judge:_failure(message) return false, message end

local function is_table(value) return type(value) == 'table' end

-- What is compared: its name in errors, and whether a value is one.
local KINDS = {
  Tensor = {'Tensor', torch.isTensor},
  Storage = {'Storage', torch.isStorage},
  Table = {'Table', is_table},
}

local function check_arguments(kind, a, b, tolerance)
  local name, is = unpack(kind)
  if not is(a) then error(('First argument should be a %s'):format(name), 3) end
  if not is(b) then error(('Second argument should be a %s'):format(name), 3) end
  if type(tolerance) ~= 'number' then
    error('Third argument should be a number: the tolerance for single elements', 3)
  end
end

-- Whether two values of any type are equal, deep into tables and up to a tolerance; if not, why.
function asserts.areEq(got, expected, tolerance, negate)
  if negate then return judge:ne(got, expected, tolerance or 0) end
  return judge:eq(got, expected, tolerance or 0)
end

for plural, kind in pairs{Tensors = KINDS.Tensor, Storages = KINDS.Storage, Tables = KINDS.Table} do
  local equal, unequal = ('are%sEq'):format(plural), ('are%sNe'):format(plural)

  asserts[equal] = function(a, b, tolerance, negate)
    check_arguments(kind, a, b, tolerance or 0)
    return asserts.areEq(a, b, tolerance, negate)
  end

  asserts[unequal] = function(a, b, tolerance)
    check_arguments(kind, a, b, tolerance or 0)
    return asserts.areEq(a, b, tolerance, true)
  end

  asserts[('assert%sEq'):format(kind[1])] = function(...) return assert(asserts[equal](...)) end
  asserts[('assert%sNe'):format(kind[1])] = function(...) return assert(asserts[unequal](...)) end
end

return asserts
