"""Which line a check of files takes, and that nobody can tell from the report."""

from pathlib import Path
from typing import Any

import pytest

from checker import check, route, scanned
from checker.cli import run
from checker.errors import UsageError
from checker.report import Report

ROOT = Path(__file__).resolve().parents[1]
S2 = ROOT / "fixtures" / "logs" / "s2_violating.jsonl"
LATE = [ROOT / "fixtures" / "logs" / name for name in ("s4_incomplete_log.jsonl", "s4_late_record.jsonl")]


@pytest.fixture
def scans(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What becomes of each scan: None, or the exception that sent the check the other way."""
    ends: list[Any] = []
    scanning = scanned.run

    def noted(*given: Any, **more: Any) -> Any:
        try:
            made = scanning(*given, **more)
        except scanned.NotScannable as error:
            ends.append(error)
            raise
        ends.append(None)
        return made

    monkeypatch.setattr(scanned, "run", noted)
    return ends


def told(report: Report) -> Any:
    return report.to_dict()


def test_a_small_log_is_held(scans: list[Any]) -> None:
    check(S2)
    assert scans == []


def test_a_large_log_is_scanned_and_its_report_is_the_same(scans: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    whole = told(check(S2))
    monkeypatch.setattr(route, "LARGE", 1)
    assert told(check(S2)) == whole
    assert scans == [None]
    assert told(check(S2, backend="reference")) == whole
    assert told(check(S2, as_of="2032-01-01T00:00:00Z"))["verdict"] == whole["verdict"]
    assert scans == [None]


def test_the_backend_can_be_forced(scans: list[Any]) -> None:
    assert told(check(S2, backend="columnar")) == told(check(S2, backend="reference"))
    assert scans == [None]


def test_every_pass_is_told_by_every_backend() -> None:
    both = [told(check(S2, backend=name, all_findings=True)) for name in ("reference", "columnar")]
    assert both[0] == both[1]
    assert any(finding["verdict"] == "satisfied" for finding in both[0]["findings"])


def test_a_log_that_takes_the_whole_is_held_after_all(scans: list[Any]) -> None:
    asked: dict[str, Any] = {"position": "intermediate", "observed_from": "2031-06-01"}
    both = [told(check(LATE, backend=name, **asked)) for name in ("reference", "columnar")]
    assert both[0] == both[1]
    assert [str(end) for end in scans if end is not None]


def test_a_waiver_of_what_was_kept_after_all_is_told_by_every_backend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = [f.id for f in check(S2, all_findings=True).findings if f.verdict == "satisfied"]
    entries = [f"- {{finding: {name}, reason: none, approver: A, expires: 2040-01-01}}\n" for name in kept]
    path = tmp_path / "waivers.yaml"
    path.write_text("".join(entries), encoding="utf-8")
    monkeypatch.setattr(route, "LARGE", 1)
    both = [told(check(S2, backend=name, waivers=path)) for name in ("reference", "columnar", None)]
    assert both[0] == both[1] == both[2]
    assert "the limit was kept" in [waiver["note"] for waiver in both[0]["waivers"]]


def test_an_unknown_backend_is_a_mistake_of_use() -> None:
    with pytest.raises(UsageError, match="columnr"):
        check(S2, backend="columnr")


def test_too_little_memory_is_told_and_is_no_defect(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: Any, **__: Any) -> Any:
        raise MemoryError

    monkeypatch.setattr(route, "LARGE", 1)
    monkeypatch.setattr(scanned, "run", full)
    assert run([*["check", "--backend", "columnar"], str(S2)]) == 2
    told = capsys.readouterr().err
    assert "not enough memory" in told
    assert "--until" in told


@pytest.mark.parametrize("backend", [None, "reference", "columnar"])
def test_a_log_that_is_not_there_is_named_by_every_backend(
    backend: str | None, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    asked = ["check", str(tmp_path / "none.jsonl")] + (["--backend", backend] if backend else [])
    assert run(asked) == 2
    assert "none.jsonl" in capfd.readouterr().err
