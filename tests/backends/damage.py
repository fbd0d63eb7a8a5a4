"""Logs that lack nothing, the same logs with records hidden, and what may be said of the latter.

A log is complete if openings and closings of each key take turns, every source numbers its records without a gap, and
each beats often enough. What is told of a log from which records were taken must be true of the complete one too, or
open. What the complete log comes to is worked out by `truth`, which has nothing in common with the program. Everything is
drawn from one seed: a failure names it, and `python tests/backends/damage.py SEED` tells of it.
"""

import random
import sys
from collections.abc import Collection
from typing import Any, NamedTuple

import truth

from checker import pipeline
from checker.logs import from_dicts
from checker.obligation import Obligation, Verdict, worst
from checker.pipeline import Check
from checker.rulebook import Rulebook, parse_rulebook
from checker.timeline import format_instant, parse_instant

BASE = parse_instant("2030-12-31T23:59:50Z")[0]
"""Ten seconds later a minute, a day, a month and a year begin."""
S = 1_000_000
END = 20
BEAT = 4

HEAD = """
rulebook: {id: small, version: "1", title: Small}
events:
  X_ON: {w: number, k: text, at: {type: instant, optional: true}, sig: "text?"}
  X_OFF: {sig: "text?"}
  Y_ON: {w: number, k: text}
  Y_OFF: {}
  T: {n: number, k: text, to: text, here: mapping, sig: "text?"}
  N: {n: number, k: text, to: text, sig: "text?"}
  V: {until: instant, k: text, sig: "text?"}
  BEAT: {}
  SEEN: {}
  DONE: {}
  AMEND: {register: text, entry: text, action: text}
unauthenticated: {sig: bad}
registers:
  ks: {amended_by: AMEND, members: [x]}
  places: {amended_by: AMEND, members: [{member: P, place: {type: Point, coordinates: [0, 0]}}]}
  spots:
    members:
      - {member: P, until: 2031-01-01, place: {type: Point, coordinates: [0, 0]}}
      - {member: Q, from: 2031-01-01, place: {type: Point, coordinates: [2, 0]}}
  areas:
    members:
      - member: A
        from: 2031-01-01
        place: {type: Polygon, coordinates: [[[0, -1], [1.5, -1], [1.5, 1], [0, 1], [0, -1]]]}
      - {member: B, place: {type: Polygon, coordinates: [[[1.75, -1], [2.5, -1], [2.5, 1], [1.75, 1], [1.75, -1]]]}}
  names: {members: [{member: x, until: 2031-01-01}, {member: y, from: 2031-01-01}]}
gaps: {sources: [p, q], heartbeat: {event: BEAT, every: 5 s}}
intervals:
  x: {from: X_ON, until: X_OFF}
  y: {from: Y_ON, until: Y_OFF}
  xk: {from: X_ON, until: X_OFF, per: subject}
  on: {from: T, until: N, repeat: continues}
  v: {event: V, ends: until}
  s: {event: N, lasts: 3 s}
  both: {all_of: [x, y]}
  either: {any_of: [x, y]}
  off: {not: x}
  some: {of: x, where: {w: {at_least: 2}}}
  wide: {of: x, before: 1 s, after: 1 s}
  shown: {from: X_ON, until: X_OFF, at_latest: DONE}
  going: {from: X_ON, until: X_OFF, already: SEEN}
"""
KINDS = """
{kind: never, event: T}
{kind: never, event: {type: T, n: {at_least: 3}}}
{kind: never, event: T, during: y}
{kind: never, event: T, outside: either}
{kind: never, interval: x}
{kind: never, interval: both}
{kind: always, event: T, field: n, at_most: $a}
{kind: always, event: T, require: {k: {in_register: ks}}}
{kind: always, event: T, during: x, require: {to: [p, q]}}
{kind: during, of: x, inside: y}
{kind: during, of: x, inside: {not: s}}
{kind: during, of: some, inside: v}
{kind: during, event: N, inside: x}
{kind: during, of: shown, inside: either}
{kind: apart, of: x, from: y}
{kind: apart, of: x, from: y, by: 1 s}
{kind: apart, event: T, from: x, by: 1 s}
{kind: preceded_by, event: T, by: N, at_least: $b}
{kind: preceded_by, event: T, by: N, at_most: $c}
{kind: preceded_by, event: T, by: N, same: [subject, k], at_least: 1 s, at_most: $c}
{kind: preceded_by, event: T, by: N, once: true, at_most: $c}
{kind: preceded_by, of: x, by: N, at_least: $b}
{kind: preceded_by, event: T, during: y, by: N, at_most: $c}
{kind: followed_by, event: T, by: N, within: $c}
{kind: followed_by, event: T, by: N, at_least: $b, within: $c}
{kind: followed_by, event: T, by: N, within: $c, unless: X_ON}
{kind: followed_by, event: T, by: N, within: $c, before_any: Y_ON}
{kind: followed_by, event: T, by: N, within: $c, once: true}
{kind: followed_by, event: T, by: N}
{kind: followed_by, of: x, by: N, within: $c}
{kind: followed_by, of: x, by: N, within: $c, once: true}
{kind: duration, of: x, at_most: $c}
{kind: duration, of: x, at_least: $b}
{kind: duration, of: both, at_most: $b}
{kind: duration, of: shown, at_most: $c}
{kind: duration, of: going, at_most: $c}
{kind: duration, of: on, at_most: $c}
{kind: duration, of: v, at_most: $c}
{kind: total, of: x, in: $d, at_most: $c}
{kind: total, of: x, in: $d, at_least: $b}
{kind: total, of: x, in: $d, at_most: $c, per: []}
{kind: total, of: either, in: $d, at_most: $c}
{kind: total, of: x, each: day, at_most: $d}
{kind: total, event: T, field: n, in: $d, at_most: $e}
{kind: total, event: T, field: n, each: day, at_most: $e}
{kind: count, event: T, in: $d, at_most: $a}
{kind: count, event: T, in: $d, at_least: 1}
{kind: count, event: T, exactly: $a}
{kind: count, of: x, in: $d, at_most: $a}
{kind: count, of: x, at_most: $a}
{kind: count, of: x, each: day, at_most: $a, per: []}
{kind: count, of: both, at_most: $a}
{kind: count, of: some, at_most: $a}
{kind: count, of: s, in: $d, at_most: $a}
{kind: spacing, of: x, at_least: $b}
{kind: spacing, event: T, at_least: $b}
{kind: spacing, event: T, at_least: $b, per: []}
{kind: spacing, event: T, at_most: $d}
{kind: spacing, event: T, at_most: $d, per: []}
{kind: spacing, event: T, at_most: $c, while: x}
{kind: spacing, event: T, at_most: $c, between_only: true}
{kind: spacing, event: T, along: n, at_most: $a}
{kind: concurrent, of: x, at_most: 1}
{kind: concurrent, of: x, at_most: 0, per: subject}
{kind: concurrent, of: x, sum: w, at_most: 2}
{kind: concurrent, of: wide, at_least: 1, effective: {until: 2031-01-01}}
{kind: concurrent, of: off, at_least: 1}
{kind: concurrent, of: s, at_most: $a}
{kind: sequence, moves: [{event: T, to_field: to}], allowed: {p: [q], q: [p, r], r: [p]}}
{kind: sequence, moves: [{event: T, to_field: to}, {event: N, from: p, to: q}], allowed: {p: [q], q: [p, r], r: [p, r]}, initial: p}
{kind: differs, roles: {asks: {event: T, field: to}, grants: {event: N, field: to}}, per: k}
{kind: agrees, event: T, field: n, with: N, its: n, tolerance: 1}
{kind: agrees, event: T, field: to, with: N, its: to}
{kind: agrees, of: x, field: end, with: V, its: until, side: not_more}
{kind: state_on, event: T, field: n, at_most: $a}
{kind: state_on, event: T, field: n, at_most: $a, per: subject}
{kind: state_on, event: T, require: {to: [p, q]}, on: "2031-01-01T00:00:05Z"}
{kind: distance, event: T, field: here, to: places, at_least: 50000}
{kind: distance, event: T, field: here, to: places, at_most: 150000}
{kind: distance, event: T, field: here, to: spots, at_least: 50000}
{kind: distance, event: T, during: x, field: here, to: spots, at_most: 111319.491}
{kind: distance, event: T, field: here, to: places, at_least: 111319.491, exclusive: true}
{kind: area, event: T, field: here, inside: areas}
{kind: area, event: T, field: here, outside: areas}
{kind: never, interval: v, during: x}
{kind: never, event: T, effective: {until: 2031-01-01}}
{kind: always, event: T, require: {k: {in_register: names}}}
{kind: always, event: T, field: n, at_least: $a, exclusive: true}
{kind: apart, of: y, from: v, by: 2 s}
{kind: during, event: T, inside: wide}
{kind: preceded_by, event: T, by: N, at_least: $b, history: unknown}
{kind: preceded_by, event: T, by: N, at_least: 1 s, at_most: $d, once: true, history: unknown}
{kind: preceded_by, event: T, by: N, at_most: $c, exclusive: true}
{kind: followed_by, event: T, by: N, within: $c, exclusive: true}
{kind: followed_by, event: T, by: N, same: k, within: $c, unless: V, unless_same: k}
{kind: followed_by, event: T, by: N, within: $b, effective: {from: 2031-01-01}}
{kind: followed_by, event: V, by: T, at_least: 1 s, within: $c, once: true}
{kind: duration, of: x, at_most: $c, exclusive: true}
{kind: duration, of: x, at_most: $b, effective: {until: 2031-01-01}}
{kind: duration, of: either, at_most: $d}
{kind: total, of: x, in: $d, at_most: $c, history: unknown}
{kind: total, of: x, in: $d, at_most: $c, per: [], history: unknown}
{kind: total, of: x, in: $d, at_most: $c, exclusive: true}
{kind: total, of: x, each: day, at_most: $c, history: unknown}
{kind: total, of: y, each: day, at_least: $b}
{kind: total, of: v, in: $d, at_most: $c}
{kind: total, event: T, field: n, in: $d, at_least: 2}
{kind: count, event: T, each: year, at_most: $a}
{kind: count, event: T, each: year, year_from: 02-05, at_most: $a}
{kind: count, event: T, each: month, at_least: $a}
{kind: count, event: T, each: week, exactly: $a}
{kind: count, event: T, in: $d, at_most: $a, history: unknown}
{kind: count, event: T, in: $d, at_most: $a, effective: {from: 2031-01-01}}
{kind: spacing, of: y, at_least: $b, exclusive: true}
{kind: spacing, of: x, at_most: $c}
{kind: spacing, event: T, at_most: $d, first: 8 s, per: []}
{kind: spacing, event: T, at_most: $b, first: $c, while: x}
{kind: spacing, event: T, at_most: $c, tolerance: 100 %, per: []}
{kind: spacing, event: T, at_most: $d, effective: {until: 2031-01-01}}
{kind: spacing, event: T, along: n, at_least: 1, per: []}
{kind: concurrent, of: x, at_most: 2, exclusive: true}
{kind: concurrent, of: v, at_most: $a, per: subject}
{kind: concurrent, of: y, sum: w, at_most: 3}
{kind: agrees, event: T, field: n, with: N, its: n, same: [subject, k], tolerance: 1}
{kind: agrees, event: T, field: n, with: N, its: n, tolerance: 1, side: not_less}
{kind: agrees, of: y, field: start, with: V, its: until, tolerance: 2 s}
{kind: time_before, event: T, spent: x, in: $d, at_most: $c}
{kind: time_before, event: T, spent: off, in: $d, unbroken: true, at_least: $b}
{kind: time_before, of: x, spent: y, in: $d, at_least: $b, history: unknown}
{kind: time_before, event: T, spent: either, in: $d, unbroken: true, at_most: $c, exclusive: true}
{kind: state_on, event: N, field: n, exactly: 2, per: subject, on: "2031-01-01T00:00:00Z"}
""".strip().splitlines()

Row = dict[str, Any]

SETTINGS = [
    {"a": "1", "b": "1 s", "c": "3 s", "d": "6 s", "e": "3"},
    {"a": "2", "b": "2 s", "c": "2 s", "d": "9 s", "e": "5"},
    {"a": "0", "b": "3 s", "c": "5 s", "d": "4 s", "e": "8"},
    {"a": "3", "b": "500 ms", "c": "8 s", "d": "16 s", "e": "12"},
]


def rulebook(settings: dict[str, str], kinds: list[str] = KINDS) -> Rulebook:
    parameters = "\n".join(f"  {name}: {{title: A limit, value: {value}}}" for name, value in settings.items())
    constraints = "\n".join(
        f"  - {{id: C-{n}, title: A limit, text: The limit is kept., group: test, severity: major, source: made up, "
        + kind.removeprefix("{")
        for n, kind in enumerate(kinds)
    )
    return parse_rulebook(f"{HEAD}\nparameters:\n{parameters}\nconstraints:\n{constraints}")


BOOKS: list[Rulebook] = []


def books() -> list[Rulebook]:
    if not BOOKS:
        BOOKS.extend(rulebook(one) for one in SETTINGS)
    return BOOKS


PLAIN: list[tuple[dict[str, Any], list[dict[str, Any]]]] = []


def plain() -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """The same rulebooks as `truth` reads them: what stands before the constraints, and these."""
    if not PLAIN:
        head = truth.plain(HEAD)
        for settings in SETTINGS:
            kinds = []
            for kind in KINDS:
                for name, value in settings.items():
                    kind = kind.replace(f"${name}", value)
                kinds.append(truth.plain(kind))
            PLAIN.append((head, kinds))
    return PLAIN


def true_of(rows: list[Row], book: Rulebook) -> dict[str, set[str]]:
    """What each constraint comes to on a complete log, in each of its worlds."""
    head, kinds = plain()[books().index(book)]
    found = truth.verdicts(head, kinds, rows, (BASE, BASE + END * S))
    return {f"C-{n}": verdicts for n, verdicts in enumerate(found)}


def stamp(second: float) -> str:
    return format_instant(BASE + round(second * S))


def fields(chance: random.Random, name: str, now: float) -> Row:
    if name in ("X_ON", "Y_ON"):
        return {"w": chance.randint(1, 3), "k": chance.choice("xy")}
    if name == "V":
        return {"until": stamp(now + chance.randint(0, 6)), "k": chance.choice("xy")}
    if name == "AMEND":
        if chance.random() < 0.3:
            return {"register": "places", "entry": "P", "action": chance.choice(["add", "remove", "remove"])}
        return {"register": "ks", "entry": chance.choice("xyz"), "action": chance.choice(["add", "remove"])}
    if name in ("T", "N"):
        made: Row = {"n": chance.randint(0, 4), "k": chance.choice("xy"), "to": chance.choice("pqr")}
        if name == "T":
            made["here"] = {"type": "Point", "coordinates": [chance.choice([0, 1, 2]), 0]}
        return made
    return {}


def complete(chance: random.Random, size: int = 2) -> list[Row]:
    """A log that lacks nothing, in order: of subjects A and B, by sources p and q, numbered from 1.

    Much of it happens at once: intervals touch or last no time, and half of the rest falls on an instant of theirs.
    """
    rows: list[tuple[float, int, Row]] = []

    def add(second: float, name: str, subject: str, turn: int = 2) -> None:
        rows.append((second, turn, {"type": name, "subject": subject, "data": fields(chance, name, second)}))

    busy: dict[str, list[tuple[int, int]]] = {"A": [], "B": []}
    for name in "XY":
        for subject in "AB":
            now, pause = chance.randint(0, 8), 1
            for _ in range(chance.randint(0, size)):
                lasting = chance.randint(0 if pause and chance.random() < 0.2 else 1, 5)
                if now + lasting > END:
                    break
                add(now, f"{name}_ON", subject)
                busy[subject] += [(now, now + lasting)] if name == "X" else []
                if not (now + lasting > END - 4 and chance.random() < 0.3):
                    add(now + lasting, f"{name}_OFF", subject, 1 if lasting else 3)
                    pause = chance.choice((0, 1, 1, 2, 3, 5)) if lasting else chance.randint(1, 5)
                    now += lasting + pause
                else:
                    busy[subject] += [(now, END + 1)] if name == "X" else []
                    break
    shared = [round(second) for second, _, _ in rows] or [0]
    for subject in "AB":
        for _ in range(chance.randint(0, size)):
            second = chance.randint(0, END) + 0.5
            add(second, "SEEN" if any(a < second < b for a, b in busy[subject]) else "DONE", subject)
    for name, most in (("T", 2 * size), ("N", 2 * size), ("V", size), ("AMEND", 1)):
        for _ in range(chance.randint(0, most)):
            add(chance.choice(shared) if chance.random() < 0.4 else chance.randint(0, END), name, chance.choice("AB"))
    for row in rows:
        row[2]["source"] = chance.choice("pq")
    for source in "pq":
        rows += [(second, 2, {"type": "BEAT", "source": source}) for second in range(0, END + 1, BEAT)]
    rows.sort(key=lambda one: one[:2])
    numbers = {"p": 0, "q": 0}
    made = []
    for n, (second, _, row) in enumerate(rows):
        numbers[row["source"]] += 1
        made.append({"time": stamp(second), "id": f"r{n}", "seq": numbers[row["source"]], **row})
    return made


DOUBTFUL = ("T", "N", "V")


def doubt(chance: random.Random, rows: list[Row]) -> list[Row]:
    """The same, where the signatures of one or two records do not verify."""
    able = [row for row in rows if row["type"] in DOUBTFUL]
    bad = {row["id"] for row in chance.sample(able, min(len(able), chance.randint(1, 2)))}
    return [{**row, "data": {**row["data"], "sig": "bad"}} if row["id"] in bad else row for row in rows]


def blur(chance: random.Random, rows: list[Row]) -> list[Row]:
    """The same, where one or two records say less: the minute or the day alone, or a field less."""
    told = {row["id"] for row in chance.sample(rows, min(len(rows), chance.randint(1, 2)))}
    return [less(chance, row) if row["id"] in told and row["type"] != "BEAT" else row for row in rows]


def less(chance: random.Random, row: Row) -> Row:
    """A record that says less."""
    names = [name for name in row["data"] if name != "sig"]
    if names and chance.random() < 0.5:
        gone = chance.choice(names)
        return {**row, "data": {name: value for name, value in row["data"].items() if name != gone}}
    return {**row, "time": row["time"][: chance.choice((10, 16, 16))] + "Z"}


def hide(chance: random.Random, rows: list[Row]) -> list[Row]:
    """The same without some records: single ones, a run of one source, all of a time, a whole source, an end."""
    how = chance.choice(["single", "single", "single", "run", "some", "time", "source", "end"])
    telling = [row for row in rows if row["type"] != "BEAT"] or rows
    if how == "single":
        gone = {id(chance.choice(telling))}
    elif how == "some":
        gone = {id(row) for row in chance.sample(rows, chance.randint(1, min(4, len(rows))))}
    elif how == "time":
        first = chance.randint(0, END)
        gone = {id(row) for row in rows if stamp(first) <= row["time"] <= stamp(first + chance.randint(0, 5))}
    else:
        source = chance.choice("pq")
        ours = [row for row in rows if row["source"] == source]
        first = chance.randrange(len(ours))
        last = first + chance.randint(1, 4) if how == "run" else len(ours)
        if how == "source":
            first, last = 0, len(ours)
        gone = {id(row) for row in ours[first:last]}
    return [row for row in rows if id(row) not in gone]


def judge(rows: list[Row], book: Rulebook) -> Check:
    return pipeline.run([from_dicts(rows)], book, observed_from=BASE, observed_until=BASE + END * S)


def shows(check: Check, rows: list[Row], left: list[Row]) -> bool:
    """Whether every record that is gone lies where the log shows that records are missing."""
    kept = {row["id"] for row in left}
    gone = [row for row in rows if row["id"] not in kept]
    return all(
        any(
            g.source in (None, r["source"]) and g.start <= parse_instant(r["time"])[0] <= g.end
            for g in check.trace.gaps
        )
        for r in gone
    )


def verdicts(check: Check) -> dict[str, Verdict]:
    found: dict[str, set[Verdict]] = {constraint.id: set() for constraint in check.rulebook.constraints}
    for judged in check.judged:
        found[judged.constraint.id].add(judged.obligation.verdict)
    return {name: worst(ours) for name, ours in found.items()}


class Wrong(NamedTuple):
    """Something told of the log with records hidden that is not true of the complete one."""

    constraint: str
    kind: str
    complete: str
    damaged: str
    where: str


QUIET = {Verdict.SATISFIED, Verdict.NOT_APPLICABLE, Verdict.PENDING}


def wrong(true: dict[str, set[str]], whole: Check, damaged: Check) -> list[Wrong]:
    """Verdicts on constraints that are not true, and those on occasions whose record is there in both that differ."""
    kinds = {f"C-{n}": kind for n, kind in enumerate(KINDS)}
    told = untrue(true, damaged)
    theirs, ours = occasions(whole), occasions(damaged)
    for key in theirs.keys() & ours.keys():
        one, other = worst(theirs[key]), worst(ours[key])
        if opposed({one}, other):
            told.append(Wrong(key[0], kinds[key[0]], one, other, str(key[1])))
    return told


def untrue(true: dict[str, set[str]], check: Check) -> list[Wrong]:
    """Verdicts on constraints as a whole that are not true of a log that lacks nothing."""
    return [
        Wrong(f"C-{n}", kind, "/".join(sorted(true[f"C-{n}"])), found, "as a whole")
        for n, kind in enumerate(KINDS) if opposed(true[f"C-{n}"], found := verdicts(check)[f"C-{n}"])
    ]  # fmt: skip


def opposed(true: Collection[str], found: Verdict) -> bool:
    """Whether a verdict contradicts the true one; where that depends on which records are genuine, every one."""
    if found is Verdict.VIOLATED:
        return Verdict.VIOLATED not in true
    return found in QUIET and Verdict.VIOLATED in true


SUMS = ("total", "count", "concurrent", "spacing", "differs", "state_on")


def occasions(check: Check) -> dict[tuple[str, str | None], set[Verdict]]:
    found: dict[tuple[str, str | None], set[Verdict]] = {}
    for judged in check.judged:
        if not judged.constraint.kind.startswith(SUMS) and (cause := cause_of(judged.obligation)) is not None:
            found.setdefault((judged.constraint.id, cause), set()).add(judged.obligation.verdict)
    return found


def cause_of(obligation: Obligation) -> str | None:
    """The record of an occasion; that of an interval which may be two is none."""
    for witness in obligation.witnesses:
        if witness.role in ("trigger", "opening"):
            return witness.event.record.id
    return None


class Sample(NamedTuple):
    """A log that lacks nothing, the same with records hidden, what is true of the one and what is told of both."""

    rows: list[Row]
    left: list[Row]
    true: dict[str, set[str]]
    whole: Check
    damaged: Check

    @property
    def wrong(self) -> list[Wrong]:
        """What is told and is not true."""
        return wrong(self.true, self.whole, self.damaged)


def sample(seed: int, size: int = 2) -> Sample | None:
    """What a seed comes to; None if nothing shows that records are gone.

    In some logs a record is not authentic, or some of those that are left say less than they did.
    """
    chance = random.Random(seed)
    book = chance.choice(books())
    rows = complete(chance, size)
    if chance.random() < 0.2:
        rows = doubt(chance, rows)
    left = rows if chance.random() < 0.1 else hide(chance, rows)
    if not left:
        return None
    if left is rows or chance.random() < 0.2:
        left = blur(chance, left)
    damaged = judge(left, book)
    if not shows(damaged, rows, left):
        return None
    return Sample(rows, left, true_of(rows, book), judge(rows, book), damaged)


def tell(seed: int) -> None:
    found = sample(seed)
    if found is None:
        print("nothing shows that records are missing")
        return
    rows, left, true, whole, damaged = found
    kept = {row["id"]: row for row in left}
    for row in rows:
        print(
            "- " if row["id"] not in kept else "  " if kept[row["id"]] == row else "~ ",
            row["time"][11:],
            row["id"],
            row["source"],
            row["seq"],
            row["type"],
            row.get("subject"),
            row.get("data"),
        )
    for gap in damaged.trace.gaps:
        print("gap", gap.source, format_instant(gap.start), format_instant(gap.end), gap.missing, sorted(gap.never))
    for one in wrong(true, whole, damaged):
        print(one)
        for name, check in (("complete", whole), ("damaged", damaged)):
            for j in check.judged:
                if j.constraint.id == one.constraint:
                    o = j.obligation
                    print(
                        "   ",
                        name,
                        o.verdict,
                        o.subject,
                        o.key,
                        format_instant(o.start)[11:],
                        format_instant(o.end)[11:],
                        o.measured,
                        o.decision.margin,
                        o.reason,
                        [w.event.record.id for w in o.witnesses],
                    )


if __name__ == "__main__":
    for text in sys.argv[1:]:
        tell(int(text))
