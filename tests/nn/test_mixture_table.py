import numpy as np
import pytest

from torchnn import nn, torch
from torchnn.errors import SizeError


@pytest.mark.parametrize("batch", [(), (3,)])
@pytest.mark.parametrize("sample", [(4,), (2, 3)])
def test_experts_in_a_table_are_those_in_a_tensor(batch, sample):
    gate = torch.rand(*batch, 2)
    experts = [torch.randn(*batch, *sample) for _ in range(2)]
    axis = len(batch)
    stacked = torch.from_numpy(np.stack([expert.numpy() for expert in experts], axis))
    of_table, of_tensor = nn.MixtureTable(), nn.MixtureTable()
    np.testing.assert_allclose(of_table.forward([gate, experts]).numpy(), of_tensor.forward([gate, stacked]).numpy())
    gradient = torch.randn(*batch, *sample)
    for_gate, for_experts = of_table.backward([gate, experts], gradient)
    for_gate_too, for_tensor = of_tensor.backward([gate, stacked], gradient)
    np.testing.assert_allclose(for_gate.numpy(), for_gate_too.numpy())
    np.testing.assert_allclose(np.stack([g.numpy() for g in for_experts], axis), for_tensor.numpy())
    assert of_table.table and of_tensor.table is None
    assert of_table.dim == of_tensor.dim == axis + 1


def test_fewer_experts_drop_gradients():
    mixture = nn.MixtureTable()
    for count in (3, 2):
        input = [torch.rand(5, count), [torch.randn(5, 4) for _ in range(count)]]
        mixture.forward(input)
        assert len(mixture.backward(input, torch.randn(5, 4))[1]) == count


@pytest.mark.parametrize(
    "gate, experts",
    [((3, 2), [(3, 4)]), ((3, 2), [(3, 4), (3, 5)]), ((3, 2), [(2, 4), (2, 4)]), ((2, 3, 2), [(2, 3, 4)] * 2)],
)
def test_sizes_that_do_not_fit(gate, experts):
    mixture = nn.MixtureTable()
    before = dict(vars(mixture))
    with pytest.raises(SizeError):
        mixture.forward([torch.rand(*gate), [torch.randn(*size) for size in experts]])
    assert vars(mixture) == before


def test_buffers_of_backward_are_set_up_for_each_size_of_the_batch():
    module, seen = nn.MixtureTable(), []
    for batch in (3, 3, 2):
        input = [torch.rand(batch, 2), torch.randn(batch, 2, 4)]
        module.forward(input)
        seen.append(module.backwardSetup)
        module.backward(input, torch.randn(batch, 4))
    assert seen == [False, True, False] and module.backwardSetup
