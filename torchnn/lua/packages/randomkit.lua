-- The package `randomkit`: numbers of many distributions, drawn from torch's generator as numpy draws them from its own.
local python = ...

randomkit = python.functions
randomkit.bytes = python.bytes

-- torch's functions know of the normal number that may wait here.
local seed, get, set = torch.manualSeed, torch.getRNGState, torch.setRNGState

function torch.manualSeed(...)
  if select('#', ...) < 2 then python.forget() end
  return seed(...)
end

function torch.getRNGState(...)
  if ... then return get(...) end
  return {torch = get(), randomkit = python.state()}
end

function torch.setRNGState(...)
  local state = ...
  if select('#', ...) > 1 then return set(...) end
  if type(state) ~= 'table' or not state.torch or not state.randomkit then
    error('State was not saved with randomkit, cannot set it back', 2)
  end
  set(state.torch)
  python.restore(state.randomkit)
end

return randomkit
