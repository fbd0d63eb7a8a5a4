"""One log judged by both backends: random logs, plain and damaged, on which they must tell the same.

`python tests/backends/twice.py SEED` tells of one. Most logs are without numbers and sources, so that nothing is known
to be missing and columns have to see for themselves what is not plain; in others gaps are known.
"""

import contextlib
import random
import sys
from collections.abc import Callable, Iterator
from typing import Any

import damage

from checker import pipeline, telling
from checker.backends.columnar import Columnar, Screened, partners, table, weighing
from checker.backends.screening import Screening
from checker.logs import from_dicts
from checker.measure import Rule
from checker.obligation import Obligation, Passed
from checker.render import FORMATS, Page
from checker.rulebook import Rulebook

Row = dict[str, Any]

LIMITS = ("at_most: 1 s", "at_most: 4 s", "at_least: 2 s", "at_least: 1 s, at_most: 6 s")
SPANS = ("until: 2031-01-01T00:00:05Z", "from: 2031-01-01T00:00:04Z")
KINDS = [
    *damage.KINDS,
    "{kind: always, event: T, field: n, at_most: 2.5}",
    "{kind: always, event: T, field: n, at_least: 1.25, at_most: 3}",
    "{kind: always, event: T, field: n, at_least: 0.5, effective: {until: 2031-01-01}}",
    "{kind: total, event: T, field: n, in: $d, at_most: 4.5}",
    "{kind: total, event: T, field: n, in: $d, at_most: 9, at_least: 1.5}",
    "{kind: total, event: T, field: n, each: day, at_most: 6.25}",
    "{kind: total, event: T, field: n, each: day, at_least: 1, per: []}",
    "{kind: total, of: x, in: $d, at_most: $c, at_least: 500 ms}",
    "{kind: total, of: x, each: day, at_most: 9 s, at_least: 1 s, effective: {until: 2031-01-01T00:00:05Z}}",
    "{kind: total, of: y, each: day, at_most: 5 s, per: []}",
    "{kind: count, event: T, in: 1 s, at_most: $a, history: unknown, effective: {from: 2031-01-01}}",
    "{kind: total, of: x, in: 2 s, at_most: $c, history: unknown, effective: {from: 2031-01-01}}",
    "{kind: total, of: x, in: 3 s, at_least: $b, history: unknown}",
    "{kind: concurrent, of: x, sum: w, at_most: 2.5}",
    "{kind: concurrent, of: y, at_least: 0, at_most: 1}",
    "{kind: concurrent, of: v, at_least: 1, per: subject, effective: {from: 2031-01-01}}",
    "{kind: spacing, event: T, along: n, at_most: 1.5}",
    "{kind: spacing, event: {type: T, to: [p, q]}, along: n, at_most: 1, per: k}",
    "{kind: spacing, event: T, along: n, at_most: 2, effective: {from: 2031-01-01}}",
    "{kind: spacing, of: s, at_least: $b, per: []}",
    "{kind: followed_by, event: T, by: N, at_least: $b}",
    "{kind: followed_by, event: T, by: N, at_least: 1 s, within: 4 s, before_any: Y_ON}",
    "{kind: followed_by, event: T, by: N, at_least: 1 s, within: $d, exclusive: true, unless: X_ON}",
    "{kind: followed_by, of: x, by: T, at_least: $b, within: $d}",
    "{kind: agrees, event: T, field: n, with: N, its: n, tolerance: 0.5}",
    "{kind: agrees, event: T, field: n, with: N, its: n, same: [subject, k], tolerance: 1.5, side: not_more}",
    "{kind: agrees, event: T, field: k, with: N, its: k, same: []}",
    "{kind: agrees, of: x, field: k, with: T, its: k}",
    "{kind: agrees, of: x, field: w, with: T, its: n, tolerance: 2}",
    "{kind: agrees, of: v, field: end, with: V, its: until, tolerance: 1 s}",
    "{kind: state_on, event: T, field: n, at_most: 2.5, at_least: 0.5, per: subject}",
    '{kind: state_on, event: N, require: {to: [p, q]}, per: [subject, k], on: "2031-01-01T00:00:02Z"}',
    "{kind: state_on, event: T, field: n, at_most: 3, per: k}",
    "{kind: differs, roles: {asks: {event: T, field: k}, grants: {event: N, field: to}, has: {event: V, field: k}}, per: subject}",
    "{kind: differs, roles: {asks: {event: T, field: n}, grants: {event: X_ON, field: w}}, per: [subject, k]}",
    "{kind: sequence, moves: [{event: T, to_field: to, from_field: k}, {event: N, to_field: to, declares: true}], allowed: {p: [q], q: [p, r], r: [p], x: [p], y: [q]}}",
    "{kind: sequence, moves: [{event: X_ON, to: on}, {event: X_OFF, to: off}], allowed: {on: [off], off: [on]}, effective: {from: 2031-01-01}}",
    "{kind: distance, event: T, field: here, to: spots, accuracy: n, at_least: 50000.25}",
    "{kind: time_before, event: T, spent: x, in: $d, at_most: $c}",
    "{kind: time_before, event: T, spent: {not: x}, in: $d, unbroken: true, at_least: $b}",
    "{kind: time_before, of: x, spent: y, in: $d, at_least: $b, history: unknown}",
    "{kind: time_before, event: T, spent: x, in: $d, at_most: $c, history: unknown}",
    "{kind: time_before, event: T, spent: wide, in: 5 s, at_most: 4 s}",
    "{kind: time_before, event: N, spent: {not: wide}, in: $d, at_least: $b}",
    "{kind: time_before, event: T, spent: s, in: $d, unbroken: true, at_most: $c}",
    "{kind: time_before, event: T, spent: some, in: 3 s, at_most: 2 s}",
    "{kind: preceded_by, event: T, by: N, same: [subject, sig], at_most: $d}",
    "{kind: followed_by, event: T, by: N, same: [subject, sig], within: $d}",
    # deadlines that depend on dates: a day begins ten seconds after the log does
    "{kind: followed_by, event: T, by: N, from_end_of: day, within: $d}",
    "{kind: followed_by, event: T, by: N, from_end_of: day, within: 0 s, at_least: $b, exclusive: true}",
    "{kind: followed_by, of: x, by: N, from_end_of: month, within: 2 s, before_any: Y_ON}",
    "{kind: followed_by, event: T, by: N, within_months: 1, at_least: $b, unless: Y_ON}",
    "{kind: followed_by, event: T, by: N, within: $c, counting: odd_seconds}",
    "{kind: followed_by, event: T, by: N, within: 1 s, roll_over: first_days, same: [subject, k]}",
    "{kind: preceded_by, event: T, by: N, from_start_of: day, at_least: $b}",
    "{kind: preceded_by, event: T, by: N, from_start_of: day, at_most: 1 s}",
    "{kind: preceded_by, of: x, by: N, from_start_of: day, at_least: 1 s, at_most: $d}",
    # where what opens and what closes are asked for apart
    "{kind: preceded_by, event: T, during: {not: x}, by: X_ON, at_least: $b, at_most: $d}",
    "{kind: followed_by, event: T, during: {not: x}, by: X_OFF, within: $b}",
    "{kind: followed_by, event: T, during: {not: y}, by: Y_ON, at_least: $b}",
    # records that say what goes on from then on, or confirm it
    "{kind: duration, of: busy, at_most: $c}",
    "{kind: duration, of: idle, at_least: $b}",
    "{kind: during, of: busy, inside: {not: y}}",
    "{kind: never, event: {type: T, to: p}, during: x}",
    "{kind: never, event: N, during: busy}",
    "{kind: never, event: {type: T, to: p}, during: on}",
    "{kind: during, event: {type: T, to: [p, q]}, inside: busy}",
    "{kind: total, of: busy, in: $d, at_most: $c}",
    "{kind: total, of: idle, each: day, at_most: $c}",
    "{kind: concurrent, of: busy, at_most: 1, per: []}",
    "{kind: spacing, of: busy, at_least: $b}",
    "{kind: followed_by, of: on, by: X_ON, within: $c}",
    "{kind: total, of: on, in: $d, at_most: $c}",
    "{kind: apart, event: T, from: on}",
    "{kind: preceded_by, event: X_ON, during: {not: busy}, by: {type: T, to: p}, at_least: $b, at_most: $d}",
    "{kind: preceded_by, event: N, during: {not: busy}, by: {type: T, to: p}, at_most: $b}",
    # windows taken together
    "{kind: total, of: x, each: day, periods: 2, at_most: $d}",
    "{kind: total, event: T, field: n, each: day, periods: 2, at_most: $e, at_least: 1}",
    "{kind: count, of: busy, each: month, periods: 3, at_most: $a}",
    "{kind: count, event: T, each: day, periods: 2, at_least: 1, history: unknown}",
    # totals that start anew
    "{kind: total, of: busy, since: x, at_most: $c}",
    "{kind: total, of: x, since: y, in: $d, at_most: $c, exclusive: true}",
    "{kind: total, of: x, since: {of: {not: x}, lasting: {at_least: $b}}, at_most: $c}",
    "{kind: total, of: some, since: {of: y, lasting: {less_than: 3 s}}, at_most: $b}",
    "{kind: total, of: x, since: [y, [{of: busy, lasting: {at_least: 1 s}}, {of: busy, lasting: {at_least: 2 s}}]], at_most: $c}",
    "{kind: total, of: v, since: y, in: 5 s, at_most: $d}",
    "{kind: count, event: T, since: x, at_most: $a}",
    "{kind: count, of: x, since: {of: {not: y}, lasting: {at_most: 2 s}}, at_most: $a, effective: {from: 2031-01-01}}",
    "{kind: total, event: T, field: n, since: [y, x], in: $d, at_most: $e, per: [subject]}",
    "{kind: total, event: T, field: n, since: busy, at_most: $e}",
    # what missing records may state
    "{kind: apart, event: T, from: s, by: 2 s}",
    "{kind: apart, event: T, from: s}",
    "{kind: apart, event: T, from: v}",
    "{kind: never, event: N, during: {not: y}}",
    "{kind: total, of: s, each: day, at_most: 9 s}",
    # what may be one of several groups, or of none that a record shows
    "{kind: count, event: T, in: $d, at_most: $e, per: []}",
    "{kind: count, event: T, in: $d, at_most: $e, per: [subject, k]}",
    "{kind: count, event: T, in: $d, at_most: $e, at_least: 0}",
    "{kind: count, event: N, in: $d, at_most: $e, per: source, effective: {until: 2031-01-01T00:00:05Z}}",
    "{kind: count, of: x, in: $d, at_most: $e}",
    "{kind: total, of: x, in: $d, at_most: 14 s, per: [subject, k]}",
    "{kind: total, of: x, each: day, at_most: 60 s, per: [subject, k]}",
    "{kind: total, of: some, in: 3 s, at_most: 3 s}",
    "{kind: concurrent, of: y, at_most: 1, per: subject}",
    "{kind: concurrent, of: x, sum: w, at_most: 2.5, per: subject}",
    # of one asset alone, or of those of a register: of the others nothing is due
    "{kind: count, event: {type: T, subject: A}, in: $d, at_least: 0}",
    "{kind: count, event: {type: N, subject: {in_register: areas}, k: x}, each: day, at_least: 0, at_most: $a}",
    "{kind: spacing, event: {type: T, subject: B}, at_most: 15 s}",
    # what differs in its limit alone shares what columns find
    *(f"{{kind: preceded_by, event: T, by: N, {limit}}}" for limit in LIMITS),
    *(f"{{kind: followed_by, event: T, by: N, {limit}}}" for limit in ("within: 1 s", "within: 5 s, exclusive: true")),
    *(f"{{kind: preceded_by, event: T, by: N, at_most: 3 s, effective: {{{span}}}}}" for span in SPANS),
    *(f"{{kind: followed_by, event: T, by: N, within: 3 s, effective: {{{span}}}}}" for span in SPANS),
    *(f"{{kind: spacing, event: T, at_most: 3 s, while: x, effective: {{{span}}}}}" for span in SPANS),
    *(f"{{kind: followed_by, event: T, by: N, {limit}, within: 6 s}}" for limit in ("at_least: 0 s", "at_least: 2 s")),
    *(f"{{kind: spacing, {of}, {limit}}}" for of in ("of: x", "event: T") for limit in LIMITS),
    *(f"{{kind: total, of: x, in: $d, {limit}}}" for limit in LIMITS),
    *(f"{{kind: concurrent, of: y, {limit}}}" for limit in ("at_most: 0", "at_most: 1", "at_least: 1")),
    *(f"{{kind: spacing, event: N, {limit}, while: x}}" for limit in ("at_most: 1 s", "at_most: 4 s")),
    *(f"{{kind: agrees, event: T, field: n, with: N, its: n, tolerance: {most}}}" for most in (0, 2)),
    # intervals one by one, whatever is missing beside them
    "{kind: during, of: x, inside: v, same: [subject, sig]}",
    "{kind: during, of: x, inside: {any_of: [y, v]}}",
    "{kind: during, of: y, inside: {not: x}}",
    "{kind: preceded_by, of: x, by: N, at_most: $d, once: true}",
    "{kind: followed_by, of: x, by: N, within: $d, once: true}",
    "{kind: spacing, event: T, at_most: 4 s, while: x, per: [subject, k]}",
    "{kind: spacing, event: T, at_most: 3 s, while: some}",
    "{kind: spacing, event: N, at_most: 5 s, while: v}",
    "{kind: time_before, of: x, spent: x, in: $d, at_most: $c}",
    "{kind: never, event: N, during: {all_of: [some, {not: v}]}}",
    # what a gap may hide is answered, stopped or lifted by a few of many
    "{kind: followed_by, event: T, by: N, at_least: 5 s, within: 25 s}",
    "{kind: followed_by, event: T, by: N, same: [], at_least: 2 s, within: 60 s}",
    "{kind: followed_by, event: T, by: N, same: [], at_least: 20 s}",
    "{kind: followed_by, event: T, by: N, same: [], within: 60 s, unless: [N, Y_ON]}",
    "{kind: followed_by, event: T, by: N, within: 20 s, unless: N, unless_same: []}",
    "{kind: followed_by, event: T, by: N, same: [], within: 9 s, before_any: [Y_ON, T]}",
    "{kind: followed_by, event: [T, X_ON], by: [N, X_OFF], same: [], within: 4 s, before_any: [Y_ON, X_ON], unless: [T, N]}",
    "{kind: followed_by, event: T, by: N, same: [], at_least: 1 s, within: 20 s, before_any: Y_ON}",
    "{kind: preceded_by, event: T, by: N, same: [], at_least: 1 s, at_most: 20 s}",
    # sums of intervals beside gaps, by what the log may or may not say of what is missing
    "{kind: concurrent, of: x, at_most: 1, per: k}",
    "{kind: concurrent, of: xk, at_most: 1, per: k}",
    "{kind: concurrent, of: xk, at_least: 1, at_most: 2}",
    "{kind: concurrent, of: x, sum: w, at_least: 1, per: subject}",
    "{kind: concurrent, of: some, at_most: 1, per: subject}",
    "{kind: concurrent, of: shown, at_most: 1}",
    "{kind: total, of: xk, in: $d, at_most: $c, at_least: 0 s}",
    "{kind: total, of: s, in: $d, at_most: 9 s, per: []}",
    "{kind: total, of: xk, each: day, at_most: 9 s, at_least: 0 s}",
    "{kind: total, of: some, each: day, at_most: 9 s}",
    "{kind: total, of: going, each: day, at_most: 20 s, effective: {from: 2031-01-01}}",
    "{kind: count, of: x, in: 3 s, at_most: 1, per: k}",
    "{kind: concurrent, of: by_k, at_most: 1, per: k}",
    "{kind: total, of: by_k, in: $d, at_most: 12 s, per: k}",
    "{kind: total, of: by_k, in: 4 s, at_most: 3 s, per: subject}",
    "{kind: count, of: v, each: day, at_most: $a}",
    "{kind: count, event: N, each: day, at_most: $e}",
    "{kind: count, event: N, each: day, at_most: 0, per: [subject, k]}",
    "{kind: total, event: T, field: n, each: day, at_most: $e, per: source}",
    # both limits, and dates
    "{kind: preceded_by, event: T, by: N, from_start_of: day, at_least: $b, at_most: $d}",
    "{kind: preceded_by, event: T, by: N, same: [], from_start_of: day, at_least: 500 ms, at_most: $c}",
    "{kind: followed_by, event: T, by: N, same: [], from_end_of: day, at_least: $b, within: 3 s}",
    "{kind: followed_by, event: T, by: N, at_least: $b, within: $c, counting: odd_seconds}",
    "{kind: followed_by, event: T, by: N, same: [], within: $b, at_least: 1 s, counting: odd_seconds, unless: Y_ON}",
    # roles of few records each, most of which are over before something is missing
    "{kind: differs, roles: {asks: {event: T, field: k}, grants: {event: N, field: to}}, per: [subject, n]}",
    "{kind: differs, roles: {asks: {event: T, field: to}, grants: {event: N, field: to}, has: {event: V, field: k}}, per: k, effective: {until: 2031-01-01T00:00:05Z}}",
    "{kind: differs, roles: {on: {event: X_ON, field: w}, asks: {event: T, field: n}, off: {event: V, field: until}}, per: [k, subject], effective: {until: 2031-01-01T00:00:09Z}}",
    "{kind: differs, roles: {asks: {event: T, field: n}, grants: {event: N, field: n}}, per: [to, subject, k]}",
    "{kind: differs, roles: {asks: {event: T, field: source}, grants: {event: N, field: source}}, per: [n, k]}",
    # pauses between intervals
    "{kind: spacing, of: some, at_least: $b}",
    "{kind: spacing, of: v, at_least: $b, at_most: $d}",
    "{kind: spacing, of: x, at_least: $b, per: [subject, k]}",
    "{kind: spacing, of: y, at_least: 1 s, at_most: $c, effective: {from: 2031-01-01}}",
    "{kind: spacing, of: x, at_most: $d, exclusive: true, effective: {until: 2031-01-01T00:00:05Z}}",
    "{kind: spacing, of: x, at_least: $b, per: []}",
    "{kind: spacing, of: y, at_most: $d, per: []}",
    # silence of all that is observed, of whatever asset or of none
    "{kind: spacing, event: BEAT, at_most: 5 s}",
    "{kind: spacing, event: BEAT, at_most: 9 s, per: source, first: $b, tolerance: 50 %}",
    "{kind: spacing, event: N, at_most: 9 s, first: $c, per: [subject, k]}",
    "{kind: spacing, event: T, at_most: 9 s, first: 25 s, exclusive: true}",
    "{kind: spacing, event: {type: T, to: [p, q]}, at_most: $d, first: 20 s, per: k}",
    "{kind: followed_by, event: T, by: N, same: [subject, k], within: $d, once: true}",
    "{kind: followed_by, event: T, by: N, within: $d, once: true, effective: {from: 2031-01-01T00:00:04Z}}",
    "{kind: preceded_by, event: T, by: N, same: [subject, k], at_most: $d, once: true}",
    "{kind: preceded_by, event: T, by: N, at_most: $d, once: true, effective: {from: 2031-01-01T00:00:04Z}}",
]
"""What both judge: the constraints that `damage` asks about, and more that it takes no truth for."""

_CALENDARS = """
calendars:
  odd_seconds: {hours: ["23:59:52-23:59:55", "00:00:01-00:00:02", "00:00:04-00:00:09"]}
  first_days: {days: Wed-Fri}
"""
"""The last day of the log is a Wednesday."""
_INTERVALS = """  busy: {from: {type: T, to: p}, until: {type: T, to: {not: p}}, repeat: switches}
  idle: {from: {type: T, to: [q, r]}, until: {type: T, to: {not: [q, r]}}, repeat: switches, per: [subject, k]}
  by_k: {from: X_ON, until: X_OFF, per: [subject, k]}
"""
_GAPS = "gaps: {sources: [p, q], heartbeat: {event: BEAT, every: 5 s}}\n"
_BOOKS: dict[tuple[int, str], Rulebook] = {}


_NEVER = _GAPS.replace("}}", "}, never_hide: [X_ON, X_OFF, Y_ON, AMEND, V, T]}")


def book(at: int, gaps: str) -> Rulebook:
    """One of the rulebooks of `damage`, with what it says of missing records, with less of that, or without."""
    if (at, gaps) not in _BOOKS:
        head = damage.HEAD
        damage.HEAD = _CALENDARS + head.replace(_GAPS, gaps) + _INTERVALS
        try:
            _BOOKS[at, gaps] = damage.rulebook(damage.SETTINGS[at], KINDS)
        finally:
            damage.HEAD = head
    return _BOOKS[at, gaps]


def sample(seed: int) -> tuple[list[Row], Rulebook, tuple[int | None, int | None]]:
    """A log, a rulebook, and from when until when is observed."""
    chance = random.Random(seed)
    rows = damage.complete(chance, chance.choice((1, 2, 3, 6)))
    how = chance.random()
    if how < 0.25 and any(row["type"] in damage.DOUBTFUL for row in rows):
        rows = damage.doubt(chance, rows)
    if how > 0.6:
        rows = damage.hide(chance, rows) or rows
    if chance.random() < 0.25 and rows:
        rows = damage.blur(chance, rows)
    gaps = chance.choices([_GAPS, _NEVER, ""], [15, 15, 70])[0]
    if not gaps:
        rows = [{name: value for name, value in row.items() if name not in ("seq",)} for row in rows]
    if chance.random() < 0.2:
        rows = [
            {name: value for name, value in row.items() if name != "subject" or chance.random() < 0.8} for row in rows
        ]
    if chance.random() < 0.3:
        chance.shuffle(rows)
    if chance.random() < 0.25:
        rows = fractions(chance, rows)
    span: tuple[int | None, int | None] = (None, None)
    if chance.random() < 0.6:
        first, last = sorted((chance.randint(-2, damage.END), chance.randint(0, damage.END + 3)))
        span = (damage.BASE + first * damage.S, damage.BASE + last * damage.S)
    return rows, book(chance.randrange(len(damage.SETTINGS)), gaps), span


_HIDING = [
    "",
    "gaps: {about: assets_shown}\n",
    "gaps: {never_hide: [AMEND]}\n",
    "gaps: {never_hide: [AMEND, N, V], about: assets_shown}\n",
    "gaps: {never_hide: [X_OFF, Y_OFF, T, AMEND]}\n",
    "gaps: {never_hide: [X_ON, X_OFF, Y_ON, Y_OFF, AMEND]}\n",
    "gaps: {declared: {event: {type: V, k: x}, starts: until, ends: until}, never_hide: [AMEND]}\n",
]
"""What a rulebook says of what may be missing: everything, or not, about any asset, or about those of the source."""

LONG = 90
"""So many seconds a log lasts of which a few records are missing somewhere."""


def lacking(seed: int) -> tuple[list[Row], Rulebook, tuple[int | None, int | None]]:
    """A longer log of which a few records are missing or cannot be read, some say less, and much is out of reach."""
    chance = random.Random(f"lacking {seed}")
    end = damage.END
    damage.END = chance.choice((30, 60, LONG))
    try:
        rows = damage.complete(chance, damage.END // 6)
    finally:
        damage.END = end
    few = chance.choice((0, 1, 1, 1, 2, 2, 3, 5))
    if chance.random() < 0.3 and few:  # together
        at = chance.randrange(len(rows))
        gone = set(range(at, at + few))
    else:
        gone = set(chance.sample(range(len(rows)), few))
    rows = [row for at, row in enumerate(rows) if at not in gone]
    if chance.random() < 0.2:
        rows = damage.doubt(chance, rows) if any(row["type"] in damage.DOUBTFUL for row in rows) else rows
    if chance.random() < 0.3:
        rows = damage.blur(chance, rows)
    if chance.random() < 0.3:  # what has no type cannot be read, but its time can
        broken = {id(row) for row in chance.sample(rows, chance.randint(1, 2))}
        rows = [{**row, "type": ""} if id(row) in broken else row for row in rows]
        if chance.random() < 0.2:
            rows = [{**row, "time": "never"} if id(row) in broken else row for row in rows]
    if chance.random() < 0.2:
        rows = fractions(chance, rows)
    span: tuple[int | None, int | None] = (None, None)
    if chance.random() < 0.3:
        first, last = sorted((chance.randint(-2, LONG), chance.randint(0, LONG + 3)))
        span = (damage.BASE + first * damage.S, damage.BASE + last * damage.S)
    return rows, book(chance.randrange(len(damage.SETTINGS)), chance.choice(_HIDING)), span


def sparing(seed: int) -> tuple[list[Row], Rulebook, tuple[int | None, int | None]]:
    """A log of which most is out of reach of what is missing: many times the same, and one record missing between."""
    chance = random.Random(f"sparing {seed}")
    rows: list[Row] = []
    for turn in range(8):
        for second, name, data in (
            (0, "Y_ON", {"w": 1, "k": "x"}), (1, "N", {"n": 2, "k": "x", "to": "q"}), (2, "X_ON", {"w": 1, "k": "x"}),
            (3, "T", {"n": 2, "k": "x", "to": "q", "here": {"type": "Point", "coordinates": [1, 0]}}),
            (4, "N", {"n": 2, "k": "x", "to": "q"}), (5, "X_OFF", {}), (6, "Y_OFF", {}), (8, "BEAT", {}),
        ):  # fmt: skip
            at = damage.stamp(20 * turn + second)
            rows.append({"time": at, "type": name, "subject": "A", "source": "p", "seq": len(rows), "data": data})
    rows.remove(next(row for row in rows[len(rows) // 2 :] if row["type"] == "BEAT"))
    return rows, book(0, chance.choice(("", "gaps: {about: assets_shown}\n"))), (None, None)


def vague(seed: int) -> tuple[list[Row], Rulebook, tuple[int | None, int | None]]:
    """A log many records of which say the minute or the day alone."""
    rows, rulebook, span = sample(seed)
    chance = random.Random(f"vague {seed}")
    told = {id(row) for row in rows if row["type"] != "BEAT" and chance.random() < 0.3}
    rows = [{**row, "time": row["time"][: chance.choice((10, 16))] + "Z"} if id(row) in told else row for row in rows]
    return rows, rulebook, span


def fractions(chance: random.Random, rows: list[Row]) -> list[Row]:
    """The same, where some numbers are not whole."""
    return [
        {**row, "data": {n: _part(chance, v) if n in ("n", "w") else v for n, v in row["data"].items()}}
        if "data" in row else row
        for row in rows
    ]  # fmt: skip


def _part(chance: random.Random, value: Any) -> Any:
    return value + chance.choice((0, 0, 0.5, 0.25))


def told(rows: list[Row], rulebook: Rulebook, span: tuple[int | None, int | None], backend: str) -> str:
    """The whole report, as JSON."""
    found = pipeline.run(
        [from_dicts(rows)], rulebook, observed_from=span[0], observed_until=span[1], backend=backend, every=False
    )
    return FORMATS["json"](telling.report(found), Page())


def differing(seed: int, only: tuple[str, ...] = (), drawn: Callable[[int], Any] = sample) -> list[str]:
    """The lines in which what both tell of a log differs."""
    rows, rulebook, span = drawn(seed)
    if only:
        rulebook = rulebook.only(only)
    few, spare, weighed = partners._FEW, table._SPARE, weighing._FEW
    partners._FEW = few if seed % 2 else 0  # so that small logs, too, try what is left of many partners
    table._SPARE = spare if seed % 3 else 0  # and what is found again because it was let go of
    weighing._FEW = weighed if seed % 5 == 0 else 1 << 40  # and what is added up beside gaps, however little that is
    try:
        expected, found = (told(rows, rulebook, span, name).splitlines() for name in ("reference", "columnar"))
    finally:
        partners._FEW, table._SPARE, weighing._FEW = few, spare, weighed
    return [] if expected == found else [f"- {a}\n+ {b}" for a, b in zip(expected, found, strict=False) if a != b]


class Told:
    """How many occasions of a measure columns tell of, and of how many they leave the verdict to the other backend."""

    def __init__(self) -> None:
        self.columns = self.left = self.rules = self.whole = 0


@contextlib.contextmanager
def counted() -> Iterator[dict[str, Told]]:
    """What columns tell of each measure, by its name, as long as it is open; `whole` rules are left with everything."""
    counts: dict[str, Told] = {}
    passing, screen = Screening.passing, Columnar.screen

    def of(rule: Rule) -> Told:
        return counts.setdefault(type(rule.measure).__name__, Told())

    def passed(self: Screening, rule: Rule) -> tuple[list[Obligation], Passed | None]:
        found, together = passing(self, rule)
        of(rule).left += len(found)
        of(rule).columns += together.times if together is not None else 0
        return found, together

    def screened(self: Columnar, rule: Rule) -> Screened:
        found = screen(self, rule)
        of(rule).rules += 1
        of(rule).whole += found.is_whole
        return found

    Screening.passing, Columnar.screen = passed, screened  # type: ignore[method-assign]
    try:
        yield counts
    finally:
        Screening.passing, Columnar.screen = passing, screen  # type: ignore[method-assign]


def measuring(measure: str) -> tuple[str, ...]:
    """The constraints that lead to a measure."""
    return tuple(
        constraint.id for constraint in book(0, "").constraints
        if any(type(rule.measure).__name__ == measure for clause in constraint.clauses for rule in clause.rules)
    )  # fmt: skip


def main() -> None:
    seed = int(sys.argv[1])
    rows, rulebook, span = sample(seed)
    for row in sorted(rows, key=lambda row: row["time"]):
        print(row)
    print(span)
    for constraint in rulebook.constraints:
        try:
            found = differing(seed, (constraint.id,))
        except Exception as error:
            found = [repr(error)]
        if found:
            print(constraint.id, KINDS[int(constraint.id[2:])])
            print("\n".join(found[:12]))


if __name__ == "__main__":
    main()
