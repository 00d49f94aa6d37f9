-- How two values of Lua's differ, deep into tables: what torch.Tester compares by.
local native, core = ...

local abs, type = math.abs, type

-- Kinds of values as the messages name them.
local function kind(value)
  return torch.isTensor(value) and 'tensor' or torch.isStorage(value) and 'storage' or type(value)
end

-- The largest difference of the elements of two tensors of a type; a nan where there is one.
local function largest(a, b)
  if a:nElement() == 0 then return 0 end
  local wide = a:type() == 'torch.FloatTensor' and 'torch.FloatTensor' or 'torch.DoubleTensor'
  return (a:type(wide):clone():view(-1) - b:type(wide):clone():view(-1)):abs():max()
end

local function elements(what, a, b, tolerance)
  local worst = largest(a, b)
  if worst <= tolerance then return nil end
  return ('%sEQ(==) violation: max diff=%s, tolerance=%s'):format(what, worst, tolerance)
end

local function tensors(a, b, tolerance, any_shape)
  if not any_shape and a:dim() ~= b:dim() then return 'The tensors have different dimensions' end
  if a:type() ~= b:type() then return 'The tensors have different types' end
  if a:nElement() ~= b:nElement() or not (any_shape or a:isSameSizeAs(b)) then
    return 'The tensors have different sizes'
  end
  return elements('Tensor', a, b, tolerance)
end

local function storages(a, b, tolerance)
  if a:size() ~= b:size() then return 'The storages have different sizes' end
  if torch.type(a) ~= torch.type(b) then return 'The storages have different types' end
  if a:size() == 0 then return nil end
  local tensor_type = torch.getconstructortable((torch.type(a):gsub('Storage', 'Tensor')))
  return elements('Storage', tensor_type(a, 1, a:size()), tensor_type(b, 1, b:size()), tolerance)
end

local function simple(a, b, tolerance)
  local first, second = kind(a), kind(b)
  if first ~= second then
    return ('EQ failed: values have different types (first: %s, second: %s)'):format(first, second)
  end
  if first == 'tensor' then return tensors(a, b, tolerance) end
  if first == 'storage' then return storages(a, b, tolerance) end
  if first == 'number' and abs(a - b) <= tolerance or first ~= 'number' and a == b then return nil end
  local within = first == 'number' and tolerance > 0 and ' with tolerance=' .. tostring(tolerance) or ''
  return ('EQ failed: %s ~= %s%s'):format(tostring(a), tostring(b), within)
end

local function missing(a, b)
  for key, value in pairs(a) do
    if b[key] == nil then
      return ('Entry %s missing in second table (is %s in first)'):format(tostring(key), tostring(value))
    end
  end
  for key, value in pairs(b) do
    if a[key] == nil then
      return ('Entry %s missing in first table (is %s in second)'):format(tostring(key), tostring(value))
    end
  end
end

local function located(where, what)
  return where == '' and what or ('At table location %s: %s'):format(where:sub(2), what)
end

local differences = {tensors = tensors, kind = kind}
core.differences = differences

-- How two values differ, or nil. Tables are compared level by level, each pair once, so that they may hold themselves.
function differences.find(a, b, tolerance)
  local waiting, compared, place = {{'', a, b}}, {}, 1
  while waiting[place] do
    local where, first, second = unpack(waiting[place], 1, 3)
    place = place + 1
    if type(first) == 'table' and type(second) == 'table' then
      compared[first] = compared[first] or {}
      if not compared[first][second] then
        compared[first][second] = true
        local lacking = missing(first, second)
        if lacking then return located(where, lacking) end
        for key, value in pairs(first) do
          waiting[#waiting + 1] = {where .. '.' .. tostring(key), value, second[key]}
        end
      end
    else
      local found = simple(first, second, tolerance)
      if found then return located(where, found) end
    end
  end
end
