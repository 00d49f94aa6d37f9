"""Programs in Lua and their ports by the rules of docs/porting.md: same losses, same parameters, to the last digit."""

import pytest

from torchnn import nn, nngraph, optim, torch
from torchnn.nn import calls

GATED = """
require 'nngraph'
require 'optim'
torch.manualSeed(31)
local size, steps = 3, 4

local function cell()
  local x, state = nn.Identity()(), nn.Identity()()
  local sum = nn.CAddTable(){nn.Linear(size, 2 * size)(x):annotate{name = 'in'}, nn.Linear(size, 2 * size)(state)}
  local a, b = nn.SplitTable(1, 2)(nn.Reshape(2, size, true)(sum)):split(2)
  local new = nn.CMulTable(){nn.Sigmoid()(a), nn.Tanh()(nn.Dropout(0.3)(b))}
  return nn.gModule({x, state}, {nn.CAddTable(){new, state}})
end

local prototype = cell()
local parameters, gradients = prototype:getParameters()
parameters:uniform(-0.2, 0.2)
for _, node in ipairs(prototype.forwardnodes) do
  if node.data.annotations.name == 'in' then node.data.module.bias:fill(1) end
end

local clones = {}
local file = torch.MemoryFile('w'):binary()
file:writeObject(prototype)
for t = 1, steps do
  clones[t] = torch.MemoryFile(file:storage(), 'r'):binary():readObject()
  local weights, grads = clones[t]:parameters()
  local ours, ourGrads = prototype:parameters()
  for i = 1, #weights do
    weights[i]:set(ours[i])
    grads[i]:set(ourGrads[i])
  end
end

local criterion = nn.MSECriterion()
local losses, state = {}, {}
for step = 1, 6 do
  local inputs, target = torch.randn(steps, 2, size), torch.randn(2, size)
  local function feval(w)
    gradients:zero()
    local states = {[0] = torch.zeros(2, size)}
    for t = 1, steps do states[t] = clones[t]:forward{inputs[t], states[t - 1]} end
    local loss = criterion:forward(states[#states], target)
    local grad = criterion:backward(states[#states], target)
    for t = steps, 1, -1 do grad = clones[t]:backward({inputs[t], states[t - 1]}, grad)[2] end
    gradients:clamp(-1, 1)
    return loss, gradients
  end
  local _, fs = METHOD(feval, parameters, state)
  losses[#losses + 1] = fs[1]
end
return losses, parameters
"""


def gated(method):
    torch.manualSeed(31)
    size, steps = 3, 4

    def cell():
        x, state = nn.Identity()(), nn.Identity()()
        total = nn.CAddTable()(
            [nn.Linear(size, 2 * size)(x).annotate({"name": "in"}), nn.Linear(size, 2 * size)(state)]
        )
        a, b = nn.SplitTable(1, 2)(nn.Reshape(2, size, True)(total)).split(2)
        new = nn.CMulTable()([nn.Sigmoid()(a), nn.Tanh()(nn.Dropout(0.3)(b))])
        return nn.gModule([x, state], [nn.CAddTable()([new, state])])

    prototype = cell()
    parameters, gradients = prototype.getParameters()
    parameters.uniform(-0.2, 0.2)
    for node in prototype.forwardnodes:
        if node.data["annotations"].get("name") == "in":
            node.data["module"].bias.fill(1)

    clones = {}
    file = torch.MemoryFile("w").binary()
    file.writeObject(prototype)
    for t in range(1, steps + 1):
        clones[t] = torch.MemoryFile(file.storage(), "r").binary().readObject()
        weights, grads = clones[t].parameters()
        ours, our_grads = prototype.parameters()
        for i in range(len(weights)):
            weights[i].set(ours[i])
            grads[i].set(our_grads[i])

    criterion = nn.MSECriterion()
    losses, state = [], {}
    for _ in range(6):
        inputs, target = torch.randn(steps, 2, size), torch.randn(2, size)

        def feval(_, inputs=inputs, target=target):
            gradients.zero()
            states = {0: torch.zeros(2, size)}
            for t in range(1, steps + 1):
                states[t] = clones[t].forward([inputs[t - 1], states[t - 1]])
            loss = criterion.forward(states[steps], target)
            grad = criterion.backward(states[steps], target)
            for t in range(steps, 0, -1):
                grad = clones[t].backward([inputs[t - 1], states[t - 1]], grad)[1]
            gradients.clamp(-1, 1)
            return loss, gradients

        _, fs, *_ = method(feval, parameters, state)
        losses.append(fs[0])
    return losses, parameters


@pytest.mark.parametrize("name", ["sgd", "rmsprop", "adam", "lbfgs", "asgd"])
def test_a_recurrent_network_unrolled_by_clones(name, runtime):
    losses, parameters = runtime.execute(GATED.replace("METHOD", f"optim.{name}"))
    with calls.meaning(nngraph.connect):
        ported, its_parameters = gated(getattr(optim, name))
    assert losses == ported, name
    assert parameters.equal(its_parameters), name
