import numpy as np
import pytest

from torchnn import nn, torch
from torchnn.errors import ArgumentError, SizeError


def test_cosine_embedding_of_a_batch_is_that_of_its_pairs():
    a, b, y = torch.randn(6, 4), torch.randn(6, 4), torch.Tensor([1, -1, 1, -1, -1, 1])
    criterion, single = nn.CosineEmbeddingCriterion(0.1), nn.CosineEmbeddingCriterion(0.1)
    losses = [single.forward([a[i], b[i]], y.numpy()[i]) for i in range(6)]
    assert criterion.forward([a, b], y) == pytest.approx(np.mean(losses))
    gradients = criterion.backward([a, b], y)
    single.forward([a[1], b[1]], -1)
    single.backward([a[1], b[1]], -1)
    np.testing.assert_allclose(gradients[0].numpy()[1] * 6, single.gradInput[0].numpy())


def test_cosine_embedding_of_zeros():
    criterion = nn.CosineEmbeddingCriterion()
    zeros = torch.zeros(3)
    assert criterion.forward([zeros, zeros], 1) == 1
    assert np.isfinite(criterion.backward([zeros, zeros], 1)[0].numpy()).all()


@pytest.mark.parametrize("target", [torch.ones(2), torch.ones(2).int(), np.ones(2)])
def test_cosine_embedding_takes_targets_of_any_type(target):
    assert nn.CosineEmbeddingCriterion().forward([np.eye(2), np.eye(2)], target) == pytest.approx(0, abs=1e-9)


def test_a_tensor_is_never_the_number_minus_one():
    x = [torch.Tensor([1, 2]), torch.Tensor([4, 1])]
    for margin, loss, gradient in ((20, 16, [1, -1]), (1, 0, [0, 0])):
        criterion = nn.L1HingeEmbeddingCriterion(margin)
        assert criterion.forward(x, -1) == loss and criterion.backward(x, -1)[0].totable() == gradient
        target = torch.Tensor([-1])
        assert criterion.forward(x, target) == 4 and criterion.backward(x, target)[0].totable() == [-1, 1]


def test_signs_at_zero_are_drawn_in_order():
    a = torch.Tensor([1, 0, -1, 0, 0])
    criterion = nn.L1HingeEmbeddingCriterion()
    criterion.forward([a, torch.zeros(5)], 1)
    torch.manualSeed(3)
    first, second = criterion.backward([a, torch.zeros(5)], 1)
    torch.manualSeed(3)
    drawn = [2 * torch.random(2) - 3 for _ in range(3)]
    assert first.totable() == [1, drawn[0], -1, drawn[1], drawn[2]]
    assert (-second.numpy()).tolist() == first.totable()


def test_ranking_of_numbers_uses_the_constructed_tensors():
    criterion = nn.MarginRankingCriterion(0.1)
    kept = criterion.gradInput[0]
    assert criterion.forward([torch.Tensor([1]), torch.Tensor([2])], 1) == pytest.approx(1.1)
    assert criterion.backward([torch.Tensor([1]), torch.Tensor([2])], 1)[0] is kept
    assert kept.totable() == [-1]


def test_distance_ratio_keeps_no_output():
    criterion = nn.DistanceRatioCriterion(False)
    loss = criterion.forward([torch.zeros(2), torch.zeros(2)])
    assert loss == pytest.approx(2 * np.log(2)) and criterion.output == 0
    assert criterion.backward([torch.zeros(2), torch.zeros(2)])[1].totable() == [-0.5, -0.5]


@pytest.mark.parametrize(
    "criterion", [nn.CosineEmbeddingCriterion(), nn.L1HingeEmbeddingCriterion(), nn.MarginRankingCriterion()]
)
def test_more_than_two_inputs_are_two(criterion):
    x = [torch.randn(1), torch.randn(1)]
    expected = criterion.forward(x, 1), [each.totable() for each in criterion.backward(x, 1)]
    assert criterion.forward([*x, "more"], 1) == expected[0]
    assert [each.totable() for each in criterion.backward([*x, "more"], 1)] == expected[1]
    with pytest.raises(SizeError, match="Invalid number of inputs"):
        nn.DistanceRatioCriterion().forward([*x, x[0]])


@pytest.mark.parametrize(
    "criterion",
    [nn.CosineEmbeddingCriterion, nn.L1HingeEmbeddingCriterion, nn.MarginRankingCriterion, nn.DistanceRatioCriterion],
)
def test_pairs_that_do_not_fit(criterion):
    made = criterion()
    for wrong in (
        [torch.randn(3)],
        [torch.randn(3), torch.randn(4)],
        torch.randn(2, 3),
        [torch.Tensor(), torch.Tensor()],
    ):
        with pytest.raises((SizeError, ArgumentError)):
            made.forward(wrong, torch.ones(3))
    with pytest.raises(ArgumentError):
        made.forward([torch.randn(3), torch.randn(3).float()], 1)


def test_the_marks_of_cosine_embeddings_stay_bytes():
    criterion = nn.CosineEmbeddingCriterion()
    criterion.forward([torch.ones(2, 3), torch.ones(2, 3)], torch.Tensor([1, -1]))
    assert torch.typename(criterion.float()._idx) == "torch.ByteTensor"
    assert torch.typename(criterion._outputs) == "torch.FloatTensor"
