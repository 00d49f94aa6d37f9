"""How many threads kernels run on."""

import contextlib

from torchnn import kernels


@contextlib.contextmanager
def threads(count):
    """Kernels run on so many threads."""
    before = kernels.thread_count()
    kernels.set_threads(count)
    try:
        yield
    finally:
        kernels.set_threads(before)
