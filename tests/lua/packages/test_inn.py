"""The package `inn`."""


def test_modules_of_detectors(runtime):
    got = runtime.execute(
        """
        require 'inn'
        local features = nn.Sequential():add(nn.SpatialConvolution(1, 2, 3, 3)):add(inn.SpatialMaxPooling(2, 2, 2, 2))
        local net = nn.Sequential():add(nn.ParallelTable():add(features):add(nn.Identity()))
        net:add(inn.ROIPooling(2, 2, 1 / 2)):add(nn.View(-1):setNumInputDims(3)):add(nn.Linear(8, 3))
        local input = {torch.rand(2, 1, 11, 11), torch.Tensor{{1, 1, 1, 8, 8}, {2, 3, 3, 11, 9}}}
        local y = net:forward(input):clone()
        local gradients = net:backward(input, torch.ones(2, 3))
        local loaded = torch.deserialize(torch.serialize(net))
        assert((loaded:forward(input) - y):abs():max() == 0)
        local x = torch.range(1, 9):view(1, 3, 3)
        local pyramid = inn.SpatialPyramidPooling({2, 2}, {1, 1})
        return gradients[1]:isSameSizeAs(input[1]), gradients[2]:sum(), torch.type(loaded:get(2)),
          inn.SpatialAveragePooling(2, 2, 2, 2):forward(x):totable(), pyramid:forward(x):totable(),
          inn.MeanSubtraction(x):forward(x):sum(), torch.type(inn.SpatialCrossResponseNormalization(5)),
          inn.ConstAffine(1):forward(x:view(1, 1, 3, 3)):equal(x:view(1, 1, 3, 3)),
          inn.SpatialSameResponseNormalization(1, 0):forward(x):equal(x)
        """
    )
    assert got[:3] == (True, 0, "inn.ROIPooling") and got[3] == [[[3, 4.5], [7.5, 9]]]
    assert got[4:] == ([5, 6, 8, 9, 9], 0, "nn.SpatialCrossMapLRN", True, True)
