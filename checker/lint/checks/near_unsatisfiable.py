"""near-unsatisfiable: what is permitted comes down to a single value, or to one moment of the day."""

from collections.abc import Iterator

from checker.lint.book import Asked, Book, called, listed
from checker.lint.reach import Schedule
from checker.lint.remark import Remark
from checker.lint.spells import Times
from checker.lint.witness import BRIEF, START, judged
from checker.measure import Length, OnIntervals, Spacing, Total
from checker.timeline import format_duration, format_instant

CODE = "near-unsatisfiable"


def check(book: Book) -> Iterator[Remark]:
    """A cool-down that meets the hours of the day; lengths, pauses and counts of which one value alone is left."""
    for asked in book.plain:
        measure, limit = asked.rule.measure, asked.rule.limit
        if (
            isinstance(measure, Spacing)
            and measure.along is None
            and limit.at_least
            and isinstance(asked.rule.on, OnIntervals)
        ):
            yield from _hours(book, asked)
        if isinstance(measure, Spacing) and measure.along is None and limit.at_least:
            yield from _exact_pause(book, asked, measure)
        if isinstance(measure, Length) and limit.at_least:
            yield from _exact_length(book, asked)
        if isinstance(measure, Total) and measure.of == "count" and limit.at_least and limit.at_most is None:
            yield from _exact_count(book, asked, measure)


def _hours(book: Book, asked: Asked) -> Iterator[Remark]:
    """No two within the hours of one day, and from day to day only if the night is as long as the pause."""
    schedule = Schedule(book, asked)
    pause = int(asked.rule.limit.at_least or 0)
    if schedule.hours is None:
        return
    hours, confining = schedule.hours
    night = hours.shortest_break
    if not hours.longest <= pause <= night + hours.longest or not hours.spans:
        return
    what, ids = called(asked.rule.on), [one.id for one in confining]
    first = next(n for n, (start, _) in enumerate(hours.spans) if start >= START)
    (opens, closes), (again, _) = hours.spans[first : first + 2]
    slack = (
        f"from {_clock(book, closes)} to {_clock(book, again)} it is exactly as long" if night == pause
        else f"from {_clock(book, closes)} to {_clock(book, again)} lie {format_duration(night)}"
    )  # fmt: skip
    yield book.on(
        CODE, asked, ("at_least",),
        f"{asked.id} asks for {format_duration(pause)} from one {what} to the next, and {listed(ids)} permits it "
        f"{format_duration(hours.longest)} at a time, {_clock(book, opens)} to {_clock(book, closes)}{book.under}: "
        f"that leaves one in each such time, and no room to spare: {slack}",
        f"shorten the pause, widen the hours, or say on {asked.id} that one a day is meant",
        constraints=ids, witness=_night(book, asked, schedule, hours, first, pause),
    )  # fmt: skip


def _night(book: Book, asked: Asked, schedule: Schedule, hours: Times, first: int, pause: int):  # type: ignore[no-untyped-def]
    """One that ends when the hours do, and the next as soon as that permits."""
    length = min(schedule.longest.value if schedule.longest else BRIEF, BRIEF, hours.longest)
    length = max(length, schedule.shortest.value if schedule.shortest else 0)
    closes = hours.spans[first][1]
    start, end = next(((s, e) for s, e in hours.spans[first + 1 :] if e - max(s, closes + pause) >= length), (0, 0))
    start = max(start, closes + pause)
    if not end:
        return None
    spans = [(closes - length, closes), (start, start + length)]
    text = (
        f"one that ends at {format_instant(closes)} is followed at {format_instant(start)}, "
        f"{format_duration(start - closes)} later; every rule named is kept"
    )  # fmt: skip
    rules = [rule for rule in schedule.rules if not isinstance(rule.rule.measure, Total)]
    wanted = dict.fromkeys({rule.id for rule in (*rules, asked)}, "satisfied")
    return judged(book, asked.rule.on, spans, (*rules, asked), text, wanted)


def _clock(book: Book, instant: int) -> str:
    return format(book.rulebook.zone.to_local(instant), "%H:%M")


def _exact_pause(book: Book, asked: Asked, measure: Spacing) -> Iterator[Remark]:
    least = asked.rule.limit.at_least
    for other in book.plain:
        theirs, most = other.rule.measure, other.rule.limit.at_most
        if not isinstance(theirs, Spacing) or most != least or other.at == asked.at or theirs.per != measure.per:
            continue
        if theirs.along is None and theirs.scope is None and book.occasions_within(other.rule, asked.rule):
            yield book.on(
                CODE, asked, ("at_least",),
                f"{asked.id} asks for at least {format_duration(int(least or 0))} from one "
                f"{called(asked.rule.on)} to the next, and {other.id} for at most as "
                f"much{book.under}: only exactly that keeps both",
                "leave room between the two", constraints=(other.id,),
            )  # fmt: skip
            return


def _exact_length(book: Book, asked: Asked) -> Iterator[Remark]:
    least = asked.rule.limit.at_least
    schedule = Schedule(book, asked)
    for cap in (schedule.longest, schedule.length()):
        if cap is not None and cap.value == least:
            others = [one.id for one in cap.rests_on]
            yield book.on(
                CODE, asked, ("at_least",),
                f"{asked.id} asks each {called(asked.rule.on)} to last at least "
                f"{format_duration(cap.value)}, and {listed(others)} lets it last no longer{book.under} "
                f"({cap.because}): only exactly that keeps both",
                "leave room between the two", constraints=others,
            )  # fmt: skip
            return


def _exact_count(book: Book, asked: Asked, measure: Total) -> Iterator[Remark]:
    cap = Schedule(book, asked).count(measure.window)
    if cap is not None and cap.value == asked.rule.limit.at_least:
        others = [one.id for one in cap.rests_on]
        yield book.on(
            CODE, asked, ("at_least",),
            f"{asked.id} asks for at least {cap.value} of {called(asked.rule.on)}, and "
            f"{listed(others)} permits no more{book.under} ({cap.because}): only exactly that keeps both",
            "leave room between the two", constraints=others,
        )  # fmt: skip
