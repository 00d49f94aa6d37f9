import threading

import numpy as np
import pytest

from torchnn import torch
from torchnn.kernels.silence import Busy, in_silence, quietly, silent, silently

ONE, ZERO = np.ones(3), np.zeros(3)


def infinite(values):
    return np.isinf(values).all()


def test_no_warnings_inside_and_all_of_them_outside():
    for call in (quietly, silently, in_silence):
        assert infinite(call(np.divide, ONE, ZERO)), call
        with pytest.warns(RuntimeWarning, match="divide by zero"):
            np.divide(ONE, ZERO)
    assert infinite(silent(np.divide)(ONE, ZERO))


def test_whatever_numpy_was_told():
    with np.errstate(all="raise"):
        assert infinite(quietly(np.divide, ONE, ZERO))
        assert infinite(torch.from_numpy(ONE.copy()).cdiv(torch.from_numpy(ZERO)).array)
        with pytest.raises(FloatingPointError):
            np.divide(ONE, ZERO)


def test_within_each_other():
    """As from another thread, or from what the collector calls in the middle of an operation."""

    def busy():
        with pytest.raises(Busy):
            in_silence(np.divide, ONE, ZERO)
        x = torch.ones(3)
        assert infinite(x.cdiv(torch.zeros(3)).array) and infinite(x.add(2, torch.ones(3)).array)
        assert torch.addcmul(torch.ones(2), 2, torch.ones(2), torch.ones(2)).totable() == [3, 3]
        assert torch.clamp(torch.ones(2), 2, 3).totable() == torch.exp(torch.zeros(2)).add(1).totable() == [2, 2]
        return infinite(quietly(np.divide, ONE, ZERO))

    assert in_silence(busy)


def test_errors_pass_through():
    with pytest.raises(ValueError):
        quietly(np.add, np.ones(2), np.ones(3))
    assert infinite(quietly(np.divide, ONE, ZERO))


def test_on_many_threads():
    wrong = []

    def work():
        x, y = torch.ones(2000), torch.zeros(2000)
        for _ in range(200):
            if not infinite(torch.cdiv(x, y).array):
                wrong.append(1)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
