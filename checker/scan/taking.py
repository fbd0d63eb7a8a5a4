"""From the envelopes and the members of many records to rows: what all fast readers have in common."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from checker.columns import Code, Mask, Whole
from checker.scan.codes import ODD, Codes, Question
from checker.scan.instants import Parse
from checker.scan.part import Hashes, Part, Rows
from checker.scan.plan import MADE, SLOW, Plan, Values, coded
from checker.timeline import format_instant, parse_instant, parse_zone

NEVER = -(1 << 62)
"""In place of an instant that a record does not have."""


class Envelope(NamedTuple):
    """The envelopes of records, as arrays of one length; only of those that are good they mean something."""

    lines: Whole
    earliest: Whole
    places: Any
    """The plan of each by place, from 1."""
    sources: Code
    seqs: Whole
    """-1 where there is none."""
    hashes: Hashes
    """Of the ids."""
    bare: Any
    """Which records have no id."""
    recorded_at: Whole
    received_at: Whole
    good: Mask
    """Which ones need not be left to the slow reader."""
    shown: Callable[[Mask], Iterable[tuple[int, Any]]]
    """Source (its code) and subject, each pair at least once, of the records of a mask."""


class Group(NamedTuple):
    """The records of one plan: where they are, and their members."""

    plan: Plan
    at: Any
    values: Values


class Taker:
    """Makes rows; what it learns of one block serves the next."""

    def __init__(self, question: Question, codes: Codes) -> None:
        self._question, self._codes = question, codes
        self._source_hashes = np.array([hash("")], np.int64).astype(np.uint64) * np.uint64(ODD[1])
        zone = None if question.mapping.zone is None else parse_zone(question.mapping.zone)
        self.parse: Parse = partial(parse_instant, zone=zone)

    def times(self, text: Callable[[int], str], times: Whole, fits: Mask, good: Mask) -> None:
        """Read the times that have another form; those that are not exact are for the slow reader."""
        for at in np.flatnonzero(~fits & good).tolist():
            try:
                earliest, latest = self.parse(given) if (given := text(at)) else (0, 1)
            except ValueError:
                earliest, latest = 0, 1
            times[at] = earliest
            if earliest != latest:
                good[at] = False

    def moments(self, text: Callable[[int], str], at: Any, times: Whole, fits: Mask, good: Mask) -> None:
        """The same, of some records, for a member that has room for an instant only."""
        for one in at[~fits[at]].tolist():
            try:
                earliest, latest = self.parse(text(one))
            except ValueError:
                earliest, latest = 0, 2
            times[one] = earliest
            if latest - earliest > 1:
                good[one] = False

    def rows(self, plans: Sequence[Plan], envelope: Envelope, groups: Iterable[Group], part: Part) -> Rows:
        """Rows of the records that are good; the part is told what else there is to tell of them."""
        lines, earliest, places, sources, seqs, *_, good, _ = envelope
        types = np.array([-1, *(self._codes.types.code(plan.name) for plan in plans)], np.int32)[places]
        keys = self._keys(plans, envelope)
        chosen: list[Any] = []
        authentic: list[Any] = []
        fields: dict[str, list[Any]] = {name: [] for name in self._codes.fields}
        for plan, at, values in groups:
            for check in plan.checks:
                good[at] &= check.codes(values) != SLOW
            if not plan.wanted:
                continue
            chosen.append(at)
            valid = np.ones(len(values), np.bool_)
            if plan.authentic is not None:
                answers = plan.authentic.codes(values)
                good[at] &= answers != SLOW
                valid = answers == 1
            authentic.append(valid)
            for name, taking in plan.fields.items():
                if isinstance(taking, str):
                    codes = self._whole(name, envelope, at)
                else:
                    codes = taking.codes(values)
                    good[at] &= codes != SLOW
                    if name == "reference":
                        self._refer(codes, plan, earliest[at])
                fields[name].append(codes)

        rank: Any = slice(None)
        spots = joined_arrays(chosen, np.int64)
        if len(chosen) > 1:
            rank = np.argsort(spots, kind="stable")
        rows = Rows(
            lines, earliest, earliest, types, sources, seqs, keys,
            spots[rank], joined_arrays(authentic, np.bool_)[rank],
            {name: joined_arrays(codes, np.int32)[rank] for name, codes in fields.items()},
        )  # fmt: skip
        return some_of(rows, good, self._inside(envelope, part))

    def _inside(self, envelope: Envelope, part: Part) -> Mask:
        """Which good records begin before the end of observation; what they tell beside their rows is noted."""
        until, earliest, good = self._question.until, envelope.earliest, envelope.good
        inside = good if until is None else good & (earliest <= until)
        if until is not None:
            known = np.where(envelope.received_at > NEVER, envelope.received_at, envelope.recorded_at)
            known = np.where(known > NEVER, known, earliest)
            late = inside & (known > until)
            if late.any():
                part.late += int(np.count_nonzero(late))
                last = int(known[late].max())
                part.late_at = last if part.late_at is None else max(part.late_at, last)
        if self._question.shown:
            part.pairs.update((source, text) for source, text in envelope.shown(inside) if text)
        return inside

    def _whole(self, name: str, envelope: Envelope, at: Any) -> Any:
        """Codes of a field that is a whole number of the envelope."""
        interned = self._codes.fields[name]
        numbers = {
            "time": envelope.earliest, "seq": envelope.seqs,
            "recorded_at": envelope.recorded_at, "received_at": envelope.received_at,
        }[name][at]  # fmt: skip
        codes = np.full(len(numbers), -1, np.int32)
        there = numbers > (NEVER if name != "seq" else -1)
        codes[there] = coded(numbers[there], interned)
        return codes

    def _refer(self, codes: Any, plan: Plan, times: Whole) -> None:
        """Fill in the codes of references that no record carries."""
        interned = self._codes.fields["reference"]
        made = np.flatnonzero(codes == MADE)
        named = [interned.code(f"{plan.name}@{format_instant(at)}") for at in times[made].tolist()]
        codes[made] = np.array(named, np.int32)

    def _keys(self, plans: Sequence[Plan], envelope: Envelope) -> Any:
        hashes = self._source_hashes
        known = self._codes.sources.values
        if len(hashes) <= len(known):
            more = np.array([hash(name) for name in known[len(hashes) - 1 :]], np.int64).astype(np.uint64)
            hashes = np.concatenate((hashes[:-1], more * np.uint64(ODD[1]), hashes[-1:]))
            self._source_hashes = hashes
        named = envelope.hashes * np.uint64(ODD[0])
        bare = envelope.bare
        if len(bare):
            types = np.array([0, *(hash(plan.name) for plan in plans)], np.int64)[envelope.places[bare]].view(np.uint64)
            mixed = envelope.earliest[bare].view(np.uint64) * np.uint64(ODD[2]) ^ types * np.uint64(ODD[0])
            named[bare] = mixed ^ envelope.seqs[bare].view(np.uint64) * np.uint64(ODD[4])
        return named ^ hashes[envelope.sources]  # -1, none, is the last


def some_of(rows: Rows, good: Mask, inside: Mask) -> Rows:
    """The rows that are good, and of those chosen the ones before the end of observation."""
    if not good.all():
        place = np.cumsum(good) - 1
        keep = inside[rows.chosen]
        chosen = place[rows.chosen[keep]]
        rows = Rows(
            rows.lines[good], rows.earliest[good], rows.latest[good], rows.types[good], rows.sources[good],
            rows.seqs[good], rows.keys[good], chosen, rows.authentic[keep],
            {name: codes[keep] for name, codes in rows.fields.items()},
        )  # fmt: skip
    elif not inside.all():
        keep = inside[rows.chosen]
        rows.chosen, rows.authentic = rows.chosen[keep], rows.authentic[keep]
        rows.fields = {name: codes[keep] for name, codes in rows.fields.items()}
    return rows


def joined_arrays(arrays: list[Any], kind: Any) -> Any:
    """One array of all."""
    return np.concatenate(arrays) if arrays else np.zeros(0, kind)
