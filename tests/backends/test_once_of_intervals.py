"""What serves once only: an opening whose closing is missing, too, may have taken what answers another interval."""

import pytest

from checker import pipeline, telling
from checker.logs import from_dicts
from checker.render import FORMATS, Page
from checker.rulebook import parse_rulebook

RULES = """
rulebook: {id: once, version: "1", title: Once, zone: UTC, history: complete}
events: {ON: {}, OFF: {}, REPORT: {}}
intervals: {emission: {from: ON, until: OFF}}
constraints:
  - {id: L, title: T, text: T, group: G, severity: major, source: s, KIND}
"""
KINDS = {
    "followed_by": "kind: followed_by, of: emission, by: REPORT, within: 10 min, once: true",
    "preceded_by": "kind: preceded_by, of: emission, by: REPORT, at_most: 10 min, once: true",
}


@pytest.mark.parametrize("kind", KINDS)
def test_an_interval_without_an_end_takes_what_answers_another(kind: str) -> None:
    rulebook = parse_rulebook(RULES.replace("KIND", KINDS[kind]))
    report = [(1, "REPORT")] if kind == "preceded_by" else [(6, "REPORT")]
    events = sorted([(2, "ON"), (4, "ON"), (5, "OFF"), *report])
    rows = [{"time": f"2031-01-01T00:{minute:02}:00Z", "type": name, "subject": "U"} for minute, name in events]
    rows.append({"time": "2031-01-01T00:40:00Z", "type": "REPORT", "subject": "V"})
    pages = []
    for backend in ("reference", "columnar"):
        made = telling.report(pipeline.run([from_dicts(rows)], rulebook, backend=backend, every=False))
        pages.append(FORMATS["json"](made, Page()))
        (constraint,) = made.constraints
        assert (constraint.verdict, constraint.activations) == ("violated", 2)
    assert pages[0] == pages[1]
