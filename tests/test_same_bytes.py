"""The same inputs give the same bytes, wherever and in whatever surroundings: hash order, locale, zone, folder, window."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from checker.render import FORMATS
from checker.render.answers import COMPARISONS, EXPLANATIONS, SWEEPS

ROOT = Path(__file__).resolve().parents[1]

ONE = {
    "PYTHONHASHSEED": "1", "LC_ALL": "C", "TZ": "UTC", "COLUMNS": "60", "LINES": "20", "TERM": "dumb", "NO_COLOR": "1",
}  # fmt: skip
OTHER = {
    "PYTHONHASHSEED": "4242", "LC_ALL": "tr_TR.UTF-8", "TZ": "Pacific/Kiritimati", "COLUMNS": "200", "LINES": "70",
    "TERM": "xterm-256color", "COLORTERM": "truecolor", "FORCE_COLOR": "1", "PYTHONUTF8": "0",
}  # fmt: skip

SCRIPT = """
import sys
from checker.cli import run
for asked in sys.stdin.read().split("\\n"):
    run(asked.split("\\t"))
    print("status", flush=True)
"""
"""Several commands in one process, so that what it takes to start is paid once."""


def asked(log: str) -> list[list[str]]:
    """What is asked of a log: each report format as a file and the last one printed, and the pages of answers."""
    path, position = f"logs/{log}.jsonl", ["--position", "intermediate", "-r", "rules"]
    written = [one for name in FORMATS for one in ("--output", f"{name}:check.{name}")]
    answers = (
        (["explain", "R-03", path, *position], EXPLANATIONS),
        (["compare", path, "-r", "rules", "--positions", "intermediate,crete-model", "--only", "R-*"], COMPARISONS),
        (["sweep", path, *position, "--parameter", "emission_limit"], SWEEPS),
    )
    return [
        ["check", path, *position, "--timeline", *written],
        *(
            [*command, *(one for name in formats for one in ("--output", f"{name}:{command[0]}.{name}"))]
            for command, formats in answers
        ),
    ]


def made(folder: Path, log: str, surroundings: dict[str, str]) -> dict[str, bytes]:
    """Every file that the commands write there, and what they print."""
    folder.mkdir(parents=True)
    (folder / "logs").symlink_to(ROOT / "fixtures/logs")
    (folder / "rules").symlink_to(ROOT / "constraints")
    environment = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "TMPDIR")}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=folder, capture_output=True, check=True, timeout=120,
        input="\n".join("\t".join(one) for one in asked(log)).encode(),
        env={**environment, "PYTHONPATH": str(ROOT), **surroundings},
    )  # fmt: skip
    assert done.stdout.count(b"status\n") == 4
    files = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}
    return {"printed": done.stdout, "told": done.stderr, **files}


@pytest.mark.parametrize("log", ["s2_violating", "s4_incomplete_log"])
def test_pages_are_the_same_everywhere(tmp_path: Path, log: str) -> None:
    one = made(tmp_path / "a", log, ONE)
    other = made(tmp_path / "another, deeper" / "folder", log, OTHER)
    assert len(one) == 2 + len(FORMATS) + len(EXPLANATIONS) + len(COMPARISONS) + len(SWEEPS)
    assert [name for name in one if one[name] != other.get(name)] == []
    assert not any(str(tmp_path).encode() in content for content in one.values())
    assert one["printed"].isascii() is False  # signs, whatever the locale
