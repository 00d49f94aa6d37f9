-- The package `openmp`: how programs of 2012 said how many threads to use.
openmp = {enabled = true, setDefaultNumThreads = torch.setnumthreads, getDefaultNumThreads = torch.getnumthreads}

function openmp.enable() openmp.enabled = true end

function openmp.disable() openmp.enabled = false end

return openmp
