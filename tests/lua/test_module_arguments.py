"""What modules in Lua are given, and take."""


def test_modules_are_given_what_torch7_gives_them(runtime):
    """No nil more: modules whose methods are made by argcheck count their arguments."""
    runtime.execute(
        """
        require 'nngraph'
        local counting, parent = torch.class('Counting', 'nn.Module')
        local counts = {
            updateOutput = 1, updateGradInput = 2, accGradParameters = 3, backward = 3, forward = 1, parameters = 0,
            zeroGradParameters = 0, updateParameters = 1, training = 0, evaluate = 0, clearState = 0,
        }
        local called = {}
        for name, count in pairs(counts) do
            local of_parent = parent[name]
            counting[name] = function(self, ...)
                assert(select('#', ...) == count, name)
                called[name] = (called[name] or 0) + 1
                if name == 'updateOutput' then self.output = (...):clone() return self.output end
                if name == 'updateGradInput' then self.gradInput = select(2, ...):clone() return self.gradInput end
                return of_parent(self, ...)
            end
        end
        local x, node = torch.rand(2, 4), nn.Identity()()
        local two = function(container) return container:add(Counting()):add(Counting()) end
        local nets = {
            two(nn.Sequential()), two(nn.Concat(2)), two(nn.DepthConcat(2)), two(nn.ConcatTable()),
            nn.Decorator(Counting()), two(nn.ParallelTable()), nn.MapTable(Counting()), two(nn.Parallel(1, 1)),
            nn.Bottle(Counting(), 2), nn.DontCast(Counting(), true), nn.gModule({node}, {Counting()(Counting()(node))}),
        }
        for i, net in ipairs(nets) do
            local input = (i == 6 or i == 7) and {x, x} or i == 9 and torch.rand(2, 3, 4) or x
            local output = net:forward(input)
            net:zeroGradParameters()
            net:backward(input, output)
            net:updateGradInput(input, output)
            net:accGradParameters(input, output, 2)
            for _, name in ipairs{'training', 'evaluate', 'parameters', 'clearState'} do net[name](net) end
            net:updateParameters(0.1)
        end
        for name in pairs(counts) do assert(called[name] or name == 'forward', name) end
        """
    )


def test_what_names_no_field_is_not_shared(runtime):
    """`share` and `clone` stop at nil and pass over tables, so that scripts may hand on what they were not given."""
    runtime.execute(
        """
        require 'nn'
        local linear = nn.Linear(2, 2)
        local net = nn.Sequential():add(linear)
        for _, module in ipairs{linear, net} do
            for _, other in ipairs{module:clone(nil), module:clone{'weight'}, module:clone(nil, 'weight')} do
                other:getParameters():fill(3)
            end
            assert(module:clone():share(module, nil) and linear.weight:sum() ~= 12)
            local twin = module:clone('weight', {}, 'bias', nil, 'gradBias')
            for _, tensor in ipairs(twin:parameters()) do tensor:fill(module == net and 4 or 5) end
            assert(linear.weight:sum() == (module == net and 16 or 20) and linear.bias:sum() < 11)
            local _, gradients = twin:parameters()
            gradients[2]:fill(1)
            assert(linear.gradBias:zero():sum() == 0 and gradients[2]:sum() == 2)
        end
        """
    )


def test_messages_call_a_table_a_table(runtime):
    got = runtime.execute("require 'nn' return pcall(nn.CAddTable().forward, nn.CAddTable(), {})")
    assert got[0] is False and got[1].endswith("a table of tensors expected, got table")
