"""The recurrent layers of cudnn on the CPU."""

import pytest

from torchnn.lua import Runtime

KINDS = ["RNNReLU", "RNNTanh", "LSTM", "GRU", "BLSTM", "BGRU"]
PREPARE = """
require 'cudnn'

-- A layer with random states and gradients, and functions that give its loss and its gradients.
function prepared(kind, layers, batchFirst, T, N, inputs)
  torch.manualSeed(3)
  inputs = inputs or 5
  local m = cudnn[kind](inputs, 4, layers, batchFirst):double()
  if inputs == 4 then m.inputMode = 'CUDNN_SKIP_INPUT' end
  m:reset()
  local size = {layers * m.numDirections, N, 4}
  for _, name in ipairs{'hiddenInput', 'cellInput', 'gradHiddenOutput', 'gradCellOutput'} do
    m[name] = torch.randn(unpack(size))
  end
  local x, g = torch.randn(T, N, inputs), torch.randn(T, N, 4 * m.numDirections)
  if batchFirst then x, g = x:transpose(1, 2), g:transpose(1, 2) end
  local function loss()
    local value = m:forward(x):clone():cmul(g):sum() + m.hiddenOutput:dot(m.gradHiddenOutput)
    return value + (m.mode == 'CUDNN_LSTM' and m.cellOutput:dot(m.gradCellOutput) or 0)
  end
  return m, x, g, loss
end
"""


@pytest.fixture(scope="module")
def cuda():
    runtime = Runtime(cuda_as_cpu=True)
    runtime.execute(PREPARE)
    return runtime


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("inputs", [5, 4])
@pytest.mark.parametrize(("layers", "batch_first", "steps"), [(1, "true", 1), (2, "false", 4), (3, "true", 3)])
def test_gradients(cuda, kind, layers, batch_first, steps, inputs):
    """With 4 inputs, as many as states, these go to the gates as they are."""
    assert cuda.execute(
        f"""
        local m, x, g, loss = prepared('{kind}', {layers}, {batch_first}, {steps}, 3, {inputs})
        loss()
        m:zeroGradParameters()
        m:backward(x, g, 0.5)
        local grads = {{[x] = m.gradInput:clone(), [m.weight] = m.gradWeight:clone():mul(2),
          [m.hiddenInput] = m.gradHiddenInput:clone()}}
        if m.mode == 'CUDNN_LSTM' then grads[m.cellInput] = m.gradCellInput:clone() end
        local worst = 0
        for p, grad in pairs(grads) do
          local direction = torch.randn(p:size())
          p:add(1e-5, direction)
          local above = loss()
          p:add(-2e-5, direction)
          local slope = (above - loss()) / 2e-5
          p:add(1e-5, direction)
          worst = math.max(worst, math.abs(slope - grad:clone():cmul(direction):sum()))
        end
        return worst
        """
    ) < 1e-7  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "gates", "sums"),
    [
        ("LSTM", 8, (5.749536e05, 5.774818e04, 4.365091e05, 3.842206e02, 1.182566e01, 9.323785e03, 4.313461e08)),
        ("GRU", 6, (6.358978e05, 6.281680e04, 0, 6.296622e00, 2.289960e05, 0, 5.397419e07)),
    ],
)
def test_sums_of_the_sample_of_cudnn(cuda, kind, gates, sums):
    """What cudnn's own sample prints for 64 sequences, all alike: all is 1, but matrices are 1 / their size."""
    found = cuda.execute(
        f"""
        local m = cudnn.{kind}(512, 512, 2)
        for layer = 1, 2 do
          for gate = 1, {gates} do
            m:weights()[layer][gate]:fill(1 / 512 ^ 2)
            m:biases()[layer][gate]:fill(1)
          end
        end
        for _, name in ipairs{{'hiddenInput', 'cellInput', 'gradHiddenOutput', 'gradCellOutput'}} do
          m[name] = torch.CudaTensor(2, 4, 512):fill(1)
        end
        local ones = torch.CudaTensor(20, 4, 512):fill(1)
        local sum = m:forward(ones):sum()
        m:backward(ones, ones)
        return sum, m.hiddenOutput:sum(), m.cellOutput:sum(), m.gradInput:sum(), m.gradHiddenInput:sum(),
          m.gradCellInput:sum(), m.gradWeight:sum()
        """
    )
    assert [16 * value for value in found] == pytest.approx(sums, rel=1e-5)


def test_parameters_are_one_vector_that_can_be_flattened_and_saved(cuda, tmp_path):
    cuda.execute(
        f"""
        local net = nn.Sequential():add(cudnn.BLSTM(3, 4, 2)):add(nn.Linear(8, 2):cuda())
        local x = torch.rand(5, 2, 3):cuda()
        local p = net:get(1):getParameters()
        assert(p:nElement() == 2 * 16 * (3 + 4 + 8 + 4 + 4))
        assert(#net:get(1):weights() == 4 and #net:get(1):biases()[1] == 8)
        net:get(1):weights()[4][8]:fill(7)
        assert(p:eq(7):sum() == 16)
        local y = net:get(1):forward(x):clone()
        local path = '{tmp_path}/lstm.t7'
        torch.save(path, net:get(1):clearState())
        local again = torch.load(path)
        assert(torch.type(again) == 'cudnn.BLSTM' and (again:forward(x) - y):abs():max() == 0)
        assert(#nn.Sequential():add(again):findModules('cudnn.BLSTM') == 1 and torch.isTypeOf(again, 'cudnn.RNN'))
        """
    )


def test_input_that_skips_its_matrices(cuda):
    """The same values as with matrices of ones on the diagonals, and fewer parameters."""
    cuda.execute(
        """
        for kind, gates in pairs{BLSTM = 4, BGRU = 3, RNNTanh = 1} do
          local m, all = cudnn[kind](4, 4, 2), cudnn[kind](4, 4, 2)
          m.inputMode = 'CUDNN_SKIP_INPUT'
          m:reset()
          assert(all.weight:nElement() - m.weight:nElement() == m.numDirections * gates * 16)
          for _, name in ipairs{'weights', 'biases'} do
            for p, parts in ipairs(all[name](all)) do
              for i, part in ipairs(parts) do
                local given = m[name](m)[p][i]
                if given:nElement() > 0 then
                  part:copy(given)
                else
                  assert(name == 'weights' and p <= m.numDirections and i <= gates)
                  part:copy(torch.eye(4))
                end
              end
            end
          end
          local x = torch.rand(5, 2, 4):cuda()
          assert((m:forward(x) - all:forward(x)):abs():max() < 1e-6)
          m.inputSize = 3
          assert(not pcall(m.forward, m, torch.rand(5, 2, 3):cuda()))
        end
        """
    )


def test_dropout_is_between_layers_and_in_training(cuda):
    cuda.execute(
        """
        torch.manualSeed(1)
        local m, x = cudnn.LSTM(3, 50, 2, false, 0.5), torch.rand(4, 6, 3):cuda()
        m:evaluate()
        local plain = m:forward(x):clone()
        assert((m:forward(x) - plain):abs():max() == 0)
        m:training()
        local dropped = m:forward(x):clone()
        assert((dropped - plain):abs():max() > 0.001)
        local g = torch.rand(4, 6, 50):cuda()
        m:zeroGradParameters()
        m:backward(x, g)
        assert(m.gradInput:isSameSizeAs(x) and m.gradWeight:norm() > 0)
        """
    )


def test_states_are_remembered(cuda):
    cuda.execute(
        """
        local m, x = cudnn.GRU(3, 4, 1, true, 0, true), torch.rand(2, 6, 3):cuda()
        local whole = m:forward(x):clone()
        m:resetStates()
        m.hiddenOutput:resize(0)
        local first = m:forward(x:narrow(2, 1, 2)):clone()
        local second = m:forward(x:narrow(2, 3, 4)):clone()
        assert((torch.cat(first, second, 2) - whole):abs():max() < 1e-6)
        m:forward(torch.rand(3, 2, 3):cuda())
        assert(m.hiddenInput == nil)
        """
    )


def test_wrong_arguments(cuda):
    got = cuda.execute(
        """
        local m, x = cudnn.LSTM(3, 4, 1), torch.rand(5, 2, 3):cuda()
        local function says(f, ...) return (select(2, pcall(f, m, ...))) end
        local size, dimensions = says(m.forward, torch.rand(5, 2, 4):cuda()), says(m.forward, torch.rand(5, 3):cuda())
        m:forward(x)
        local grad = says(m.backward, x, torch.rand(5, 2, 3):cuda())
        m.hiddenInput = torch.CudaTensor(2, 2, 4):zero()
        local layers = says(m.forward, x)
        m.hiddenInput = nil
        m:evaluate()
        return size, dimensions, grad, layers, says(m.updateGradInput, x, m:forward(x))
        """
    )
    expected = ["Incorrect input size!", "input must have 3 dimensions", "gradOutput has incorrect size!",
                "hiddenInput has incorrect number of layers!", "only be called when training!"]  # fmt: skip
    assert [part in message for part, message in zip(expected, got, strict=True)] == [True] * 5
