"""Hypothetical logs from a scenario: what happens, by chance from a seed, and what of it breaks which constraint.

The labels are stated by the scenario and reckoned from the parameters; nothing here knows how constraints are judged.
Every step has a stream of chance of its own, so that a breach changes nothing but what it is about. All chance
comes from whole numbers of a seeded generator: the same seed gives the same bytes on every machine.
"""

import hashlib
import json
import random
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from fractions import Fraction
from typing import Any, NamedTuple

from checker.errors import UsageError, nearest
from checker.formula import INSTANT, LENGTH, NUMBER, Formula, Value, parse_value
from checker.limits import limit
from checker.scenario import ASSET, ENDS, LOG, Activity, Again, Breach, OneOf, Scenario, Span, Step, Template, Variant
from checker.timeline import SECOND, calendar_window, format_duration, format_instant, parse_time_of_day

TRIES = limit("breach_tries")
"""At how many places a breach is tried before it is left out."""

MOST = limit("breaches")
"""How many breaches chance puts into one log."""

EDGE = 8
"""One in so many choices is the least value allowed, one the greatest."""


class Ask(NamedTuple):
    """A breach that is asked for: by its name or constraint, and by which size if that is told."""

    name: str
    size: Value | None = None


class Label(NamedTuple):
    """What was put into a log: which constraint is broken, whose, by how much, and when (microseconds).

    `size` is None where nothing can be measured; it is of `of`; `at_least`: so much or more. `opens`: it leaves other
    things open.
    """

    constraint: str
    subject: str | None
    size: Fraction | None
    of: str
    at_least: bool
    start: int
    until: int
    breach: str
    activity: str
    opens: bool = False

    def to_dict(self) -> dict[str, Any]:
        """As a line of labels: the margin as a report has it, both bounds."""
        margin = None if self.size is None else number(-self.size / (SECOND if self.of == LENGTH else 1))
        return {
            "put_in": "breach", "constraint": self.constraint, "subject": self.subject,
            "margin": {"low": None if self.at_least else margin, "high": margin},
            "unit": "s" if self.of == LENGTH else None, "size": self.shown,
            "from": format_instant(self.start), "until": format_instant(self.until),
            "breach": self.breach, "activity": self.activity,
        }  # fmt: skip

    @property
    def shown(self) -> str | None:
        """The size as a text."""
        if self.size is None:
            return None
        text = format_duration(int(self.size)) if self.of == LENGTH else str(number(self.size))
        return f"at least {text}" if self.at_least else text


class Hole(NamedTuple):
    """Records that were taken out: the sequence numbers of a source from one to another."""

    source: str
    first: int
    last: int
    start: int
    until: int

    def to_dict(self) -> dict[str, Any]:
        """As a line of labels."""
        return {
            "put_in": "gap", "source": self.source, "first": self.first, "last": self.last,
            "from": format_instant(self.start), "until": format_instant(self.until),
        }  # fmt: skip


class Simulated(NamedTuple):
    """A log, and the truth about it. `open`: records are missing or contradict each other, so that much stays open."""

    records: list[dict[str, Any]]
    labels: list[Label]
    holes: list[Hole]
    contradicted: list[dict[str, Any]]
    seed: int
    open: bool

    def lines(self) -> str:
        """The log as JSON Lines."""
        return "".join(json.dumps(record, ensure_ascii=False, default=float) + "\n" for record in self.records)

    def told(self) -> str:
        """The labels as JSON Lines."""
        rows = [label.to_dict() for label in self.labels] + [hole.to_dict() for hole in self.holes] + self.contradicted
        return "".join(json.dumps({"seed": self.seed, **row}, ensure_ascii=False) + "\n" for row in rows)


def number(value: Fraction) -> int | float:
    """As JSON has it: whole where it is whole."""
    return value.numerator if value.denominator == 1 else float(value)


def simulate(
    scenario: Scenario, seed: int, *, asked: Sequence[Ask] | None = None, gaps: int = 0, contradictions: int = 0,
    shuffle: bool = False,
) -> Simulated:  # fmt: skip
    """One log. `asked`: these breaches (none, if empty); None: by chance up to three, often none.

    Raises UsageError for a breach that the scenario does not have, or that fits nowhere.
    """
    story = _Story(scenario, seed)
    chance = Chance(seed, "breaches")
    if asked is None:
        many = chance.below(MOST + 1)
        for _ in range(many if scenario.breaches else 0):
            story.place([scenario.breaches[chance.below(len(scenario.breaches))]], None, chance)
    for ask in asked or ():
        named = _named(scenario, ask.name)
        if not story.place(named, ask.size, chance):
            raise UsageError(f"the breach {ask.name!r} fits nowhere in this log", "try another seed, or a longer span")
    for _ in range(contradictions):
        story.contradict(Chance(seed, "contradictions", len(story.contradicted)))
    rows, labels = story.told()
    records, holes = _numbered(rows, scenario, gaps, Chance(seed, "gaps"))
    if shuffle:
        mixing = Chance(seed, "shuffle")
        for at in range(len(records) - 1, 0, -1):
            other = mixing.below(at + 1)
            records[at], records[other] = records[other], records[at]
    return Simulated(records, labels, holes, story.contradicted, seed, bool(holes or story.contradicted or story.open))


def _named(scenario: Scenario, name: str) -> list[Breach]:
    found = [breach for breach in scenario.breaches if breach.name == name]
    found = found or [breach for breach in scenario.breaches if breach.broken[0].constraint == name]
    if not found:
        known = {text for breach in scenario.breaches for text in (breach.name, breach.broken[0].constraint)}
        raise UsageError(f"the scenario has no breach {name!r}", nearest(name, known))
    return found


class Chance:
    """A stream of whole numbers that a seed and a place decide."""

    def __init__(self, seed: int, *place: str | int) -> None:
        self._place = (seed, *place)
        self._bits: Callable[[int], int] | None = None

    def below(self, many: int) -> int:
        """A whole number from 0 on that is less."""
        if self._bits is None:  # of many a stream nothing is drawn
            digest = hashlib.sha256("/".join(map(str, self._place)).encode()).digest()
            self._bits = random.Random(int.from_bytes(digest, "big")).getrandbits  # noqa: S311 - nothing is secret here
        bits = many.bit_length()
        found = self._bits(bits)
        while found >= many:
            found = self._bits(bits)
        return found

    def between(self, low: int, high: int) -> int:
        """Whole seconds from the least value on; often the least or the greatest itself."""
        if low >= high:
            return low
        edge = self.below(EDGE)
        if edge < 2:
            return high if edge else low
        return low + SECOND * self.below((high - low) // SECOND + 1)


class _Row(NamedTuple):
    """A record before it has its number."""

    time: int
    order: tuple[int, ...]
    source: str
    type: str
    subject: str | None
    data: dict[str, Any]
    skip: int = 0


class _Misfit(Exception):
    """Something cannot be done at this place."""


class _Done(NamedTuple):
    """An occurrence: its records, what it breaks, and when its steps were."""

    rows: list[_Row]
    labels: list[Label]
    steps: dict[str, Value]


def _too_late(label: Label, until: int) -> bool:
    """Whether observation ends before it is broken, or before how it is broken has shown."""
    early = label.at_least and label.size is not None and label.size <= 0  # what has yet to come is only due
    return early or label.start > label.until or label.until > until


class _Placed(NamedTuple):
    breach: Breach
    size: Value


class _Chain(NamedTuple):
    """All occurrences of an activity by one asset."""

    done: list[_Done]
    extra: int


_Key = tuple[int, str]


class _Story:
    """What happens in one log."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self._scenario = scenario
        self._seed = seed
        self._limits = dict(scenario.limits)
        self._limits["from"] = Value(Fraction(scenario.start), INSTANT)
        self._limits["until"] = Value(Fraction(scenario.until), INSTANT)
        self._placed: dict[_Key, dict[int, _Placed]] = {}
        self._against: dict[_Key, dict[int, Variant]] = {}
        self._chains: dict[_Key, _Chain] = {}
        self._breaches: list[Breach] = []
        self.contradicted: list[dict[str, Any]] = []
        self.open = False
        for at, activity in enumerate(scenario.activities):
            for asset in activity.assets:
                self._chains[at, asset] = self._chain((at, asset))

    # ---- what goes wrong ----

    def place(self, breaches: Sequence[Breach], size: Value | None, chance: Chance) -> bool:
        """Put one of these breaches in somewhere; whether there was a place for it."""
        breach = breaches[chance.below(len(breaches))]
        if self._breaches and any(one.alone for one in (breach, *self._breaches)):
            return False
        drawn = breach.sizes[chance.below(len(breach.sizes))]
        at = next(i for i, activity in enumerate(self._scenario.activities) if activity.name == breach.activity)
        first = 1 if breach.every is not None else 0
        places = [
            ((at, asset), n)
            for asset in self._scenario.activities[at].assets
            for n in range(first, len(self._chains[at, asset].done))
            if n not in self._placed.get((at, asset), ())
        ]
        for _ in range(min(TRIES, len(places))):
            key, n = places.pop(chance.below(len(places)))
            before = self._placed.get(key, {})
            self._placed[key] = {**before, n: _Placed(breach, size or drawn)}
            try:
                chain = self._chain(key)
                if len(chain.done) > max(self._placed[key]) and all(
                    chain.done[placed].labels for placed in self._placed[key]
                ):
                    self._chains[key] = chain
                    self._breaches.append(breach)
                    self.open |= breach.opens
                    return True
            except _Misfit:
                pass
            self._placed[key] = before
        return False

    def contradict(self, chance: Chance) -> None:
        """Let another party record what does not fit."""
        found = self._scenario.contradictions
        if not found:
            raise UsageError("the scenario has no contradictions", "write some under `contradictions`")
        one = found[chance.below(len(found))]
        at = next(i for i, activity in enumerate(self._scenario.activities) if activity.name == one.activity)
        places = [
            ((at, asset), n) for asset in self._scenario.activities[at].assets
            for n in range(len(self._chains[at, asset].done))
            if n not in self._placed.get((at, asset), ()) and n not in self._against.get((at, asset), ())
        ]  # fmt: skip
        if not places:
            return
        key, n = places[chance.below(len(places))]
        self._against.setdefault(key, {})[n] = one.variant
        self._chains[key] = self._chain(key)
        start = self._chains[key].done[n].steps["start"]
        self.contradicted.append(
            {"put_in": "contradiction", "activity": f"{one.activity} {n + 1}", "subject": _asset(key[1]),
             "from": format_instant(start.whole)}
        )  # fmt: skip

    def told(self) -> tuple[list[_Row], list[Label]]:
        """All records in the order of time, and all labels."""
        done = [one for chain in self._chains.values() for one in chain.done]
        rows = sorted((row for one in done for row in one.rows), key=lambda row: (row.time, row.order))
        labels = sorted(
            (label for one in done for label in one.labels), key=lambda label: (label.start, label.constraint)
        )
        return rows, labels

    # ---- one activity of one asset ----

    def _chain(self, key: _Key) -> _Chain:
        scenario = self._scenario
        activity = scenario.activities[key[0]]
        placed = self._placed.get(key, {})
        chance = Chance(self._seed, "plan", activity.name, key[1])
        limits = self._known(key[1])
        begun: list[_Done] = []
        slot = scenario.start + self._drawn(activity.first, limits, chance)
        before, extra, n = scenario.start, 0, 0
        while slot <= scenario.until and (activity.times is None or n < activity.times):
            step = self._drawn(activity.every, limits, chance) if activity.every is not None else None
            later = self._drawn(activity.within, limits, chance) if activity.within is not None else 0
            start = slot + later
            if activity.hours is not None:
                start = self._midnight(start) + chance.between(*activity.hours)
            one = placed.get(n)
            known = {**limits, "before": Value(Fraction(before), INSTANT), "start": Value(Fraction(start), INSTANT)}
            if one is not None:
                known["size"] = one.size
                if one.breach.every is not None:
                    start = slot = before + self._amount(one.breach.every, known)
                if one.breach.start is not None:
                    start = self._amount(one.breach.start, known)
            known["start"] = Value(Fraction(start), INSTANT)
            done, more = self._occurrence(key, n, known, one, extra)
            times = [row.time for row in done.rows]
            if times and min(times) < scenario.start:
                if one is not None:
                    raise _Misfit
                what = f"{activity.name!r} of {key[1]!r}"
                raise UsageError(f"the first {what} begins before observation does", "let it begin later, by `first`")
            if (times and max(times) > scenario.until) or any(_too_late(one, scenario.until) for one in done.labels):
                break
            begun.append(done)
            extra += more
            before = start
            n += 1
            if step is None:
                break
            slot += step
            if one is not None and one.breach.room is not None:
                slot += self._amount(one.breach.room, known)
        return _Chain(begun, extra)

    def _occurrence(
        self, key: _Key, n: int, known: dict[str, Value], placed: _Placed | None, extra: int
    ) -> tuple[_Done, int]:
        """One occurrence, whatever it is; and how many further ones it brings along."""
        activity = self._scenario.activities[key[0]]
        chance = Chance(self._seed, "occurrence", activity.name, key[1], n)
        variant = placed.breach.variant if placed is not None else self._against.get(key, {}).get(n)
        rows, texts, known = self._written(key, activity, n, known, variant, chance, str(n + 1))
        if placed is None:
            return _Done(rows, [], known), 0
        many = 0
        for again in placed.breach.again:
            more, count = self._again(key, again, known, f"{n + 1}", chance)
            rows += more
            many += count
        labels = []
        for broken in placed.breach.broken:
            subject = None if broken.subject is None else self._about(broken.subject, texts, known, key[1])
            size = None if broken.size is None else self._value(broken.size, known)
            labels.append(
                Label(
                    broken.constraint, subject, None if size is None else size.amount,
                    NUMBER if size is None else size.of, broken.at_least, self._amount(broken.start, known),
                    self._amount(broken.until, known), placed.breach.name, f"{activity.name} {n + 1}",
                    placed.breach.opens,
                )
            )  # fmt: skip
        return _Done(rows, labels, known), many

    def _again(
        self, key: _Key, again: Again, known: dict[str, Value], name: str, chance: Chance
    ) -> tuple[list[_Row], int]:
        scenario = self._scenario
        at = next(i for i, activity in enumerate(scenario.activities) if activity.name == again.activity)
        activity = scenario.activities[at]
        asset = key[1] if key[1] in activity.assets else activity.assets[0]
        if again.other:
            others = [one for one in activity.assets if one != key[1]]
            if not others:
                raise _Misfit
            asset = others[chance.below(len(others))]
        times = 1 if again.times is None else self._amount(again.times, known)
        rows: list[_Row] = []
        for time in range(times):
            start = self._amount(again.start, known)
            if again.apart is not None:
                start += time * self._amount(again.apart, known)
            inside = self._known(asset) | {"start": Value(Fraction(start), INSTANT)}
            if "size" in known:
                inside["size"] = known["size"]
            made, _, steps = self._written(
                (at, asset),
                activity,
                1000 + len(rows),
                inside,
                again.variant,
                chance,
                f"{name}-{again.name}-{time + 1}",
            )
            rows += made
            known |= {f"{again.name}.{step}": value for step, value in steps.items() if value.of == INSTANT}
        return rows, times

    def _written(
        self, key: _Key, activity: Activity, n: int, known: dict[str, Value], variant: Variant | None, chance: Chance,
        name: str,
    ) -> tuple[list[_Row], dict[str, str], dict[str, Value]]:  # fmt: skip
        """The records of an occurrence: first when all steps are, then what each says."""
        known = dict(known)
        texts = {**self._scenario.texts, **self._scenario.assets.get(key[1], {}), "asset": key[1], "n": name}
        known["n"] = Value(Fraction(n + 1), NUMBER)
        taken = {option: chance.below(100) < share for option, share in activity.maybe.items()}
        taken |= variant.choices if variant is not None else {}
        for text, template in activity.names.items():
            texts[text] = self._text(template, texts, known)
        steps = [
            step for step in (variant.steps if variant is not None else activity.steps)
            if step.when is None or taken[step.when]
        ]  # fmt: skip
        times: list[tuple[Step, list[int], Chance]] = []
        for step in steps:
            begun = known["start"] if step.after is None else known.get(step.after)
            if begun is None:
                raise UsageError(f"{activity.name}: {step.name} is after {step.after}, which is left out")
            chance = Chance(self._seed, "step", activity.name, key[1], name, step.name)
            at = begun.whole + self._drawn(step.at, known, chance)
            if step.every is None:
                known[step.name] = Value(Fraction(at), INSTANT)
                times.append((step, [at], chance))
            else:
                times.append((step, self._row(step, at, known, chance), chance))
        rows: list[_Row] = []
        for place, (step, when, chance) in enumerate(times):
            if step.omit:
                continue
            skip = 0 if step.skip is None else self._amount(step.skip, known)
            for beat, at in enumerate(when):
                source = self._text(step.source or activity.source, texts, known)
                data = {field: self._filled(value, texts, known, chance) for field, value in step.data.items()}
                subject = None if step.subject is None else self._about(step.subject, texts, known, key[1])
                order = (key[0], activity.assets.index(key[1]), n, place, beat)
                rows.append(_Row(at, order, source, step.type, subject, data, skip))
        return rows, texts, known

    def _row(self, step: Step, at: int, known: dict[str, Value], chance: Chance) -> list[int]:
        """When the records of a row are; with a gap, at which place is chance, too."""
        assert step.every is not None  # noqa: S101 - a row has both
        assert step.until is not None  # noqa: S101
        until = self._amount(step.until, known)
        found: list[int] = []
        low, high = (self._amount(end, known) for end in step.every)
        if high <= 0:
            raise UsageError(f"{step.name}: the records of a row need some time between them")
        while at < until:
            found.append(at)
            at += max(chance.between(low, high), 1)
        if step.gap is None:
            return found
        gap = self._amount(step.gap, known)
        places = [i for i, time in enumerate(found) if time + gap < until]
        if not places:
            raise _Misfit
        place = places[chance.below(len(places))]
        known["before"] = Value(Fraction(found[place]), INSTANT)
        found = found[: place + 1]
        at = found[-1] + gap
        while at < until:
            found.append(at)
            at += max(chance.between(low, high), 1)
        return found

    # ---- values ----

    def _known(self, asset: str) -> dict[str, Value]:
        found = dict(self._limits)
        for name, text in self._scenario.assets.get(asset, {}).items():
            value = parse_value(text)
            if value is not None:
                found[name] = value
        return found

    def _value(self, formula: Formula, known: Mapping[str, Value]) -> Value:
        def find(name: str) -> Value:
            if name in known:
                return known[name]
            if name[0].isdigit():
                day = self._midnight(known["start"].whole)
                return Value(Fraction(day + parse_time_of_day(name)), INSTANT)
            if name in ENDS:
                window = calendar_window(ENDS[name], self._scenario.zone, known["start"].whole)
                return Value(Fraction(window[1]), INSTANT)
            raise UsageError(f"{name!r} is left out where something refers to it")

        return formula.value(find)

    def _amount(self, formula: Formula, known: Mapping[str, Value]) -> int:
        return self._value(formula, known).whole

    def _drawn(self, span: Span, known: Mapping[str, Value], chance: Chance) -> int:
        low = self._amount(span.low, known)
        return low if span.high is span.low else chance.between(low, self._amount(span.high, known))

    def _midnight(self, us: int) -> int:
        zone = self._scenario.zone
        local = zone.to_local(us)
        return zone.to_utc(local - timedelta(hours=local.hour, minutes=local.minute, seconds=local.second,
                                             microseconds=local.microsecond))  # fmt: skip

    def _filled(self, value: Any, texts: Mapping[str, str], known: Mapping[str, Value], chance: Chance) -> Any:
        if isinstance(value, OneOf):
            return self._filled(value.values[chance.below(len(value.values))], texts, known, chance)
        if isinstance(value, Template):
            formula = value.parts[1] if value.alone else None
            if isinstance(formula, Formula) and not value.text and all(name in known for name in formula.names):
                found = self._value(formula, known)
                if found.of == NUMBER:
                    return number(found.amount)
                if found.of == LENGTH and value.unit is not None:
                    return number(found.amount / value.unit)
            return self._text(value, texts, known)
        if isinstance(value, dict):
            return {name: self._filled(one, texts, known, chance) for name, one in value.items()}
        if isinstance(value, list):
            return [self._filled(one, texts, known, chance) for one in value]
        return value

    def _about(
        self, template: Template, texts: Mapping[str, str], known: Mapping[str, Value], asset: str
    ) -> str | None:
        return _asset(asset) if template.parts == (ASSET,) else self._text(template, texts, known)

    def _text(self, template: Template, texts: Mapping[str, str], known: Mapping[str, Value]) -> str:
        made = []
        for part in template.parts:
            if isinstance(part, str):
                made.append(part)
            elif _is_text(part, texts):
                made.append(texts[part.names[0]])
            else:
                value = self._value(part, known)
                if value.of == INSTANT:
                    made.append(format_instant(value.whole))
                elif value.of == LENGTH:
                    made.append(format_duration(value.whole))
                else:
                    made.append(str(number(value.amount)))
        return "".join(made)


def _is_text(formula: Formula, texts: Mapping[str, str]) -> bool:
    names = formula.names
    return len(names) == 1 and names[0] in texts and len(formula.terms) == 1 and len(formula.terms[0].factors) == 1


def _asset(name: str) -> str | None:
    return None if name == LOG else name


def _numbered(
    rows: Sequence[_Row], scenario: Scenario, gaps: int, chance: Chance
) -> tuple[list[dict[str, Any]], list[Hole]]:
    """Records with their sequence numbers, and what was then taken out."""
    last: dict[str, int] = {}
    made: list[tuple[_Row, int]] = []
    for row in rows:
        last[row.source] = last.get(row.source, 0) + 1 + row.skip
        made.append((row, last[row.source]))
    holes: list[Hole] = []
    gone: set[tuple[str, int]] = set()
    for _ in range(gaps):
        hole = _hole(made, gone, scenario, chance)
        if hole is not None:
            holes.append(hole)
            gone |= {(hole.source, seq) for seq in range(hole.first, hole.last + 1)}
    records = []
    for row, seq in made:
        if (row.source, seq) in gone:
            continue
        record: dict[str, Any] = {
            "id": f"{row.source}-{seq}", "source": row.source, "seq": seq, "time": format_instant(row.time),
            "type": row.type,
        }  # fmt: skip
        if row.subject is not None:
            record["subject"] = row.subject
        if row.data:
            record["data"] = row.data
        records.append(record)
    return records, holes


def _hole(
    made: Sequence[tuple[_Row, int]], gone: set[tuple[str, int]], scenario: Scenario, chance: Chance
) -> Hole | None:
    """Up to three records of one source that follow each other, neither its first nor its last: that would not show.

    Nor all that it has of an asset: a rulebook may say that what a source does not show, it does not write about.
    """
    of: dict[str, list[tuple[_Row, int]]] = {}
    for row, seq in made:
        if (row.source, seq) not in gone:
            of.setdefault(row.source, []).append((row, seq))
    inner = [(source, at) for source in sorted(of) for at in range(1, len(of[source]) - 1)]
    for _ in range(TRIES if inner else 0):
        source, at = inner[chance.below(len(inner))]
        ours = of[source]
        taken = ours[at : min(at + 1 + chance.below(3), len(ours) - 1)]
        if any(row.type in scenario.never_missing for row, _ in taken):
            continue
        if taken[-1][1] - taken[0][1] != len(taken) - 1:
            continue
        left = {row.subject for row, seq in ours if not taken[0][1] <= seq <= taken[-1][1]}
        if any(row.subject not in left for row, _ in taken):  # a source that no longer shows an asset
            continue
        return Hole(source, taken[0][1], taken[-1][1], taken[0][0].time, taken[-1][0].time)
    return None


def asked_of(text: str) -> Ask:
    """A breach as the command line names it: CONSTRAINT or CONSTRAINT=SIZE. UsageError if the size is none."""
    name, equals, size = text.partition("=")
    if not equals:
        return Ask(name.strip())
    value = parse_value(size)
    if value is None:
        raise UsageError(f"--breach {text!r}: {size!r} is no size", "a number or a length of time, such as `R-03=1 s`")
    return Ask(name.strip(), value)
