"""Parameters of modules for Lua: gathered, zeroed and updated; their second derivatives."""


def test_parameters_in_lua(runtime):
    runtime.execute("""
        require 'nn'
        local m, t = nn.Linear(2, 3), nn.Tanh()
        assert(t:parameters() == nil and #m:parameters() == 2)
        assert(#nn.Linear(2, 3):noBias():parameters() == 1)
        local s = nn.Sequential():add(m):add(t):add(nn.Concat(2):add(nn.Linear(3, 1)))
        local weights, gradients = s:parameters()
        assert(#weights == 4 and weights[1] == m.weight and gradients[2] == m.gradBias)
        m.gradWeight:fill(2)
        m.gradBias:fill(1)
        m.weight:zero()
        s:updateParameters(0.5)
        assert(m.weight:sum() == -6)
        m.gradWeight = nil -- one that is not trained
        s:zeroGradParameters()
        assert(m.gradBias:sum() == 0)
        t:zeroGradParameters()
        t:updateParameters(1)
        assert(t:accGradParameters() == nil)
        function m:parameters() return {self.bias}, {self.gradBias} end
        assert(#s:parameters() == 3)
        local Own = torch.class('nn.OwnParameters', 'nn.Module')
        function Own:parameters() return {self.a}, {self.b} end
        local own = nn.OwnParameters()
        own.a, own.b = torch.ones(2), torch.ones(2)
        own:updateParameters(1)
        own:zeroGradParameters()
        assert(own.a:sum() == 0 and own.b:sum() == 0 and own:getParameters():nElement() == 2)
    """)


def test_second_derivatives_of_a_class_of_ones_own(runtime):
    runtime.execute("""
        require 'nn'
        local Scale, parent = torch.class('Scale', 'nn.Module')
        function Scale:__init(n)
            parent.__init(self)
            self.weight, self.gradWeight = torch.ones(n):mul(3), torch.zeros(n)
        end
        function Scale:updateOutput(input) return self.output:resizeAs(input):copy(input):cmul(self.weight) end
        function Scale:updateGradInput(input, g) return self.gradInput:resizeAs(g):cmul(g, self.weight) end
        function Scale:accGradParameters(input, g, scale) self.gradWeight:addcmul(scale, input, g) end
        nn.hessian.enable()
        local of = nn.hessian
        function Scale:updateDiagHessianInput(input, d)
            of.updateDiagHessianInput(self, input, d, {'weight'}, {'weightSq'})
            return self.diagHessianInput
        end
        function Scale:accDiagHessianParameters(input, d)
            of.accDiagHessianParameters(self, input, d, {'gradWeight'}, {'diagHessianWeight'})
        end
        function Scale:initDiagHessianParameters()
            of.initDiagHessianParameters(self, {'gradWeight'}, {'diagHessianWeight'})
        end
        local m = nn.Sequential():add(_G.Scale(2)):add(nn.Tanh())
        m:initDiagHessianParameters()
        local _, _, diagonal = m:getParameters()
        local x, d = torch.Tensor{.1, .2}, torch.Tensor{1, 2}
        m:forward(x)
        m:backward(x, d)
        local pushed = m:updateDiagHessianInput(x, d)
        m:accDiagHessianParameters(x, d)
        nn.hessian.disable()
        local slope = torch.cmul(m.output, m.output):mul(-1):add(1)
        slope:cmul(slope):cmul(d)
        assert((pushed - slope * 9):abs():max() < 1e-12)
        assert((diagonal - torch.cmul(slope, torch.cmul(x, x))):abs():max() < 1e-12)
        assert(m:get(1).weight[1] == 3 and m:get(1).gradWeight:abs():min() > 0)
        local points = nn.Square()
        points:forward(x)
        of.updateDiagHessianInputPointWise(points, x, d)
        assert((points.diagHessianInput - torch.cmul(x, x):mul(4):cmul(d)):abs():max() < 1e-12)
        assert(not pcall(of.accDiagHessianParameters, m:get(1), x, d, {'gradWeight'}, {}))
    """)
