"""Starts the programs that run beside the tests as soon as these are chosen."""

import pytest

from tests.kernels.beside import Program, Queue

QUEUE = pytest.StashKey[Queue]()


def pytest_collection_finish(session):
    queue = session.config.stash[QUEUE] = Queue()
    for item in session.items:
        program = getattr(item, "callspec", None) and item.callspec.params.get("output")
        if isinstance(program, Program) and not session.config.option.collectonly:
            queue.add(program)


def pytest_unconfigure(config):
    if QUEUE in config.stash:
        config.stash[QUEUE].close()


@pytest.fixture
def output(request):
    """What the program of a test wrote; an error where it failed."""
    done = request.config.stash[QUEUE].result(request.param)
    assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-2000:]
    return done.stdout
