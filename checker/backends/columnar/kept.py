"""What was found for one rule and may serve others, within bounds of memory."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

import numpy as np

Found = TypeVar("Found")


class Kept:
    """Things by what they mean; of more than so many bytes those go first that were not asked for longest."""

    def __init__(self, most: int) -> None:
        """`most` bytes of arrays are kept, and always what was found last."""
        self._most, self.size = most, 0
        self._found: dict[Hashable, tuple[Any, int]] = {}

    def __len__(self) -> int:
        return len(self._found)

    def of(self, name: Hashable, find: Callable[[], Found]) -> Found:
        """What goes by this name: `find` is called where it is not there, or no longer."""
        known = self._found.pop(name, None)  # it is the last again
        if known is None:
            found = find()
            known = (found, _bytes_of(found))
            self.size += known[1]
        self._found[name] = known
        while self.size > self._most and len(self._found) > 1:
            self.size -= self._found.pop(next(iter(self._found)))[1]
        made: Found = known[0]
        return made


def _bytes_of(thing: Any) -> int:
    """How many bytes its arrays take, which nobody may write to any more: others are given the same."""
    if isinstance(thing, np.ndarray):
        thing.setflags(write=False)
        return int(thing.nbytes)
    if isinstance(thing, tuple):
        return sum(_bytes_of(part) for part in thing)
    if isinstance(thing, list):
        return 100 * len(thing)
    held = getattr(thing, "__dict__", None)
    return sum(_bytes_of(part) for part in held.values()) if held and hasattr(thing, "__dataclass_fields__") else 0
