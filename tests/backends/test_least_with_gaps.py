"""Least numbers and totals where records are missing: what is due is due, and of whom nothing surely is, nothing is."""

from typing import Any

import damage
import pytest

from checker import pipeline
from checker.logs import from_dicts
from checker.rulebook import parse_rulebook

HEAD = """
rulebook: {id: least, version: "1", title: Least numbers}
events: {T: {}, B: {}, "ON": {k: text}, "OFF": {k: text}, SEEN: {k: text}, UP: {}, DOWN: {}}
gaps: {about: assets_shown}
intervals:
  x: {from: "ON", until: "OFF"}
  xk: {from: "ON", until: "OFF", per: [subject, k], already: SEEN}
  y: {from: UP, until: DOWN}
constraints:
  - {id: C, title: A limit, text: The limit is kept., group: test, severity: major, source: made up, """
BACKENDS = ["reference", "columnar"]


def verdict(kind: str, *rows: tuple[int, int, str, dict[str, Any]], backend: str) -> str:
    made = [
        {
            "time": f"2031-01-01T00:{minute:02}:00Z",
            "type": name,
            "subject": "A",
            "source": "p",
            "seq": seq,
            "data": data,
        }
        for minute, seq, name, data in rows
    ]
    check = pipeline.run([from_dicts(made)], parse_rulebook(HEAD + kind[1:]), backend=backend)
    return str(damage.verdicts(check)["C"])


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    "kind",
    [
        "{kind: count, event: T, at_least: 3}",
        "{kind: count, event: T, exactly: 3}",
        "{kind: count, event: T, in: 6 min, at_least: 3}",
        "{kind: count, event: T, at_least: 3, per: []}",
        "{kind: count, of: x, in: 6 min, at_least: 3}",
        "{kind: concurrent, of: x, at_least: 2, per: subject}",
    ],
)
def test_where_less_is_missing_than_is_due_it_is_not_enough(kind: str, backend: str) -> None:
    """Nothing is shown, and one record is missing: whatever it reads, the asset (or all together) owes more."""
    assert verdict(kind, (0, 1, "B", {}), (10, 3, "B", {}), (30, 4, "B", {}), backend=backend) == "violated"
    one = kind.replace("3", "1").replace("2,", "1,")
    assert verdict(one, (0, 1, "B", {}), (10, 3, "B", {}), (11, 4, "B", {}), backend=backend) != "violated"


@pytest.mark.parametrize("backend", BACKENDS)
def test_nothing_is_due_of_a_group_of_which_nothing_is_sure(backend: str) -> None:
    """Both together may have gone on, of the key u: if they did not, there is no such total."""
    rows = (0, 1, "ON", {"k": "u"}), (10, 3, "OFF", {"k": "u"}), (30, 4, "B", {})
    kind = "{kind: total, of: {all_of: [xk, y]}, in: 15 min, at_least: 11 min, per: [subject, k]}"
    assert verdict(kind, *rows, backend=backend) == "inconclusive"


@pytest.mark.parametrize("backend", BACKENDS)
def test_pauses_before_what_went_on_as_the_log_began(backend: str) -> None:
    rows = (0, 1, "ON", {"k": "u"}), (5, 2, "SEEN", {"k": "v"}), (9, 3, "SEEN", {"k": "w"}), (30, 4, "B", {})
    kind = "{kind: spacing, of: {start_of: xk, lasts: 5 min}, at_least: 1 min, per: []}"
    assert verdict(kind, *rows, backend=backend) in ("violated", "inconclusive")


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    "kind",
    [
        "{kind: spacing, of: {not: xk}, at_least: 1 min}",
        "{kind: total, of: {not: xk}, in: 20 min, at_most: 16 min, per: []}",
        "{kind: count, of: {not: xk}, at_most: 2}",
    ],
)
def test_what_may_be_of_a_key_that_is_shown_is_no_more_of_the_same(kind: str, backend: str) -> None:
    """If the missing record closes and opens nothing of another key, all that there is has been told."""
    first, last = (0, 0, "B", {}), (30, 5, "B", {})
    on, off = (5, 1, "ON", {"k": "u"}), (10, 2, "OFF", {"k": "u"})
    for rows in (
        (first, on, (10, 3, "B", {}), (20, 4, "OFF", {"k": "u"}), last),
        (first, on, off, (20, 4, "B", {}), last),
    ):
        assert verdict(kind, *rows, backend=backend) != "violated"


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_follows_an_end_that_may_not_have_come_may_not_be(backend: str) -> None:
    rows = (5, 1, "ON", {"k": "u"}), (10, 2, "B", {}), (20, 4, "B", {})
    kind = "{kind: count, of: {end_of: xk, lasts: 6 min}, at_least: 3, per: [subject, k]}"
    assert verdict(kind, *rows, backend=backend) == "inconclusive"
