"""What a scan must come to, made of records that are all held."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from checker.alike import MOST
from checker.arrival import known_at
from checker.catalogue import Catalogue
from checker.columns import Column, Selection, Wanted, log_and_line
from checker.event import Record, Unknown
from checker.logs import read_logs
from checker.mapping import Mapping
from checker.scan import Scan
from checker.trace import in_order

WITHHELD = "(withheld)"


def told(value: Any) -> Any:
    """A value so that flags and numbers differ, and that can be compared."""
    if isinstance(value, Unknown):
        return WITHHELD
    return ("flag", value) if isinstance(value, bool) else value


def expected(
    paths: Sequence[str],
    mapping: Mapping | None,
    catalogue: Catalogue,
    registers: Any,
    wanted: Wanted,
    until: int | None = None,
) -> dict[str, Any]:
    logs = read_logs(paths, mapping)
    place = {}
    every: list[Record] = []
    for number, log in enumerate(logs):
        for record in log.records:
            place[id(record)] = (number, record.location.line)
            every.append(record)
    records, duplicates = in_order(every)
    end = max((r.latest for r in records), default=0) if until is None else until
    kept = [r for r in records if r.earliest <= end]
    late = [known_at(r) for r in every if until is not None and r.earliest <= until < known_at(r)]
    events, remarks = catalogue.events(kept, registers)
    leaps = []
    by_source: dict[str, list[Any]] = {}
    shown: dict[str | None, set[str]] = {}
    for event in events:
        if event.record.source is not None:
            by_source.setdefault(event.record.source, []).append(event)
        if event.subject is not None:
            for source in (event.record.source, None):
                shown.setdefault(source, set()).add(event.subject)
    unnumbered = set()
    for source in sorted(by_source):
        numbered = [e for e in by_source[source] if e.record.seq is not None]
        if len(numbered) < len(by_source[source]):
            unnumbered.add(source)
        numbered.sort(key=lambda e: e.record.seq or 0)
        for before, after in pairwise(numbered):
            count = after.record.seq - before.record.seq - 1
            if count > 0:
                after.values["missing_before"] = count
                sides = [(*place[id(e.record)], e.earliest, e.latest, e.record.seq) for e in (before, after)]
                leaps.append((source, *sides))
    rows = [e for e in events if wanted.types is None or e.type in wanted.types]
    rows.sort(key=lambda e: place[id(e.record)])
    seen: dict[Any, Any] = {}
    same = []
    unknown: dict[str, int] = {}
    for event in events:
        record = event.record
        if record.id is not None:
            identity = (record.source or "", record.id)
            if identity in seen:
                same.append((place[id(seen[identity])], place[id(record)]))
            seen[identity] = record
        if event.type not in catalogue.types:
            unknown[event.type] = unknown.get(event.type, 0) + 1
    return {
        "heads": [(log.name, log.digest, len(log.records)) for log in logs],
        "rejected": [log.rejected for log in logs],
        "rows": [
            (
                place[id(e.record)], e.earliest, e.latest, e.type, e.record.source,
                -1 if e.record.seq is None else e.record.seq, e.authentic,
                [told(e.get(name)) for name in wanted.fields],
            )
            for e in rows
        ],
        "first": min((r.earliest for r in records), default=None),
        "last": max((r.latest for r in records), default=None),
        "after": len(records) - len(kept),
        "late": (len(late), max(late, default=None)),
        "remarks": sorted((place[id(r.record)], r.text) for r in remarks),
        "unknown": unknown,
        "duplicates": duplicates,
        "same_ids": (same[:MOST], max(len(same) - MOST, 0)),
        "leaps": leaps,
        "unnumbered": unnumbered,
        "source_names": set(by_source),
        "shown": shown,
    }  # fmt: skip


def found(scan: Scan, wanted: Wanted) -> dict[str, Any]:
    c = scan.store.columns(Selection())
    c = c.take(np.argsort(c.places))
    numbers = {log.name: number for number, log in enumerate(scan.heads)}

    def value(column: Column, row: int) -> Any:
        code = int(column.codes[row])
        return {-1: None, -2: WITHHELD}.get(code) if code < 0 else told(column.values[code])

    def spot(row: int) -> tuple[int, int]:
        return log_and_line(int(c.places[row]))

    def stood(record: Record) -> tuple[int, int]:
        return numbers[record.location.file], record.location.line

    for column in (c.types, c.sources, *c.fields.values()):
        assert len(column.codes) == len(c)
    return {
        "heads": [tuple(head) for head in scan.heads],
        "rejected": [list(refused) for refused in scan.rejected],
        "rows": [
            (
                spot(row), int(c.earliest[row]), int(c.latest[row]), value(c.types, row), value(c.sources, row),
                int(c.seqs[row]), bool(c.authentic[row]), [value(c.fields[name], row) for name in wanted.fields],
            )
            for row in range(len(c))
        ],
        "first": scan.first,
        "last": scan.last,
        "after": scan.after,
        "late": (scan.late, scan.late_at),
        "remarks": sorted((stood(r.record), text) for r in scan.remarks.first for text in r.texts),
        "unknown": scan.unknown,
        "duplicates": scan.duplicates,
        "same_ids": (
            [tuple((numbers[at.file], at.line) for at in (one.first, one.other)) for one in scan.same_ids.pairs],
            scan.same_ids.more,
        ),
        "leaps": [
            (leap.source, *(log_and_line(s.place) + s[1:] for s in (leap.before, leap.after))) for leap in scan.leaps
        ],
        "unnumbered": scan.unnumbered,
        "source_names": scan.source_names,
        "shown": scan.shown,
    }  # fmt: skip


def as_told(records: Sequence[Record]) -> list[tuple[Any, ...]]:
    """Records so that they can be compared."""
    return [tuple(getattr(r, name) for name in Record.__slots__) for r in records]
