-- The package `argcheck`: functions that check their arguments, which come by position or by name.
local doc = require 'argcheck.doc'
local env = require 'argcheck.env'
local usage = require 'argcheck.usage'

-- Whether a value is what a rule asks for.
local function fits(rule, value)
  if rule.type and not env.istype(value, rule.type) then return false end
  return not rule.check or rule.check(value)
end

local function is_optional(rule)
  return rule.opt or rule.default ~= nil or rule.defaulta ~= nil or rule.defaultf ~= nil
end

-- Arguments by name: a table of values by rule name, or nil.
local function by_name(rules, given)
  local known, found = {}, {}
  for _, rule in ipairs(rules) do
    known[rule.name] = true
    local value = given[rule.name]
    if value == nil then
      if not is_optional(rule) then return nil end
    elseif not fits(rule, value) then
      return nil
    end
    found[rule.name] = value
  end
  for name in pairs(given) do
    if not known[name] then return nil end
  end
  return found
end

-- Arguments by position: optional ones may be left out anywhere, where types tell which were.
local function by_position(rules, given, count, r, a, found)
  if r > #rules then return a > count and found or nil end
  local rule, value = rules[r], given[a]
  if a <= count and value ~= nil and fits(rule, value) then
    found[rule.name] = value
    local result = by_position(rules, given, count, r + 1, a + 1, found)
    if result then return result end
    found[rule.name] = nil
  end
  if not is_optional(rule) then return nil end
  if a <= count and value == nil then
    local result = by_position(rules, given, count, r + 1, a + 1, found)
    if result then return result end
  end
  return by_position(rules, given, count, r + 1, a, found)
end

-- The values that were left out.
local function completed(rules, found)
  for _, rule in ipairs(rules) do
    if found[rule.name] == nil and rule.default ~= nil then found[rule.name] = rule.default end
  end
  for _, rule in ipairs(rules) do
    if found[rule.name] == nil then
      if rule.defaulta then
        found[rule.name] = found[rule.defaulta]
      elseif rule.defaultf then
        found[rule.name] = rule.defaultf(found)
      end
    end
  end
  return found
end

-- What the call's arguments are by rule name, or nil where they do not fit.
local function matched(rules, ...)
  local count = select('#', ...)
  local given = {...}
  if not rules.noordered then
    local found = by_position(rules, given, count, 1, 1, {})
    if found then return completed(rules, found) end
  end
  if rules.nonamed then return nil end
  -- Methods are called with the object, and one table of names.
  local first = rules[1]
  if count == 2 and first and first.name == 'self' and env.istype(given[2], 'table') then
    local named = {self = given[1]}
    for name, value in pairs(given[2]) do named[name] = value end
    local found = by_name(rules, named)
    return found and completed(rules, found)
  end
  if count == 1 and env.istype(given[1], 'table') then
    local found = by_name(rules, given[1])
    return found and completed(rules, found)
  end
end

local function results(rules, found)
  if rules.pack then return found end
  local values = {}
  for i, rule in ipairs(rules) do values[i] = found[rule.name] end
  return unpack(values, 1, #rules)
end

-- The types that calls by position may have, as texts: each optional argument is there or not. Nil where there are too
-- many to tell.
local function forms(rules)
  local found = {''}
  for _, rule in ipairs(rules) do
    local optional, longer = is_optional(rule), {}
    for _, form in ipairs(found) do
      if optional then table.insert(longer, form) end
      table.insert(longer, form .. ' ' .. tostring(rule.type) .. tostring(rule.check))
    end
    found = longer
    if #found > 1024 then return nil end
  end
  return found
end

-- Whether some call would fit both.
local function are_ambiguous(rules, others)
  local ours, theirs = forms(rules), forms(others)
  if rules.noordered or others.noordered or not ours or not theirs then return false end
  local known = {}
  for _, form in ipairs(ours) do known[form] = true end
  for _, form in ipairs(theirs) do
    if known[form] then return true end
  end
  return false
end

local alternatives = setmetatable({}, {__mode = 'k'}) -- checks that a function tries in turn

-- argcheck{rules...}: a function that returns the arguments in the order of the rules.
local function argcheck(rules)
  assert(not (rules.noordered and rules.nonamed), 'rules must be at least ordered or named')
  local names = {}
  for _, rule in ipairs(rules) do
    assert(rule.name, 'rule must have a name')
    assert(not names[rule.name], 'duplicate rule name: ' .. tostring(rule.name))
    names[rule.name] = true
  end
  if rules.doc then doc(rules.doc) end
  local all = {rules}
  for i, other in ipairs(rules.overload and alternatives[rules.overload] or {}) do
    if not rules.force and are_ambiguous(rules, other) then
      error('ambiguous rules: a call may fit these and what they overload; use force=true to prefer these', 2)
    end
    table.insert(all, rules.force and i + 1 or i, other)
  end

  local function check(...)
    for _, one in ipairs(all) do
      local found = matched(one, ...)
      if found then
        if one.call then return one.call(results(one, found)) end
        if one.quiet then return true, results(one, found) end
        return results(one, found)
      end
    end
    local message = usage(all, ...)
    if rules.quiet then return false, message end
    error(message, 2)
  end
  alternatives[check] = all
  return check
end

-- argcheck(rules, function [, rules, function]...): the same with the functions that are called, as old programs write.
local function with_functions(_, rules, f, ...)
  if f == nil then return argcheck(rules) end
  rules.call = f
  local check = argcheck(rules)
  if select('#', ...) == 0 then return check end
  local others = with_functions(_, ...)
  for _, other in ipairs(alternatives[others]) do table.insert(alternatives[check], other) end
  return check
end

return setmetatable({env = env, usage = usage}, {__call = with_functions})
