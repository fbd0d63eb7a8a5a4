"""unsatisfiable: nothing that takes place can keep all that is asked of it, so that none of its sort is permitted."""

from collections.abc import Iterator
from itertools import combinations

from checker.bounds import Number
from checker.definitions import Definitions
from checker.interval import Between
from checker.lint.book import Asked, Book, called, listed
from checker.lint.patterns import implies, possible, together
from checker.lint.reach import Schedule
from checker.lint.remark import Remark
from checker.lint.spells import base, opening
from checker.measure import NONE_ALLOWED, Holds, Lag, Length, OnEvents, OnIntervals, Rule, Value
from checker.pattern import AnyOf, Compare, Not, Pattern
from checker.strictness import same
from checker.timeline import format_duration
from checker.wording import amount

CODE = "unsatisfiable"


def check(book: Book) -> Iterator[Remark]:
    """Lengths that fit no hours and no budget, values that keep not all limits, conditions that exclude each other."""
    for asked in book.plain:
        if isinstance(asked.rule.measure, Length) and asked.rule.limit.at_least:
            yield from _too_long(book, asked)
    yield from _values(book)
    yield from _conditions(book)


def _too_long(book: Book, asked: Asked) -> Iterator[Remark]:
    least = asked.rule.limit.at_least
    schedule = Schedule(book, asked)
    longest = schedule.longest
    cap = schedule.length()
    what = called(asked.rule.on)
    for found in (longest, cap):
        if found is not None and least is not None and found.value < least:
            others = [one.id for one in found.rests_on]
            yield book.clash(
                CODE, asked, ("at_least",), others,
                f"no {what} is permitted{book.under}: {asked.id} asks each to last at least "
                f"{format_duration(int(least))}, and {listed(others)} keeps it to {format_duration(found.value)} "
                f"({found.because})",
            )  # fmt: skip
            return
    yield from _ended_too_soon(book, asked, int(least or 0), what)


def _ended_too_soon(book: Book, asked: Asked, least: int, what: str) -> Iterator[Remark]:
    """A duty to end it sooner after its beginning than it has to last."""
    on = asked.rule.on
    inner = base(on.spell) if isinstance(on, OnIntervals) else None
    if not isinstance(on, OnIntervals) or not isinstance(inner, Between):
        return
    opens = opening(on.spell)
    for other in book.plain:
        lag, most = other.rule.measure, other.rule.limit.at_most
        if not isinstance(lag, Lag) or most is None or most >= least or not isinstance(other.rule.on, OnEvents):
            continue
        if other.rule.on.during is not None or lag.released_by is not None or opens is None:
            continue
        if implies(opens, other.rule.on.pattern, book.definitions) and same(lag.pattern, inner.closes):
            yield book.clash(
                CODE, asked, ("at_least",), (other.id,),
                f"no {what} is permitted{book.under}: {asked.id} asks each to last at least {format_duration(least)}, "
                f"and {other.id} asks for its end within {format_duration(int(most))}",
            )  # fmt: skip
            return


# ---- one number, several limits ----


def _values(book: Book) -> Iterator[Remark]:
    values = [asked for asked in book.plain if isinstance(asked.rule.measure, Value)]
    for one, two in combinations(values, 2):
        if not _same_field(one.rule, two.rule) or not _meet(book, one.rule, two.rule):
            continue
        for low, high in ((one, two), (two, one)):
            least, most = low.rule.limit.at_least, high.rule.limit.at_most
            if least is None or most is None or not _apart(least, most, low.rule, high.rule):
                continue
            field, unit = low.rule.measure.field, low.rule.unit  # type: ignore[union-attr]
            yield book.clash(
                CODE, high, ("at_most", "exactly"), (low.id,),
                f"no {field} of {called(one.rule.on)} keeps both{book.under}: {low.id} asks for at "
                f"least {amount(least, unit)}, {high.id} for at most {amount(most, unit)}",
            )  # fmt: skip
            break


def _apart(least: Number, most: Number, low: Rule, high: Rule) -> bool:
    return least > most or (least == most and (low.limit.exclusive or high.limit.exclusive))


def _same_field(one: Rule, two: Rule) -> bool:
    mine, theirs = one.measure, two.measure
    return (
        isinstance(mine, Value) and isinstance(theirs, Value) and (mine.field, mine.unit) == (theirs.field, theirs.unit)
    )


def _meet(book: Book, one: Rule, two: Rule) -> bool:
    """Whether both are asked of one event, at one time."""
    if one.start >= two.end or two.start >= one.end:
        return False
    return _both(one, two) is not None and possible(_both(one, two), book.definitions)  # type: ignore[arg-type]


def _both(one: Rule, two: Rule) -> Pattern | None:
    if not isinstance(one.on, OnEvents) or not isinstance(two.on, OnEvents):
        return None
    if not same((one.on.during, one.on.outside), (two.on.during, two.on.outside)):
        return None
    return together(one.on.pattern, two.on.pattern)


# ---- conditions that exclude each other ----


def _conditions(book: Book) -> Iterator[Remark]:
    """Of events of one sort each of two rules permits some, and the two together none."""
    rules = [
        (asked, refused) for asked in book.plain if (refused := _refused(asked.rule, book.definitions)) is not None
    ]
    told: set[tuple[str, str]] = set()
    for (one, no), (two, nor) in combinations(rules, 2):
        key = (one.id, two.id)
        if key in told or (isinstance(one.rule.measure, Value) and isinstance(two.rule.measure, Value)):
            continue
        types = [asked.rule.on.pattern.types for asked in (one, two)]  # type: ignore[union-attr]
        if None not in types and not types[0] & types[1]:  # type: ignore[operator]
            continue
        both = _both(one.rule, two.rule)
        if both is None or not _meet(book, one.rule, two.rule):
            continue
        known = book.definitions
        if not possible(together(both, Not(no)), known) or not possible(together(both, Not(nor)), known):
            continue  # one of them alone permits none: that is told as a prohibition
        if not possible(together(both, Not(no), Not(nor)), known):
            told.add(key)
            yield book.clash(
                CODE, two, ("require", "event"), (one.id,),
                f"no {called(OnEvents(both))} keeps both {one.id} and {two.id}{book.under}: what one permits "
                "the other does not",
            )  # fmt: skip


def _refused(rule: Rule, definitions: Definitions) -> Pattern | None:
    """The events that the rule does not permit, among those that it looks at."""
    if not isinstance(rule.on, OnEvents):
        return None
    if isinstance(rule.measure, Holds) and rule.limit == NONE_ALLOWED:
        return rule.measure.pattern
    if isinstance(rule.measure, Value):
        measure, limit = rule.measure, rule.limit
        if definitions.field_type(rule.on.pattern.types, measure.field) != "number":
            return None
        parts: list[Pattern] = []
        if limit.at_least is not None:
            parts.append(Compare(measure.field, "<=" if limit.exclusive else "<", limit.at_least))
        if limit.at_most is not None:
            parts.append(Compare(measure.field, ">=" if limit.exclusive else ">", limit.at_most))
        return AnyOf(tuple(parts))
    return None
