import pytest

from torchnn import torch
from torchnn.errors import ArgumentError


def test_a_timer_counts_only_while_it_runs():
    timer = torch.Timer()
    assert str(timer) == "torch.Timer [status: running]"
    while timer.time()["real"] == 0:
        pass
    assert timer.stop() is timer
    stopped = timer.time()
    assert timer.time() == stopped
    assert sorted(stopped) == ["real", "sys", "user"]
    timer.resume().resume()
    while timer.time()["real"] == stopped["real"]:
        pass
    assert timer.stop().reset().time() == {"real": 0, "user": 0, "sys": 0}
    assert str(timer) == "torch.Timer [status: stopped]"


def test_tic_and_toc():
    assert 0 <= torch.toc(torch.tic()) < 60
    with pytest.raises(ArgumentError):
        torch.toc(None)
