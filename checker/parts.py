"""What rules are made of, and which records they may look at."""

from collections.abc import Iterable
from typing import Any

from checker.interval import Where
from checker.measure import Holds, Standing
from checker.pattern import Pattern


def parts_of(thing: Any) -> Iterable[Any]:
    """A rule, measure, expression or pattern, and everything that it is made of."""
    yield thing
    if isinstance(thing, tuple):
        for part in thing:
            yield from parts_of(part)
    elif hasattr(thing, "__dataclass_fields__") and hasattr(thing, "test"):
        for name in thing.__dataclass_fields__:
            yield from parts_of(getattr(thing, name))


def patterns_of(thing: Any) -> list[Pattern]:
    """Every pattern by which a rule or a part of it looks for events.

    Not those that it asks of events it has found.
    """
    if hasattr(thing, "test") and hasattr(thing, "types"):
        return [thing]
    if not isinstance(thing, tuple):
        return []
    asked = getattr(thing, _ASKED.get(type(thing), ""), None)
    return [pattern for part in thing if part is not asked for pattern in patterns_of(part)]


def types_of(thing: Any) -> frozenset[str] | None:
    """The types of every record that a rule or a part of it may look at; None if of all."""
    types: set[str] = set()
    for pattern in patterns_of(thing):
        if pattern.types is None:
            return None
        types |= pattern.types
    return frozenset(types)


_ASKED: dict[type, str] = {Holds: "pattern", Where: "pattern", Standing: "accept"}
