-- How two values of Lua's differ, deep into tables: what torch.Tester compares by.
-- Each comparison returns how the values differ, or nil and what to say of values that should differ and do not.
local native, core = ...

local abs, type = math.abs, type

-- The largest difference of the elements of two tensors of a type; a nan where there is one.
local function largest(a, b)
  if a:nElement() == 0 then return 0 end
  local wide = a:type() == 'torch.FloatTensor' and 'torch.FloatTensor' or 'torch.DoubleTensor'
  return (a:type(wide):clone():view(-1) - b:type(wide):clone():view(-1)):abs():max()
end

local function elements(what, a, b, tolerance)
  local worst = largest(a, b)
  local sizes = ('violation: max diff=%s, tolerance=%s'):format(worst, tolerance)
  if worst <= tolerance then return nil, ('%sNE(==) %s'):format(what, sizes) end
  return ('%sEQ(==) %s'):format(what, sizes)
end

local function tensors(a, b, tolerance, any_shape)
  if not any_shape and a:dim() ~= b:dim() then return 'The tensors have different dimensions' end
  if a:type() ~= b:type() then return 'The tensors have different types' end
  if a:dim() == 0 and b:dim() == 0 then return nil, 'Both tensors are empty' end
  if a:nElement() ~= b:nElement() or not (any_shape or a:isSameSizeAs(b)) then
    return 'The tensors have different sizes'
  end
  return elements('Tensor', a, b, tolerance)
end

local function storages(a, b, tolerance)
  if a:size() ~= b:size() then return 'The storages have different sizes' end
  if torch.type(a) ~= torch.type(b) then return 'The storages have different types' end
  if a:size() == 0 then return nil, 'Both storages are empty' end
  local tensor_type = torch.getconstructortable((torch.type(a):gsub('Storage', 'Tensor')))
  return elements('Storage', tensor_type(a, 1, a:size()), tensor_type(b, 1, b:size()), tolerance)
end

-- What is no table.
local function simple(a, b, tolerance)
  local first, second = type(a), type(b)
  if first ~= second then
    return ('EQ failed: values have different types (first: %s, second: %s)'):format(first, second)
  end
  if torch.isTensor(a) and torch.isTensor(b) then return tensors(a, b, tolerance) end
  if torch.isStorage(a) and torch.isStorage(b) then return storages(a, b, tolerance) end
  if first == 'number' then
    local within = tolerance > 0 and ' with tolerance=' .. tostring(tolerance) or ''
    if abs(a - b) <= tolerance then return nil, ('NE failed: %s == %s%s'):format(a, b, within) end
    return ('EQ failed: %s ~= %s%s'):format(a, b, within)
  end
  local shown = {tostring(a), first, tostring(b), first}
  if a == b then return nil, ('NE failed: %s (%s) == %s (%s)'):format(unpack(shown)) end
  return ('EQ failed: %s (%s) ~= %s (%s)'):format(unpack(shown))
end

local function missing(where, value, lacking, having)
  return ('Entry %s missing in %s table (is %s in %s)'):format(where, lacking, tostring(value), having)
end

-- How the entries of two tables differ that are no tables; `later` gets the places and pairs of those that are.
local function entries(place, a, b, tolerance, later)
  for key, value in pairs(a) do
    local where, other = place .. tostring(key), b[key]
    if other == nil then return missing(where, value, 'second', 'first') end
    if type(value) == 'table' and type(other) == 'table' then
      later[#later + 1] = {where .. '.', value, other}
    else
      local found = simple(value, other, tolerance)
      if found then return ('At table location %s: %s'):format(where, found) end
    end
  end
  for key, value in pairs(b) do
    if a[key] == nil then return missing(place .. tostring(key), value, 'first', 'second') end
  end
end

local differences = {tensors = tensors}
core.differences = differences

-- How any two values differ. Tables are compared level by level, each pair once, so that they may hold themselves.
function differences.find(a, b, tolerance)
  if type(a) ~= 'table' or type(b) ~= 'table' then return simple(a, b, tolerance) end
  local waiting, compared, at = {{'', a, b}}, {}, 1
  while waiting[at] do
    local place, first, second = unpack(waiting[at], 1, 3)
    at = at + 1
    compared[first] = compared[first] or {}
    if not compared[first][second] then
      compared[first][second] = true
      local found = entries(place, first, second, tolerance, waiting)
      if found then return found end
    end
  end
  return nil, 'The tables are equal'
end
