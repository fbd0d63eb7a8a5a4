"""One after the other: pauses, heartbeats, and numbers that go on."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from checker.backends.reference.base import COUNT, Base, context_of
from checker.bounds import INFINITY, Bounds, is_finite, minus, plus
from checker.event import Event, Unknown
from checker.interval import Lookup
from checker.measure import DURATION, Rule, Spacing
from checker.obligation import Obligation, Verdict, Witness, decide
from checker.pairing import GAP, REDUCED, WITHHELD, is_known
from checker.timeline import intersect


class Rows(Base):
    """Spacing."""

    def _spacing(self, rule: Rule, measure: Spacing) -> Iterator[Obligation]:
        if measure.along is not None:
            yield from self._along(rule, measure, measure.along)
        elif measure.edges:
            yield from self._beats(rule, measure)
        else:
            yield from self._pauses(rule, measure)

    def _along(self, rule: Rule, measure: Spacing, field: str) -> Iterator[Obligation]:
        """From one number to the next; a record that does not say its number may lie between any two."""
        number = 0
        for group in self._groups(self._all_occasions(rule), measure.per).values():
            numbered = [(value, o) for o in group if isinstance(value := o.get(field), (int, Decimal)) and o.certain]
            numbered.sort(key=lambda pair: pair[0])
            unread = any(isinstance(o.get(field), Unknown) or not o.certain for o in group)
            for (before, earlier), (after, later) in pairwise(numbered):
                if not self._from <= later.start.low <= self._until:
                    continue
                step = minus(after, before)
                assert isinstance(earlier.item, Event)  # noqa: S101 - events carry sequence numbers
                start, end = sorted((int(earlier.start.low), int(later.start.low)))
                yield self._make(
                    rule, later, number, Bounds(0, step) if unread else Bounds.exactly(step), COUNT,
                    start=start, end=end, witnesses=(Witness("previous", earlier.item),), reason=WITHHELD,
                    fact=(("field", field),),
                )  # fmt: skip
                number += 1

    def _pauses(self, rule: Rule, measure: Spacing) -> Iterator[Obligation]:
        """From the end of one to the start of the next: what lies between two that both took place."""
        number = 0
        groups = self._groups(self._all_occasions(rule), measure.per)
        for group in groups.values():
            for at in range(1, len(group)):
                earlier, later = group[at - 1], group[at]
                if not self._from <= later.start.low <= self._until:
                    continue
                pause = later.start - earlier.end
                if not earlier.certain:
                    sure = [o for o in group[: at - 1] if o.certain]
                    pause = Bounds(pause.low, (later.start - sure[-1].end).high if sure else INFINITY)
                end = int(later.start.low)
                start = end
                if rule.limit.at_most is not None and is_finite(earlier.end.low):
                    start = min(int(plus(earlier.end.low, rule.limit.at_most)), end)
                last = earlier.witnesses[-1:]
                yield self._make(
                    rule, later, number, pause, DURATION, start=start, end=end, due=start if start != end else None,
                    witnesses=[Witness("previous", w.event) for w in last], reason=earlier.reason or later.reason,
                )  # fmt: skip
                number += 1

    def _beats(self, rule: Rule, measure: Spacing) -> Iterator[Obligation]:
        """Inside each stretch in which it is due: from its beginning to the first, between any two, to its end.

        A beat that may be none cuts a silence in two, or does not.
        """
        number = 0
        limit = rule.limit.at_most if rule.limit.at_most is not None else 0
        groups = self._everyone(self._groups(self._all_occasions(rule), measure.per), measure.per)
        first_instant, last_instant = self._in_force(rule)
        for key, group in groups.items():
            get: Lookup = dict(key).get
            surely = possibly = [(first_instant, last_instant)] if first_instant < last_instant else []
            if measure.scope is not None:
                cover = self._intervals.cover(measure.scope, get, first_instant, last_instant)
                surely, possibly = cover.surely, cover.possibly
            beats = [o for o in group if isinstance(o.item, Event) and o.item.authentic]
            for first, last in possibly:
                inner = [o for o in beats if first <= o.start.low <= last]
                points: list[tuple[Bounds, Event | None]] = [(Bounds.exactly(first), None)]
                points += [(o.start, o.item) for o in inner if o.certain and isinstance(o.item, Event)]
                points.append((Bounds.exactly(last), None))
                for at, ((since, before), (until, after)) in enumerate(pairwise(points)):
                    if not measure.which(at == 0):
                        continue
                    between = [o.start for o in inner if not o.certain and since.low <= o.start.low <= until.high]
                    quiet = [(int(one.high), int(two.low)) for one, two in pairwise([since, *between, until])]
                    silent = [span for one in quiet for span in intersect([one], surely)]
                    longest = max(0, int(minus(until.high, since.low)))
                    silence = Bounds(max((end - start for start, end in silent), default=0), longest)
                    due = int(plus(since.low, limit))
                    anchor = after or before
                    subject = get("subject") if measure.per else None
                    witnesses = [Witness("previous", before)] if before else []
                    witnesses += [Witness("next", after)] if after else []
                    if measure.scope is not None and (before is None or after is None):
                        witnesses += context_of(self._intervals.supporting(measure.scope, get, first, last, None))
                    decision = decide(silence, rule.limit, certain=is_known(key))
                    reason = "" if since.known and until.known else REDUCED
                    if between or not is_known(key):
                        reason = WITHHELD
                    if not reason and measure.scope is not None:
                        reason = self._intervals.doubt(measure.scope, get, first, last, None)
                    yield Obligation(
                        occasion=number,
                        at=int(since.low),
                        subject=subject or (anchor.subject if anchor and not measure.per else None),
                        key=tuple((n, v) for n, v in key if n != "subject"),
                        measured=silence,
                        unit=DURATION,
                        decision=decision,
                        start=min(due, int(until.high)),
                        end=int(until.high),
                        witnesses=tuple(witnesses),
                        due=due,
                        reason=(reason or GAP) if decision.verdict is Verdict.INCONCLUSIVE else "",
                    )
                    number += 1
