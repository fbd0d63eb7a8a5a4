"""What a report says of missing records grows with the gaps, not with their square."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from checker.cli import root
from checker.interval import MANY_LACKS, Lack, gathered
from checker.limits import using

RULES = """
rulebook: {id: gaps, version: "1", title: Gaps, zone: UTC}
events: {GRANTED: {act: text}, ON: {act: text}, OFF: {act: text}, OPEN: {}, SHUT: {}}
intervals:
  emission: {from: ON, until: OFF}
  opened: {from: OPEN, until: SHUT}
constraints:
  - {id: L, title: L, text: L, group: G, severity: major, source: S, kind: preceded_by, event: ON, by: GRANTED,
     same: [subject, act], at_most: 3 h}
  - {id: A, title: A, text: A, group: G, severity: major, source: S, kind: followed_by, event: ON, by: OFF,
     same: [subject, act], within: 3 h}
  - {id: D, title: D, text: D, group: G, severity: major, source: S, kind: during, of: emission, inside: opened}
  - {id: T, title: T, text: T, group: G, severity: major, source: S, kind: total, of: emission, in: 30 d, at_most: 1 h}
"""


def _log(path: Path, gaps: int, sources: int = 1) -> Path:
    """Each hour something opens or shuts, and a record is missing; in the end something that no record answers."""
    entries = [(("OPEN", "SHUT")[at % 2], at, at % sources) for at in range(gaps * sources)] + [
        ("ON", gaps * sources, 0)
    ]
    numbers = [0] * sources
    lines = []
    for name, at, source in entries:
        numbers[source] += 2
        lines.append(
            {
                "id": f"{name}-{at}", "source": f"S{source}", "seq": numbers[source], "subject": "U",
                "time": f"2031-{1 + at // 600:02}-{1 + at % 600 // 24:02}T{at % 24:02}:00:00Z", "type": name,
                "data": {"act": "X"} if name == "ON" else {},
            }
        )  # fmt: skip
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def _report(folder: Path, gaps: int, backend: str, sources: int = 1) -> tuple[int, dict[str, object]]:
    (folder / "rules.yaml").write_text(RULES)
    log = _log(folder / f"log-{gaps}-{sources}.jsonl", gaps, sources)
    options = ["-r", str(folder / "rules.yaml"), "--format", "json", "--backend", backend]
    printed = CliRunner().invoke(root, ["check", str(log), *options]).output
    return len(printed), json.loads(printed)


@pytest.mark.parametrize("backend", ["reference", "columnar"])
def test_twice_the_gaps_make_twice_the_report(tmp_path: Path, backend: str) -> None:
    small, _ = _report(tmp_path, 30, backend)
    large, report = _report(tmp_path, 60, backend)
    assert large < 2.2 * small
    for finding in report["findings"]:  # type: ignore[attr-defined]
        assert len(finding["missing"]) <= MANY_LACKS
        assert len(finding["witnesses"]) <= 6
        if not finding["shown"] and finding["constraint"] != "T":
            assert [one["places"] for one in finding["missing"]] == [1]


def test_many_sources_are_told_together(tmp_path: Path) -> None:
    _, report = _report(tmp_path, 6, "reference", sources=12)
    (lead,) = [f for f in report["findings"] if f["shown"] and f["constraint"] == "L"]  # type: ignore[attr-defined]
    assert all(one["types"] == ["GRANTED"] for one in lead["missing"])
    assert len(lead["missing"]) <= MANY_LACKS
    totals = [f for f in report["findings"] if f["constraint"] == "T"]  # type: ignore[attr-defined]
    assert {None} in [{one["source"] for one in total["missing"]} for total in totals]
    assert all(len(total["missing"]) <= MANY_LACKS for total in totals)


def test_only_what_may_serve_would_tell(tmp_path: Path) -> None:
    """Of a duty of the 3 h before, what is missing days before tells nothing."""
    _, report = _report(tmp_path, 60, "reference")
    (lead,) = [f for f in report["findings"] if f["shown"] and f["constraint"] == "L"]  # type: ignore[attr-defined]
    assert sum(one["places"] for one in lead["missing"]) <= 4


def test_few_are_named_one_by_one() -> None:
    few = [Lack(frozenset({"A"}), at, at + 1, "S") for at in range(MANY_LACKS)]
    assert gathered([*few, *few]) == tuple(few)


def test_many_are_named_by_source_from_first_to_last() -> None:
    kind = frozenset({"A"})
    many = [Lack(kind, at, at + 1, "S" if at % 3 else None) for at in range(30)]
    assert gathered(many) == (Lack(kind, 0, 28, None, 10), Lack(kind, 1, 30, "S", 20))


def test_what_is_of_more_sources_than_can_be_named_is_named_without() -> None:
    kind = frozenset({"A"})
    many = [Lack(kind, at, at + 1, f"S{at}") for at in range(MANY_LACKS + 1)]
    assert gathered(many) == (Lack(kind, 0, MANY_LACKS + 1, None, MANY_LACKS + 1),)


@pytest.mark.parametrize("sources", [1, 40])
def test_more_gaps_than_are_told_apart_are_taken_as_one(tmp_path: Path, sources: int) -> None:
    """Both backends do the same, the report says so, and no verdict is told that the gaps themselves do not bear."""
    reports = {}
    for most in (10, 10_000):
        with using(gaps=most):
            for backend in ("reference", "columnar"):
                _, reports[most, backend] = _report(tmp_path, 120 // sources, backend, sources)
    assert reports[10, "reference"] == reports[10, "columnar"]
    few, many = reports[10, "reference"], reports[10_000, "reference"]
    told = [notice for notice in few["notices"] if "taken as one" in notice]  # type: ignore[attr-defined]
    assert len(told) == 1
    assert not any("taken as one" in notice for notice in many["notices"])  # type: ignore[attr-defined]
    missing = [
        [int(notice.split()[0]) for notice in report["notices"] if " missing between " in notice]  # type: ignore[attr-defined]
        for report in (few, many)
    ]
    assert len(missing[0]) <= 10
    assert sum(missing[0]) == sum(missing[1])
    for one, other in zip(few["constraints"], many["constraints"], strict=True):  # type: ignore[call-overload]
        assert one["verdict"] in (other["verdict"], "inconclusive")


def test_gaps_that_may_be_about_too_many_assets_may_be_about_any(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(RULES.replace("events:", "gaps: {about: assets_shown}\nevents:", 1))
    log = _log(tmp_path / "log.jsonl", 30)
    found = {}
    for most in (10, 1_000):
        with using(hidden_records=most):
            rows = [
                CliRunner()
                .invoke(
                    root, ["check", str(log), "-r", str(tmp_path / "rules.yaml"), "--format", "json", "--backend", name]
                )
                .output
                for name in ("reference", "columnar")
            ]
            assert rows[0] == rows[1]
            found[most] = json.loads(rows[0])
    assert any("may be about any asset" in notice for notice in found[10]["notices"])
    assert not any("may be about any asset" in notice for notice in found[1_000]["notices"])
