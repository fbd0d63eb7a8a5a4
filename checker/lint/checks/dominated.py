"""dominated: what is asked follows from another constraint, or is never reached as none of its sort is permitted."""

from collections.abc import Iterator
from typing import Any

from checker.constraint import Constraint
from checker.lint.book import Asked, Book, called, listed, name_of, ranged
from checker.lint.patterns import implies, leaves, possible, together
from checker.lint.remark import Remark
from checker.measure import (
    Deviation,
    Holds,
    Lag,
    Lead,
    Level,
    Measure,
    OnEvents,
    OnIntervals,
    Rule,
    Spacing,
    Total,
)
from checker.pattern import IsType, Pattern
from checker.rulebook import Rulebook
from checker.strictness import EQUAL, LOOSER, OF_EACH, by_rules, same

CODE = "dominated"


def check(book: Book) -> Iterator[Remark]:
    """First what is never permitted at all, in one remark for all that it makes unreachable; then pair by pair."""
    told: set[int] = set()
    for ruling, what in book.prohibited:
        yield from _unreachable(book, ruling, what, told)
    yield from _implied(book, told)


# ---- never permitted at all ----


def _unreachable(book: Book, ruling: Asked, what: object, told: set[int]) -> Iterator[Remark]:
    under = [
        asked for asked in book.asked
        if asked.at != ruling.at and asked.at not in told and _falls_under(book, asked, what)
        and not book.excused_apart(ruling.id, asked.id) and not _equal_prohibition(book, asked, ruling)
    ]  # fmt: skip
    wholly = {
        asked.id for asked in under if all(a in under or a.at == ruling.at for a in book.asked if a.id == asked.id)
    }
    wholly.discard(ruling.id)
    under = [asked for asked in under if asked.id in wholly]
    if not under:
        return
    told |= {asked.at for asked in under}
    ids = listed([asked.id for asked in under])
    elsewhere = _not_in_force(book, what)
    more = f"; {ranged(elsewhere)} would be too, and are not in force here" if elsewhere else ""
    activity = _called(what)
    yield book.on(
        CODE, ruling, ("interval", "event", "at_most", "exactly"),
        f"no {activity} is permitted{book.under}: {ruling.id} prohibits every one, so what is asked of one that takes "
        f"place is never reached: {ids}{more}",
        f"leave {ids} out of force under this position, or say on {ruling.id} that it is meant",
        constraints=(*(asked.id for asked in under), *elsewhere),
    )  # fmt: skip


def _equal_prohibition(book: Book, asked: Asked, ruling: Asked) -> bool:
    return by_rules(ruling.rule, asked.rule)[0] == EQUAL


def _falls_under(book: Book, asked: Asked, what: object) -> bool:
    measure = asked.rule.measure
    if isinstance(measure, Spacing) and measure.scope is not None:
        return book.falls_under(OnIntervals(measure.scope), what)  # type: ignore[arg-type]
    if not isinstance(measure, (*OF_EACH, Spacing, Level)) and not (
        isinstance(measure, Total) and asked.rule.limit.at_least is None
    ):
        return False
    if isinstance(measure, Spacing) and measure.edges:
        return False  # a report that is due although none may be given is a conflict
    return book.falls_under(asked.rule.on, what)  # type: ignore[arg-type]


def _called(what: Any) -> str:
    if not hasattr(what, "test"):
        return name_of(what)
    told = called(OnEvents(what))
    return told if all(isinstance(leaf, IsType) for leaf in leaves(what)) else f"{told} of that sort"


def _not_in_force(book: Book, what: object) -> list[str]:
    """Constraints not in force here that ask something of it, or of the records that only prepare it, elsewhere."""
    idle = [c.id for c in book.rulebook.constraints if not c.in_force]
    found: dict[str, None] = {}
    partners: list[Pattern] = []
    others = [other for other in book.books if other is not book.rulebook]
    for other in others:
        for constraint in _of(other, idle):
            for rule in _rules(constraint):
                if _about(book, rule, what):
                    found[constraint.id] = None
                    if isinstance(rule.measure, (Lead, Deviation)):
                        partners.append(rule.measure.pattern)
    types = frozenset().union(*(pattern.types or () for pattern in partners))
    for other in others:
        for constraint in _of(other, idle):
            ours = [rule.on.pattern.types for rule in _rules(constraint) if isinstance(rule.on, OnEvents)]
            if ours and len(ours) == len(_rules(constraint)) and all(t is not None and t <= types for t in ours):
                found[constraint.id] = None
    return [name for name in idle if name in found]


def _of(book: Rulebook, names: list[str]) -> list[Constraint]:
    return [constraint for constraint in book.constraints if constraint.id in names]


def _rules(constraint: Constraint) -> list[Rule]:
    return [rule for clause in constraint.clauses for rule in clause.rules]


def _about(book: Book, rule: Rule, what: object) -> bool:
    scope = getattr(rule.measure, "scope", None)
    if scope is not None and book.falls_under(OnIntervals(scope), what):  # type: ignore[arg-type]
        return True
    return book.falls_under(rule.on, what)  # type: ignore[arg-type]


# ---- implied by another ----


def _implied(book: Book, told: set[int]) -> Iterator[Remark]:
    for constraint in book.rulebook.constraints:
        mine = [asked for asked in book.asked if asked.id == constraint.id]
        if not mine or any(asked.at in told for asked in mine):
            continue
        by = [_by(book, asked) for asked in mine]
        strict = [found for found in by if found is not None]
        if len(strict) < len(mine):
            inner = [(a, b) for a, b in zip(mine, by, strict=True) if b is not None and b[0].id == constraint.id]
            for asked, found in inner:
                yield _remark(book, asked, [found], f"part {asked.clause + 1} of {constraint.id}")
            continue
        if not any(relation == LOOSER for _, relation, _ in strict):
            continue  # all the same: that is told as a duplicate
        yield _remark(book, mine[0], strict, constraint.id)


def _remark(book: Book, asked: Asked, by: list[tuple[Asked, str, str]], who: str) -> Remark:
    names = list(dict.fromkeys(other.id for other, _, _ in by))
    why = "; ".join(dict.fromkeys(reason for _, _, reason in by if reason))
    return book.on(
        CODE, asked, ("at_most", "at_least", "within", "exactly", "event", "of", "require"),
        f"{who} follows from {listed(names)}{book.under}: whatever keeps {listed(names)} keeps it "
        f"too{f' ({why})' if why else ''}",
        f"leave {who} out, or set it apart from {listed(names)}", constraints=names,
    )  # fmt: skip


def _by(book: Book, asked: Asked) -> tuple[Asked, str, str] | None:
    """A rule that implies this one, how this one stands to it, and why; None if there is none."""
    found = None
    for other in book.asked:
        if other.at == asked.at or type(other.rule.measure) is not type(asked.rule.measure):
            continue
        if book.excused_apart(other.id, asked.id):
            continue
        if other.id == asked.id and other.clause == asked.clause:
            continue
        relation = _stands(book, other.rule, asked.rule)
        if relation is None:
            continue
        found = (other, *relation)
        if relation[0] == LOOSER:
            return found
    return found


def _stands(book: Book, one: Rule, two: Rule) -> tuple[str, str] | None:
    """How the second stands to the first: LOOSER or EQUAL if whatever keeps the first keeps it; None otherwise."""
    if isinstance(one.measure, Holds) and isinstance(two.measure, Holds):
        return _prohibits(book, one, two)
    narrower = ""
    if not same(one.on, two.on):
        if not isinstance(one.measure, (*OF_EACH, Total)) or (isinstance(one.measure, Total) and one.limit.at_least):
            return None
        if isinstance(one.measure, (Lead, Lag)) and one.measure.once:
            return None
        if not book.occasions_within(two, one):
            return None
        narrower = "asked on fewer occasions"
    if one.start > two.start or one.end < two.end:
        return None
    if (one.start, one.end) != (two.start, two.end):
        narrower = narrower or "asked for a shorter time"
    two = two._replace(on=one.on, start=one.start, end=one.end)
    measure, theirs = one.measure, two.measure
    if _adds_up(measure) and _adds_up(theirs) and one.limit.at_least is None:
        mine_per, their_per = measure.per, theirs.per  # type: ignore[union-attr]
        if set(mine_per) < set(their_per):
            narrower = narrower or "counted apart by more fields"
            two = two._replace(measure=theirs._replace(per=mine_per))  # type: ignore[call-arg]
    if (
        not same(one.measure, two.measure)
        and isinstance(one.measure, Total)
        and not narrower
        and one.limit == two.limit
    ):
        return None if by_rules(one, two)[0] != LOOSER else (LOOSER, "; ".join(_words(by_rules(one, two)[1])))
    relation, why = by_rules(one, two)
    if relation == LOOSER:
        return LOOSER, "; ".join(_words(why))
    if relation == EQUAL:
        return (LOOSER, narrower) if narrower else (EQUAL, "")
    return None


def _prohibits(book: Book, one: Rule, two: Rule) -> tuple[str, str] | None:
    """The same of conditions on events: what the second does not permit, the first does not permit either."""
    mine, theirs = one.on, two.on
    if not isinstance(mine, OnEvents) or not isinstance(theirs, OnEvents) or one.start > two.start or one.end < two.end:
        return None
    if (
        mine.outside is not None
        or theirs.outside is not None
        or not (mine.during is None or same(mine.during, theirs.during))
    ):
        return None
    if one.as_received != two.as_received:
        return None
    first = together(mine.pattern, one.measure.pattern)  # type: ignore[union-attr]
    second = together(theirs.pattern, two.measure.pattern)  # type: ignore[union-attr]
    if not possible(second, book.definitions) or not implies(second, first, book.definitions):
        return None
    equal = same(mine.during, theirs.during) and implies(first, second, book.definitions)
    return (EQUAL, "") if equal else (LOOSER, "what it does not permit is not permitted there either")


def _adds_up(measure: Measure) -> bool:
    """Whether a part never has more of it than the whole."""
    if isinstance(measure, Total):
        return measure.of in ("duration", "count")
    return isinstance(measure, Level) and measure.weight is None


def _words(why: list[str]) -> list[str]:
    return [text.replace("under the first", "there").replace("under the second", "here") for text in why]
