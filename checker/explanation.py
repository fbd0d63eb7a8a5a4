"""Why a verdict is what it is: told from the very obligations it was made of, with no second logic.

The smallest change that would have turned a verdict follows from its margin: by so much the quantity would have had to
be another, and where a record's time makes the quantity, to that instant.
"""

from collections.abc import Sequence
from typing import NamedTuple

from checker import answers
from checker.answers import Flip
from checker.bounds import Number, is_finite, minus, plus
from checker.constraint import Constraint
from checker.errors import UsageError, nearest
from checker.event import Event
from checker.interval import FAR, Begun, Between, Lasting, Spell, Where
from checker.limits import limit
from checker.measure import (
    DURATION,
    Clashes,
    Deviation,
    Holds,
    Lag,
    Lead,
    Length,
    Level,
    OnIntervals,
    Portion,
    Rule,
    Spacing,
    Step,
    Total,
    Within,
)
from checker.obligation import Obligation, Verdict
from checker.pipeline import Check, Judged, plain_text
from checker.plainly import renewing
from checker.report import Observed, Range, RulebookOf, ToolOf, WitnessOf
from checker.telling import NAME, finding_of
from checker.timeline import format_instant
from checker.version import __version__
from checker.wording import amount, between, evidence, excused, fact, limits, number, unit_of

_CAUSES = ("trigger", "opening", "possible opening")
_MAX_PARTS = limit("parts_told")
"""How many parts of a sum are told one by one."""


def explain(check: Check, target: str, subjects: Sequence[str] = ()) -> str:
    """The explanation as text."""
    from checker.render.explanation import render

    return render(explained(check, target, subjects))


def explained(check: Check, target: str, subjects: Sequence[str] = ()) -> answers.Explanation:
    """Tell everything about a constraint, or about one finding by its id; only of these assets, if any are named.

    Raises UsageError for what there is not in this check.
    """
    constraint, chosen = _chosen(check, target)
    if subjects:
        known = {subject for subject in check.trace.subjects if subject is not None}
        known |= {name for one in chosen for name in _subjects(one.obligation)}
        for name in subjects:
            if name not in known:
                raise UsageError(f"no record is of asset {name!r}", nearest(name, known))
        chosen = [one for one in chosen if set(subjects) & {one.obligation.subject, *_subjects(one.obligation)}]
    book, trace = check.rulebook, check.trace
    place = constraint.location
    return answers.Explanation(
        explanation_version=answers.VERSION,
        tool=ToolOf(NAME, __version__),
        rulebook=RulebookOf(
            book.id, book.version, book.title, book.digest, book.position, dict(book.parameters)
        ),
        observed=Observed(format_instant(trace.observed_from), format_instant(trace.observed_until)),
        constraint=constraint.id,
        title=constraint.title,
        text=constraint.text,
        note=constraint.note,
        source=constraint.source,
        kind=constraint.kind,
        group=constraint.group,
        severity=constraint.severity,
        defined=f"{place.file}:{place.line}",
        in_force=constraint.in_force,
        parameters={name: book.parameters.get(name, "") for name in constraint.parameters},
        subjects=list(subjects),
        occasions=[_occasion(one) for one in chosen],
    )  # fmt: skip


def _chosen(check: Check, target: str) -> tuple[Constraint, list[Judged]]:
    constraints = {constraint.id.casefold(): constraint for constraint in check.rulebook.constraints}
    constraint = constraints.get(target.casefold())
    if constraint is not None:
        return constraint, [judged for judged in check.judged if judged.constraint is constraint]
    chosen = [judged for judged in check.judged if judged.finding_id == target]
    if chosen:
        return chosen[0].constraint, chosen
    if (stem := target.rpartition("-"))[0].casefold() in constraints and len(stem[2]) == 10:
        hint = "the id of a finding belongs to a log, a position and a span: give the same ones"
        raise UsageError(f"there is no finding {target!r} in this check", hint)
    known = [c.id for c in check.rulebook.constraints]
    raise UsageError(f"there is no constraint or finding {target!r}", nearest(target, known))


def _subjects(obligation: Obligation) -> set[str]:
    """Whom it is about: what goes on at once may be of several."""
    found = {obligation.subject} if obligation.subject is not None else set()
    if obligation.subject is None or "+" in obligation.subject:
        found |= {w.event.subject for w in obligation.witnesses if w.event.subject is not None}
    return {name for name in found if name is not None}


def _occasion(judged: Judged) -> answers.Occasion:
    o, unit = judged.obligation, judged.obligation.unit
    told = finding_of(judged, judged.finding_id)
    lines = [fact(o, judged.rule)]
    if judged.excuse is not None and (waived := excused(judged.excuse)):
        lines.append(waived)
    margin = o.decision.margin
    shown = is_finite(margin.low) or is_finite(margin.high)
    return answers.Occasion(
        id=judged.finding_id,
        verdict=str(judged.verdict),
        subject=o.subject,
        key={name: plain_text(value) for name, value in o.key},
        at=format_instant(o.at),
        from_=told.from_,
        until=told.until,
        activation=next((w for w in told.witnesses if w.role in _CAUSES), None),
        steps=steps(o, judged.rule),
        measured=told.measured,
        limit=told.limit,
        margin=Range(number(margin.low, unit), number(margin.high, unit)),
        unit=told.unit,
        measured_text=between(o.measured, unit),
        limit_text=limits(judged.rule.limit, unit),
        margin_text=between(margin, unit) if shown else None,
        lines=lines,
        due=told.due,
        evidence=evidence(o, judged.rule),
        flip=flip(o, judged.rule, told.witnesses),
        witnesses=told.witnesses,
    )


# ---- from the records to the quantity ----


def steps(obligation: Obligation, rule: Rule) -> list[str]:
    """What the quantity was made of: which instants or values, and how they were put together."""
    measure, o = rule.measure, obligation
    measured = between(o.measured, o.unit)
    if isinstance(measure, (Lead, Lag, Spacing)) and o.unit == DURATION:
        ours, theirs = _ends(o, rule)
        first, last = (theirs, ours) if isinstance(measure, Lead) else (ours, theirs)
        if isinstance(measure, Spacing):
            first, last = theirs, ours
        if first is None or last is None:
            there = ours or theirs
            return [f"{_when(there)}; no matching record {'before' if isinstance(measure, Lead) else 'after'} it"
                    f": {measured}"] if there is not None else []  # fmt: skip
        return [f"from {_when(first)} to {_when(last)}: {measured}"]
    if isinstance(measure, Length):
        opening, closing = _role(o, "opening"), _role(o, "closing")
        start, end = "a beginning that no record shows", "an end that no record shows"
        if isinstance(rule.on, OnIntervals) and _composed(rule.on.spell):
            start, end = "its beginning", "its end"  # where others begin or end: no record of its own tells
            if o.measured.known:
                start, end = (format_instant(at) for at in (o.end - int(o.measured.low), o.end))
        began = _when(opening) if opening is not None else start
        ended = _when(closing) if closing is not None else end
        return [f"from {began} to {ended}: {measured}"]
    if isinstance(measure, (Total, Level)):
        return _parts(o, measure, measured)
    if isinstance(measure, Portion) and o.unit == DURATION and o.measured.high > 0:
        where = "inside" if measure.inside else "outside"
        return [f"the part {where} is {format_instant(o.start)} to {format_instant(o.end)}: {measured}"]
    if isinstance(measure, Deviation):
        told = dict(o.fact)
        return [f"`{told.get('field')}` against `{told.get('other')}`: {measured}"] if told else []
    return []


def _composed(spell: Spell) -> bool:
    """Whether such intervals are made of others, as those while something does not go on are."""
    return _composed(spell.part) if isinstance(spell, (Begun, Lasting, Where)) else not isinstance(spell, Between)


def _parts(o: Obligation, measure: Total | Level, measured: str) -> list[str]:
    """What goes into a sum, as far as records of it are cited."""
    openings = [w.event for w in o.witnesses if w.role in _CAUSES]
    closings = [w.event for w in o.witnesses if w.role == "closing"]
    found = []
    for event in openings[:_MAX_PARTS]:
        end = next((c for c in closings if c.subject == event.subject and c.earliest >= event.earliest), None)
        if end is not None and end.earliest == end.latest and event.earliest == event.latest:
            found.append(f"from {_when(event)} to {_when(end)}: {amount(end.earliest - event.earliest, DURATION)}")
        else:
            found.append(_when(event))
    if len(openings) > _MAX_PARTS:
        found.append(f"and {len(openings) - _MAX_PARTS} more")
    over = "at once" if isinstance(measure, Level) else _window(measure)
    return [*found, f"together {over}: {measured}"]


def _window(measure: Total) -> str:
    window = measure.window
    if window.rolling is not None:
        return f"in any {amount(window.rolling, DURATION)}, at most" if measure.of == "duration" else (
            f"in any {amount(window.rolling, DURATION)}"
        )  # fmt: skip
    if window.since:
        return f"since the last {renewing(window)}"
    if window.periods > 1:
        return f"in the {window.periods} {window.unit}s"
    return f"in the {window.unit}" if window.unit is not None else "in the time observed"


def _role(obligation: Obligation, role: str) -> Event | None:
    found = [w.event for w in obligation.witnesses if w.role == role]
    return found[0] if found else None


def _ends(o: Obligation, rule: Rule) -> tuple[Event | None, Event | None]:
    """The record of the occasion that is measured from, and the other one."""
    if isinstance(rule.measure, Lag):
        ours = _role(o, "trigger") or _role(o, "closing")
        return ours, _role(o, "response")
    other = _role(o, "earlier" if isinstance(rule.measure, Lead) else "previous")
    return _role(o, "trigger") or _role(o, "opening"), other


def _when(event: Event) -> str:
    place = event.record.location
    return f"{event.type} at {format_instant(event.record.earliest)} ({place.file}:{place.line})"


# ---- the smallest change that would have turned it ----


class _Move(NamedTuple):
    """The record whose time makes the quantity: a later one makes it more (`sign` 1) or less (-1)."""

    event: Event | None
    sign: int
    zero: int
    """The instant at which the quantity is none."""
    what: str


def flip(obligation: Obligation, rule: Rule, witnesses: Sequence[WitnessOf]) -> Flip | None:
    """The smallest change that would have turned the verdict; None where no one quantity decides, or all is open."""
    o, limit = obligation, rule.limit
    if o.hidden or o.verdict not in (Verdict.VIOLATED, Verdict.SATISFIED):
        return None
    kept = o.verdict is Verdict.SATISFIED
    bound, margin = o.decision.limit, o.decision.margin
    if not is_finite(bound):
        return None
    to = "violated" if kept else "satisfied"
    most = limit.at_most is not None and bound == limit.at_most and not (
        limit.at_least == bound and o.measured.low < bound
    )  # fmt: skip
    if isinstance(rule.measure, (Holds, Within, Step, Clashes)) or (
        isinstance(rule.measure, Portion) and o.unit == "count"
    ):
        return None if kept else Flip(to, _as_asked(rule), None, unit_of(o.unit), None, None, None)
    if isinstance(rule.measure, Length) and limit.at_most == 0 and limit.exclusive:
        text = "It would have been kept had it not taken place."
        return None if kept else Flip(to, text, None, unit_of(o.unit), None, None, None)
    by = margin.low if kept else minus(0, margin.high)
    if isinstance(rule.measure, Portion):
        return None if kept else _cover(o, rule, to)
    above = kept is not limit.exclusive  # it takes more than the margin where the bound itself belongs to this side
    move = _move(o, rule)
    if move is None or o.unit != DURATION:
        if not is_finite(by):
            return None
        told = amount(by, o.unit)
        if not kept:
            word = f"more than {told}" if limit.exclusive else told
            text = f"It would have been kept with {word} {'less' if most else 'more'}."
        else:
            word = told if limit.exclusive else f"more than {told}"
            text = f"{_spare(by, o.unit)}It would not have been kept with {word} {'more' if most else 'less'}."
        return Flip(to, text, number(by, o.unit), unit_of(o.unit), None, None, None)
    if not is_finite(plus(move.zero, bound)) or abs(int(plus(move.zero, bound))) > FAR:
        return None
    at = move.zero + move.sign * int(bound)
    up = (most is kept) == (move.sign > 0)  # whether the record would have to come later than it did
    side = ("after" if up else "before") if above else ("at or after" if up else "at or before")
    moved = None
    if move.event is not None:
        record = move.event.record
        moved = next(
            (w for w in witnesses if (w.log, w.line) == (record.location.file, record.location.line)), None
        )  # fmt: skip
    when = f"{side} {format_instant(at)}"
    if move.event is None or not is_finite(by):
        other = limit.at_least if most else limit.at_most
        if other is not None and is_finite(other) and not limit.exclusive:
            when += f" and {_BACK[side]} {format_instant(move.zero + move.sign * int(other))}"
        text = f"It would have been kept with {_a(move.what)} {when}."
        return Flip(to, text, None, "s", None, side, format_instant(at))
    shift = f"{amount(by, DURATION)} {'later' if up else 'sooner'}"
    if above:
        shift = f"more than {shift}"
    head = "It would not have been kept" if kept else "It would have been kept"
    spare = _spare(by, DURATION) if kept else ""
    alone = ", and no other in time" if kept and isinstance(rule.measure, (Lead, Lag)) else ""
    text = f"{spare}{head} with {_a(move.what)} {when} ({shift}){alone}."
    return Flip(to, text, number(by, DURATION), "s", moved, side, format_instant(at))


_BACK = {"at or before": "at or after", "at or after": "at or before"}


def _spare(by: Number, unit: str) -> str:
    return f"It was kept with {amount(by, unit)} to spare. " if by > 0 else "It was kept with nothing to spare. "


def _a(what: str) -> str:
    return f"{'an' if what[:1] in 'AEIO' else 'a'} {what}"


def _move(o: Obligation, rule: Rule) -> _Move | None:
    """Which record's time decides; None where there is none, or its time is uncertain."""
    measure = rule.measure
    if any(w.role.startswith("possible ") for w in o.witnesses) or (
        is_finite(o.measured.high) and not o.measured.known
    ):
        return None
    if isinstance(measure, Length):
        opening, closing = _role(o, "opening"), _role(o, "closing")
        if opening is None or opening.earliest != opening.latest:
            return None
        if closing is not None and closing.earliest != closing.latest:
            return None
        return _Move(closing, 1, opening.earliest, closing.type if closing is not None else "closing record")
    if isinstance(measure, Spacing) and (measure.along is not None or measure.edges):
        return None
    if not isinstance(measure, (Lead, Lag, Spacing)):
        return None
    ours, other = _ends(o, rule)
    if any(event is not None and event.earliest != event.latest for event in (ours, other)):
        return None
    if isinstance(measure, Spacing):
        return None if ours is None or other is None else _Move(ours, 1, other.earliest, ours.type)
    if ours is None:
        return None
    what = other.type if other is not None else _types(measure.pattern.types)
    return _Move(other, -1 if isinstance(measure, Lead) else 1, ours.earliest, what)


def _types(types: frozenset[str] | None) -> str:
    listed = sorted(types or ())
    return " or ".join(listed) if listed and len(listed) < 5 else "matching record"


def _as_asked(rule: Rule) -> str:
    if isinstance(rule.measure, Holds):
        return "It would have been kept without that record, or with its fields as the norm asks."
    if isinstance(rule.measure, Step):
        return "It would have been kept with a step between that the norm allows."
    if isinstance(rule.measure, Clashes):
        return "It would have been kept with these parts played by different ones."
    where = "outside" if getattr(rule.measure, "inside", False) else "inside"
    return f"It would have been kept had it been {where}."


def _cover(o: Obligation, rule: Rule, to: str) -> Flip | None:
    assert isinstance(rule.measure, Portion)  # noqa: S101 - asked only then
    name = f"`{rule.measure.spell.name}`" if rule.measure.spell.name else "the intervals the norm names"
    span = f"{format_instant(o.start)} to {format_instant(o.end)}"
    verb = f"had {name} not gone on" if rule.measure.inside else f"had {name} gone on"
    excess: Number = o.measured.low
    return Flip(
        to, f"It would have been kept {verb} in {span} ({amount(excess, o.unit)}).", number(excess, o.unit),
        unit_of(o.unit), None, None, None,
    )  # fmt: skip
