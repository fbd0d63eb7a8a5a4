"""What goes on while something else does not: the record that ended the latter opens it, and its fields are its own."""

import pytest
import small

from checker.backends import BACKENDS

BOOK = {
    "events": {"ON": {"line": "text?"}, "OFF": {"line": "text?"}, "HOLD": {}, "FREE": {}},
    "intervals": {
        "run": {"from": "ON", "until": "OFF"},
        "held": {"from": "HOLD", "until": "FREE"},
        "idle": {"not": "run"},
        "idle_of_x": {"of": "idle", "where": {"line": "X"}},
        "free": {"all_of": ["run", {"not": "held"}]},
        "at_rest": {"all_of": [{"not": "run"}, {"not": "held"}]},
    },
}
LOG = [
    "2031-05-01T08:00:00Z ON A line=W",
    "2031-05-01T09:00:00Z OFF A line=X",
    "2031-05-01T12:00:00Z ON A line=Y",
    "2031-05-01T13:00:00Z HOLD A",
    "2031-05-01T14:00:00Z FREE A",
    "2031-05-01T17:00:00Z OFF A line=Z",
]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("of", "told"),
    [
        ("idle", [("OFF 09:00", "ON 12:00"), ("OFF 17:00", None)]),
        ("idle_of_x", [("OFF 09:00", "ON 12:00")]),
        ("free", [("ON 12:00", "HOLD 13:00"), ("ON 12:00", "OFF 17:00")]),  # with the fields of the run
        ("at_rest", [("OFF 09:00", "ON 12:00"), ("OFF 17:00", None)]),
    ],
)
def test_the_record_that_ended_the_other_opens_it(backend: str, of: str, told: list[tuple[str, str | None]]) -> None:
    given = {**BOOK, "constraint": {"kind": "duration", "of": of, "at_most": "30 min"}}
    report = small.check(given, LOG, backend=backend)
    found = []
    for finding in report.findings:
        roles = {one.role: f"{one.type} {one.time[11:16]}" for one in finding.witnesses}
        found.append((roles.get("opening"), roles.get("closing")))
    assert [pair for pair in found if pair != ("ON 08:00", "OFF 09:00")] == told
