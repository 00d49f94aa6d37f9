import pytest

from torchnn import nngraph
from torchnn.nn import calls


@pytest.fixture(autouse=True)
def calls_make_nodes(fresh_state):
    """As after a program has imported nngraph."""
    with calls.meaning(nngraph.connect):
        yield
