-- What the methods of `nn.hessian` are made of, for modules of scripts: fields are named in lists.

local hessian = nn.hessian

-- Exchanges the fields of two lists, `run` between.
local function exchanged(module, some, others, run)
  assert(#some == #others, 'the lists of fields are of different lengths')
  local function exchange()
    for i, name in ipairs(some) do module[name], module[others[i]] = module[others[i]], module[name] end
  end
  exchange()
  run()
  exchange()
end

function hessian.initDiagHessianParameters(module, gradients, diagonals)
  module.diagHessianInput = module.diagHessianInput or module.gradInput.new()
  for i, name in ipairs(gradients) do
    module[diagonals[i]] = module[diagonals[i]] or module[name].new():resizeAs(module[name]):zero()
  end
end

-- Accumulates as gradients, with squared inputs.
function hessian.accDiagHessianParameters(module, input, diagHessianOutput, gradients, diagonals)
  for i, name in ipairs(gradients) do
    module[diagonals[i]] = module[diagonals[i]] or module[name].new():resizeAs(module[name]):zero()
  end
  module.inputSq = (module.inputSq or input.new()):resizeAs(input):cmul(input, input)
  local output = module.output
  module.output = output.new():resizeAs(output)
  exchanged(module, gradients, diagonals, function()
    module:forward(module.inputSq)
    module:accGradParameters(module.inputSq, diagHessianOutput, 1)
  end)
  module.output = output
end

-- Runs `updateGradInput` into `diagHessianInput`, with squared weights.
function hessian.updateDiagHessianInput(module, input, diagHessianOutput, weights, squares)
  module.diagHessianInput = (module.diagHessianInput or input.new()):resizeAs(input):zero()
  for i, name in ipairs(weights) do
    local weight = module[name]
    module[squares[i]] = (module[squares[i]] or weight.new()):resizeAs(weight):cmul(weight, weight)
  end
  local gradInput = module.gradInput
  module.gradInput = module.diagHessianInput
  exchanged(module, weights, squares, function() module:updateGradInput(input, diagHessianOutput) end)
  module.gradInput = gradInput
end

function hessian.updateDiagHessianInputPointWise(module, input, diagHessianOutput)
  local ones = diagHessianOutput.new():resizeAs(diagHessianOutput):fill(1)
  hessian.updateDiagHessianInput(module, input, ones, {}, {})
  module.diagHessianInput:cmul(module.diagHessianInput):cmul(diagHessianOutput)
end
