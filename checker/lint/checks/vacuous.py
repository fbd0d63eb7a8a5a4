"""vacuous: a limit that no behaviour which keeps the other rules can reach, or a condition that is always met."""

from collections.abc import Iterator

from checker.lint.book import Asked, Book, called, listed
from checker.lint.reach import Cap, Schedule, told
from checker.lint.remark import Remark, Witness
from checker.lint.spells import within
from checker.lint.witness import fullest, judged, reached
from checker.measure import DURATION, Lag, Length, Level, OnEvents, OnIntervals, Spacing, Total
from checker.timeline import format_duration
from checker.wording import amount

CODE = "vacuous"
LIMITS = ("at_most", "within", "exactly")


def check(book: Book) -> Iterator[Remark]:
    """Budgets, counts, lengths and deadlines that the other rules keep by themselves."""
    for asked in book.plain:
        measure, limit = asked.rule.measure, asked.rule.limit
        if limit.at_most is None or limit.at_least is not None:
            continue
        if isinstance(measure, Total) and not book.too_narrow(asked):
            yield from _total(book, asked, measure)
        elif isinstance(measure, Length):
            yield from _length(book, asked)
        elif isinstance(measure, Level):
            yield from _level(book, asked, measure)
        elif isinstance(measure, Lag):
            yield from _lag(book, asked, measure)
        elif isinstance(measure, Spacing) and measure.scope is not None and measure.edges:
            yield from _silence(book, asked, measure)


def _total(book: Book, asked: Asked, measure: Total) -> Iterator[Remark]:
    limit = asked.rule.limit.at_most
    brief = measure.of == "count"
    if measure.of not in ("duration", "count") or limit is None:
        return
    schedule = Schedule(book, asked)
    cap = schedule.count(measure.window) if brief else schedule.total(measure.window)
    if cap is None or cap.value >= limit:
        return
    spans = fullest(schedule, measure.window, brief=brief)
    unit = "count" if brief else DURATION
    most = reached(spans, brief=brief)
    exact = "exactly" if most == cap.value else "up to"
    text = f"{exact} {amount(most, unit)} in one {told(measure.window)}; every rule named is kept"
    witness = (
        judged(book, asked.rule.on, spans, (*schedule.rules, asked), text, {asked.id: "satisfied"}) if spans else None
    )
    if witness is not None and any(verdict not in ("satisfied", "not_applicable") for _, verdict in witness.verdicts):
        witness = None
    what = called(asked.rule.on)
    yield _remark(book, asked, cap, (
        f"{asked.id} sets a limit of {amount(limit, unit)} in each {told(measure.window)}, and no behaviour that "
        f"keeps the other rules reaches it{book.under}: {what}: {cap.because}, which makes {amount(cap.value, unit)} "
        "at most"
    ), witness)  # fmt: skip


def _remark(book: Book, asked: Asked, cap: Cap, message: str, witness: Witness | None = None) -> Remark:
    rests = [one.id for one in cap.rests_on]
    aside = book.let([asked.id, *rests])
    if aside:
        message += f" ({listed(aside)} left aside, which may excuse some of it)"
    return book.on(
        CODE, asked, LIMITS, message,
        f"lower the limit, loosen {listed(rests) if rests else 'what it rests on'}, or leave {asked.id} out",
        constraints=rests, witness=witness,
    )  # fmt: skip


def _length(book: Book, asked: Asked) -> Iterator[Remark]:
    limit = asked.rule.limit.at_most
    cap = Schedule(book, asked).length()
    if cap is None or limit is None or cap.value >= limit:
        return
    what = called(asked.rule.on)
    yield _remark(book, asked, cap, (
        f"{asked.id} permits each {what} to last {format_duration(int(limit))}, and none that keeps the other rules "
        f"can{book.under}: {cap.because}, so that one lasts {format_duration(cap.value)} at most"
    ))  # fmt: skip


def _level(book: Book, asked: Asked, measure: Level) -> Iterator[Remark]:
    limit = asked.rule.limit.at_most
    if measure.weight is not None or limit is None or limit < 1 or not measure.per:
        return
    if not Schedule(book, asked).alone:
        return
    what = called(asked.rule.on)
    yield book.on(
        CODE, asked, LIMITS,
        f"{asked.id} permits {amount(limit, 'count')} {what} at once of each {listed(list(measure.per))}, and two of "
        "one never go on at once: one ends before the next begins",
        f"count wider (fewer fields in `per`), or leave {asked.id} out",
    )  # fmt: skip


def _lag(book: Book, asked: Asked, measure: Lag) -> Iterator[Remark]:
    """A deadline for what ends an interval, counted from something within it, that is no shorter than the interval."""
    from checker.interval import Between
    from checker.lint.patterns import implies
    from checker.lint.spells import base, opening

    on, limit = asked.rule.on, asked.rule.limit.at_most
    if not isinstance(on, OnEvents) or limit is None or measure.next_among is not None or measure.once:
        return
    for other in book.plain:
        if not isinstance(other.rule.measure, Length) or other.rule.limit.at_most is None:
            continue
        if not isinstance(other.rule.on, OnIntervals) or book.excused_apart(other.id, asked.id):
            continue
        spell = other.rule.on.spell
        inner = base(spell)
        if not isinstance(inner, Between) or other.rule.limit.at_most > limit or inner.per != ("subject",):
            continue
        opens = opening(spell)
        begun = opens is not None and implies(on.pattern, opens, book.definitions)
        meanwhile = on.during is not None and within(on.during, spell, book.definitions)
        ends = implies(inner.closes, measure.pattern, book.definitions)
        matched = set(measure.match) <= {("subject", "subject")}
        if not ((begun or meanwhile) and ends and matched):
            continue
        if other.rule.limit.at_most == limit and not meanwhile:
            continue  # the same said twice: that it is dominated is told elsewhere
        most = format_duration(int(other.rule.limit.at_most))
        cap = Cap(int(other.rule.limit.at_most), (other,), f"each lasts at most {most}")
        yield _remark(book, asked, cap, (
            f"{asked.id} asks for an end within {format_duration(int(limit))}, and that is kept whenever {other.id} "
            f"is{book.under}: {called(other.rule.on)} lasts {most} at most"
        ))  # fmt: skip
        return


def _silence(book: Book, asked: Asked, measure: Spacing) -> Iterator[Remark]:
    """A heartbeat within something that never lasts longer than the silence that is permitted."""
    limit = asked.rule.limit.at_most
    for other in book.plain:
        most = other.rule.limit.at_most
        if not isinstance(other.rule.measure, Length) or not isinstance(other.rule.on, OnIntervals):
            continue
        if most is None or limit is None or most > limit or book.excused_apart(other.id, asked.id):
            continue
        if most == 0:
            continue  # that it never goes on is told elsewhere
        if measure.scope is not None and within(measure.scope, other.rule.on.spell, book.definitions):
            length = format_duration(int(most))
            cap = Cap(int(most), (other,), f"each lasts at most {length}")
            yield _remark(book, asked, cap, (
                f"{asked.id} permits a silence of {format_duration(int(limit))} while something goes on that lasts "
                f"{length} at most ({other.id}): no report is ever due{book.under}"
            ))  # fmt: skip
            return
