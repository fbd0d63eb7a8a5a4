"""What constraints mean on a log that lacks nothing, worked out once more and as naively as possible.

It reads the YAML of a rulebook as texts and the records as they are, and takes nothing from the program but how an
instant is read. Everything happens on a grid of half seconds: what goes on is asked of every instant of the grid, and
of what may still come after the end of observation every length is tried. Where the log leaves open what went on
before its first record, or whether a record is genuine, each such world is judged by itself.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise
from math import inf
from typing import Any, NamedTuple

import oracle
import yaml
from oracle import Asked, Bound, Fact

from checker.timeline import parse_instant

S = 1_000_000
HALF = S // 2
DAY = 86_400 * S
LATER = 40 * S
"""How far beyond the observation what is still to come is tried."""
DEGREE = 111319.491
"""Metres along a degree of the equator, where all positions lie."""

Spec = dict[str, Any]


class Rec(NamedTuple):
    """A record: its instant, its place in the order of all, its type, and every field by name."""

    at: int
    place: int
    type: str
    subject: str | None
    fields: dict[str, Any]


class Went(NamedTuple):
    """What went on in [start, end), or goes on still (None), and the record that it began with."""

    subject: str | None
    start: int
    end: int | None
    opening: Rec | None = None

    def on(self, at: int) -> bool:
        """Whether it goes on at an instant."""
        return self.start <= at and (self.end is None or at < self.end)


def plain(text: str) -> Any:
    """The whole rulebook or one constraint as texts, lists and mappings: no scalar is anything but a text."""
    return yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - the loader that builds nothing but texts


def amount(text: Any) -> Any:
    """A number, or a length of time in microseconds; None stays None."""
    if text is None:
        return None
    number, _, unit = str(text).partition(" ")
    return (float if "." in number else int)(number) * {"": 1, "ms": 1000, "s": S, "d": DAY}[unit]


def listed(value: Any) -> list[Any]:
    """One or several."""
    return value if isinstance(value, list) else [value]


def worst(verdicts: Iterable[str]) -> str:
    """Of several verdicts the one on the whole. Obviously right: the order of the words."""
    found = set(verdicts)
    for one in ("violated", "inconclusive", "pending", "satisfied"):
        if one in found:
            return one
    return "not_applicable"


class World:
    """One complete log: every question is answered by looking at all of it."""

    def __init__(self, head: Spec, rows: Sequence[dict[str, Any]], observed: tuple[int, int], earlier: bool) -> None:
        self.head, self.earlier, self.rows = head, earlier, rows
        self.first, self.last = observed
        ordered = sorted(rows, key=lambda row: (instant(row["time"]), row["source"], row["seq"]))
        self.recs = [
            Rec(instant(r["time"]), n, r["type"], r.get("subject"), {**r, **r.get("data", {})})
            for n, r in enumerate(ordered)
        ]
        self.orphans = False
        """Whether something ended of which no record shows the beginning."""
        self.subjects = sorted({r.subject for r in self.recs if r.subject is not None})
        self._spells: dict[int, tuple[Any, list[Went]]] = {}
        self._going: dict[tuple[int, str | None], tuple[Any, frozenset[int]]] = {}

    @property
    def grid(self) -> range:
        """Every instant that is looked at, both ends of the observation included."""
        return range(self.first, self.last + 1, HALF)

    # ---- which records, which intervals ----

    def are(self, pattern: Any) -> list[Rec]:
        """The records that match, in order."""
        return [rec for rec in self.recs if self.matches(rec, pattern)]

    def matches(self, rec: Rec, pattern: Any) -> bool:
        """One record and a pattern."""
        if isinstance(pattern, str):
            return rec.type == pattern
        if isinstance(pattern, list):
            return any(self.matches(rec, one) for one in pattern)
        return all(
            rec.type in listed(wanted) if name == "type" else self.passes(rec.fields.get(name), wanted, rec.at)
            for name, wanted in pattern.items()
        )

    def passes(self, value: Any, test: Any, at: int) -> bool:
        """One value and what is asked of it."""
        if isinstance(test, dict):
            if "in_register" in test:
                return self.member(test["in_register"], value, at)
            return all(
                {"at_least": value >= int(side), "at_most": value <= int(side)}[how] for how, side in test.items()
            )
        return str(value) in listed(test)

    def member(self, register: str, name: Any, at: int) -> bool:
        """Whether a register lists it: as the last amendment up to then says, else as it stood at first."""
        entries = [e if isinstance(e, dict) else {"member": e} for e in self.head["registers"][register]["members"]]
        found = any(e["member"] == name and counts(e, at) for e in entries)
        for rec in self.are("AMEND"):
            if rec.fields["register"] == register and rec.fields["entry"] == name and rec.at <= at:
                found = rec.fields["action"] == "add"
        return found

    def spell(self, spell: Any) -> list[Went]:
        """What an expression names, by start."""
        if isinstance(spell, str):
            spell = self.head["intervals"][spell]
        if id(spell) not in self._spells:
            self._spells[id(spell)] = (spell, sorted(self._spell(spell), key=lambda went: went.start))
        return self._spells[id(spell)][1]

    def _spell(self, spell: Spec) -> list[Went]:
        if "from" in spell:
            return list(self._turns(spell))
        if "event" in spell:
            return [self._stated(spell, rec) for rec in self.are(spell["event"])]
        if "where" in spell:
            return [w for w in self.spell(spell["of"]) if w.opening is None or self.matches(w.opening, spell["where"])]
        found = []
        shown = {rec.subject for rec in self.recs if rec.subject and self._speaks(spell, rec)}
        for subject in sorted(shown):  # cell by cell; the last cell is the last instant of observation
            cells = [at for at in self.grid if self.going(spell, subject, at)]
            starts = [at for at in cells if at - HALF not in cells]
            for start in starts:
                end = next(at for at in range(start, self.last + 2 * HALF, HALF) if at not in cells)
                found.append(
                    Went(subject, start, None if end > self.last else end, self._beginning(spell, subject, start))
                )
        return found

    def with_one_before(self, spell: Any, subject: str | None) -> "World":
        """The same, had one been opened before the log and gone on since; itself if the first record opens one."""
        form = self.head["intervals"][spell]
        marks = [
            (r.at, self.matches(r, form["from"])) for r in self.recs if r.subject == subject and self._speaks(form, r)
        ]
        if marks and min(marks)[1]:
            return self
        before = datetime.fromtimestamp((self.first - HALF) / S, UTC).isoformat()
        row = {"time": before, "source": "", "seq": 0, "type": form["from"], "subject": subject}
        return World(self.head, [row, *self.rows], (self.first, self.last), self.earlier)

    def _speaks(self, spell: Any, rec: Rec) -> bool:
        """Whether a record opens or closes a part of an expression: of an asset without one, nothing is said."""
        if isinstance(spell, str):
            return self._speaks(self.head["intervals"][spell], rec)
        parts = [*spell.get("all_of", []), *spell.get("any_of", []), *(spell[n] for n in ("not", "of") if n in spell)]
        names = [spell[name] for name in ("from", "until", "event") if name in spell]
        return any(self._speaks(part, rec) for part in parts) or any(self.matches(rec, name) for name in names)

    def _beginning(self, spell: Any, subject: str, at: int) -> Rec | None:
        return next((rec for rec in self.recs if rec.subject == subject and rec.at == at), None)

    def _turns(self, spell: Spec) -> Iterator[Went]:
        """For each asset in turns; what ends comes first, unless it ends at the instant at which it begins."""
        continues = spell.get("repeat") == "continues"
        for subject in self.subjects:
            opens = [(rec.at, 1, rec) for rec in self.are(spell["from"]) if rec.subject == subject]
            closes = [(rec.at, 0, rec) for rec in self.are(spell["until"]) if rec.subject == subject]
            opened: Rec | None = None
            orphan: Rec | None = None
            marks = sorted([*opens, *closes], key=lambda mark: (mark[0], mark[1], mark[2].place))
            for n, (at, role, rec) in enumerate(marks):
                if role == 0 and opened is not None:
                    yield Went(subject, opened.at, at, opened)
                    opened = None
                elif role == 0 and (n == 0 or not continues):
                    orphan = rec
                    if not any(one.at == at for _, _, one in opens):
                        self.orphans = True
                        yield Went(subject, self.first if self.earlier else at, at, None)
                elif role == 1 and orphan is not None and orphan.at == at:
                    yield Went(subject, at, at, rec)
                    orphan = None
                elif role == 1 and opened is None:
                    opened = rec
            if opened is not None:
                yield Went(subject, opened.at, None, opened)

    def _stated(self, spell: Spec, rec: Rec) -> Went:
        end = rec.at + amount(spell["lasts"]) if "lasts" in spell else instant(rec.fields[spell["ends"]])
        return Went(rec.subject, rec.at, max(rec.at, end), rec)

    def going(self, spell: Any, subject: str | None, at: int) -> bool:
        """Whether something of an asset goes on at an instant: asked once of every instant, and kept."""
        if isinstance(spell, str):
            spell = self.head["intervals"][spell]
        if (id(spell), subject) not in self._going:
            instants = frozenset(at for at in self.grid if self._goes(spell, subject, at))
            self._going[id(spell), subject] = (spell, instants)
        return at in self._going[id(spell), subject][1]

    def _goes(self, spell: Any, subject: str | None, at: int, wider: tuple[int, int] = (0, 0)) -> bool:
        """The same; with `wider`, begun earlier and ended later."""
        if isinstance(spell, str):
            return self._goes(self.head["intervals"][spell], subject, at, wider)
        if "all_of" in spell:
            return all(self._goes(part, subject, at, wider) for part in spell["all_of"])
        if "any_of" in spell:
            return any(self._goes(part, subject, at, wider) for part in spell["any_of"])
        if "not" in spell:
            return not self._goes(spell["not"], subject, at)
        if "before" in spell or "after" in spell:
            return self._goes(spell["of"], subject, at, (amount(spell["before"]), amount(spell["after"])))
        return any(
            went.start - wider[0] <= at and (went.end is None or at < went.end + wider[1])
            for went in self.spell(spell) if went.subject == subject
        )  # fmt: skip


def instant(text: str) -> int:
    """An instant in whole microseconds."""
    return parse_instant(text)[0]


def counts(entry: Spec, at: int) -> bool:
    """Whether a line of a register counts: from its first day on, no longer on the first day no longer."""
    since = instant(entry["from"] + "T00:00:00Z") if "from" in entry else -inf
    until = instant(entry["until"] + "T00:00:00Z") if "until" in entry else inf
    return since <= at < until


# ---- constraints -----------------------------------------------------------------------------------------


def judged(world: World, given: Spec) -> str:
    """The verdict on one constraint in one world."""
    return worst(JUDGES[given["kind"]](Asking(world, given)))


class Asking:
    """One constraint asked of one world: what every kind needs."""

    def __init__(self, world: World, given: Spec) -> None:
        self.world, self.given = world, given
        self.limit = Bound(
            amount(given.get("at_least", given.get("exactly"))),
            amount(given.get("at_most", given.get("exactly"))),
            given.get("exclusive") == "true",
        )
        force = given.get("effective", {})
        self.start = instant(force["from"] + "T00:00:00Z") if "from" in force else -inf
        self.end = instant(force["until"] + "T00:00:00Z") if "until" in force else inf
        self.unknown = given.get("history") == "unknown"

    def __getitem__(self, name: str) -> Any:
        return self.given.get(name)

    def in_force(self, at: int) -> bool:
        """Whether the constraint applies at an instant."""
        return bool(self.start <= at < self.end)

    @property
    def instants(self) -> list[int]:
        """The instants of the grid at which it applies, and the last one of all."""
        found = [at for at in self.world.grid if self.in_force(at)]
        last = self.end - 1
        return sorted({*found, int(last)}) if found and last < self.world.last else found

    def events(self) -> list[Rec]:
        """The records it is asked of."""
        world = self.world
        return [
            rec for rec in world.are(self["event"])
            if self.in_force(rec.at)
            and (self["during"] is None or world.going(self["during"], rec.subject, rec.at))
        ]  # fmt: skip

    def intervals(self) -> list[Went]:
        """What went on that it is asked of."""
        return [went for went in self.world.spell(self["of"] or self["interval"]) if self.in_force(went.start)]

    def verdict(self, value: Any) -> str:
        """Of a known value."""
        return oracle.verdict([value], self.limit)

    def groups(self, items: Iterable[Any], everyone: bool = False) -> dict[Any, list[Any]]:
        """By asset, or all together; with `everyone` also those of which nothing is shown."""
        together = self["per"] == [] or (self["kind"] in ("concurrent", "state_on") and self["per"] is None)
        found: dict[Any, list[Any]] = {}
        if everyone:
            found = {None: []} if together else {subject: [] for subject in self.world.subjects}
        for item in items:
            found.setdefault(None if together else item.subject, []).append(item)
        return found


def never(ask: Asking) -> Iterator[str]:
    world = ask.world
    if ask["interval"]:
        for went in ask.intervals():
            if ask["during"] is None:
                yield "violated"
            else:
                yield portion(ask, went, lambda at, went=went: not world.going(ask["during"], went.subject, at))
    elif ask["during"] or ask["outside"]:
        for rec in world.are(ask["event"]):
            inside = world.going(ask["during"] or ask["outside"], rec.subject, rec.at)
            if ask.in_force(rec.at):
                yield "violated" if inside == ("during" in ask.given) else "satisfied"
    else:
        name = ask["event"] if isinstance(ask["event"], str) else ask["event"]["type"]
        for rec in world.are(name):
            if ask.in_force(rec.at):
                yield "violated" if world.matches(rec, ask["event"]) else "satisfied"


def always(ask: Asking) -> Iterator[str]:
    for rec in ask.events():
        if ask["require"]:
            yield "satisfied" if ask.world.matches(rec, ask["require"]) else "violated"
        else:
            yield ask.verdict(rec.fields[ask["field"]])


def portion(ask: Asking, went: Went, good: Callable[[int], bool]) -> str:
    """Of what went on: whether it was good from its start until it ended, or observation did."""
    end = ask.world.last if went.end is None else min(went.end, ask.world.last)
    instants = range(went.start, end, HALF) if went.start < end else [went.start]
    return "satisfied" if all(good(at) for at in instants) else "violated"


def during(ask: Asking) -> Iterator[str]:
    world = ask.world
    if ask["event"]:
        for rec in ask.world.are(ask["event"]):
            if ask.in_force(rec.at):
                yield "satisfied" if world.going(ask["inside"], rec.subject, rec.at) else "violated"
    else:
        for went in ask.intervals():
            yield portion(ask, went, lambda at, went=went: world.going(ask["inside"], went.subject, at))


def apart(ask: Asking) -> Iterator[str]:
    """How far they are from each other: the later start from the earlier end."""
    by = amount(ask["by"]) or 0
    others = ask.world.spell(ask["from"])
    items: list[Any] = ask.intervals() if ask["of"] else ask.events()
    for item in items:
        start, end = (item.at, item.at) if isinstance(item, Rec) else (item.start, item.end)
        near = False
        for other in others:
            if other.subject == item.subject:
                ends = [inf if one is None else one for one in (end, other.end)]
                if start == end and by == 0:
                    near = near or other.on(start)
                elif by or other.start < ends[1]:  # what lasts no time has nothing in common with anything
                    near = near or max(start, other.start) - min(ends) < by
        yield "violated" if near else "satisfied"


def fits(ask: Asking) -> Callable[[Any, Any], bool]:
    """Whether another record belongs to an occasion: the fields of `same` are equal, the subject by default."""
    names = listed(ask["same"] or "subject")

    def fitting(other: Rec, one: Any) -> bool:
        ours = one.fields if isinstance(one, Rec) else {"subject": one.subject}
        return all(other.fields.get(name) == ours.get(name) for name in names)

    return fitting


def preceded_by(ask: Asking) -> Iterator[str]:
    world, belongs = ask.world, fits(ask)
    items = [(rec.at, rec) for rec in ask.events()] if ask["event"] else [(w.start, w) for w in ask.intervals()]
    notices = world.are(ask["by"])

    def serves(item: tuple[int, Any], notice: Rec) -> bool:
        at, one = item
        lead = at - notice.at
        return notice is not one and lead >= 0 and belongs(notice, one) and oracle.keeps(lead, ask.limit)

    def from_before(item: tuple[int, Any]) -> bool:
        """Whether one that lies before the log would serve."""
        leads = range(item[0] - world.first + HALF, LATER, HALF)
        return ask.unknown and any(oracle.keeps(lead, ask.limit) for lead in leads)

    yield from served(ask, items, notices, serves, from_before, "inconclusive")


def served(
    ask: Asking, items: Sequence[Any], answers: Sequence[Rec], serves: Callable[[Any, Rec], bool],
    beyond: Callable[[Any], bool], otherwise: str,
) -> Iterator[str]:  # fmt: skip
    """Each occasion by any record that serves it; with `once`, all of them by different ones."""
    if ask["once"]:
        if items:
            needing = [item for item in items if not beyond(item)]
            if matched(needing, answers, serves) < len(needing):
                yield "violated"
            else:
                yield "satisfied" if matched(items, answers, serves) == len(items) else otherwise
        return
    for item in items:
        if any(serves(item, answer) for answer in answers):
            yield "satisfied"
        else:
            yield otherwise if beyond(item) else "violated"


def matched(items: Sequence[Any], answers: Sequence[Any], serves: Callable[[Any, Any], bool]) -> int:
    """How many can be served if each answer serves one only: the first is served by any, or not at all."""
    if not items:
        return 0
    first, rest = items[0], items[1:]
    most = matched(rest, answers, serves)
    for n, answer in enumerate(answers):
        if serves(first, answer):
            most = max(most, 1 + matched(rest, [*answers[:n], *answers[n + 1 :]], serves))
    return most


def followed_by(ask: Asking) -> Iterator[str]:
    world = ask.world
    limit = Bound(amount(ask["at_least"]), inf if ask["within"] is None else amount(ask["within"]), ask.limit.exclusive)
    asked: list[Asked] = []
    recs = {rec.place: fact(rec) for rec in world.recs}
    if ask["event"]:
        asked = [Asked(rec.at, rec.at, rec.subject or "", recs[rec.place]) for rec in ask.events()]
    else:
        asked = [Asked(w.start, w.end, w.subject or "") for w in ask.intervals() if w.end is not None]
    answers = [recs[rec.place] for rec in world.are(ask["by"])]
    if ask["once"]:
        at_most = None if limit.at_most == inf else limit.at_most

        def serves(one: Asked, answer: Fact) -> bool:
            lag = answer.at - one.begun
            return answer.subject == one.subject and lag >= 0 and oracle.keeps(lag, limit)

        def to_come(one: Asked) -> bool:
            reach = range(world.last - one.begun, LATER, HALF)
            return any(oracle.keeps(lag, limit) for lag in reach) or at_most is None

        yield from served(ask, asked, answers, serves, to_come, "pending")  # type: ignore[arg-type]
        return
    barring = [recs[rec.place] for rec in world.are(ask["before_any"])] if ask["before_any"] else []
    lifting = [recs[rec.place] for rec in world.are(ask["unless"])] if ask["unless"] else []
    for one in asked:
        ours, theirs = lifting, answers
        if ask["same"] and one.fact is not None:
            mine = one.fact.fields
            theirs = [
                f._replace(subject=one.subject) for f in answers
                if all(f.fields.get(n) == mine.get(n) for n in listed(ask["same"]))
            ]  # fmt: skip
        if ask["unless_same"] and one.fact is not None:
            names = listed(ask["unless_same"])
            mine = one.fact.fields
            ours = [f._replace(subject=one.subject) for f in lifting if all(f.fields.get(n) == mine[n] for n in names)]
        for told in oracle.lag([one], theirs, ours, barring, limit, world.last, S):
            yield from (each.verdict for each in told)


def fact(rec: Rec) -> Fact:
    """A record as the oracle has it."""
    return Fact(rec.at, "", rec.place, rec.type, rec.subject or "", rec.fields)


def duration(ask: Asking) -> Iterator[str]:
    for went in ask.intervals():
        if went.end is not None:
            yield ask.verdict(went.end - went.start)
        else:  # every length that it may come to
            low = ask.world.last - went.start
            yield oracle.verdict([*range(low, low + LATER, HALF), inf], ask.limit)


def windows(ask: Asking) -> list[tuple[int, int]]:
    """The calendar windows that meet the observation, or the observation."""
    world = ask.world
    if ask["each"] is None:
        return [(world.first, world.last + 1)]
    found = starts_of(ask["each"], ask["year_from"] or "01-01", world.first - world.first % DAY)
    return [(a, b) for a, b in pairwise(found) if a <= world.last and b > world.first]


@cache
def starts_of(unit: str, year_from: str, around: int) -> list[int]:
    """The days on which one begins: those of which the part of the date is not that of the day before."""
    begins = tuple(int(part) for part in year_from.split("-"))

    def part(at: int) -> Any:
        date = datetime.fromtimestamp(at // S, UTC).date()
        return {
            "day": date, "week": date.isocalendar()[:2], "month": (date.year, date.month),
            "quarter": (date.year, (date.month - 1) // 3),
            "year": date.year - ((date.month, date.day) < begins),
        }[unit]  # fmt: skip

    days = range(around - 800 * DAY, around + 800 * DAY, DAY)
    return [at for at in days if part(at) != part(at - DAY)]


def adding(ask: Asking) -> tuple[list[Any], Callable[[Any, int, int], Any]]:
    """What adds up, and how much of it lies in (a, b]: durations, a field, or occurrences."""
    world = ask.world
    items: list[Any] = world.spell(ask["of"]) if ask["of"] else world.are(ask["event"])
    if ask["kind"] == "total" and ask["of"]:

        def shared(went: Went, a: int, b: int) -> int:
            return max(0, (b if went.end is None else min(went.end, b)) - max(went.start, a))

        return items, shared

    def within(item: Any, a: int, b: int) -> int:
        at = item.start if isinstance(item, Went) else item.at
        return (item.fields[ask["field"]] if ask["field"] else 1) if a < at <= b else 0

    return items, within


def total(ask: Asking) -> Iterator[str]:
    world, limit = ask.world, ask.limit
    items, within = adding(ask)
    groups = ask.groups(items, everyone=limit.at_least is not None)
    durations = ask["kind"] == "total" and bool(ask["of"])
    for subject, group in groups.items():
        if ask["in"] is not None:
            width = amount(ask["in"])
            if not ask.instants:
                continue
            kept = []
            for at in ask.instants:
                value = sum(within(item, at - width, at) for item in group)
                side = limit if at - width >= world.first else limit._replace(at_least=None)
                kept.append(oracle.verdict(unseen(ask, value, at - width, durations, subject), side, "inconclusive"))
            yield worst(kept) if limit.at_most is not None or max(ask.instants) - width >= world.first else NOTHING
            continue
        for start, end in windows(ask):
            stop = min(end, ask.end)
            side = limit if stop == end or ask["each"] is None else limit._replace(at_least=None)
            if end <= ask.start or start > min(world.last, ask.end - 1) or side[:2] == (None, None):
                continue
            inside = [i for i in group if touches(i, start, int(min(stop, world.last + 1)))]
            if not inside and side.at_least is None:
                continue
            last = int(min(stop, world.last))
            value = sum(within(item, start, last) for item in group)
            if not durations:  # the window begins with its first instant, and its end belongs to the next
                value = sum(within(item, start - 1, min(int(stop) - 1, world.last)) for item in group)
            possible = unseen(ask, value, start, durations, subject) if ask["each"] else [value]
            if end > world.last and ask["each"] and side.at_least is not None:
                possible = [*possible, *(value + n for n in range(1, 60))]
                yield oracle.verdict([*possible, inf], side, "pending")
            else:
                yield oracle.verdict(possible, side, "inconclusive")


NOTHING = "not_applicable"


def unseen(ask: Asking, value: Any, since: int, durations: bool, subject: Any) -> list[Any]:
    """The totals that are possible where what lies before the log is not known."""
    before = ask.world.first - since
    if not ask.unknown or before <= 0:
        return [value]
    if durations and subject is not None:
        return [value + part for part in range(0, min(before, LATER) + 1, HALF)]
    return [value, *(value + n for n in range(1, 60)), inf]


def touches(item: Any, start: int, end: int) -> bool:
    """Whether something falls into [start, end)."""
    if isinstance(item, Rec):
        return start <= item.at < end
    return item.start < end and (item.end is None or item.end > start or item.start >= start)


def spacing(ask: Asking) -> Iterator[str]:
    world, limit = ask.world, ask.limit
    items: list[Any] = world.spell(ask["of"]) if ask["of"] else world.are(ask["event"])
    if ask["along"]:
        for group in ask.groups(items).values():
            rows = sorted(((rec.fields[ask["along"]], rec) for rec in group), key=lambda pair: pair[0])
            for (before, _), (after, rec) in pairwise(rows):
                if ask.in_force(rec.at):
                    yield ask.verdict(after - before)
        return
    heartbeat = limit.at_most is not None and ask["event"] and not ask["between_only"]
    side = limit._replace(at_most=None) if heartbeat else limit
    if side[:2] != (None, None):
        for group in ask.groups(items).values():
            ends = [(i.at, i.at) if isinstance(i, Rec) else (i.start, i.end) for i in group]
            for (_, end), (start, _) in pairwise(ends):
                if end is not None and ask.in_force(start):
                    yield oracle.verdict([start - end], side)
    if heartbeat:
        yield from silences(ask, items)


def silences(ask: Asking, items: list[Rec]) -> Iterator[str]:
    world, limit = ask.world, ask.limit
    first = Bound(at_most=amount(ask["first"]) if ask["first"] else limit.at_most, exclusive=limit.exclusive)
    share = int((ask["tolerance"] or "0 %").removesuffix(" %"))
    later = Bound(at_most=limit.at_most * (100 + share) // 100, exclusive=limit.exclusive)
    for subject, group in ask.groups(items, everyone=True).items():
        cells = [at for at in ask.instants[:-1] if ask["while"] is None or world.going(ask["while"], subject, at)]
        for start in (at for at in cells if at - HALF not in cells):
            end = next(at for at in range(start, world.last + 2 * HALF, HALF) if at not in cells)
            end = min(end, ask.instants[-1])
            cuts = [start, *(rec.at for rec in group if start <= rec.at <= end), end]
            for n, (before, after) in enumerate(pairwise(cuts)):
                yield oracle.verdict([after - before], later if n else first)


def concurrent(ask: Asking) -> Iterator[str]:
    items = ask.world.spell(ask["of"])
    for group in ask.groups(items, everyone=ask.limit.at_least is not None).values():
        touched = any(
            went.start <= at and (went.end is None or went.end >= at) for went in group for at in ask.instants
        )
        if not touched and ask.limit.at_least is None:
            continue
        kept = []
        for at in ask.instants:
            going = [went for went in group if went.on(at)]
            value = len(going)
            if ask["sum"]:
                value = sum(went.opening.fields[ask["sum"]] for went in going if went.opening is not None)
            kept.append(ask.verdict(value))
        yield worst(kept)


def sequence(ask: Asking) -> Iterator[str]:
    allowed = {(one, to) for one, states in ask["allowed"].items() for to in states}
    for move in ask["moves"]:
        assert {*move} <= {"event", "to_field", "from", "to"}
    facts = []
    for rec in ask.world.recs:
        move = next((m for m in ask["moves"] if ask.world.matches(rec, m["event"])), None)
        if move is not None:
            fields = {"to": rec.fields[move["to_field"]] if "to_field" in move else move["to"]}
            if "from" in move:
                fields["from"] = move["from"]
            facts.append(fact(rec)._replace(fields=fields))
    for told in oracle.steps(facts, "", ask["initial"], allowed, (ask.world.first, ask.world.last)):
        yield from (one.verdict for one in told)


def differs(ask: Asking) -> Iterator[str]:
    parts = []
    for role, given in ask["roles"].items():
        parts += [
            (fact(rec), role, rec.fields[given["field"]], rec.fields[ask["per"]])
            for rec in ask.world.are(given["event"])
        ]
    parts.sort(key=lambda part: part[0].seq)
    for times, compared in oracle.clashes(parts, (ask.world.first, ask.world.last)):
        if compared:
            yield "violated" if times else "satisfied"


def agrees(ask: Asking) -> Iterator[str]:
    """The last that belongs to it up to then, else the first; each end that it may come to.

    What a record says that is not genuine is nothing to compare with.
    """
    belongs = fits(ask)
    tolerance = amount(ask["tolerance"]) or 0
    others = [one for one in ask.world.are(ask["with"]) if one.fields.get("sig") != "bad"]
    items: list[Any] = ask.intervals() if ask["of"] else ask.events()
    for item in items:
        at = item.at if isinstance(item, Rec) else item.start
        fitting = [one for one in others if one is not item and belongs(one, item)]
        if not fitting:
            continue
        before = [one for one in fitting if one.at <= at]
        its = (before[-1] if before else fitting[0]).fields[ask["its"]]
        if ask["of"]:
            its = instant(its)
            last = ask.world.last
            ours = [item.start]
            if ask["field"] == "end":
                ours = [item.end] if item.end is not None else range(last, last + LATER, HALF)
        else:
            ours = [item.fields[ask["field"]]]
        found = []
        for value in ours:
            gap = (value - its) if not isinstance(value, str) else int(value != its)
            low = {"not_more": gap, "not_less": -gap}.get(ask["side"], abs(gap))
            found.append(low)
        yield oracle.verdict(found, Bound(at_most=tolerance))


def state_on(ask: Asking) -> Iterator[str]:
    on = ask.world.last if ask["on"] is None else instant(ask["on"])
    recs = [rec for rec in ask.world.are(ask["event"]) if rec.at <= on]
    for group in ask.groups(recs, everyone=ask["per"] is None).values():
        if on > ask.world.last:
            yield "pending"
        elif not group:
            yield "inconclusive"
        elif ask["require"]:
            yield "satisfied" if ask.world.matches(group[-1], ask["require"]) else "violated"
        else:
            yield ask.verdict(group[-1].fields[ask["field"]])


def distance(ask: Asking) -> Iterator[str]:
    """Positions lie on the equator, at whole degrees; places are points on it or boxes across it."""
    area = ask["kind"] == "area"
    register = ask["inside"] or ask["outside"] or ask["to"]
    for rec in ask.events():
        here = rec.fields["here"]["coordinates"][0]
        away = inf
        for entry in ask.world.head["registers"][register]["members"]:
            gone = any(
                one.at <= rec.at and one.fields["action"] == "remove"
                and (one.fields["register"], one.fields["entry"]) == (register, entry["member"])
                for one in ask.world.are("AMEND")
            )  # fmt: skip
            if counts(entry, rec.at) and not gone:
                along = [float(c[0]) for c in corners(entry["place"]["coordinates"])]
                away = min(away, max(0.0, min(along) - here, here - max(along)) * DEGREE)
        if area:
            yield "satisfied" if (away == 0) == ("inside" in ask.given) else "violated"
        else:
            yield ask.verdict(away)


def time_before(ask: Asking) -> Iterator[str]:
    """Cell by cell of the window before; of cells before the log nothing is known, unless nothing lies there."""
    world, back = ask.world, amount(ask["in"])
    items: list[Any] = ask.events() if ask["event"] else ask.intervals()
    for item in items:
        at = item.at if isinstance(item, Rec) else item.start
        cells = range(at - back, at, HALF)
        since = world.with_one_before(ask["spent"], item.subject) if ask.unknown else world
        amounts = []
        for earlier in (False, True) if ask.unknown else (None,):
            lengths, run = [], 0
            for cell in cells:
                unseen = earlier is not None and cell < world.first
                goes = earlier if unseen else (since if earlier else world)._goes(ask["spent"], item.subject, cell)
                run = run + HALF if goes else 0
                lengths.append(run if ask["unbroken"] == "true" else HALF * bool(goes))
            amounts.append(max(lengths, default=0) if ask["unbroken"] == "true" else sum(lengths))
        told = oracle.verdict([*range(amounts[0], amounts[-1] + 1, HALF)], ask.limit)
        yield "inconclusive" if told == "pending" else told  # what lies before the log never comes to light


def corners(coordinates: Any) -> list[Any]:
    """The positions of a shape."""
    return [coordinates] if isinstance(coordinates[0], str) else [c for one in coordinates for c in corners(one)]


JUDGES: dict[str, Callable[[Asking], Iterator[str]]] = {
    "never": never, "always": always, "during": during, "apart": apart, "preceded_by": preceded_by,
    "followed_by": followed_by, "duration": duration, "total": total, "count": total, "spacing": spacing,
    "concurrent": concurrent, "sequence": sequence, "differs": differs, "agrees": agrees, "state_on": state_on,
    "distance": distance, "area": distance, "time_before": time_before,
}  # fmt: skip


# ---- logs ------------------------------------------------------------------------------------------------


def worlds(rows: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The log with and without each record whose signature does not verify."""
    doubted = [row for row in rows if row.get("data", {}).get("sig") == "bad"]
    found = []
    for chosen in range(2 ** len(doubted)):
        gone = [id(row) for n, row in enumerate(doubted) if not chosen >> n & 1]
        found.append([row for row in rows if id(row) not in gone])
    return found


def verdicts(
    head: Spec, kinds: Sequence[Spec], rows: Sequence[dict[str, Any]], observed: tuple[int, int]
) -> list[set[str]]:
    """For each constraint the verdicts of all worlds; a log without doubtful records has one world, and one verdict.

    A record that is not genuine is no beat, not even one after which a shorter limit holds than for the first.
    """
    found: list[set[str]] = [set() for _ in kinds]
    for n, some in enumerate(worlds(rows)):
        world, other = World(head, some, observed, earlier=False), World(head, some, observed, earlier=True)
        for told, kind in zip(found, kinds, strict=True):
            if n and "first" in kind:
                continue
            one = judged(world, kind)
            told.add(one if not world.orphans or judged(other, kind) == one else "inconclusive")
    return found
