"""Compiled: the states of generators of random numbers."""

from __future__ import annotations

from torchnn.torch.generator import STATE_BYTES, is_possible
from torchnn.torch.native import library
from torchnn.torch.native.actions.results import INT, tensor_over
from torchnn.torch.native.actions.tensors import count_of, elements, new_array, taken
from torchnn.torch.native.layouts import ARRAY, GENERATOR, WORDS, words

# The action; where the state of the global generator is; the arguments with a generator, or -1, and with a saved state;
# the class of saved states, numpy's element type; and how many words there are in the table of a generator.
STATE = words("action", "state", "generator", "saved", "tensor", "element", "table")

# Of a state: words that are left, whether there is a seed, and which word is next.
LEFT, SEEDED, NEXT = 8, 12, 16

one_size = library.stack(1)


def state_of(state: int, generator: int, arguments: int) -> int:
    """Where a state is: that of the generator that is an argument, or of the global one where that is -1."""
    return state if generator < 0 else ARRAY(GENERATOR(WORDS(arguments)[generator].word).state).data


def get_state(program: int, arguments: int, context: int) -> int:
    """`torch.getRNGState([gen])`."""
    p, size = STATE(program), one_size()
    WORDS(size).word = STATE_BYTES
    made = new_array(p.element, 1, size, context)
    if made == 0:
        return 0
    library.move(ARRAY(made).data, state_of(p.state, p.generator, arguments), STATE_BYTES)
    return tensor_over(p.tensor, made, context)


def set_state(program: int, arguments: int, context: int) -> int:
    """`torch.setRNGState([gen,] state)`."""
    p, state = STATE(program), WORDS(arguments)[STATE(program).saved].word
    saved = elements(state, context)
    if saved == 0 or count_of(saved) != STATE_BYTES:
        return 0
    data = ARRAY(saved).data
    left, seeded, following = INT(data + LEFT).element, INT(data + SEEDED).element, WORDS(data + NEXT).word
    if not is_possible(left, seeded, following, p.table):
        return 0
    library.move(state_of(p.state, p.generator, arguments), data, STATE_BYTES)
    return taken(state)


ACTIONS = (get_state, set_state)
