"""Time for one more conversation, of several variants in turn, so that all share the machine's moods."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass

ROUNDS = 5


@dataclass(frozen=True)
class Variant:
    """One way of reading conversations.

    Attributes:
        seconds: Reads so many conversations, and tells how long that took.
        small: How many tell what start-up takes.
        large: How many tell what conversations take.
    """

    seconds: Callable[[int], float]
    small: int
    large: int


def microseconds(variants: Mapping[str, Variant]) -> dict[str, float]:
    """Time for one more conversation, by variant.

    Every round measures all of them, and a time is the median of its rounds: the least would favour variants
    that take so short a time that a good moment holds all of it.
    """
    small: dict[str, list[float]] = {name: [] for name in variants}
    large: dict[str, list[float]] = {name: [] for name in variants}
    for _ in range(ROUNDS):
        for name, variant in variants.items():
            small[name].append(variant.seconds(variant.small))
            large[name].append(variant.seconds(variant.large))
    return {
        name: (statistics.median(large[name]) - statistics.median(small[name]))
        / (variant.large - variant.small)
        * 1e6
        for name, variant in variants.items()
    }
