-- The package `loadcaffe`: models of Caffe are not read here; a model that Torch7 has saved as .t7 is.
loadcaffe = {}

function loadcaffe.load()
  error('loadcaffe: models of Caffe cannot be read; save the model with Torch7 (torch.save) and load that', 2)
end

loadcaffe.load_binary = loadcaffe.load

return loadcaffe
