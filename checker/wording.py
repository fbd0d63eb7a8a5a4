"""How findings are told: neutral sentences, the fact in numbers, the same words everywhere."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from checker.bounds import Bounds, Number, is_finite, minus
from checker.contradiction import CONTRADICTION, is_claim
from checker.event import GAP, REDUCED, UNREADABLE, WITHHELD, Unknown
from checker.interval import FAR, Lack
from checker.legible import MAX_SHOWN
from checker.limits import limit
from checker.measure import (
    DURATION,
    Before,
    Clashes,
    Deviation,
    Distance,
    Holds,
    Lag,
    Lead,
    Length,
    Level,
    Limit,
    OnEvents,
    Portion,
    Rule,
    Spacing,
    Standing,
    Step,
    Total,
    Value,
    Within,
)
from checker.obligation import Obligation, Verdict
from checker.timeline import format_duration, format_instant
from checker.waiver import Excuse, Part, Use


def amount(value: Number, unit: str) -> str:
    """A quantity with its unit: durations in words, counts bare."""
    if not is_finite(value):
        return "unbounded"
    if unit == DURATION:
        return format_duration(int(value))
    text = format(value.normalize(), "f") if isinstance(value, Decimal) else str(value)
    return text if unit == "count" else f"{text} {unit}"


def between(bounds: Bounds, unit: str) -> str:
    """A quantity that is known, or both its bounds."""
    if bounds.known:
        return amount(bounds.low, unit)
    if not is_finite(bounds.low) and not is_finite(bounds.high):
        return "an unknown amount"
    if not is_finite(bounds.high):
        return f"at least {amount(bounds.low, unit)}"
    if not is_finite(bounds.low):
        return f"at most {amount(bounds.high, unit)}"
    return f"between {amount(bounds.low, unit)} and {amount(bounds.high, unit)}"


def magnitude(obligation: Obligation) -> str:
    """By how much the limit was missed, or kept: `over by 15 min`, `margin 25 min`; empty where there is no measure."""
    margin, unit = obligation.decision.margin, obligation.unit
    if obligation.verdict is Verdict.VIOLATED and is_finite(margin.high):
        missed = Bounds(minus(0, margin.high), minus(0, margin.low))
        word = "over by" if obligation.measured.low >= obligation.decision.limit else "short by"
        return f"{word} {between(missed, unit)}"
    if obligation.verdict is Verdict.SATISFIED and is_finite(margin.low):
        return f"margin {amount(margin.low, unit)}"
    return ""


def fact(obligation: Obligation, rule: Rule) -> str:
    """What the records show, as a sentence."""
    if obligation.hidden:
        return f"{_hidden(obligation)} Whether the limit was kept there cannot be concluded ({obligation.reason})."
    sentence = _FACTS[type(rule.measure)](obligation, rule)
    if obligation.reason == CONTRADICTION and any(is_claim(w.event) for w in obligation.witnesses):
        seen = next(w.event.record for w in obligation.witnesses if is_claim(w.event))
        return (
            f"If what {seen.type} at {format_instant(seen.earliest)} says holds: {sentence} "
            f"The other records exclude it; which is right cannot be concluded ({obligation.reason})."
        )
    if obligation.verdict is Verdict.INCONCLUSIVE:
        why = "no record says it" if _unsaid(obligation, rule) else obligation.reason
        return f"{sentence} The records leave open whether the limit was kept ({why})."
    if obligation.verdict is Verdict.PENDING:
        due = f"; due {format_instant(obligation.due)}" if obligation.due is not None else ""
        return f"{sentence} Observation ends before the limit is reached{due}."
    return sentence


def _unsaid(obligation: Obligation, rule: Rule) -> bool:
    """Whether a state is open because nothing that is on record, or known to be missing, is about it."""
    nothing = not obligation.witnesses and not obligation.lacks
    return isinstance(rule.measure, Standing) and nothing and obligation.reason == GAP


def _hidden(obligation: Obligation) -> str:
    if not obligation.lacks:
        return "No record shows such an occasion, and records are missing."
    lack = obligation.lacks[0]
    what = _named(lack) if lack.types else "a record that matters here"
    return f"No record shows it, but {what} may be among the records missing {_span(lack.start, lack.end)}."


def _named(lack: Lack) -> str:
    """The records of a lack: their types, if they are few, and their source."""
    types = sorted(lack.types or ())
    source = f" of source {lack.source!r}" if lack.source is not None else ""
    if not types or len(types) > _MAX_FIELDS:
        return f"a record{f' of one of {len(types)} types' if types else ''}{source}"
    listed = " or ".join([", ".join(types[:-1]), types[-1]] if len(types) > 1 else types)
    return f"{'an' if listed[0] in 'AEIO' else 'a'} {listed}{source}"


def _span(start: int, end: int) -> str:
    low, high = abs(start) < FAR, abs(end) < FAR
    if low and high:
        between = f"between {format_instant(start)} and {format_instant(end)}"
        return between if start < end else f"at {format_instant(start)}"
    return f"after {format_instant(start)}" if low else f"before {format_instant(end)}" if high else "at any time"


_MAX_EVIDENCE = limit("evidence_told")


def _wanted(lack: Lack) -> str:
    places = f" in one of {lack.places} places" if lack.places > 1 else ""
    return f"{_named(lack)}{places} {_span(lack.start, lack.end)}"


def evidence(obligation: Obligation, rule: Rule) -> str | None:
    """What would decide what cannot be concluded; None where there is nothing to be said but its reason."""
    if obligation.verdict is not Verdict.INCONCLUSIVE:
        return None
    if obligation.reason == CONTRADICTION:
        return f"a record that tells which source is right {_span(obligation.start, obligation.end)}"
    if isinstance(rule.measure, Standing) and _unsaid(obligation, rule):
        asked = Lack(rule.measure.pattern.types, obligation.start, obligation.start)
        return f"{_named(asked)} at or before {format_instant(obligation.start)}"
    told = _few([_wanted(lack) for lack in obligation.lacks], "one of {} others")
    if told and obligation.reason in (GAP, UNREADABLE):
        absent = "the certainty that there was none" if obligation.hidden else ""
        return "; or ".join(filter(None, [*told, absent]))
    events = [w.event for w in obligation.witnesses if w.event.hidden is None]
    if obligation.reason == REDUCED:
        vague = [e for e in events if e.earliest < e.latest]
        told = [f"the time of {e.type} ({e.record.location.file}:{e.record.location.line})" for e in vague]
    elif obligation.reason == WITHHELD:
        named = {dict(obligation.fact).get("field"), *getattr(getattr(rule.measure, "pattern", None), "fields", ())}
        if isinstance(rule.on, OnEvents):
            named |= rule.on.pattern.fields
        told = [
            f"`{name}` of {e.type} ({e.record.location.file}:{e.record.location.line})"
            for e in events for name in sorted(filter(None, named)) if isinstance(e.get(name), Unknown)
        ]  # fmt: skip
    return "; and ".join(_few(list(dict.fromkeys(told)), "{} more")) or None


def _few(told: list[str], others: str) -> list[str]:
    """The first of them, and how many others there are."""
    left = len(told) - _MAX_EVIDENCE
    return told if left < 1 else [*told[:_MAX_EVIDENCE], others.format(left)]


def _limit(obligation: Obligation) -> str:
    return amount(obligation.decision.limit, obligation.unit)


def _ending(obligation: Obligation) -> str:
    told = magnitude(obligation)
    return f"; {told}." if told else "."


def _event(obligation: Obligation) -> str:
    for witness in obligation.witnesses:
        if witness.role in ("trigger", "opening", "possible opening"):
            return witness.event.type
    return obligation.witnesses[0].event.type if obligation.witnesses else "The event"


def _holds(obligation: Obligation, rule: Rule) -> str:
    at = format_instant(obligation.start)
    if obligation.measured.high == 0:
        return f"{_event(obligation)} at {at} is as the norm asks."
    carried = _carried(obligation, rule)
    if obligation.measured.low == 0:
        return f"{_event(obligation)} at {at} may not be as the norm asks{carried}."
    return f"{_event(obligation)} at {at} is not as the norm asks{carried}."


_MAX_FIELDS = limit("fields_told")


def _carried(obligation: Obligation, rule: Rule) -> str:
    """What the record carries in the fields that the norm looks at."""
    event = next((w.event for w in obligation.witnesses if w.role == "trigger"), None)
    if event is None or not isinstance(rule.measure, Holds):
        return ""
    told = []
    names = sorted(rule.measure.pattern.fields - {"time"})
    for name in names[:_MAX_FIELDS]:
        value = event.get(name)
        if value is None:
            told.append(f"no `{name}`")
        elif isinstance(value, Unknown):
            told.append(f"`{name}` is missing or not readable")
        else:
            record = event.record if event.amended is None else event.amended.record
            text = str(record.data.get(name, record.extra.get(name, value)))  # as written, not as typed
            told.append(f"`{name}` is {text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + '…'}")
    if len(names) > _MAX_FIELDS:
        told.append(f"and {len(names) - _MAX_FIELDS} more that the norm looks at")
    return ": " + ", ".join(told) if told else ""


def _within(obligation: Obligation, rule: Rule) -> str:
    measure = rule.measure
    inside = isinstance(measure, (Within, Portion)) and measure.inside
    spell = measure.spell.name if isinstance(measure, (Within, Portion)) else ""
    where = f"{'inside' if inside else 'outside'} {_spelled(spell)}"
    at = format_instant(obligation.start)
    if obligation.measured.high == 0:
        return f"{_event(obligation)} at {at} is not {where}."
    return f"{_event(obligation)} at {at} is {'possibly ' if obligation.measured.low == 0 else ''}{where}."


def _spelled(name: str) -> str:
    return f"`{name}`" if name else "the intervals the norm names"


def _length(obligation: Obligation, rule: Rule) -> str:
    limit = rule.limit
    if limit.at_most == 0 and limit.exclusive:
        return f"It went on for {between(obligation.measured, DURATION)}; none is allowed."
    return f"It lasted {between(obligation.measured, DURATION)}, limit {_limit(obligation)}{_ending(obligation)}"


def _portion(obligation: Obligation, rule: Rule) -> str:
    if obligation.unit == "count":
        return _within(obligation, rule)
    measure = rule.measure
    assert isinstance(measure, Portion)  # noqa: S101 - the table below says so
    where = f"{'inside' if measure.inside else 'outside'} {_spelled(measure.spell.name)}"
    if obligation.measured.high == 0:
        return f"No part of it lies {where}."
    span = f"{format_instant(obligation.start)} to {format_instant(obligation.end)}"
    return f"{between(obligation.measured, DURATION).capitalize()} of it lies {where}, {span}."


def _lead(obligation: Obligation, rule: Rule) -> str:
    if not is_finite(obligation.measured.high) and not is_finite(obligation.measured.low):
        where = "" if obligation.measured.known else " in the log"
        return f"{_event(obligation)} at {format_instant(obligation.start)} has no matching record{where} before it."
    if _one_or_none(obligation):
        lead = between(obligation.measured, DURATION)
        return f"Nothing came before it, or the lead was {lead}, limit {_limit(obligation)}{_missed(obligation)}."
    return f"The lead was {between(obligation.measured, DURATION)}, limit {_limit(obligation)}{_ending(obligation)}"


def _one_or_none(obligation: Obligation) -> bool:
    """Whether it is a breach with the one record that may serve as well as with none: too early, or too late for it."""
    measured, limit = obligation.measured, obligation.decision.limit
    if obligation.verdict is not Verdict.VIOLATED or measured.low > limit or measured.high < limit:
        return False
    return is_finite(measured.low) != is_finite(measured.high)


def _missed(obligation: Obligation) -> str:
    margin = obligation.decision.margin.high
    return f"; missed by at least {amount(minus(0, margin), DURATION)} either way" if is_finite(margin) else ""


def _lag(obligation: Obligation, rule: Rule) -> str:
    if _one_or_none(obligation):
        lag = amount(obligation.measured.low, DURATION)
        return f"No answer came, or one after {lag}, limit {_limit(obligation)}{_missed(obligation)}."
    if not is_finite(obligation.measured.high):
        waited = amount(obligation.measured.low, DURATION)
        late = ""
        if obligation.verdict is Verdict.VIOLATED and is_finite(obligation.decision.margin.high):
            late = f"; late by at least {amount(minus(0, obligation.decision.margin.high), DURATION)}"
        limit = f", limit {_limit(obligation)}" if is_finite(obligation.decision.limit) else ""
        return f"No answer in the {waited} observed{limit}{late}."
    ending = _ending(obligation).replace("over by", "late by")
    return f"The answer came after {between(obligation.measured, DURATION)}, limit {_limit(obligation)}{ending}"


def _value(obligation: Obligation, rule: Rule) -> str:
    name = dict(obligation.fact).get("field", "value")
    found = between(obligation.measured, obligation.unit)
    return f"`{name}` is {found}, limit {_limit(obligation)}{_ending(obligation)}"


def _spacing(obligation: Obligation, rule: Rule) -> str:
    name = dict(obligation.fact).get("field")
    if name is not None:
        missing = minus(obligation.measured.low, 1)
        gone = f"; {missing} missing between" if is_finite(missing) and missing > 0 else ""
        return f"`{name}` goes on by {between(obligation.measured, 'count')}, limit {_limit(obligation)}{gone}."
    ending = _ending(obligation)
    if rule.limit.at_most is not None:
        ending = ending.replace("over by", "late by")
    return f"{between(obligation.measured, DURATION).capitalize()} lies between, limit {_limit(obligation)}{ending}"


def _before(obligation: Obligation, rule: Rule) -> str:
    measure = rule.measure
    assert isinstance(measure, Before)  # noqa: S101 - the table below says so
    found = between(obligation.measured, DURATION)
    piece = f"{found} without a break" if measure.unbroken else found
    back = amount(measure.back, DURATION)
    return f"In the {back} before it lie {piece}, limit {_limit(obligation)}{_ending(obligation)}"


def _total(obligation: Obligation, rule: Rule) -> str:
    measured = between(obligation.measured, obligation.unit)
    return f"The total reaches {measured}, limit {_limit(obligation)}{_ending(obligation)}"


def _level(obligation: Obligation, rule: Rule) -> str:
    measured = between(obligation.measured, obligation.unit)
    length = format_duration(obligation.end - obligation.start)
    return f"{measured.capitalize()} at once, limit {_limit(obligation)}, for {length}."


def _step(obligation: Obligation, rule: Rule) -> str:
    told = dict(obligation.fact)
    step = f"from {told['from']} to {told['to']}" if "from" in told else "to a state that cannot be read"
    if obligation.measured.high == 0:
        return f"The step {step} is allowed."
    if obligation.reason == "contradiction":
        return f"The step {step} does not start where the record before it ended."
    return f"The step {step} is not among those allowed."


def _clashes(obligation: Obligation, rule: Rule) -> str:
    told = dict(obligation.fact)
    first, second = told["roles"]
    if obligation.measured.high == 0:
        return "All parts are played by different ones."
    if obligation.measured.low == 0:
        return f"Whether {first} and {second} differ cannot be read."
    return f"{first} and {second} are the same: {told['value']}."


def _deviation(obligation: Obligation, rule: Rule) -> str:
    told = dict(obligation.fact)
    pair = f"`{told['field']}` and `{told['other']}`"
    if obligation.unit == "count" and obligation.decision.limit == 0 and obligation.measured.low == 1:
        return f"{pair} are not the same."
    measured = between(obligation.measured, obligation.unit)
    return f"{pair} differ by {measured}, tolerance {_limit(obligation)}{_ending(obligation)}"


def _standing(obligation: Obligation, rule: Rule) -> str:
    at = format_instant(obligation.start)
    if not obligation.witnesses:
        return f"No record shows the state as of {at}."
    measure = rule.measure
    if isinstance(measure, Standing) and measure.accept is not None:
        return f"The last record as of {at} {'does not show' if obligation.measured.low else 'shows'} it."
    return _value(obligation, rule).removesuffix(".") + f", as of {at}."


def _distance(obligation: Obligation, rule: Rule) -> str:
    if not is_finite(obligation.measured.low):
        return "No place is listed."
    place = dict(obligation.fact).get("place", "the nearest place")
    return f"{between(obligation.measured, 'm')} from {place}, limit {_limit(obligation)}{_ending(obligation)}"


_FACTS: dict[type, Callable[[Obligation, Rule], str]] = {
    Holds: _holds,
    Within: _within,
    Value: _value,
    Length: _length,
    Portion: _portion,
    Lead: _lead,
    Lag: _lag,
    Spacing: _spacing,
    Total: _total,
    Level: _level,
    Step: _step,
    Clashes: _clashes,
    Deviation: _deviation,
    Standing: _standing,
    Distance: _distance,
    Before: _before,
}


def excused(excuse: Excuse | None) -> str:
    """What a waiver makes of a finding, as a sentence; empty without one."""
    if excuse is None:
        return ""
    if excuse.granted is not None:
        until = format_instant(excuse.granted.expires)
        return f"Waived by {excuse.granted.approver} (until {until}): {excuse.granted.reason}"
    use = excuse.use
    assert use is not None  # noqa: S101 - one of both is there
    waiver = f"{use.waiver.id} ({use.waiver.title})"
    if excuse.verdict is Verdict.EXCUSED:
        if excuse.provisional:
            return f"Excused by {waiver}, provisionally: {_open(use)}."
        return f"Excused by {waiver}."
    if excuse.validity is Verdict.VIOLATED:
        return f"{waiver} does not excuse it: {_conditions(excuse.because)}."
    if excuse.verdict is Verdict.PENDING:
        return f"{waiver} may excuse it: {_open(use)}." if use.provisional else ""
    return f"Whether {waiver} excuses it cannot be concluded: {_conditions(excuse.because)}."


def standing(use: Use, served: bool) -> str:
    """How a waiver stands for an activity, as a part of a sentence; `served`: it excuses something."""
    validity = use.validity()
    if validity is Verdict.VIOLATED:
        return _conditions(use.deciding())
    if validity is Verdict.INCONCLUSIVE:
        return _conditions(use.deciding()) if use.deciding() else "it is open whether there was such an activity"
    if use.provisional:
        return _open(use)
    return "" if served else "there was nothing to excuse"


def _conditions(parts: Iterable[Part]) -> str:
    """Which conditions were not kept, or leave open whether a waiver holds."""
    told = []
    for part in parts:
        span = ""
        if part.span is not None:
            span = f" from {format_instant(part.span[0])} to {format_instant(part.span[1])}"
        if part.verdict is Verdict.VIOLATED:
            told.append(f"{part.constraint} was not kept{span} [{part.finding}]")
        elif part.verdict is Verdict.PENDING:
            told.append(f"{part.constraint} is not yet due")
        else:
            told.append(f"{part.constraint} is inconclusive{span} ({part.reason}) [{part.finding}]")
    return "; ".join(dict.fromkeys(told)) or "it is open whether the activity took place then"


def _open(use: Use) -> str:
    """Which duties that come with a waiver are still open."""
    told = [
        f"{part.constraint} is due {format_instant(part.due)}"
        for part in use.open if part.due is not None and not part.whole
    ]  # fmt: skip
    if use.activity.going_on:
        told.append("the activity still goes on")
    rest = [f"{part.constraint} is pending" for part in use.open if part.due is None and not part.whole]
    return "; ".join(dict.fromkeys([*told, *rest]))


def unit_of(unit: str) -> str:
    """A unit as the report has it: durations are in seconds."""
    return "s" if unit == DURATION else unit


def number(value: Any, unit: str) -> int | float | None:
    """A quantity as the report has it: seconds for durations, whole where it is whole, None where there is no bound."""
    if not isinstance(value, int) and not value.is_finite():
        return None
    if unit == DURATION:
        whole, rest = divmod(int(value), 1_000_000)
        return whole if rest == 0 else int(value) / 1_000_000
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return int(value)


def limits(limit: Limit, unit: str) -> str:
    """Both sides of a limit in words."""
    if limit.at_least is not None and limit.at_least == limit.at_most:
        return f"exactly {amount(limit.at_least, unit)}"
    parts = []
    if limit.at_least is not None:
        parts.append(f"{'more than' if limit.exclusive else 'at least'} {amount(limit.at_least, unit)}")
    if limit.at_most is not None:
        parts.append(f"{'less than' if limit.exclusive else 'at most'} {amount(limit.at_most, unit)}")
    return " and ".join(parts)
