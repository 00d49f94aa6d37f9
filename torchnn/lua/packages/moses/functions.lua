-- The functions of `moses` for functions, its iterators, and chains.

return function(moses)
  function moses.noop() end
  function moses.identity(value) return value end
  function moses.constant(value) return function() return value end end

  function moses.times(n, f, ...)
    local out = {}
    for i = 1, n do out[i] = f(i, ...) end
    return out
  end

  -- A function that keeps its results by its first argument, or by what `hash` makes of its arguments.
  function moses.memoize(f, hash)
    local known = {}
    return function(...)
      local key = (hash or moses.identity)(...)
      if known[key] == nil then known[key] = f(...) end
      return known[key]
    end
  end

  -- A function that goes on with the arguments of its first call.
  function moses.once(f)
    local first
    return function(...)
      first = first or {...}
      return f(unpack(first))
    end
  end

  -- A function that does nothing until its n-th call.
  function moses.after(f, n)
    local calls = 0
    return function(...)
      calls = calls + 1
      if calls >= n then return f(...) end
    end
  end

  function moses.compose(...)
    local functions = moses.reverse{...}
    return function(...)
      local result = functions[1](...)
      for i = 2, #functions do result = functions[i](result) end
      return result
    end
  end

  function moses.pipe(value, ...) return moses.compose(...)(value) end
  function moses.complement(f) return function(...) return not f(...) end end
  function moses.wrap(f, wrapper) return function(...) return wrapper(f, ...) end end

  -- The results of several functions for one value.
  function moses.juxtapose(value, ...)
    local functions, n = {...}, select('#', ...)
    local results = {}
    for i = 1, n do results[i] = functions[i](value) end
    return unpack(results, 1, n)
  end

  function moses.bind(f, value) return function(...) return f(value, ...) end end
  function moses.bind2(f, value) return function(first, ...) return f(first, value, ...) end end

  function moses.bindn(f, ...)
    local bound, n = {...}, select('#', ...)
    return function(...)
      local all, more = {unpack(bound, 1, n)}, select('#', ...)
      for i = 1, more do all[n + i] = (select(i, ...)) end
      return f(unpack(all, 1, n + more))
    end
  end

  -- Methods of a table whose first argument is the table.
  function moses.bindAll(t, ...)
    for _, name in ipairs{...} do t[name] = moses.bind(t[name], t) end
    return t
  end

  function moses.tap(t, f, ...)
    f(t, ...)
    return t
  end

  -- A field of a table, or what its method gives.
  function moses.result(t, name, ...)
    if moses.isCallable(t[name]) then return t[name](t, ...) end
    return t[name]
  end

  -- ---------------------------------------------------------------- iterators

  -- The values f(state), f(f(state)), ... without end.
  function moses.iterator(f, state)
    return function()
      state = f(state)
      return state
    end
  end

  -- Keys and values, from the beginning again n times, or for ever.
  function moses.cycle(t, n)
    return coroutine.wrap(function()
      local round = 0
      while round < (n or math.huge) and next(t) ~= nil do
        for key, value in pairs(t) do coroutine.yield(key, value) end
        round = round + 1
      end
    end)
  end

  -- Pieces of n values; the last may be shorter.
  function moses.partition(t, n)
    local from = 1
    return function()
      if from > #t then return nil end
      local piece = moses.slice(t, from, from + (n or 1) - 1)
      from = from + (n or 1)
      return piece
    end
  end

  function moses.permutation(t)
    local order = moses.slice(t)
    local function permute(n)
      if n == 0 then coroutine.yield(moses.slice(order)) end
      for i = 1, n do
        order[n], order[i] = order[i], order[n]
        permute(n - 1)
        order[n], order[i] = order[i], order[n]
      end
    end
    return coroutine.wrap(function() permute(#order) end)
  end

  -- ---------------------------------------------------------------- chains

  -- Of `moses.chain(value)`, or `moses(value)`, all functions are methods, which give chains; `value()` ends one.
  local Chain = {}
  function Chain.__index(_, name)
    return moses[name] and function(self, ...) return moses.chain(moses[name](self._value, ...)) end
  end

  function moses.chain(value)
    return setmetatable({_value = value, value = function(self) return self._value end}, Chain)
  end

  setmetatable(moses, {__call = function(_, value) return moses.chain(value) end})
end
