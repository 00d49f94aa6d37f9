"""Torch7's quicksort and quickselect, element by element: they decide about the order of equals."""

SMALL = 10  # parts of so many elements are left to insertion, and rows of one more


def _part(pairs, first, last):
    """Part pairs of a number and its place by a median of three; where the right part begins, and the pivot is."""

    def exchange(i, j):
        pairs[i], pairs[j] = pairs[j], pairs[i]

    exchange((first + last) // 2, first + 1)
    for i, j in ((first + 1, last), (first, last), (first + 1, first)):
        if pairs[i][0] > pairs[j][0]:
            exchange(i, j)
    pivot, i, j = pairs[first][0], first + 1, last
    while True:
        i = next(k for k in range(i + 1, last + 1) if not pairs[k][0] < pivot)
        j = next(k for k in range(j - 1, first - 1, -1) if not pairs[k][0] > pivot)
        if j < i:
            break
        exchange(i, j)
    exchange(first, j)
    return i, j


def quicksorted(numbers):
    """The places, from 0, of numbers in rising order."""
    pairs = [(x, k) for k, x in enumerate(numbers)]
    parts = [(0, len(pairs) - 1)] if len(pairs) > SMALL + 1 else []
    while parts:
        first, last = parts.pop()
        i, j = _part(pairs, first, last)
        parts += [(a, b) for a, b in ((first, j - 1), (i, last)) if b - a + 1 > SMALL]
    for i in reversed(range(len(pairs) - 1)):
        behind = i + 1
        while behind < len(pairs) and pairs[behind][0] < pairs[i][0]:
            behind += 1
        pairs.insert(behind - 1, pairs.pop(i))
    return [k for _, k in pairs]


def quickselected(numbers, rank):
    """The places, from 0, of numbers after the one of a rank, from 0, was brought to its place."""
    pairs = [(x, k) for k, x in enumerate(numbers)]
    first, last = 0, len(pairs) - 1
    while last > first + 1:
        i, j = _part(pairs, first, last)
        if j <= rank:
            first = i
        if j >= rank:
            last = j - 1
    if last == first + 1 and pairs[first][0] > pairs[last][0]:
        pairs[first], pairs[last] = pairs[last], pairs[first]
    return [k for _, k in pairs]
