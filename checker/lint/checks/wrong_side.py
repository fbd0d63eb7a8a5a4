"""wrong-side: a window that is shorter than the pause between two, so that it never meets more than one of them."""

from collections.abc import Iterator

from checker.bounds import Number
from checker.lint.book import Asked, Book, called
from checker.lint.reach import Schedule, pieces, told
from checker.lint.remark import Remark
from checker.measure import DURATION, Limit, Total
from checker.timeline import format_duration
from checker.wording import amount

CODE = "wrong-side"


def check(book: Book) -> Iterator[Remark]:
    """Rolling windows shorter than a cool-down, and repeated duties that lie outside their own window."""
    for asked in book.plain:
        measure, limit = asked.rule.measure, asked.rule.limit
        if isinstance(measure, Total) and limit.at_most is not None and book.too_narrow(asked):
            other = book.pause_over(asked)
            if other is not None:
                yield _narrow(book, asked, measure, limit.at_most, other)
        if (
            isinstance(measure, Total)
            and measure.of == "count"
            and limit.at_least is None
            and limit.at_most is not None
        ):
            yield from _looser_within(book, asked, measure, limit)


def _narrow(book: Book, asked: Asked, measure: Total, most: Number, other: Asked) -> Remark:
    unit = "count" if measure.of == "count" else DURATION
    longest = Schedule(book, asked).longest
    what = called(asked.rule.on)
    tells = (
        "it says the same as a limit on how long each lasts" if measure.of == "duration"
        else "the count in it is never more than one"
    )  # fmt: skip
    if measure.of == "duration" and longest is not None:
        tells = f"it holds {format_duration(longest.value)} at most, as each lasts no longer ({longest.rests_on[0].id})"
    return book.on(
        CODE, asked, ("rolling", "in"),
        f"{asked.id} sets a limit of {amount(most, unit)} in each {told(measure.window)}, and {other.id} keeps one "
        f"{what} {format_duration(int(other.rule.limit.at_least or 0))} from the next{book.under}: no window meets "
        f"more than one, and {tells}",
        f"take a window longer than {format_duration(int(other.rule.limit.at_least or 0))}, or leave {asked.id} out",
        constraints=(other.id,),
    )  # fmt: skip


def _looser_within(book: Book, asked: Asked, measure: Total, limit: Limit) -> Iterator[Remark]:
    """A count over a part of a window that permits more than the whole window does."""
    for other in book.plain:
        theirs, most = other.rule.measure, other.rule.limit.at_most
        if other.at == asked.at or not isinstance(theirs, Total) or theirs.of != measure.of or most is None:
            continue
        if limit.at_most is None or most >= limit.at_most or set(theirs.per) - set(measure.per):
            continue
        if theirs.window == measure.window or pieces(measure.window, theirs.window) != 1:
            continue
        if not book.occasions_within(asked.rule, other.rule) or book.excused_apart(other.id, asked.id):
            continue
        yield book.on(
            CODE, asked, ("at_most", "exactly"),
            f"{asked.id} permits {limit.at_most} in each {told(measure.window)}, and {other.id} only {most} in each "
            f"{told(theirs.window)}, which is longer{book.under}: the limit for the shorter time never decides",
            f"set a limit below {most}, or leave {asked.id} out", constraints=(other.id,),
        )  # fmt: skip
        return
