"""Data classes that are frozen by the type checker alone.

At run time `frozen=True` makes each field of each new object cost a call of `object.__setattr__`: for the two objects
that every job gets, the envelope and the context, that was 3 µs of the 60 that a job cost.
"""

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

T = TypeVar("T")

if TYPE_CHECKING:
    from dataclasses import dataclass as checked_dataclass
else:

    def checked_dataclass(*, frozen: bool, slots: bool) -> Callable[[type[T]], type[T]]:
        """`dataclasses.dataclass`, but who assigns to a field hears of it from the type checker and not at run time."""
        return dataclasses.dataclass(slots=slots, unsafe_hash=frozen)


__all__ = ["checked_dataclass"]
