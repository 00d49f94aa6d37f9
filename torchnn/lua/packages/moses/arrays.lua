-- The functions of `moses` for arrays, whose keys are 1 to n.

return function(moses)
  function moses.sort(t, before)
    table.sort(t, before)
    return t
  end

  -- The values in the order of their images under a function, or of a field of theirs.
  function moses.sortBy(t, transform, before)
    before = before or function(a, b) return a < b end
    local ranked = {}
    for _, value in pairs(t) do
      local rank = value
      if type(transform) == 'string' then rank = value[transform] elseif transform then rank = transform(value) end
      ranked[#ranked + 1] = {rank = rank, value = value}
    end
    table.sort(ranked, function(a, b) return before(a.rank, b.rank) end)
    return moses.pluck(ranked, 'value')
  end

  function moses.shuffle(t, seed)
    if seed then math.randomseed(seed) end
    local out = {}
    for i, value in ipairs(t) do
      local place = math.floor(math.random() * i) + 1
      out[i] = out[place]
      out[place] = value
    end
    return out
  end

  function moses.sample(t, n, seed)
    if (n or 1) > 1 then return moses.slice(moses.shuffle(t, seed), 1, n) end
    if seed then math.randomseed(seed) end
    return (n or 1) == 1 and t[math.random(#t)] or nil
  end

  function moses.toArray(...) return {...} end

  function moses.find(t, wanted, from)
    for i = from or 1, #t do
      if moses.isEqual(t[i], wanted) then return i end
    end
  end

  function moses.findIndex(t, f, ...)
    for i = 1, #t do
      if f(i, t[i], ...) then return i end
    end
  end

  function moses.indexOf(t, wanted)
    return moses.findIndex(t, function(_, value) return value == wanted end)
  end

  function moses.lastIndexOf(t, wanted)
    for i = #t, 1, -1 do
      if t[i] == wanted then return i end
    end
  end

  -- Where a value belongs in an array that is in order (or is to be put in order first).
  function moses.sortedIndex(t, wanted, before, sort)
    before = before or function(a, b) return a < b end
    if sort then moses.sort(t, before) end
    return moses.findIndex(t, function(_, value) return not before(value, wanted) end) or #t + 1
  end

  function moses.reverse(t)
    local out, n = {}, #t
    for i = 1, n do out[i] = t[n + 1 - i] end
    return out
  end

  function moses.fill(t, value, from, to)
    for i = from or 1, to or moses.size(t) do t[i] = value end
    return t
  end

  function moses.selectWhile(t, f, ...)
    local out = {}
    for i, value in ipairs(t) do
      if not f(i, value, ...) then break end
      out[i] = value
    end
    return out
  end

  function moses.dropWhile(t, f, ...)
    return moses.slice(t, #moses.selectWhile(t, f, ...) + 1)
  end

  function moses.push(t, ...)
    for _, value in ipairs{...} do t[#t + 1] = value end
    return t
  end

  function moses.addTop(t, ...)
    for _, value in ipairs{...} do table.insert(t, 1, value) end
    return t
  end

  -- Takes values from the beginning.
  function moses.pop(t, n)
    local out = {}
    for i = 1, math.min(n or 1, #t) do out[i] = table.remove(t, 1) end
    return unpack(out)
  end

  -- Takes values from the end.
  function moses.unshift(t, n)
    local out = {}
    for i = 1, math.min(n or 1, #t) do out[i] = table.remove(t) end
    return unpack(out)
  end

  function moses.pull(t, ...)
    for _, wanted in ipairs{...} do
      for i = #t, 1, -1 do
        if moses.isEqual(t[i], wanted) then table.remove(t, i) end
      end
    end
    return t
  end

  function moses.removeRange(t, from, to)
    return moses.select(t, function(i) return i < (from or 1) or i > (to or #t) end)
  end

  function moses.slice(t, from, to)
    local out = {}
    for i = math.max(from or 1, 1), math.min(to or #t, #t) do out[#out + 1] = t[i] end
    return out
  end

  function moses.first(t, n) return moses.slice(t, 1, n or 1) end
  function moses.initial(t, n) return moses.slice(t, 1, #t - (n or 1)) end
  function moses.last(t, n) return moses.slice(t, n and #t - n + 1 or 2) end
  function moses.rest(t, from) return moses.slice(t, from or 1) end
  function moses.nth(t, i) return t[i] end
  function moses.compact(t) return moses.select(t, function(_, value) return value end) end

  function moses.flatten(t, shallow)
    local out = {}
    for _, value in pairs(t) do
      if type(value) ~= 'table' then
        out[#out + 1] = value
      else
        moses.push(out, unpack(shallow and value or moses.flatten(value)))
      end
    end
    return out
  end

  function moses.difference(t, other)
    return moses.select(t, function(_, value) return not moses.include(other or {}, value) end)
  end

  function moses.unique(t)
    local out = {}
    for _, value in ipairs(t) do
      if not moses.find(out, value) then out[#out + 1] = value end
    end
    return out
  end

  function moses.union(...) return moses.unique(moses.flatten{...}) end

  function moses.intersection(t, ...)
    local others = {...}
    return moses.select(t, function(_, value)
      return moses.all(others, function(_, other) return moses.include(other, value) end)
    end)
  end

  function moses.symmetricDifference(t, other)
    return moses.append(moses.difference(t, other), moses.difference(other, t))
  end

  function moses.isunique(t) return #moses.unique(t) == #t end

  -- {the first values}, {the second values}, ... of some arrays.
  function moses.zip(...)
    local arrays, out = {...}, {}
    for i = 1, moses.max(moses.map(arrays, function(_, array) return #array end)) do out[i] = moses.pluck(arrays, i) end
    return out
  end

  function moses.append(t, other) return moses.push(moses.slice(t), unpack(other)) end

  function moses.interleave(...) return moses.flatten(moses.zip(...), true) end

  -- The values with another one between them.
  function moses.interpose(between, t)
    local out = {}
    for i, value in ipairs(t) do moses.push(out, value, i < #t and between or nil) end
    return out
  end

  -- Pieces of neighbours for which a function gives the same.
  function moses.chunk(t, f, ...)
    local out, last = {}, nil
    for i, value in ipairs(t) do
      local own = f(i, value, ...)
      if i == 1 or own ~= last then out[#out + 1] = {} end
      table.insert(out[#out], value)
      last = own
    end
    return out
  end

  -- range(n) is 0 to n, range(from, to [, step]) what it says; without a step to be made, nothing.
  function moses.range(...)
    local from, to, step = ...
    if select('#', ...) < 2 then from, to = 0, from or 0 end
    if from == to and select('#', ...) > 0 then return {from, to} end
    local out, steps = {}, math.floor((to - from) / (step or 1))
    if steps < 1 or step == 0 then return out end
    for i = 0, steps do out[i + 1] = from + i * (step or 1) end
    return out
  end

  function moses.rep(value, n)
    return moses.times(n, function() return value end)
  end

  function moses.concat(t, separator, from, to)
    return table.concat(moses.map(t, function(_, value) return tostring(value) end), separator, from or 1, to or #t)
  end
end
