-- The package `gnuplot`: functions of Python, and histograms.
gnuplot = ...

-- Count a tensor's elements in bins of one width: a list of bins with their middle `val` and number `nb`, and the numbers
-- as a tensor `raw`.
function gnuplot.histc(tensor, bins, low, high)
  bins, low, high = bins or 10, low or tensor:min(), high or tensor:max()
  local raw = torch.histc(tensor:double(), bins, low, high)
  local width = (high - low) / bins
  local counts = {raw = raw, bins = bins, binwidth = width}
  for i = 1, bins do counts[i] = {val = low + (i - 0.5) * width, nb = raw[i]} end
  local _, fullest = raw:max(1)
  local _, emptiest = raw:min(1)
  counts.max, counts.min = counts[fullest[1]], counts[emptiest[1]]
  return counts
end

-- Show them as bars.
function gnuplot.hist(...)
  local counts = gnuplot.histc(...)
  local middles = torch.Tensor(#counts)
  for i, bin in ipairs(counts) do middles[i] = bin.val end
  gnuplot.bar(middles, counts.raw)
  return counts
end

return gnuplot
