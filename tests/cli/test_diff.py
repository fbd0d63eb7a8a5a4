"""`checker diff` as its users meet it."""

import json
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import jsonschema
import pytest

ROOT = Path(__file__).resolve().parents[2]
LOGS = ["fixtures/logs/s4_incomplete_log.jsonl", "fixtures/logs/s4_late_record.jsonl"]
SPAN = ["--from", "2031-06-01T00:00:00Z", "--until", "2031-06-15T00:00:00Z", "--position", "intermediate"]
ONLY = ["--only", "R-03", "--only", "R-04"]


def run(*arguments: object, stdin: str = "", cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "checker", *map(str, arguments)],
        check=False, cwd=cwd, input=stdin, capture_output=True, text=True, timeout=60,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("reports")
    made = []
    for name, logs in (("old", LOGS[:1]), ("new", LOGS)):
        made.append(folder / f"{name}.json")
        run("check", *logs, *SPAN, *ONLY, "--output", f"json:{made[-1]}")
    return made


def test_a_difference_is_told_and_ends_with_0(reports: list[Path]) -> None:
    done = run("diff", *reports)
    assert (done.returncode, done.stderr) == (0, "")
    out = done.stdout
    order = ["log fixtures/logs/s4_late_record.jsonl: only in the new report", "R-03  BTY-A: inconclusive -> violated",
             "Each emission lasts no longer than the limit.", "was  2031-06-05T09:02:00Z to 2031-06-05T11:30:00Z",
             "is   2031-06-05T09:02:00Z to 2031-06-05T11:00:00Z", "over by 1 h 58 min", "rests now on",
             "fixtures/logs/s4_late_record.jsonl:1  2031-06-05T11:00:00Z  RADAR_OFF", "R-04  BTY-A: inconclusive -> violated",
             "over by 38 min", "Findings: 2 with another verdict. Constraints: 2 otherwise."]  # fmt: skip
    places = [out.index(text) for text in order]
    assert places == sorted(places)
    assert run("diff", *reports).stdout == out


def test_the_readme_shows_what_is_told(tmp_path: Path) -> None:
    """With UPDATE_DOCS=1 the README gets what is told now."""
    page = ROOT / "README.md"
    text = page.read_text()
    section = text[text.index("### Asking again") : text.index("### Exit status")]
    commands, shown = re.findall(r"```(?:sh)?\n(.*?)```", section, re.DOTALL)
    for command in commands.splitlines():
        _, *arguments = re.sub(r"(old|new)\.json", rf"{tmp_path}/\1.json", command).split()
        done = run(*arguments)
    found = done.stdout[done.stdout.index("  R-03  BTY-A") :]
    told = textwrap.dedent(found[: found.index("\n\n") + 1])
    if os.environ.get("UPDATE_DOCS"):
        page.write_text(text.replace(shown, told))
    else:
        assert told == shown


def test_json_schema_and_standard_input(reports: list[Path]) -> None:
    done = run("diff", "-", reports[1], "--format", "json", stdin=reports[0].read_text())
    assert done.returncode == 0
    found = json.loads(done.stdout)
    assert found["same"] is False
    jsonschema.validate(found, json.loads(run("schema", "diff").stdout))
    same = run("diff", reports[0], reports[0])
    assert (same.returncode, same.stdout) == (0, "The reports do not differ: inconclusive.\n")


def test_what_cannot_be_compared_ends_with_2(reports: list[Path], tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text('{"report_version": 1}')
    for arguments, told in (
        (("-", "-"), "standard input is given twice"),
        ((tmp_path / "missing.json", reports[0]), "cannot be read"),
        ((tmp_path, reports[0]), "cannot be read"),
        ((bad, reports[0]), "is missing"),
        ((ROOT / LOGS[0], reports[0]), "not"),
        ((reports[0],), "Missing argument"),
    ):
        done = run("diff", *arguments)
        assert (done.returncode, done.stdout) == (2, ""), arguments
        assert told in done.stderr
        assert "Traceback" not in done.stderr
        assert "defect" not in done.stderr


def test_as_of_on_the_command_line() -> None:
    early = run("check", *LOGS, *SPAN, *ONLY, "--as-of", "2031-06-15T00:00:00Z")
    assert early.returncode == 3
    assert "Observed 2031-06-01T00:00:00Z to 2031-06-15T00:00:00Z, as of 2031-06-15T00:00:00Z" in early.stdout
    late = run("check", *LOGS, *SPAN, *ONLY, "--as-of", "2031-06-20T09:00:00Z")
    assert late.returncode == 1
    refused = run("check", *LOGS, *SPAN, *ONLY, "--as-of", "2031-06-14")
    assert refused.returncode == 2
    assert "--until comes no later than --as-of" in refused.stderr
    pending = run("check", LOGS[0], *SPAN, "--only", "V-05")
    assert "Ask again with --as-of 2031-06-24T09:00:01Z or later." in pending.stdout
    explained = run("explain", "V-05", LOGS[0], *SPAN[-2:], "--as-of", "2031-06-24T09:00:01Z")
    assert "VIOLATED" in explained.stdout
