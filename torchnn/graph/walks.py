"""Ways through a directed graph, without calls in calls: no chain of nodes is too long for them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

Following = Callable[[Any], Iterable[Any]]


def breadth_first(start: Any, following: Following) -> Iterator[Any]:
    """The nodes that can be reached, the nearest first."""
    seen, waiting = {start}, deque([start])
    while waiting:
        node = waiting.popleft()
        yield node
        for child in following(node):
            if child not in seen:
                seen.add(child)
                waiting.append(child)


def depth_first(starts: Iterable[Any], following: Following) -> Iterator[tuple[bool, Any]]:
    """Each node that can be reached twice: with True when it is entered, with False when all behind it is done."""
    seen = set()
    for start in starts:
        if start in seen:
            continue
        seen.add(start)
        yield True, start
        path = [(start, iter(following(start)))]
        while path:
            node, rest = path[-1]
            child = next((child for child in rest if child not in seen), None)
            if child is None:
                path.pop()
                yield False, node
            else:
                seen.add(child)
                yield True, child
                path.append((child, iter(following(child))))


def postorder(starts: Iterable[Any], following: Following) -> list[Any]:
    """The nodes that can be reached, each after those behind it."""
    return [node for entered, node in depth_first(starts, following) if not entered]


def has_cycle(starts: Iterable[Any], following: Following) -> bool:
    """Whether a way from one of the nodes comes back to where it was."""
    place = {node: i for i, node in enumerate(postorder(starts, following))}
    return any(place[child] >= i for node, i in place.items() for child in following(node))
