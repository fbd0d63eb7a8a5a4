"""conflicting: two norms that cannot both be kept whatever is done, or an exception that excuses what a rule needs."""

from collections.abc import Iterator

from checker.interval import During, Outside, Recurring, Spell, Widened
from checker.lint.book import Asked, Book, called, listed
from checker.lint.patterns import implies
from checker.lint.reach import Schedule, longest_of, pieces, shortest_of, told
from checker.lint.remark import ERROR, Remark
from checker.lint.spells import Times, is_times, opening, times
from checker.measure import (
    DURATION,
    Lag,
    Lead,
    Level,
    OnEvents,
    OnIntervals,
    Portion,
    Rule,
    Spacing,
    Standing,
    Total,
    Within,
    is_plain,
)
from checker.pattern import Pattern
from checker.timeline import format_duration
from checker.wording import amount

CODE = "conflicting"


def check(book: Book) -> Iterator[Remark]:
    """Duties against prohibitions, limits and hours; then exceptions against what they leave in force."""
    for asked in book.plain:
        measure, limit = asked.rule.measure, asked.rule.limit
        yield from _demanded(book, asked)
        if isinstance(measure, Spacing) and measure.along is None and limit.at_most is not None:
            yield from _pauses(book, asked, measure)
        if isinstance(measure, Total) and measure.of in ("count", "duration") and limit.at_least:
            yield from _least(book, asked, measure)
        if isinstance(measure, Level) and limit.at_least and measure.weight is None:
            yield from _levels(book, asked, measure)
        if isinstance(measure, Lag):
            yield from _answers(book, asked, measure)
    yield from _exceptions(book)


# ---- what is demanded although it is prohibited ----


def _demands(rule: Rule) -> tuple[list[Pattern], str]:
    """The records without which the rule is not kept, each of them, and how they are asked for."""
    measure = rule.measure
    if isinstance(measure, Lag) and measure.released_by is None:
        return [measure.pattern], "within a time"
    if isinstance(measure, Lead):
        return [measure.pattern], "before it"
    if isinstance(measure, Spacing) and measure.edges and isinstance(rule.on, OnEvents):
        return [rule.on.pattern], "again and again"
    if isinstance(measure, Total) and rule.limit.at_least and measure.of == "count":
        opens = rule.on.pattern if isinstance(rule.on, OnEvents) else opening(rule.on.spell)
        return ([] if opens is None else [opens]), "a number of times"
    if isinstance(measure, Standing) and measure.accept is not None:
        return [measure.accept], "as the last state"
    if isinstance(measure, (Portion, Within)) and not measure.inside:
        return _openings(measure.spell), "to go on"
    return [], ""


def _openings(spell: Spell) -> list[Pattern]:
    """The records without which such an interval does not go on."""
    if isinstance(spell, During):
        return [pattern for part in spell.parts for pattern in _openings(part)]
    if isinstance(spell, (Recurring, Outside)):
        return []
    opens = opening(spell.part if isinstance(spell, Widened) else spell)
    return [] if opens is None else [opens]


def _demanded(book: Book, asked: Asked) -> Iterator[Remark]:
    patterns, how = _demands(asked.rule)
    for pattern in patterns:
        for ruling, what in book.prohibited:
            events = what if hasattr(what, "test") else opening(what)
            if events is None or ruling.at == asked.at or ruling.rule.start > asked.rule.start:
                continue
            if not implies(pattern, events, book.definitions):  # type: ignore[arg-type]
                continue
            if not isinstance(asked.rule.measure, (Spacing, Total, Standing)) and book.falls_under(asked.rule.on, what):
                continue  # what asks for it is not reached either
            yield book.on(
                CODE, asked, ("by", "inside", "event", "require", "of"),
                f"{asked.id} asks for {called(OnEvents(pattern))} {how}, and {ruling.id} prohibits "
                f"every one{book.under}: what keeps one breaks the other",
                f"permit in {ruling.id} what {asked.id} asks for", level=ERROR, constraints=(ruling.id,),
            )  # fmt: skip
            return


# ---- how often, against how seldom ----


def _pauses(book: Book, asked: Asked, measure: Spacing) -> Iterator[Remark]:
    most = int(asked.rule.limit.at_most or 0)
    what = called(asked.rule.on)
    for other in book.plain:
        theirs, least = other.rule.measure, other.rule.limit.at_least
        if not isinstance(theirs, Spacing) or theirs.along is not None or least is None or least <= most:
            continue
        if set(theirs.per) <= set(measure.per) and book.occasions_within(asked.rule, other.rule):
            yield book.clash(
                CODE, asked, ("at_most",), (other.id,),
                f"{asked.id} asks for {what} at least every {format_duration(most)}, and {other.id} for at least "
                f"{format_duration(int(least))} between two{book.under}",
            )  # fmt: skip
            return
    if not measure.edges or measure.scope is not None:
        return
    for other in book.plain:
        theirs, limit = other.rule.measure, other.rule.limit.at_most
        if not isinstance(theirs, Total) or theirs.of != "count" or limit is None or limit == 0:
            continue
        window = theirs.window
        if (window.rolling is None and window.unit is None) or limit * most >= shortest_of(window):
            continue
        if set(theirs.per) <= set(measure.per) and book.occasions_within(asked.rule, other.rule):
            yield book.clash(
                CODE, asked, ("at_most",), (other.id,),
                f"{asked.id} asks for {what} at least every {format_duration(most)}, and {other.id} permits {limit} "
                f"in each {told(window)}{book.under}: these reach {format_duration(int(limit) * most)} of it",
            )  # fmt: skip
            return
    found = _hours_of(book, asked.rule.on)
    if found is not None and found[0].longest_break > most:
        yield book.clash(
            CODE, asked, ("at_most",), (found[1].id,),
            f"{asked.id} asks for {what} at least every {format_duration(most)}, and {found[1].id} permits it only at "
            f"times between which {format_duration(found[0].longest_break)} may lie{book.under}",
        )  # fmt: skip


def _hours_of(book: Book, on: OnEvents | OnIntervals) -> tuple[Times, Asked] | None:
    """The times to which such events are confined, and by which rule."""
    if not isinstance(on, OnEvents):
        return None
    for other in book.plain:
        measure = other.rule.measure
        if not isinstance(measure, Within) or other.rule.limit.at_most != 0 or not is_times(measure.spell):
            continue
        found = times(Outside(measure.spell) if measure.inside else measure.spell)
        if book.on_within(on, other.rule.on) and not found.unbroken:
            return found, other
    return None


def _least(book: Book, asked: Asked, measure: Total) -> Iterator[Remark]:
    """A number (or a time) that is to be reached, and cannot be."""
    least = asked.rule.limit.at_least or 0
    what, unit = called(asked.rule.on), "count" if measure.of == "count" else DURATION
    schedule = Schedule(book, asked)
    cap = schedule.count(measure.window) if measure.of == "count" else schedule.total(measure.window)
    if cap is not None and cap.value < least:
        others = [one.id for one in cap.rests_on]
        yield book.clash(
            CODE, asked, ("at_least", "exactly"), others,
            f"{asked.id} asks for at least {amount(least, unit)} of {what} in each {told(measure.window)}, and "
            f"{listed(others)} permits {amount(cap.value, unit)}{book.under}: {cap.because}",
        )  # fmt: skip
        return
    for other in book.plain:
        theirs, most = other.rule.measure, other.rule.limit.at_most
        if not isinstance(theirs, Total) or theirs.of != measure.of or most is None or other.at == asked.at:
            continue
        if set(theirs.per) - set(measure.per) or not book.occasions_within(asked.rule, other.rule):
            continue
        whole = _whole(measure, theirs)
        if whole is not None and least * whole > most:
            yield book.clash(
                CODE, asked, ("at_least", "exactly"), (other.id,),
                f"{asked.id} asks for at least {amount(least, unit)} of {what} in each {told(measure.window)}, and "
                f"{other.id} permits {amount(most, unit)} in each {told(theirs.window)}, which holds {whole} of "
                f"these{book.under}",
            )  # fmt: skip
            return


def _whole(small: Total, large: Total) -> int | None:
    """How many of the one's windows every window of the other holds as a whole."""
    if not is_plain(small) or not is_plain(large):
        return None
    if small.window.rolling is not None and (large.window.rolling or large.window.unit):
        return shortest_of(large.window) // small.window.rolling
    if small.window.unit is not None and large.window.unit is not None and pieces(small.window, large.window) == 1:
        return {
            ("day",
            "month"): 28, ("day", "quarter"): 90, ("day", "year"): 365, ("month", "quarter"): 3, ("month", "year"): 12,
            ("quarter", "year"): 4,
        }.get((small.window.unit, large.window.unit), 1)  # fmt: skip
    if small.window.unit is not None and large.window.rolling is not None:
        return max(0, large.window.rolling // longest_of(small.window) - 1)
    return None


def _levels(book: Book, asked: Asked, measure: Level) -> Iterator[Remark]:
    for other in book.plain:
        theirs, most = other.rule.measure, other.rule.limit.at_most
        if isinstance(theirs, Level) and theirs.weight is None and most is not None and other.at != asked.at:
            least = asked.rule.limit.at_least or 0
            if most < least and set(theirs.per) <= set(measure.per) and book.occasions_within(asked.rule, other.rule):
                yield book.clash(
                    CODE, asked, ("at_least",), (other.id,),
                    f"{asked.id} asks for at least {least} of {called(asked.rule.on)} at once, and "
                    f"{other.id} permits {most}{book.under}",
                )  # fmt: skip
                return


def _answers(book: Book, asked: Asked, measure: Lag) -> Iterator[Remark]:
    """An answer that is due sooner than the hours in which it may be given come round."""
    most = asked.rule.limit.at_most
    found = _hours_of(book, OnEvents(measure.pattern))
    if found is None or most is None or found[0].longest_break <= most or measure.released_by is not None:
        return
    if _hours_of(book, asked.rule.on) is not None:
        return  # it is asked for at certain hours only
    yield book.clash(
        CODE, asked, ("within",), (found[1].id,),
        f"{asked.id} asks for {called(OnEvents(measure.pattern))} within "
        f"{format_duration(int(most))}, and {found[1].id} permits it only at times between which "
        f"{format_duration(found[0].longest_break)} may lie{book.under}",
    )  # fmt: skip


# ---- exceptions ----


def _exceptions(book: Book) -> Iterator[Remark]:
    """An exception that excuses what a rule it leaves in force needs, or whose activity another rule prohibits."""
    for constraint in book.rulebook.constraints:
        if not constraint.in_force:
            continue
        for waiver in book.rulebook.waivers:
            taken = [n for n in constraint.needs if n in waiver.excuses and book.constraints[n].in_force]
            if not taken or constraint.id in waiver.excuses:
                continue
            node = book.nodes[constraint.id]
            yield book.remark(
                CODE, node.key("needs"),
                f"{constraint.id} cannot be met without {listed(taken)}, and exception {waiver.id} excuses "
                f"{listed(taken)} while it leaves {constraint.id} in force{book.under}: where the exception is used, "
                f"what {constraint.id} asks for may have nobody to do it",
                f"excuse {constraint.id} too, keep {listed(taken)} in force under {waiver.id}, or make it a condition",
                constraints=(constraint.id, *taken), about=(waiver.id,),
            )  # fmt: skip
    for waiver in book.rulebook.waivers:
        for ruling, what in book.prohibited:
            if ruling.id in waiver.excuses or not book.falls_under(waiver.on, what):
                continue
            yield book.remark(
                CODE, book.waiver_nodes[waiver.id]["id"],
                f"exception {waiver.id} is about {called(waiver.on)}, and {ruling.id}, which it "
                f"does not excuse, prohibits every one{book.under}: it can never be used without a breach",
                f"excuse {ruling.id}, or take {waiver.id} out of force", constraints=(ruling.id,), about=(waiver.id,),
            )  # fmt: skip
            break
