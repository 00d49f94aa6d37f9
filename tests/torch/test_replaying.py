"""Records of calls, and what compiled code makes of them."""

import threading

import numpy as np
import pytest

from torchnn import kernels, torch
from torchnn.torch import native, replaying


@pytest.fixture(autouse=True)
def compiled_calls():
    """Calls are compiled."""
    native.open_calls()


def recorded(function, kind, state=(), arguments=()):
    """The record of a call of a function of a kind."""
    recording = kernels.recording.begin()
    kernels.recording.expect(kind)
    try:
        function()
    finally:
        kernels.recording.end()
    record = replaying.record_of(recording, state, arguments)
    assert record is not None
    return record


def test_a_launch_is_made_again():
    rows, row = np.zeros((20, 30), np.float32), np.arange(30, dtype=np.float32)
    record = recorded(lambda: kernels.maps.add_row(rows, row), "bias")
    row += 1
    for _ in range(2):
        assert replaying.replay(record.words, (), ()) == kernels.recording.DONE
    np.testing.assert_array_equal(rows, np.tile(3 * np.arange(30) + 2, (20, 1)))


def test_jobs_with_factors_of_their_own():
    """A product whose factor lies in its job, which others have used since."""
    a, b = np.random.default_rng(0).random((2, 300, 300)).astype(np.float32)
    out = np.zeros((300, 300), np.float32)
    kernels.products.multiply(a, b, out, 0.5)  # takes the memory that it needs
    record = recorded(lambda: kernels.products.multiply(a, b, out, 0.5), "product")
    wanted = out.copy()
    kernels.products.multiply(a, b, out, 3)
    assert replaying.replay(record.words, (), ()) == kernels.recording.DONE
    np.testing.assert_array_equal(out, wanted)


def test_what_objects_have_to_be():
    """Numbers and tensors that are there again, in this order, and of these sizes."""
    x, y, empty, number = torch.FloatTensor(20, 30).zero(), torch.FloatTensor(30).fill(1), torch.FloatTensor(), 1.5
    state, arguments = (x, None, number, empty), (y, True, "text")
    record = recorded(lambda: kernels.maps.add_row(x.array, y.array), "bias", state, arguments)
    assert replaying.replay(record.words, state, arguments) == kernels.recording.DONE
    again = x.view(20, 30), None, number, torch.FloatTensor()
    assert replaying.replay(record.words, again, arguments) == kernels.recording.DONE, (
        "another tensor of these elements"
    )
    others = {
        "fewer": (state[:3], arguments),
        "more": (state, (*arguments, 1)),
        "a view": ((x.view(600), *state[1:]), arguments),
        "a part": ((x.narrow(1, 1, 10), *state[1:]), arguments),
        "turned": ((x.t(), *state[1:]), arguments),
        "a copy": ((x.clone(), *state[1:]), arguments),
        "another type": ((x.double(), *state[1:]), arguments),
        "no tensor": ((None, *state[1:]), arguments),
        "an empty tensor": ((empty, *state[1:]), arguments),
        "elements": ((*state[:3], y), arguments),
        "another number": ((x, None, float("1.5"), empty), arguments),
        "something": ((x, x, number, empty), arguments),
        "another truth": (state, (y, False, "text")),
    }
    before = x.clone()
    for name, (fields, given) in others.items():
        assert replaying.replay(record.words, fields, given) == 0, name
    np.testing.assert_array_equal(x.numpy(), before.numpy())


def test_what_cannot_be_a_record():
    """A list may change and be the same; a tensor that is not contiguous is copied for kernels."""
    x, row = torch.FloatTensor(20, 30).zero(), np.ones(30, np.float32)
    for thing in ([x], {}, x.t(), np.ones(3), object()):
        recording = kernels.recording.begin()
        kernels.recording.expect("bias")
        kernels.maps.add_row(x.array, row)
        kernels.recording.end()
        assert replaying.record_of(recording, (thing,), ()) is None, type(thing)
        assert replaying.record_of(recording, (), (thing,)) is None, type(thing)
        assert replaying.record_of(recording, (), ()) is not None


def one_thread_more(record):
    """Expect that more threads than there are work for this one."""
    record.words[2] += 1


def another_thread(record):
    """Expect another thread to call."""
    record.words[3] += 1


@pytest.mark.parametrize("change", [lambda _: kernels.scratch.release(), one_thread_more, another_thread])
def test_other_memory_or_threads(change):
    rows, row = np.zeros((20, 30), np.float32), np.ones(30, np.float32)
    record = recorded(lambda: kernels.maps.add_row(rows, row), "bias")
    assert replaying.replay(record.words, (), ()) == kernels.recording.DONE
    assert record.words[2:4].tolist() == [kernels.launch.threads(), threading.get_ident()]
    change(record)
    assert replaying.replay(record.words, (), ()) == 0


def flagged(source, target, mend):
    """A function that adds a row, and copies the flags that tell what came of it."""
    flags = kernels.recording.zeros(16, np.float32)
    kernels.maps.add_row(target[None], source)
    kernels.recording.fill(flags, source)
    kernels.recording.finite(flags, *mend)


def test_flags_that_are_up():
    """Python makes the call where there is no other way; else it is told, and does what is left."""
    source, target, mended = np.zeros(16, np.float32), np.zeros(16, np.float32), []
    recording = kernels.recording.begin()
    kernels.recording.expect("convolution")
    flagged(source, target, [lambda flags, array: mended.append((flags[3], array)), target])
    kernels.recording.complete("convolution")
    kernels.recording.end()
    record = replaying.record_of(recording, (), ())
    assert replaying.replay(record.words, (), ()) == kernels.recording.DONE
    source[3] = 5
    assert replaying.replay(record.words, (), ()) == kernels.recording.LEFT
    record.mend()
    assert len(mended) == 1
    assert mended[0][0] == 5
    target[3] = 7
    np.testing.assert_array_equal(mended[0][1], target, "it looks at the same memory")

    recording = kernels.recording.begin()
    kernels.recording.expect("convolution")
    source[3] = 0
    flagged(source, target, [])
    kernels.recording.complete("convolution")
    kernels.recording.end()
    record = replaying.record_of(recording, (), ())
    assert replaying.replay(record.words, (), ()) == kernels.recording.DONE
    source[3] = np.nan
    assert replaying.replay(record.words, (), ()) == 0
