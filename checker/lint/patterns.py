"""What follows from patterns by themselves: whether any event can match, and whether one implies another.

Answers are on the safe side: `possible` is False only if surely no record that the event catalogue allows can match,
and `implies` True only if surely every event that matches the one matches the other. An event that lacks a field which
it ought to carry matches nothing surely, and is left aside.
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Any, NamedTuple

from checker.bounds import INFINITY, Number
from checker.catalogue import COMMON, ENVELOPE, Field
from checker.definitions import Definitions
from checker.limits import limit
from checker.pattern import (
    AllOf,
    AnyOf,
    Compare,
    HasText,
    Is,
    IsType,
    Listed,
    Matches,
    Not,
    Pattern,
    Present,
    SameAs,
    equal,
)
from checker.strictness import same

MAX_CASES = limit("cases")
"""Alternatives of one pattern that are looked at; one with more counts as possible."""


class TooMany(Exception):
    """A pattern with too many alternatives to look at."""


class Test(NamedTuple):
    """A part of a pattern that asks one thing, and whether it has to hold or must not."""

    part: Any
    holds: bool


Case = tuple[Test, ...]
"""Tests that must all come out as they say: one way in which a pattern can hold."""


def possible(pattern: Pattern, definitions: Definitions) -> bool:
    """Whether some event may match."""
    try:
        return any(_possible(case, definitions) for case in cases(pattern))
    except TooMany:
        return True


def implies(one: Pattern, other: Pattern, definitions: Definitions) -> bool:
    """Whether every event that matches the one matches the other."""
    if other.types is not None and (one.types is None or not one.types & other.types):
        return False
    return same(one, other) or not possible(AllOf((one, Not(other))), definitions)


def together(*patterns: Pattern) -> Pattern:
    """What matches all of them."""
    return patterns[0] if len(patterns) == 1 else AllOf(tuple(patterns))


def cases(pattern: Pattern, holds: bool = True) -> list[Case]:
    """The ways in which it can hold (or not hold)."""
    if isinstance(pattern, Not):
        return cases(pattern.part, not holds)
    if isinstance(pattern, (AllOf, AnyOf)):
        parts = [cases(part, holds) for part in pattern.parts]
        if isinstance(pattern, AllOf) is not holds:
            return _bounded([case for part in parts for case in part])
        found: list[Case] = [()]
        for part in parts:
            found = _bounded([(*one, *two) for one in found for two in part])
        return found
    return [(Test(pattern, holds),)]


def _bounded(found: list[Case]) -> list[Case]:
    if len(found) > MAX_CASES:
        raise TooMany
    return found


def _possible(case: Case, definitions: Definitions) -> bool:
    return any(_fields(case, name, definitions) is not None for name in _types(case, definitions))


def _types(case: Case, definitions: Definitions) -> Iterator[str]:
    """The types of which an event that fits the case can be; "" for one that is not in the catalogue."""
    named = [test for test in case if isinstance(test.part, IsType)]
    wanted = [test.part.names for test in named if test.holds]
    refused = frozenset().union(*(test.part.names for test in named if not test.holds))
    names = sorted(frozenset.intersection(*wanted)) if wanted else (*definitions.catalogue.types, "")
    yield from (name for name in names if name not in refused)


def _fields(case: Case, type_name: str, definitions: Definitions) -> dict[str, Any] | None:
    """A value for each field that is tested, None for a field that is not there; None if no values fit."""
    by_field: dict[str, list[Test]] = {}
    for test in case:
        if not isinstance(test.part, IsType):
            by_field.setdefault(test.part.field, []).append(test)
    found: dict[str, Any] = {}
    for name, tests in by_field.items():
        value = next(_fitting(name, tests, type_name, definitions), _NOTHING)
        if value is _NOTHING:
            return None
        found[name] = value
    return found


class _Nothing:
    """No value at all fits."""


_NOTHING = _Nothing()
ANY_VALUE = "any"
"""Stands for a value of which nothing more is known than that it is there."""


def _fitting(name: str, tests: list[Test], type_name: str, definitions: Definitions) -> Iterator[Any]:
    """Values of a field that pass all tests (what the tests do not say counts as passed)."""
    declared = definitions.catalogue.fields_of(type_name).get(name)
    if not _may_be_absent(name, declared):
        tests = [test for test in tests if not (isinstance(test.part, Present) and test.holds)]
    for value in (*_candidates(name, tests, declared, definitions), *_absent(name, declared)):
        if all(_passes(value, test, declared, definitions) for test in tests):
            yield value


def _may_be_absent(name: str, declared: Field | None) -> bool:
    if name in ("time", "type"):
        return False
    return declared is None or declared.optional or name in ENVELOPE or name in COMMON


def _absent(name: str, declared: Field | None) -> tuple[None, ...]:
    return (None,) if _may_be_absent(name, declared) else ()


def _kind(name: str, declared: Field | None) -> str:
    if name in ("seq", "missing_before"):
        return "number"
    if name in ("time", "recorded_at", "received_at"):
        return "instant"
    if name in ENVELOPE or name in COMMON or name == "reference":
        return "text"
    return "" if declared is None else declared.type


def _candidates(name: str, tests: list[Test], declared: Field | None, definitions: Definitions) -> Iterable[Any]:
    """Values such that one of them passes if any value does, as far as the tests are understood."""
    kind = _kind(name, declared)
    if declared is not None and declared.values and kind == "text":
        return list(declared.values)
    if kind == "flag":
        return [True, False]
    if kind in ("number", "instant"):
        return _numbers(test.part for test in tests)
    if kind == "text":
        found: dict[Any, None] = {}
        for test in tests:
            if isinstance(test.part, Is):
                found |= dict.fromkeys(value for value in test.part.values if isinstance(value, str))
            elif isinstance(test.part, Listed):
                found |= dict.fromkeys(entry.member for entry in definitions.registers[test.part.register].entries)
            elif isinstance(test.part, HasText):
                found[test.part.text] = None
        fresh = next(f"X-{n}" for n in range(1, len(found) + 2) if f"X-{n}" not in found)
        return [*found, fresh]
    return [ANY_VALUE]


def _numbers(parts: Iterable[Any]) -> list[Number]:
    """The numbers that are named, one between each two, and one beyond each end."""
    named: set[Number] = set()
    for part in parts:
        if isinstance(part, Compare):
            named.add(part.value)
        elif isinstance(part, Is):
            named |= {v for v in part.values if isinstance(v, (int, Decimal)) and not isinstance(v, bool)}
    if not named:
        return [1]
    ordered = sorted(named)
    middle = [low + (high - low) / Decimal(2) for low, high in pairwise(map(Decimal, ordered))]
    return [*ordered, *middle, ordered[0] - 1, ordered[-1] + 1]


def _passes(value: Any, test: Test, declared: Field | None, definitions: Definitions) -> bool:
    """Whether a value may come out of a test as wanted; what is not understood counts as yes."""
    part = test.part
    if value is None:
        return not test.holds
    if isinstance(part, Present):
        return (value != "") is test.holds
    if value is ANY_VALUE or isinstance(value, _Nothing):
        return True
    if isinstance(part, Is):
        return any(equal(value, wanted) for wanted in part.values) is test.holds
    if isinstance(part, Compare):
        return bool(part.holds(value, None, {})) is test.holds  # type: ignore[arg-type]
    if isinstance(part, Listed):
        ever, always = members(part.register, definitions)
        if test.holds:
            return ever is None or value in ever
        return value not in always
    if isinstance(part, (HasText, Matches)) and declared is not None and declared.values:
        return bool(part.holds(value, None, {})) is test.holds  # type: ignore[arg-type]
    return True


def members(register: str, definitions: Definitions) -> tuple[set[str] | None, set[str]]:
    """Who may ever be listed (None if the log may add anyone), and who always is."""
    found = definitions.registers[register]
    ever = {entry.member for entry in found.entries}
    amended = found.amended_by is not None and found.amended_by in definitions.catalogue.types
    always = {e.member for e in found.entries if e.start == -INFINITY and e.end == INFINITY}
    return (None, set()) if amended else (ever, always)


def leaves(pattern: Pattern) -> Iterator[Any]:
    """The single tests that a pattern is made of."""
    if isinstance(pattern, (AllOf, AnyOf)):
        for part in pattern.parts:
            yield from leaves(part)
    elif isinstance(pattern, Not):
        yield from leaves(pattern.part)
    else:
        yield pattern


def example(pattern: Pattern, definitions: Definitions, fixed: Mapping[str, Any]) -> dict[str, Any] | None:
    """Type and fields of a record that should match, with these fields as they are; None if none is found."""
    try:
        for case in cases(pattern):
            for name in _types(case, definitions):
                chosen = _fields(case, name, definitions) if name else None
                if chosen is None or any(isinstance(test.part, (Matches, SameAs)) for test in case):
                    continue
                return {"type": name, **_record(name, chosen, definitions, fixed)}
    except TooMany:
        pass
    return None


def _record(name: str, chosen: Mapping[str, Any], definitions: Definitions, fixed: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for field, declared in definitions.catalogue.fields_of(name).items():
        if field in fixed:
            made[field] = fixed[field]
        elif chosen.get(field) is not None:
            made[field] = _written(chosen[field], declared)
        elif field not in chosen and not declared.optional:
            made[field] = _plain(declared)
    return made


def _written(value: Any, declared: Field) -> Any:
    if value is ANY_VALUE or declared.type in ("list", "mapping", "instant"):
        return _plain(declared)
    return value


def _plain(declared: Field) -> Any:
    """A value of the type, where nothing is asked of it."""
    if declared.values:
        return declared.values[0]
    return {"number": 1, "flag": True, "list": ["X-1"], "mapping": {}, "instant": "2031-01-01T00:00:00Z"}.get(
        declared.type, "X-1"
    )


__all__ = ["ANY_VALUE", "example", "implies", "leaves", "members", "possible", "together"]
