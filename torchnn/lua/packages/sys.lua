-- The package `sys`: clocks, commands of the system, colours.
sys = ...

local started = sys.clock()

-- Start the watch that `toc` reads.
function sys.tic()
  started = sys.clock()
end

-- Seconds since `tic`; printed too, if `verbose`.
function sys.toc(verbose)
  local passed = sys.clock() - started
  if verbose then print(passed) end
  return passed
end

-- Whether a number is not a number.
function sys.isNaN(number)
  return number ~= number
end

-- The pieces between what a pattern finds; an empty first piece and an empty last one are left out.
function sys.split(text, pattern)
  local pieces, start = {}, 1
  local first, last = text:find(pattern, start)
  while first do
    if last < first then error(('the pattern %s finds the empty text'):format(pattern)) end
    if first > 1 then pieces[#pieces + 1] = text:sub(start, first - 1) end
    start = last + 1
    first, last = text:find(pattern, start)
  end
  if start <= #text then pieces[#pieces + 1] = text:sub(start) end
  return pieces
end

-- Folder and name of the file that calls this.
function sys.fpath()
  local path = paths.thisfile(nil, 2)
  if path then return sys.dirname(path), paths.basename(path) end
end

sys.concat, sys.dirname = require('paths').concat, paths.dirname
sys.colors = sys.COLORS

return sys
