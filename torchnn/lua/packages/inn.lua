-- The package `inn`: modules of networks that detect objects. Torch7's needs a graphics card; this one does not.
local python = ...

require 'nn'

inn = {}
python.define()

-- Those that nn has too. Their windows reach over the border, as Caffe's do.

function inn.SpatialMaxPooling(kW, kH, dW, dH) return nn.SpatialMaxPooling(kW, kH, dW, dH):ceil() end

function inn.SpatialAveragePooling(kW, kH, dW, dH)
  return nn.SpatialAveragePooling(kW, kH, dW, dH):ceil():setCountExcludePad()
end

inn.SpatialCrossResponseNormalization = nn.SpatialCrossMapLRN

return inn
