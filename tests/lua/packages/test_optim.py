"""The package optim for Lua: tables of configuration and state are changed in place."""

import pytest

from torchnn.lua import Runtime
from torchnn.torch.text import lua_print

CHECKS = {
    "configuration and state are Lua's tables": """
        local x, config = torch.Tensor{3, 4}, {learningRate = 0.1, momentum = 0.9}
        local function feval(parameters) return parameters:dot(parameters), parameters * 2 end
        local same, values = optim.sgd(feval, x, config)
        assert(same == x and #values == 1 and values[1] == 25 and config.evalCounter == 1)
        assert(torch.isTensor(config.dfdx) and math.abs(x[1] - 2.4) < 1e-12)
        local state = {}
        optim.adam(feval, x, {}, state)
        assert(state.t == 1 and torch.isTensor(state.m) and torch.isTensor(state.v))
    """,
    "what Python prints goes through the script's print": """
        require 'nn'
        local shown, plain = {}, print
        function print(...) shown[#shown + 1] = table.concat({...}, '|') end
        local function feval(x) return x:dot(x), x * 2 end
        optim.lbfgs(feval, torch.Tensor{1, 2}, {maxIter = 1, verbose = true})
        optim.rmsprop(feval, torch.Tensor{1, 2})
        nn.ModuleCriterion(nn.MSECriterion(), nn.Linear(2, 2))
        print = plain
        assert(shown[1] == '<optim.lbfgs> |creating recyclable direction/step/history buffers', shown[1])
        assert(shown[#shown] == "Warning: nn.ModuleCriterion doesn't support parameter updates", shown[#shown])
    """,
    "an image is optimized between the layers of a network": """
        require 'nn'
        torch.manualSeed(1)
        local Loss, parent = torch.class('nn.LossOfImage', 'nn.Module')
        function Loss:__init() parent.__init(self) self.criterion = nn.MSECriterion() end
        function Loss:updateOutput(input)
          if self.target then self.loss = self.criterion:forward(input, self.target) end
          self.output = input
          return self.output
        end
        function Loss:updateGradInput(input, gradOutput)
          self.gradInput = self.criterion:backward(input, self.target):add(gradOutput)
          return self.gradInput
        end
        local cnn = nn.Sequential():add(nn.SpatialConvolution(3, 4, 3, 3)):add(nn.ReLU()):add(nn.Tanh()):float()
        local net, losses = nn.Sequential(), {}
        for i = 1, #cnn do
          net:add(cnn:get(i))
          if i ~= 2 then
            losses[#losses + 1] = nn.LossOfImage():float()
            net:add(losses[#losses])
          end
        end
        assert(#net == 5 and #losses == 2)
        net:forward(torch.rand(3, 6, 7):float())
        for _, module in ipairs(losses) do module.target = module.output:clone() end
        local image = torch.rand(3, 6, 7):float()
        local none = net:forward(image).new(#net.output):zero()
        local function feval(x)
          net:forward(x)
          return losses[1].loss + losses[2].loss, net:updateGradInput(x, none):view(-1)
        end
        local found, values = optim.lbfgs(feval, image, {maxIter = 20, tolX = -1, tolFun = -1, learningRate = 0.5})
        assert(found == image and image:dim() == 3 and #values == 20 and values[20] < 0.05 * values[1], values[20])
    """,
    "methods that keep lists": """
        local function feval(x) return x:dot(x) + (x[1] * x[2]) ^ 2, torch.Tensor{
          2 * x[1] + 2 * x[1] * x[2] ^ 2, 2 * x[2] + 2 * x[2] * x[1] ^ 2} end
        local x, state = torch.Tensor{1, 2}, {maxIter = 1}
        for i = 1, 20 do optim.lbfgs(feval, x, state) end
        assert(x:norm() < 1e-3 and #state.old_dirs > 0 and torch.isTensor(state.old_dirs[1]))
        local found, values, evaluations = optim.cg(feval, torch.Tensor{1, 2}, {maxIter = 20})
        assert(found:norm() < 1e-2 and #values > 1 and evaluations > 1)
        local by_search = optim.lbfgs(feval, torch.Tensor{1, 2}, {lineSearch = optim.lswolfe})
        assert(by_search:norm() < 1e-3)
        local difference = optim.checkgrad(feval, torch.Tensor{1, 2})
        assert(difference < 1e-6)
    """,
    "errors of the function keep their value": """
        local ok, value = pcall(optim.sgd, function() error({code = 3}) end, torch.ones(1), {})
        assert(not ok and value.code == 3)
    """,
    "functions may return more": """
        local x = torch.Tensor{3, 4}
        local function f(x, mode)
            return x:dot(x), mode and x * 2, mode and 'more'
        end
        local function g(x) return x:norm(1), nil end
        local y, history = optim.FistaLS(f, g, function(x, L) x:mul(L / (L + 1)) end, x, {L = 4})
        assert(history[#history].F < 1e-3 and #history > 1)
    """,
    "a matrix of confusion": """
        local confusion = optim.ConfusionMatrix{'a', 'b'}
        confusion:add(1, 1)
        confusion:batchAdd(torch.Tensor{1, 2}, torch.Tensor{2, 2})
        confusion:updateValids()
        assert(math.abs(confusion.totalValid - 2 / 3) < 1e-6 and confusion.mat[2][1] == 1)
        assert(tostring(confusion):find('^ConfusionMatrix:') and confusion.classes[2] == 'b')
    """,
}


@pytest.mark.parametrize("name", CHECKS)
def test_in_lua(runtime, name):
    runtime.execute("require 'optim'\n" + CHECKS[name], name=f"={name}")


def test_logger(runtime, tmp_path):
    path = tmp_path / "runs" / "log.txt"
    runtime.execute(
        """
        require 'optim'
        local log = optim.Logger(...)
        assert(log:setNames{'loss', 'error'} == log)
        log:add{0.5, 2}
        log:add{0.25, 'x'}
        assert(log:style{'-', {'+', '-'}} == log and #log.symbols[1] == 2 and log.styles[1][1] == '-')
        assert(not pcall(log.add, log, {{}}))
        """,
        str(path),
    )
    assert path.read_text() == "loss\terror\t\n 5.0000e-01\t 2.0000e+00\t\n 2.5000e-01\tx\t\n"


def test_a_print_of_python_is_no_endless_loop(capsys):
    runtime = Runtime()
    runtime.put(runtime.globals, "print", lua_print)
    runtime.execute("print('a', 1)")
    assert capsys.readouterr().out == "a\t1\n"
