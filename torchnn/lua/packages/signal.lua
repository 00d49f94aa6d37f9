-- The package `signal`: Fourier's transforms and what is made of them.
local signal = ...
local complex = require 'signal.complex'

local function check(x)
  if x:dim() ~= 1 then error('Input has to be 1D tensor', 3) end
end

-- Ten times the logarithm of the energy: frequencies x windows.
function signal.spectrogram(x, window_size, window_stride)
  local transforms = signal.rstft(x, window_size, window_stride)
  local energy = transforms:select(3, 1):pow(2) + transforms:select(3, 2):pow(2)
  return ((energy + 0.01):log() * 10):transpose(1, 2) -- the sum keeps the logarithm finite
end

-- ------------------------------------------------------------------------------------------------------------- windows

-- The values of a function of i = 0 to n - 1 and of the length of a period, which has one element more than a
-- symmetric window.
local function window(n, flag, f)
  local period = flag == 'periodic' and n or n - 1
  local i = 0
  return torch.zeros(n):apply(function()
    local value = f(2 * math.pi * i / period)
    i = i + 1
    return value
  end)
end

function signal.hann(n, flag)
  return window(n, flag, function(t) return 0.5 * (1 - math.cos(t)) end)
end

function signal.blackman(n, flag)
  if n == 1 then return torch.Tensor{1} end
  return window(n, flag, function(t) return 0.42 - 0.5 * math.cos(t) + 0.08 * math.cos(2 * t) end)
end

function signal.blackmanharris(n, flag)
  return window(n, flag, function(t)
    return 0.35875 - 0.48829 * math.cos(t) + 0.14128 * math.cos(2 * t) - 0.01168 * math.cos(3 * t)
  end)
end

-- -------------------------------------------------------------------------------------------------------------- phases

-- Phases without jumps of more than `tolerance` (pi): multiples of 2 pi are added.
function signal.unwrap(x, tolerance)
  check(x)
  tolerance = math.abs(tolerance or math.pi)
  local y, turn = x:clone(), 2 * math.pi
  local data = y:data()
  for i = 1, y:size(1) - 1 do
    local jump = data[i] - data[i - 1]
    if math.abs(jump) > tolerance then data[i] = data[i] - turn * math.ceil((jump - tolerance) / turn) end
  end
  return y
end

-- Add the phase of a lag of `nd` elements.
function signal.rcwrap(y, nd)
  check(y)
  if (nd or 0) == 0 then return y:clone() end
  local n = y:size(1)
  return y + torch.range(0, n - 1):mul(math.pi * nd / math.floor((n + 1) / 2)):typeAs(y)
end

-- Phases without jumps, less that of a lag; and the lag.
function signal.rcunwrap(x)
  check(x)
  local y = signal.unwrap(x)
  local turns = y[math.floor((y:size(1) + 1) / 2) + 1] / math.pi
  local nd = turns < 0 and math.ceil(turns - 0.5) or math.floor(turns + 0.5)
  if nd == 0 then return y, nd end
  return signal.rcwrap(y, -nd), nd
end

-- ------------------------------------------------------------------------------------------------- cepstra, and others

-- The complex cepstrum, and the lag that was taken out.
function signal.cceps(x)
  local h = signal.fft(x)
  local phase, nd = signal.rcunwrap(complex.angle(h))
  local logarithm = h:clone()
  logarithm:select(2, 1):copy(torch.log(complex.abs(h)))
  logarithm:select(2, 2):copy(phase)
  return complex.real(signal.ifft(logarithm)), nd
end

function signal.icceps(cepstrum, nd)
  check(cepstrum)
  local h = signal.fft(cepstrum)
  h:select(2, 2):copy(signal.rcwrap(h:select(2, 2), nd))
  return complex.real(signal.ifft(complex.exp(h)))
end

function signal.rceps(x)
  check(x)
  return complex.real(signal.ifft(torch.log(complex.abs(signal.fft(x)))))
end

-- The analytic signal: that without negative frequencies.
function signal.hilbert(x)
  check(x)
  local h, n = signal.fft(x), x:size(1)
  local half = math.floor((n - 1) / 2) -- positive frequencies, beside that of an even n that is its own negative
  if half > 0 then h:narrow(1, 2, half):mul(2) end
  local negative = n - 1 - math.floor(n / 2)
  if negative > 0 then h:narrow(1, n - negative + 1, negative):zero() end
  return signal.ifft(h)
end

return signal
