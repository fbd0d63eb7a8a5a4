"""Fields compared with those of another record, and what the last record shows as of a date, in columns."""

import numpy as np

from checker.backends.columnar.base import Closest, Decided, Occasions, Screened, bound, compared
from checker.backends.columnar.partners import Pairs, Partners, own_of
from checker.backends.columnar.runs import shortened
from checker.backends.columnar.table import NotScreened, Truths, distinct
from checker.backends.reference.base import as_bounds
from checker.backends.reference.compared import difference, measurable
from checker.bounds import Bounds
from checker.columns import ABSENT, WITHHELD, Code, Mask, Whole
from checker.event import UNKNOWN
from checker.interval import FAR
from checker.measure import Deviation, Rule, Standing


class Compared(Pairs):
    """Deviation and Standing."""

    def _standing(self, rule: Rule, measure: Standing) -> Screened:
        """Plain: a key all of whose records up to the instant are exact, authentic and surely of the pattern.

        A missing record stands only if it may have come after the last that is there, or at the same instant.
        """
        table = self._table
        on = self._until if measure.on is None else measure.on
        if on > self._until or not bound(rule.start) <= on < bound(rule.end):
            raise NotScreened
        rows, sure = table.matching(measure.pattern)
        there = (table.time[rows] <= on) & (table.codes(measure.field)[rows] != ABSENT)
        rows, sure = rows[there], sure[there]
        key = table.keys(measure.per, rows)
        if (key < 0).any():
            raise NotScreened
        plain = sure & table.exact[rows] & table.authentic[rows]
        order = np.lexsort((rows, key))
        rows, key, plain = rows[order], key[order], plain[order]
        last = np.ones(len(key), np.bool_)
        last[:-1] = key[1:] != key[:-1]
        finals = rows[last]
        group: Whole = np.cumsum(last) - last
        fine = np.ones(len(finals), np.bool_)
        fine[group[~plain]] = False
        known = fine & ~table.holes(measure.pattern).touch(table.time[finals], np.full(len(finals), on))
        place, measured, read = self._shown(measure, finals)
        decided = Decided.of(rule.limit, place, measured)
        kept = np.flatnonzero(known & decided.kept & read)
        left = np.ones(len(finals), np.bool_)
        left[kept] = False
        nearest = None
        if len(kept):
            least = decided.ranks[kept].min()
            best = kept[decided.ranks[kept] == least]
            subjects = [self._standing_subject(measure, int(finals[at])) for at in best]
            nearest = Closest(decided.margins[least], on, min(subjects, key=lambda name: name or ""), measure.unit)
        if self._hides:  # of whom else something may be missing is not known here
            told = {table.key_of(measure.per, int(finals[at])): frozenset({(on, on)}) for at in kept}
            needed = [finals[left], rows[left[group] & ~fine[group]]]
            return Screened(len(kept), nearest, np.concatenate(needed), told=told)
        groups = {table.key_of(measure.per, int(finals[at])): None for at in np.flatnonzero(left)}
        if not measure.per and not len(finals):
            groups[()] = None
        return Screened(len(kept), nearest, self._closed(rule, rows[left[group]]), groups=groups)

    def _standing_subject(self, measure: Standing, row: int) -> str | None:
        named = self._table.value("subject", row) if "subject" in measure.per else None
        return named if isinstance(named, str) else self._table.subject(row)

    def _shown(self, measure: Standing, rows: Whole) -> tuple[Whole, list[Bounds], Truths]:
        """What each record shows, as the place of one of a few values; and whether that can be read."""
        if measure.accept is not None:
            truths = self._table.truths(measure.accept, rows)
            return np.where(truths == 1, 0, 1), [Bounds.exactly(0), Bounds.exactly(1)], truths != -1
        column = self._table.column(measure.field)
        codes = self._table.codes(measure.field)[rows]
        place, example = distinct([(codes, len(column.values))])
        values = [self._table.value(measure.field, int(row)) for row in rows[example]]
        measured = [as_bounds(len(value) if isinstance(value, list) else value) for value in values]
        return place, measured, codes != WITHHELD

    def _deviation(self, rule: Rule, measure: Deviation) -> Screened:
        """Plain: an exact occasion, all of whose partners are exact and surely of the pattern.

        It is compared with the last of them up to it, else with the first after it. A missing record may be that one
        where a gap reaches the time between both, or, if none comes before, any time up to the first after it.
        """
        occasions = self._occasions(rule)
        partners, last, later = self._shared(occasions, measure, lambda: self._around_of(measure, occasions))
        chosen = np.where(last >= 0, last, later)
        others = np.append(partners.rows, -1)[chosen]
        ours, read, codes = self._own_side(occasions, measure.field)
        if measure.field in ("end", "length"):
            read = np.where(occasions.going, -1, read)
        holes = self._table.holes(measure.pattern)
        asked = (read != 0) & ((chosen >= 0) | partners.odd | occasions.loose | bool(holes))
        plain = (chosen >= 0) & ~partners.odd & ~occasions.loose & asked
        since, begun = np.where(last >= 0, partners.time(last), -FAR), occasions.starts
        plain &= ~holes.touch(since, np.where(last >= 0, begun, np.maximum(begun, partners.time(later))))
        rows = self._of_odd(rule, occasions, measure.pattern, measure.match)

        def needed(kept: Mask) -> list[Whole]:
            """Of the others whatever may come last before they began, or else first."""
            left = np.flatnonzero(asked & ~kept)
            mine, before = partners.take(left), last[left]
            after = mine.since_time(self._latest(occasions)[left] + 1, own_of(occasions)[left])
            low, high = np.where(before >= 0, before, mine.since), np.where(after >= 0, after + 1, mine.until)
            return [mine.between(low, high), rows]

        theirs, told = self._table.instants(measure.other, np.maximum(others, 0))
        numeric = (read == 1) & (told == 1)
        if codes is None or measure.other == "time" or (numeric[plain].all()):
            plain &= numeric
            ours, theirs = np.where(plain, ours, 0), np.where(plain, theirs, 0)
            if len(theirs) and int(np.abs(theirs).max()) * measure.scale >= FAR:
                raise NotScreened
            apart = ours - theirs * measure.scale
            kept, margins = compared(rule.limit, apart if measure.signed else np.abs(apart))
            kept &= plain
            margins = margins if margins is None else margins[asked]
            return self._left(rule, occasions.take(asked), kept[asked], margins, measure.unit, needed(kept))
        other = self._table.codes(measure.other)[others]
        plain &= (codes >= 0) & (other >= 0)
        pairs = [np.where(plain, codes, ABSENT), np.where(plain, other, ABSENT)]
        columns = [self._table.column(name) for name in (measure.field, measure.other)]
        place, example = distinct([(one, len(column.values)) for one, column in zip(pairs, columns, strict=True)])
        measured = []
        for at in example:
            one, two = (
                UNKNOWN if side[at] < 0 else measurable(column.values[side[at]])
                for side, column in zip(pairs, columns, strict=True)
            )
            measured.append(difference(one, two, measure))
        decided = Decided.of(rule.limit, place, measured)
        more = needed(decided.kept & plain)
        decided = Decided(decided.kept[asked], decided.ranks[asked], decided.margins)
        return self._told(rule, occasions.take(asked), plain[asked], decided, measure.unit, more)

    def _around_of(self, measure: Deviation, occasions: Occasions) -> tuple[Partners, Whole, Whole]:
        """The partners of occasions, and of each occasion the last up to it and the first from it on."""
        partners = Partners.of(self._table, measure.pattern, measure.match, occasions.asked, having=measure.other)
        own = own_of(occasions)
        last, later = partners.upto(occasions.starts, own), partners.since_time(occasions.starts, own)
        return partners, shortened(last), shortened(later)

    def _latest(self, occasions: Occasions) -> Whole:
        if occasions.asked.closings is not None:
            return occasions.starts
        found: Whole = self._table.columns.latest[occasions.rows]
        return found

    def _own_side(self, occasions: Occasions, field: str) -> tuple[Whole, Truths, Code | None]:
        """What is compared of each occasion, as `Table.numbers` has it; the codes of its values, if it is a field."""
        count = len(occasions)
        there = np.ones(count, np.int8)
        if occasions.asked.closings is None:
            if field == "time":
                return occasions.starts, there, None
        elif field in ("start", "end", "length"):
            ends = np.where(occasions.going, occasions.starts, occasions.ends)
            values = {"start": occasions.starts, "end": ends, "length": ends - occasions.starts}
            return values[field], there, None
        codes = occasions.asked.codes(field, field)
        values_of, kinds = self._table.numbers_of(field)
        known = np.where(codes >= 0, kinds[np.maximum(codes, -1)], np.where(codes == ABSENT, 0, -1)).astype(np.int8)
        return values_of[np.maximum(codes, -1)], known, codes
