"""Corrections: records that say how another record ought to read. Neither is overwritten: both stay, and are cited."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from decimal import Decimal
from typing import Any, NamedTuple

from checker.catalogue import Catalogue
from checker.event import Amended, Event, Record
from checker.location import Location
from checker.quick import dataclass
from checker.register import Register
from checker.timeline import format_instant, parse_instant

MEMBERS = ("time", "type", "subject")
"""Members of the envelope that a correction may change, beside the fields."""

AS_RECEIVED = ("id", "source", "seq", "recorded_at", "received_at")
"""What says where a record comes from and how it arrived: no correction changes it."""


class Corrections(NamedTuple):
    """What a correction looks like, and which sources may correct records of others beside their own."""

    event: str
    corrects: str
    fields: str
    authorities: tuple[str, ...] = ()


class Change(NamedTuple):
    """One field of a record that a correction changed; both values as texts, None where there is none."""

    record: Record
    field: str
    before: str | None
    after: str | None
    by: Event


@dataclass
class Corrected:
    """The records as they ought to read, in place of those received, and what is to be told of it."""

    records: list[Record]
    changes: list[Change] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    _received: dict[int, tuple[Record, Record, tuple[Event, ...]]] = field(default_factory=dict)

    def settle(self, events: Iterable[Event], catalogue: Catalogue, registers: Mapping[str, Register]) -> None:
        """Let each corrected event keep the record it was received as, with its corrections and its authenticity.

        Records cite others as TYPE@time: where that was corrected, the old citation stands for the same record still.
        """
        if not self._received:
            return
        events = list(events)
        renamed: dict[str, str] = {}
        for event in events:
            found = self._received.get(id(event.record))
            if found is None:
                continue
            _, received, by = found
            [before], _ = catalogue.events([received], registers)
            old, new = before.get("reference"), event.get("reference")
            if old is not None and new is not None and old != new:
                renamed[old] = new
            event.amended = Amended(event.record, by)
            event.record = received
            event.authentic = event.authentic and before.authentic
        for event in events if renamed else ():
            renamed.pop(event.get("reference") or "", None)  # another record bears that name now
        for event in events if renamed else ():
            for name, value in event.values.items():
                if isinstance(value, str) and value in renamed:
                    event.values[name] = renamed[value]

    def place(self, record: Record) -> Location | str:
        """Where a record stands, and where it was corrected."""
        found = self._received.get(id(record))
        if found is None:
            return record.location
        return f"{record.location}, as corrected by {', '.join(str(event.record.location) for event in found[2])}"


class _Correction(NamedTuple):
    """A correction that could be read so far: its place in the order of recording, and the record that it corrects."""

    order: tuple[int, int]
    event: Event
    target: Record


def corrected(
    records: Sequence[Record], rule: Corrections, catalogue: Catalogue, registers: Mapping[str, Register]
) -> Corrected:
    """Apply every correction among the records, corrections of corrections first; the records come in their order.

    One that is not authentic, not readable, of a source that may not, or of no known record changes nothing, and is
    told. Of two that differ in a field, the one recorded later counts.
    """
    made = Corrected(list(records))
    found = [(at, record) for at, record in enumerate(records) if record.type == rule.event]
    if not found:
        return made
    by_id: dict[str, list[Record]] = {}
    by_reference: dict[str, list[Record]] = {}
    wanted = {_text(record, rule.corrects) for _, record in found} - {None}
    cited = any("@" in name for name in wanted if name)
    for record in records:
        if record.id is not None and record.id in wanted:
            by_id.setdefault(record.id, []).append(record)
        if cited and record.earliest == record.latest:
            reference = f"{record.type}@{format_instant(record.earliest)}"
            if reference in wanted:
                by_reference.setdefault(reference, []).append(record)
    fixed = {*AS_RECEIVED, *(catalogue.unauthenticated.fields if catalogue.unauthenticated else ())} - {*MEMBERS}
    read: list[_Correction] = []
    for at, record in found:
        [event], _ = catalogue.events([record], registers)
        name = _text(record, rule.corrects)
        known = by_id.get(name or "", []) or by_reference.get(name or "", [])
        known = [one for one in known if one is not record]
        own = [one for one in known if one.source == record.source]
        if not own and record.source is not None and record.source in rule.authorities:
            own = known
        if not event.authentic:
            reason = "is not authentic"
        elif name is None:
            reason = f"does not say in {rule.corrects!r} which record it corrects"
        elif not known:
            reason = f"corrects {name!r}, and there is no such record"
        elif not own:
            reason = f"corrects {name!r}, a record of another source"
        elif len(own) > 1:
            reason = f"corrects {name!r}, which several records are"
        else:
            since = record.recorded_at if record.recorded_at is not None else record.latest
            read.append(_Correction((since, at), event, own[0]))
            continue
        made.notices.append(f"{record.location}: the correction {reason}; it changes nothing")
    _apply(made, sorted(read, key=lambda one: one.order), rule, catalogue, fixed)
    return made


def _apply(
    made: Corrected, corrections: list[_Correction], rule: Corrections, catalogue: Catalogue, fixed: set[str]
) -> None:
    """Each correction once all those that correct it are applied; those that correct one another are left out."""
    by_target: dict[int, list[_Correction]] = {}
    for one in corrections:
        by_target.setdefault(id(one.target), []).append(one)
    waiting = {target: len(found) for target, found in by_target.items()}
    by_own = {id(one.event.record): one for one in corrections}
    now: dict[int, Record] = {}
    valid: dict[int, dict[str, Any]] = {}
    ready = [one for one in corrections if id(one.event.record) not in waiting]
    done: set[int] = set()
    for one in ready:
        own, target = one.event.record, id(one.target)
        done.add(id(own))
        fields = _fields_of(now.get(id(own), own), rule, fixed, of_correction=one.target.type == rule.event)
        if isinstance(fields, str):
            made.notices.append(f"{own.location}: the correction {fields}; it changes nothing")
        else:
            valid[id(own)] = fields
        waiting[target] -= 1
        if not waiting[target]:
            told = [c for c in by_target[target] if id(c.event.record) in valid]
            if told:
                now[target] = _amended(made, one.target, told, valid, now, catalogue)
            if target in by_own:
                ready.append(by_own[target])
    for one in corrections:
        if id(one.event.record) not in done:
            made.notices.append(f"{one.event.record.location}: the correction corrects itself; it changes nothing")
    made.records = [now.get(id(record), record) for record in made.records]


def _amended(
    made: Corrected,
    record: Record,
    corrections: list[_Correction],
    valid: dict[int, dict[str, Any]],
    now: dict[int, Record],
    catalogue: Catalogue,
) -> Record:
    """The record as it reads after its corrections, in the order in which they were recorded."""
    whole: dict[str, tuple[Any, Event]] = {}
    for one in corrections:
        for name, value in valid[id(one.event.record)].items():
            if name in whole and whole[name][0] != value:
                made.notices.append(
                    f"{whole[name][1].record.location} and {one.event.record.location}: two corrections differ in "
                    f"{name!r}; the one recorded later counts"
                )
            whole[name] = (value, one.event)
    changed = replace(record, data=dict(record.data))
    for name, (value, by) in whole.items():
        if name in MEMBERS:
            before = format_instant(record.earliest) if name == "time" else getattr(record, name)
            if name == "time":
                changed.earliest, changed.latest = parse_instant(value)
            else:
                setattr(changed, name, value)
        else:
            before = _shown(record.data.get(name, record.extra.get(name)))
            changed.data[name] = value
        made.changes.append(Change(record, name, before, _shown(value), by))
    for name, kind in catalogue.fields_of(changed.type).items():
        if kind.also is not None and (name in whole) != (kind.also in whole):
            changed.data[kind.also if name in whole else name] = None  # the other name must not say the old value
    events = dict.fromkeys(event for _, event in whole.values())
    corrected_too = [now[id(event.record)] for event in events if id(event.record) in now]
    events |= dict.fromkeys(event for other in corrected_too for event in made._received[id(other)][2])
    made._received[id(changed)] = (changed, record, tuple(events))
    return changed


def _fields_of(record: Record, rule: Corrections, fixed: set[str], *, of_correction: bool) -> dict[str, Any] | str:
    """What a correction says the fields are, or what is wrong with it."""
    fields = record.data.get(rule.fields, record.extra.get(rule.fields))
    if not isinstance(fields, dict) or not fields:
        return f"does not say in {rule.fields!r} what the fields are"
    fixed = {*fixed, "type", rule.corrects} if of_correction else fixed
    for name, value in fields.items():
        if name in fixed:
            return f"would change {name!r}, which stays as received"
        if name == "time":
            if not isinstance(value, str):
                return "gives a 'time' that is no text"
            try:
                parse_instant(value)
            except ValueError as error:
                return f"gives a 'time' that cannot be read ({error})"
        elif name == "type" and not (isinstance(value, str) and value):
            return "gives a 'type' that is no text"
        elif name == "subject" and not (value is None or (isinstance(value, str) and value)):
            return "gives a 'subject' that is no text"
    return fields


def _text(record: Record, name: str) -> str | None:
    value = record.data.get(name, record.extra.get(name))
    return value if isinstance(value, str) and value else None


def _shown(value: Any) -> str | None:
    """A value of a record as a text: texts as they are, everything else as JSON writes it."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Decimal):
        return str(value)
    import json  # needed only where a correction changes a field that is no text

    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
