-- The package `trepl`: the prompt, which `torchnn run -i` starts. Programs require it for its printing, which is there.
return setmetatable({}, {__call = function() end})
