"""Choices that look free and are not: the same seed and purpose give the same choice, on every machine."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any, TypeVar

import orjson

T = TypeVar("T")


class Dice:
    """Throws decided by what they are thrown for, not by how many were thrown before."""

    def __init__(self, seed: Any) -> None:
        """`seed` is anything that JSON can say."""
        self._seed = blake2b(orjson.dumps(seed, option=orjson.OPT_SORT_KEYS), digest_size=16).digest()

    def throw(self, purpose: str) -> int:
        """A number from 0 to 2⁶⁴ - 1."""
        return int.from_bytes(blake2b(purpose.encode(), key=self._seed, digest_size=8).digest())

    def choose(self, options: Sequence[T], purpose: str) -> T:
        """One of `options`, which must not be empty."""
        return options[self.throw(purpose) % len(options)]

    def rotate(self, options: Sequence[T], purpose: str, turn: int) -> Sequence[T]:
        """All of `options` in their circle, from a place that the dice choose and each `turn` moves on by one."""
        first = (self.throw(purpose) + turn) % len(options)
        return [*options[first:], *options[:first]]
