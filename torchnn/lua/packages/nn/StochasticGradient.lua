-- nn.StochasticGradient: trains a module with a criterion, example by example, by gradient descent. A data set is any
-- object with `dataset:size()` and `dataset[i]`, each an input and a target.
local StochasticGradient = torch.class('nn.StochasticGradient')

function StochasticGradient:__init(module, criterion)
  self.learningRate = 0.01
  self.learningRateDecay = 0
  self.maxIteration = 25
  self.shuffleIndices = true
  self.module = module
  self.criterion = criterion
  self.verbose = true
end

-- A step down the gradient of one example; returns its loss.
local function step(self, example, rate)
  local module, criterion = self.module, self.criterion
  local input, target = example[1], example[2]
  local loss = criterion:forward(module:forward(input), target)
  module:updateGradInput(input, criterion:updateGradInput(module.output, target))
  module:accUpdateGradParameters(input, criterion.gradInput, rate)
  if self.hookExample then self.hookExample(self, example) end
  return loss
end

-- Pass `maxIteration` times (0: for ever) over the examples. The order is drawn once, also where it is not used.
function StochasticGradient:train(dataset)
  local count = dataset:size()
  local order = torch.randperm(count, 'torch.LongTensor')
  local iteration, rate = 1, self.learningRate
  print('# StochasticGradient: training')
  while true do
    local total = 0
    for i = 1, count do total = total + step(self, dataset[self.shuffleIndices and order[i] or i], rate) end
    local mean = total / count
    if self.hookIteration then self.hookIteration(self, iteration, mean) end
    if self.verbose then print('# current error = ' .. mean) end
    iteration = iteration + 1
    rate = self.learningRate / (1 + iteration * self.learningRateDecay)
    if self.maxIteration > 0 and iteration > self.maxIteration then
      print('# StochasticGradient: you have reached the maximum number of iterations')
      print('# training error = ' .. mean)
      return
    end
  end
end
