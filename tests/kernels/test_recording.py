"""What is written down while a function runs: when that is all it does, and when not."""

import threading

import numpy as np
import pytest

from torchnn import kernels


@pytest.fixture
def recording():
    """A recording that is being made."""
    made = kernels.recording.begin()
    yield made
    if kernels.recording.current is made:
        kernels.recording.end()


def add_row():
    """A function of the kind "bias" that launches."""
    kernels.maps.add_row(np.ones((4, 20), np.float32), np.ones(20, np.float32))


def test_a_function_that_says_it_is_complete(recording):
    kernels.recording.expect("bias")
    add_row()
    assert recording.is_whole()
    assert [step[0] for step in recording.steps] == [kernels.recording.LAUNCH]


def test_what_is_no_recording(recording):
    """Functions that do not come, come in another order, or of which nobody expects anything."""
    assert not recording.is_whole(), "nothing was done"
    add_row()
    assert not recording.is_whole(), "nobody expects it"
    kernels.recording.expect("convolution", "bias")
    add_row()
    assert not recording.is_whole(), "another one is expected first"


def test_work_after_the_last_function(recording):
    kernels.recording.expect("bias")
    add_row()
    add_row()
    assert not recording.is_whole()


def test_other_effects(recording):
    kernels.recording.expect("bias")
    add_row()
    kernels.recording.spoil()
    assert not recording.is_whole()


def test_memory_that_has_been_given_back(recording):
    kernels.recording.expect("bias")
    add_row()
    kernels.scratch.reserve("test of recordings", 1 << 20)
    assert not recording.is_whole()
    kernels.scratch.release()


def test_jobs_whose_length_nobody_tells(recording):
    kernels.recording.expect("loop")
    kernels.launch.run(kernels.maps._add_rows.address(np.float32), kernels.scratch.reserve("job", 64)[1], 0, False)
    kernels.recording.complete("loop")
    assert recording.is_spoiled


def test_one_at_a_time(recording):
    assert kernels.recording.begin() is None
    kernels.recording.end()
    again = kernels.recording.begin()
    assert again is not None
    kernels.recording.end()


def test_what_other_threads_launch(recording):
    thread = threading.Thread(target=add_row)
    thread.start()
    thread.join()
    assert recording.steps == []


def test_pointers_of_a_job_to_its_own_parts():
    """Those of a job that may have any are moved with it, and nothing else."""
    text, place = np.array([7, 1000, 1016, 1032]).tobytes(), 1000
    for at, wanted in ((place, lambda begin: [7, begin, begin + 16, 1032]), (0, lambda begin: [7, 1000, 1016, 1032])):
        memory = np.zeros(4, np.int64)
        kernels.recording.Job(text, at).put(memory)
        assert memory.tolist() == wanted(memory.ctypes.data), at


def test_shared_kernels_that_return_something(recording):
    """What comes out is taken to be the same again only where it is nothing."""
    planes, gradient, where = np.zeros(8, np.float32), np.ones(2, np.float32), np.array([1, 2])
    kernels.recording.expect("loop")
    assert kernels.pooling.max_backward(planes, gradient, where, 2) == 0
    assert recording.is_whole()
    np.testing.assert_array_equal(planes, [1, 0, 0, 0, 0, 1, 0, 0])
    kernels.recording.expect("loop")
    assert kernels.pooling.max_backward(planes, gradient, where + 9, 2) == 2
    assert not recording.is_whole()
