"""What was found for one rule and may serve others, within bounds of memory."""

from collections.abc import Callable, Hashable, Iterator
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
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
            arrays = {id(array): array.nbytes for array in _arrays_of(found)}
            known = (found, sum(arrays.values()))
            self.size += known[1]
        self._found[name] = known
        while self.size > self._most and len(self._found) > 1:
            self.size -= self._found.pop(next(iter(self._found)))[1]
        made: Found = known[0]
        return made


def _arrays_of(thing: Any) -> Iterator[Array]:
    """The arrays that it is made of, to which nobody may write any more: others are given the same."""
    if isinstance(thing, np.ndarray):
        thing.setflags(write=False)
        yield thing
    elif isinstance(thing, tuple):
        for part in thing:
            yield from _arrays_of(part)
    elif hasattr(thing, "__dataclass_fields__"):
        for name in thing.__dataclass_fields__:
            yield from _arrays_of(getattr(thing, name))
