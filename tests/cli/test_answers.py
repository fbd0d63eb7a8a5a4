"""`checker explain`, `compare` and `sweep` as their users meet them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

ROOT = Path(__file__).resolve().parents[2]
LOG = "fixtures/logs/s2_violating.jsonl"
S2 = [LOG, "--from", "2031-04-30T00:00:00Z", "--until", "2031-05-15T00:00:00Z"]
ONE = [*S2, "--position", "intermediate"]
ASKED = {
    "explain": ["explain", "R-03", *ONE],
    "compare": ["compare", *S2, "--positions", "intermediate,crete-model", "--only", "R-02", "--only", "R-03"],
    "sweep": ["sweep", *ONE, "--parameter", "notice_period"],
}


def run(*arguments: object, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "checker", *map(str, arguments)],
        check=False, cwd=ROOT, input=stdin, capture_output=True, encoding="utf-8", timeout=60, env={**os.environ},
    )  # fmt: skip


@pytest.mark.parametrize("command", ASKED)
def test_text_and_json_are_printed_and_written_and_end_with_0(command: str, tmp_path: Path) -> None:
    text = run(*ASKED[command], "--output", f"json:{tmp_path}/a.json", "--output", f"text:{tmp_path}/a.txt")
    assert (text.returncode, text.stderr) == (0, "")
    assert (tmp_path / "a.txt").read_text(encoding="utf-8") == text.stdout
    again = run(*ASKED[command], "--format", "json")
    assert again.stdout == (tmp_path / "a.json").read_text(encoding="utf-8")
    jsonschema.validate(json.loads(again.stdout), json.loads(run("schema", command).stdout))


@pytest.mark.parametrize("command", ASKED)
@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--format", "jsonn"], "did you mean 'json'?"),
        (["--output", "json"], "expected FORMAT:FILE"),
        (["--output", "json:/nowhere/at/all.json"], "cannot be written"),
        (["--only", "R-99"], "no constraint, exception or group"),
    ],
)
def test_mistakes_end_with_2_and_no_traceback(command: str, more: list[str], told: str) -> None:
    done = run(*ASKED[command], *more)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["explain", *ONE], "nothing to explain is named"),
        (["explain", "R-03"], "no log is named"),
        (["explain", "R-03", "missing.jsonl"], "missing.jsonl"),
        (["explain", *ONE, "R-033"], "did you mean 'R-03'?"),
        (["explain", *ONE, "R-03", "BTY-X"], "did you mean 'BTY-B'?"),
        (["compare", *S2, "--positions", "intermediate"], "at least two positions"),
        (["compare", *S2, "--positions", "intermediate,crete"], "has no position 'crete'"),
        (["compare", *ONE], "compare takes several positions"),
        (["sweep", *ONE, "--parameter", "notice"], "has no parameter 'notice'"),
        (["sweep", *ONE, "--parameter", "notice_period", "--values", "soon"], "soon"),
        (["sweep", *ONE, "--parameter", "emission_budget_window"], "--values V,V"),
        (["sweep", *ONE], "--parameter"),
    ],
)
def test_what_there_is_not_is_told(arguments: list[str], told: str) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_the_log_may_come_first_or_last_and_from_standard_input() -> None:
    last = run("explain", "R-03", *ONE)
    assert run("explain", *ONE, "R-03").stdout == last.stdout
    content = (ROOT / LOG).read_text(encoding="utf-8")
    piped = run("compare", "-", *S2[1:], "--positions", "intermediate,crete-model", "--only", "R-03", stdin=content)
    assert piped.returncode == 0
    assert "1 violated, by 15 min" in piped.stdout


def test_only_the_assets_asked_about_are_told() -> None:
    done = run("explain", *ONE, "R-03", "BTY-B")
    assert "BTY-B  2031" in done.stdout
    assert "BTY-A" not in done.stdout.replace("Assets", "")


def test_diff_is_written_to_files_too(tmp_path: Path) -> None:
    for name, value in (("old", "60 min"), ("new", "80 min")):
        run(
            "check",
            *ONE,
            "--only",
            "R-03",
            "--set",
            f"emission_limit={value}",
            "--output",
            f"json:{tmp_path}/{name}.json",
        )
    done = run("diff", tmp_path / "old.json", tmp_path / "new.json", "--output", f"json:{tmp_path}/diff.json")
    assert done.returncode == 0
    assert "through parameter emission_limit: 60 min -> 80 min" in done.stdout
    assert json.loads((tmp_path / "diff.json").read_text())["findings"][0]["through"] == [
        "parameter emission_limit: 60 min -> 80 min"
    ]
