-- xlua.unpack: functions that take arguments by position or by name, and explain themselves.

-- The text of a function's usage.
local function usage_of(funcname, description, definitions)
  local example
  if #definitions > 1 then
    local first, second = definitions[1], definitions[2]
    example = ('%s{%s=%s, %s=%s}\n%s(%s, ...)'):format(
      funcname, second.arg, second.type, first.arg, first.type, funcname, first.type)
  end
  return xlua.usage(funcname, description, example, {tabled = definitions})
end

-- The usage as a value that makes its text when it is asked for.
local function explained(funcname, description, definitions)
  return setmetatable({}, {
    __tostring = function() return usage_of(funcname, description, definitions) end,
  })
end

-- The arguments by name: they are given so where the only one is a table with names.
local function by_name(args, definitions)
  local only = args[1]
  if #args == 1 and type(only) == 'table' and not torch.typename(only) and #only == 0 then return only end
  local given = {}
  for i, definition in ipairs(definitions) do given[definition.arg] = args[i] end
  return given
end

-- Sort a function's arguments. A definition has `arg`, `type`, `help`, and `req`, `default` or `defaulta`, the argument
-- that is the default. Returns a table of all values by name and by position, followed by the values in order.
function xlua.unpack(args, funcname, description, ...)
  local definitions = {...}
  local usage = explained(funcname, description, definitions)
  if #args == 0 and next(args) == nil then
    print(usage)
    xlua.error('error')
  end
  local given, found, count = by_name(args, definitions), {}, #definitions
  for i, definition in ipairs(definitions) do
    local value = given[definition.arg]
    if value == nil and definition.req then
      print(sys.COLORS.Red .. 'missing argument: ' .. definition.arg .. sys.COLORS.none)
      print(usage)
      xlua.error('error')
    end
    if value == nil then value = definition.default end
    if value == nil and definition.defaulta then value = found[definition.defaulta] end
    found[definition.arg] = value
    found[i] = value
  end
  found.usage = usage
  return found, unpack(found, 1, count)
end

-- Sort arguments as `unpack` does, and make them fields of an object.
function xlua.unpack_class(object, args, funcname, description, ...)
  for name, value in pairs((xlua.unpack(args, funcname, description, ...))) do
    if type(name) == 'string' then object[name] = value end
  end
end
