"""How one constraint stands to another by the rulebook alone: what keeps the one keeps the other, whatever the log.

That follows from limits where all else is the same, from windows that lie inside one another, from a constraint that
is not in force, and from nothing else here. Wherever it does not follow, the two are incomparable, and it is said why.
"""

from collections.abc import Sequence
from typing import Any

from checker.bounds import INFINITY, Number
from checker.constraint import Constraint
from checker.measure import (
    NONE_ALLOWED,
    Deviation,
    Distance,
    Holds,
    Lag,
    Lead,
    Length,
    Limit,
    Portion,
    Rule,
    Total,
    Value,
    Within,
)
from checker.pattern import ANYTHING
from checker.wording import limits

EQUAL, STRICTER, LOOSER, INCOMPARABLE = "equal", "stricter", "looser", "incomparable"


def same(one: Any, two: Any) -> bool:
    """Whether two parts of the core language are the same. Plain tuples would be equal whatever they stand for."""
    if isinstance(one, tuple) and isinstance(two, tuple):
        return type(one) is type(two) and len(one) == len(two) and all(map(same, one, two))
    return bool(one == two)


def by_rulebook(first: Constraint, second: Constraint) -> tuple[str, list[str]]:
    """How the second stands to the first, whatever the log, and why."""
    if not first.in_force or not second.in_force:
        if first.in_force == second.in_force:
            return EQUAL, ["not in force under either"]
        return (LOOSER, ["not in force under the second"]) if first.in_force else (
            STRICTER, ["not in force under the first"],
        )  # fmt: skip
    mine = [rule for clause in first.clauses for rule in clause.rules]
    theirs = [rule for clause in second.clauses for rule in clause.rules]
    if len(mine) == len(theirs) and all(map(same, mine, theirs)):
        return EQUAL, []
    mine_only = [r for r in mine if not any(same(r, other) for other in theirs)]
    theirs_only = [r for r in theirs if not any(same(r, other) for other in mine)]
    if not theirs_only:
        return LOOSER, [f"{_many(len(mine_only))} fewer under the second"]
    if not mine_only:
        return STRICTER, [f"{_many(len(theirs_only))} more under the second"]
    if forbid_all(theirs_only, mine_only):
        return STRICTER, ["none is permitted under the second"]
    if forbid_all(mine_only, theirs_only):
        return LOOSER, ["none is permitted under the first"]
    if len(mine_only) != len(theirs_only):
        return INCOMPARABLE, ["of another form"]
    because: list[str] = []
    found = []
    for one, two in zip(mine_only, theirs_only, strict=True):
        relation, why = by_rules(one, two)
        found.append(relation)
        because += why
    return together(found), list(dict.fromkeys(because))


def together(relations: Sequence[str]) -> str:
    """The relation of wholes whose parts stand so."""
    parts = set(relations) - {EQUAL}
    if not parts:
        return EQUAL
    return parts.pop() if len(parts) == 1 else INCOMPARABLE


OF_EACH = (Deviation, Distance, Holds, Lag, Lead, Length, Portion, Value, Within)
"""Measures that ask something of occasions that take place, and nothing where none does."""


def forbid_all(rules: Sequence[Rule], others: Sequence[Rule]) -> bool:
    """Whether one of the rules is broken by every occasion on which the others ask anything."""
    return any(
        (
            (isinstance(rule.measure, Length) and rule.limit == Limit(at_most=0, exclusive=True))
            or (same(rule.measure, Holds(ANYTHING)) and rule.limit == NONE_ALLOWED)
        )
        and all(
            isinstance(other.measure, OF_EACH)
            and same((other.on, other.start, other.end), (rule.on, rule.start, rule.end))
            for other in others
        )
        for rule in rules
    )


def _many(count: int) -> str:
    return f"{count} part{'' if count == 1 else 's'}"


def by_rules(one: Rule, two: Rule) -> tuple[str, list[str]]:
    """How the second of two rules stands to the first, whatever the log, and why."""
    found, why = [], []
    if not same(one._replace(limit=two.limit, measure=two.measure), two):
        return INCOMPARABLE, ["asked on other occasions, or at other times" if type(one.measure) is type(two.measure)
                              else "of another form"]  # fmt: skip
    if not same(one.measure, two.measure):
        windows = _windows(one, two)
        if windows is None:
            return INCOMPARABLE, ["another quantity is measured, or set against something else"]
        found.append(windows)
        why.append(f"the window is {'longer' if windows == STRICTER else 'shorter'} under the second")
    if one.limit != two.limit:
        found.append(_limits(one.limit, two.limit))
        unit = one.unit
        why.append(f"{limits(one.limit, unit)} under the first, {limits(two.limit, unit)} under the second")
    return together(found), why


_INSIDE = ("day", "month", "year")
"""Calendar windows each of which lies inside one of the next."""


def _windows(one: Rule, two: Rule) -> str | None:
    """How a total over another window stands, if nothing else is measured otherwise; None where that tells nothing.

    A longer window holds no less, and a total that may be at most so much is then harder to keep. Not so where what is
    added may be negative, or a least total is asked for.
    """
    mine, theirs = one.measure, two.measure
    if not isinstance(mine, Total) or not isinstance(theirs, Total) or mine._replace(window=theirs.window) != theirs:
        return None
    sides = (one.limit.at_least, two.limit.at_least)
    if mine.of not in ("duration", "count") or sides != (None, None):
        return None
    a, b = mine.window, theirs.window
    if a.since != b.since or a.periods != b.periods:
        return None
    if a.rolling is not None and b.rolling is not None:
        return STRICTER if a.rolling < b.rolling else LOOSER
    names = [str(window.unit or "") for window in (a, b)]
    if a._replace(unit=b.unit) == b and (a.anchor == (1, 1)) and all(name in _INSIDE for name in names):
        return STRICTER if _INSIDE.index(names[0]) < _INSIDE.index(names[1]) else LOOSER
    return None


def _limits(one: Limit, two: Limit) -> str:
    """Whatever keeps the stricter of two limits keeps the other."""

    def bounds(limit: Limit) -> tuple[tuple[Number, int], tuple[Number, int]]:
        least = -INFINITY if limit.at_least is None else limit.at_least
        most = INFINITY if limit.at_most is None else limit.at_most
        return (least, int(limit.exclusive)), (most, -int(limit.exclusive))

    (low, high), (other_low, other_high) = bounds(one), bounds(two)
    found = []
    if low != other_low:
        found.append(STRICTER if other_low > low else LOOSER)
    if high != other_high:
        found.append(STRICTER if other_high < high else LOOSER)
    return together(found)
