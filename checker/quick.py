"""`dataclass` as in the standard library, but several times quicker to define, which every start of the program pays.

Only `__init__` is generated; the methods that compare and show an object are shared functions. `frozen` is for the
type checker, which refuses assignments, and decides about hashing; nothing enforces it at run time, so that objects
are quicker to build as well.
"""

import dataclasses
from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass"]


def _quick(
    cls: type[Any] | None = None, /, *, slots: bool = False, frozen: bool = False, eq: bool = True
) -> type[Any] | Callable[[type[Any]], type[Any]]:
    """A class made of its fields, with the options of the standard one that are used here."""
    if cls is None:
        return lambda cls: _made(cls, slots, frozen, eq)
    return _made(cls, slots, frozen, eq)


def _made(cls: type[Any], slots: bool, frozen: bool, eq: bool) -> type[Any]:
    made: Any = dataclasses.dataclass(cls, slots=slots, eq=False, repr=False)
    fields = tuple(made.__dataclass_fields__)
    made.__repr__ = _repr
    if eq:
        content = attrgetter(*fields)
        made.__eq__ = lambda one, other: content(one) == content(other) if type(one) is type(other) else NotImplemented
        made.__hash__ = (lambda one: hash(content(one))) if frozen else None
    return made  # type: ignore[no-any-return]


def _repr(one: Any) -> str:
    shown = (f"{f.name}={getattr(one, f.name)!r}" for f in dataclasses.fields(one) if f.repr)
    return f"{type(one).__qualname__}({', '.join(shown)})"


if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    dataclass = _quick
