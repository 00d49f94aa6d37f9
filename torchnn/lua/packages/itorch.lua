-- The package `itorch`: pictures and sounds in a notebook. There is none here: the first call says so, all do nothing.
itorch = {}
local told = false

function itorch.image()
  if told then return end
  told = true
  io.stderr:write('itorch: there is no notebook; image.save writes pictures to files, gnuplot curves\n')
end

for _, name in ipairs{'audio', 'demo', 'html', 'lena', 'svg', 'video', 'warp'} do itorch[name] = itorch.image end

-- Plot():line(x, y, 'red'):title('curve'):draw(): whatever it is asked, a plot gives itself.
local plot = setmetatable({}, {__index = function()
  return function(self)
    itorch.image()
    return self
  end
end})
itorch.Plot = setmetatable({}, {__call = function() return plot end})

return itorch
