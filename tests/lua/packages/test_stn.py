"""The package `stn`."""


def test_a_spatial_transformer(runtime):
    got = runtime.execute(
        """
        require 'stn'
        local locnet = nn.Sequential():add(nn.View(-1):setNumInputDims(3)):add(nn.Linear(36, 3))
        locnet:add(nn.AffineTransformMatrixGenerator(false, true, true)):add(nn.AffineGridGeneratorBHWD(4, 4))
        locnet:get(2).weight:zero()
        locnet:get(2).bias = torch.Tensor{1, 0, 0}
        local both = nn.ConcatTable():add(nn.Transpose({2, 3}, {3, 4})):add(locnet)
        local net = nn.Sequential():add(both):add(nn.BilinearSamplerBHWD()):add(nn.Transpose({3, 4}, {2, 3}))
        local x = torch.rand(2, 1, 6, 6)
        local y = net:forward(x):clone()
        local corners = torch.Tensor{{x[1][1][1][1], x[1][1][1][6]}, {x[1][1][6][1], x[1][1][6][6]}}
        local own = torch.Tensor{{y[1][1][1][1], y[1][1][1][4]}, {y[1][1][4][1], y[1][1][4][4]}}
        locnet:get(2).weight:normal(0, 0.1)
        local loaded = torch.deserialize(torch.serialize(net))
        local difference = (loaded:forward(x) - net:forward(x)):abs():max()
        return (corners - own):abs():max(), nn.Jacobian.testJacobian(net, x) < 1e-5,
          nn.Jacobian.testJacobianParameters(net, x, locnet:get(2).weight, locnet:get(2).gradWeight) < 1e-5,
          difference, tostring(loaded:get(2)),
          pcall(nn.AffineGridGeneratorBHWD, 1, 1)
        """
    )
    assert got[0] < 1e-15 and got[1:6] == (True, True, 0, "nn.BilinearSamplerBHWD", False)
