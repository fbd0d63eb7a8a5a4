"""A gap of which no one knows how much it hides: no limit is so great that it surely was kept."""

from typing import Any

import pytest
import small
from small import Text

from checker.backends.columnar import sums
from checker.bounds import INFINITY
from checker.logs import from_dicts
from checker.rolling import Piece, durations

GIVEN = small.read("""
    events:
      ON: {circuit: text}
      OFF: {circuit: text}
      T: {n: number}
      LOST: {since: instant, till: instant}
    intervals: {pause: {from: T, until: OFF}, on: {from: ON, until: OFF, per: [circuit]}}
    gaps: {about: assets_shown, declared: {event: {type: LOST}, starts: since, ends: till}}
""")


def row(time: str, kind: str, **data: Any) -> dict[str, Any]:
    return {"time": f"2031-01-01T{time}Z", "type": kind, "subject": "A", "source": "S", "data": data}


def lost(at: int) -> dict[str, Any]:
    """For a second at eight, no one knows how many records are missing."""
    times = ("2031-01-01T08:00:00Z", "2031-01-01T08:00:01Z")
    return row(f"09:00:{at:02}", "LOST", since=times[0], till=times[1])


ROWS = [
    row("06:00:00", "ON", circuit="x"), row("07:00:00", "OFF", circuit="x"), row("07:30:00", "T", n=1), lost(0),
    row("10:00:00", "T", n=1),
]  # fmt: skip


def verdict(constraint: str, rows: list[dict[str, Any]], backend: str, every: bool) -> str:
    given = {**GIVEN, "constraint": {"kind": Text("total"), **small.read(f"{{{constraint}}}")}}
    return small.check_logs(given, [from_dicts(rows)], backend=backend, all_findings=every).constraints[0].verdict


@pytest.mark.parametrize("every", [True, False])  # what is listed in full is all the reference backend's
@pytest.mark.parametrize("backend", ["reference", "columnar"])
@pytest.mark.parametrize("per", ["per: []", "per: [subject]"])
@pytest.mark.parametrize("window", ["in: 1 d, ", "each: day, ", "since: [pause], in: 1 d, ", ""])
def test_durations_without_bound(window: str, per: str, backend: str, every: bool) -> None:
    """Each of a million that began in that second and went on for two hours would come to less than that."""
    if window.startswith("since") and per == "per: []":
        return  # that starts anew by asset
    limit = f"of: on, {window}{per}, at_most: 80000000 h"
    assert verdict(limit, ROWS, backend, every) == "inconclusive"
    assert verdict(limit, [one for one in ROWS if one["type"] != "LOST"], backend, every) == "satisfied"


@pytest.mark.parametrize("every", [True, False])
@pytest.mark.parametrize("backend", ["reference", "columnar"])
@pytest.mark.parametrize(
    "what", ["event: T, field: n", "event: T, field: n, per: []", "kind: count, event: T", "kind: count, event: ON"]
)
@pytest.mark.parametrize("window", ["in: 1 d", "each: day"])
@pytest.mark.parametrize("limit", [5, 2_000_000, sums._ENDLESS // 2, sums._ENDLESS, 5 * sums._ENDLESS])
def test_counts_and_sums_without_bound(limit: int, window: str, what: str, backend: str, every: bool) -> None:
    constraint = f"{what}, {window}, at_most: {limit}"
    assert verdict(constraint, ROWS, backend, every) == "inconclusive"
    assert verdict(constraint, [one for one in ROWS if one["type"] != "LOST"], backend, every) == "satisfied"


def test_what_is_without_end_is_added_up_in_columns_only_as_far_as_it_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sums, "_ENDLESS", 1 << 61)
    rows = [*ROWS, *(lost(second) for second in range(1, 4))]  # four of them come to less than nothing
    assert verdict("kind: count, event: T, in: 1 d, at_most: 5", rows, "columnar", False) == "inconclusive"


def test_a_span_without_bound_counts_as_long_as_some_of_it_lies_in_the_window() -> None:
    spans = [(10, 20, 1), (12, 14, INFINITY), (13, 13, INFINITY), (100, 101, INFINITY)]
    assert durations(spans, 5, 0, 50) == [
        Piece(0, 0, 0), Piece(10, 0, 1), Piece(12, INFINITY), Piece(15, INFINITY), Piece(19, 5, 0), Piece(20, 5, -1),
        Piece(25, 0, 0),
    ]  # fmt: skip
