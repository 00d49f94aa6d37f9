"""Classes that scripts derive from those of nn, calling what these have for themselves, as Torch7's sources do."""

import pytest

DERIVED = {
    "the largest of each row": """
        local TopTwo, parent = torch.class('nn.TopTwo', 'nn.Max')
        function TopTwo:updateOutput(input)
          self:_lazyInit()
          torch.topk(self._output, self._indices, input, 2, self:_getPositiveDimension(input), true)
          self.output = self._output
          return self.output
        end
        function TopTwo:updateGradInput(input, gradOutput)
          local dimension = self:_getPositiveDimension(input)
          return self.gradInput:resizeAs(input):zero():scatter(dimension, self._indices, gradOutput)
        end
        local layer, x = nn.TopTwo(1, 1), torch.Tensor{{3, 1, 2}, {4, 6, 5}}
        assert(layer:forward(x):size(2) == 2)
        assert(layer:backward(x, torch.ones(2, 2)):equal(torch.Tensor{{1, 0, 1}, {0, 1, 1}}))
    """,
    "dimensions of their own": """
        local Columns = torch.class('nn.Columns', 'nn.Sum')
        function Columns:_getPositiveDimension() return 2 end
        assert(nn.Columns(1):forward(torch.ones(4, 3)):equal(torch.Tensor(4):fill(3)))
        assert(nn.JoinTable(-1):_getPositiveDimension({torch.ones(2, 3)}) == 2)
        assert(nn.SplitTable(1, 1):_getPositiveDimension(torch.ones(2, 3)) == 2)
    """,
    "buffers of their own": """
        local Counted, parent = torch.class('nn.Counted', 'nn.Min')
        function Counted:_lazyInit() self.count = (self.count or 0) + 1 parent._lazyInit(self) end
        local layer = nn.Counted(1)
        assert(layer:forward(torch.Tensor{2, 1})[1] == 1 and layer.count == 1)
    """,
    "a lookup that is replaced": """
        local replaced, words, x = nn.LookupTable.updateOutput, nn.LookupTable(4, 2), torch.Tensor{{1, 3}, {3, 3}}
        local expected = words:forward(x):clone()
        function nn.LookupTable:updateOutput(input)
          self:backCompatibility()
          input = self:makeInputContiguous(input)
          self.output:index(self.weight, 1, input:view(-1))
          self.output = self.output:view(input:size(1), input:size(2), self.weight:size(2)):mul(2)
          return self.output
        end
        local found = nn.Sequential():add(words):forward(x)
        assert(found:equal(expected * 2) and words.copiedInput)
        words:zeroGradParameters()
        words:backward(x, torch.ones(2, 2, 2))
        nn.LookupTable.updateOutput = replaced
        assert(words.gradWeight:select(2, 1):equal(torch.Tensor{1, 0, 3, 0}))
        words:setMaxNorm(0.1):renorm(x)
        assert(words.weight[3]:norm() < 0.1001 and words.shouldScaleGradByFreq == false)
    """,
    "sizes of normalized batches": """
        local layer = nn.SpatialBatchNormalization(3)
        layer:checkInputDim(torch.ones(2, 3, 4, 4))
        local ok, message = pcall(layer.checkInputDim, layer, torch.ones(2, 4, 4, 4))
        assert(not ok and message:find('got 4%-feature tensor, expected 3'))
    """,
    "convolutions of old files": """
        local layer = nn.SpatialFullConvolution(2, 3, 3, 3)
        layer.adjW = nil
        layer:backCompatibility()
        assert(layer.adjW == 0)
    """,
}


@pytest.mark.parametrize("name", DERIVED)
def test_derived_modules(runtime, name):
    runtime.execute("require 'nn'" + DERIVED[name])
