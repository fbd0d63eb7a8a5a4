"""One log judged by both backends: random logs, plain and damaged, on which they must tell the same.

`python tests/backends/twice.py SEED` tells of one. Most logs are without numbers and sources, so that nothing is known
to be missing and columns have to see for themselves what is not plain; in others gaps are known.
"""

import random
import sys
from typing import Any

import damage

from checker import pipeline, telling
from checker.logs import from_dicts
from checker.render import FORMATS, Page
from checker.rulebook import Rulebook

Row = dict[str, Any]

_GAPS = "gaps: {sources: [p, q], heartbeat: {event: BEAT, every: 5 s}}\n"
_BOOKS: dict[tuple[int, str], Rulebook] = {}


_NEVER = _GAPS.replace("}}", "}, never_hide: [X_ON, X_OFF, Y_ON, AMEND, V, T]}")


def book(at: int, gaps: str) -> Rulebook:
    """One of the rulebooks of `damage`, with what it says of missing records, with less of that, or without."""
    if (at, gaps) not in _BOOKS:
        head = damage.HEAD
        damage.HEAD = head.replace(_GAPS, gaps)
        try:
            _BOOKS[at, gaps] = damage.rulebook(damage.SETTINGS[at])
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
    span: tuple[int | None, int | None] = (None, None)
    if chance.random() < 0.6:
        first, last = sorted((chance.randint(-2, damage.END), chance.randint(0, damage.END + 3)))
        span = (damage.BASE + first * damage.S, damage.BASE + last * damage.S)
    return rows, book(chance.randrange(len(damage.SETTINGS)), gaps), span


def told(rows: list[Row], rulebook: Rulebook, span: tuple[int | None, int | None], backend: str) -> str:
    """The whole report, as JSON."""
    found = pipeline.run(
        [from_dicts(rows)], rulebook, observed_from=span[0], observed_until=span[1], backend=backend, every=False
    )
    return FORMATS["json"](telling.report(found), Page())


def differing(seed: int, only: tuple[str, ...] = ()) -> list[str]:
    """The lines in which what both tell of a log differs."""
    rows, rulebook, span = sample(seed)
    if only:
        rulebook = rulebook.only(only)
    expected, found = (told(rows, rulebook, span, name).splitlines() for name in ("reference", "columnar"))
    return [] if expected == found else [f"- {a}\n+ {b}" for a, b in zip(expected, found, strict=False) if a != b]


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
            print(constraint.id, damage.KINDS[int(constraint.id[2:])])
            print("\n".join(found[:12]))


if __name__ == "__main__":
    main()
