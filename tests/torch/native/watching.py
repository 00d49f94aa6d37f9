"""What runs in a call, and what is left of it."""

import contextlib
import gc
import sys
import tracemalloc


def frames(call):
    """The Python functions that run in a call."""
    names = []
    sys.setprofile(lambda frame, event, _: names.append(frame.f_code.co_name) if event == "call" else None)
    call()
    sys.setprofile(None)
    return names


@contextlib.contextmanager
def only_new_objects():
    """The collector looks at nothing but objects that are made within.

    To go through all that thousands of tests have left takes a third of a second each time.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def check_leaks(work, watched):
    """Check that some hundred calls leave no references to things, and no memory; once they are made before."""
    with only_new_objects():
        work()
        gc.collect()
        before = [sys.getrefcount(thing) for thing in watched]
        tracemalloc.start()
        work()
        gc.collect()
        left, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    grown_by = [sys.getrefcount(thing) - count for thing, count in zip(watched, before, strict=True)]
    assert max(map(abs, grown_by)) < 100, grown_by
    assert left < 100_000
