"""Every shipped log gives one report, whatever the surroundings, the backend, the number of processes, the order of files and
how much is read at once.

Not every combination is tried: of any two of these, every pair of choices meets in one of the runs.
"""

import json
import os
import subprocess
import sys
from itertools import combinations, product
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]

CHOICES: dict[str, tuple[Any, ...]] = {
    "PYTHONHASHSEED": ("1", "4242"), "LC_ALL": ("C", "tr_TR.UTF-8"), "TZ": ("UTC", "Pacific/Kiritimati"),
    "backend": ("reference", "columnar"), "reversed": (False, True), "at_once": ([1 << 20, 100_000], [700, 7]),
    "workers": (1, 2),
}  # fmt: skip
PATTERN = ("01010101", "00110011", "01100110", "00001111", "01011010", "00111100", "01101001")
"""The columns of a two-level array: of any two rows each pair of values meets."""

SCRIPT = """
import hashlib, json, sys
from pathlib import Path
import checker.scan
from checker import scanned
from checker.logs import read_logs
from checker.pipeline import run
from checker.rulebook import load_rulebook
from checker.telling import report

asked = json.loads(sys.stdin.read())
checker.scan.scan.__kwdefaults__["block"] = asked["at_once"][0]
books = {name: load_rulebook(None, position=name) for name in asked["positions"]}
told = {}
for name, parts in asked["logs"].items():
    parts = parts[::-1] if asked["reversed"] else parts
    for position, book in books.items():
        made = None
        if asked["backend"] == "columnar":
            try:  # processes take a second to start
                workers = asked["workers"] if name == asked["by_processes"] else 1
                made = scanned.run(parts, None, book, stretch=asked["at_once"][1], workers=workers)
            except scanned.NotScannable:
                pass
        made = made or run(read_logs(parts, None), book, backend=asked["backend"], every=False)
        found = report(made).to_dict()
        found["logs"].sort(key=lambda log: log["name"])
        found["rejected"].sort(key=lambda one: (one["log"], one["line"]))
        told[f"{name} {position}"] = hashlib.sha256(json.dumps(found, ensure_ascii=False).encode()).hexdigest()
print(json.dumps(told))
"""


def run_of(number: int) -> dict[str, Any]:
    """The choices of one run."""
    return {name: values[int(row[number])] for (name, values), row in zip(CHOICES.items(), PATTERN, strict=True)}


def test_every_pair_of_choices_is_tried() -> None:
    runs = [run_of(number) for number in range(8)]
    for one, other in combinations(CHOICES, 2):
        met = [(made[one], made[other]) for made in runs]
        assert all(pair in met for pair in product(CHOICES[one], CHOICES[other]))


def parts_of(log: Path, folder: Path) -> list[str]:
    """A log as two files: its odd lines and its even ones."""
    lines = log.read_bytes().splitlines(keepends=True)
    paths = [folder / f"{log.stem}_{part}.jsonl" for part in (0, 1)]
    for part, path in enumerate(paths):
        path.write_bytes(b"".join(lines[part::2]))
    return [path.name for path in paths]


def test_every_shipped_log_gives_the_same_bytes(tmp_path: Path) -> None:
    logs = {log.stem: parts_of(log, tmp_path) for log in sorted((ROOT / "fixtures/logs").glob("*.jsonl"))}
    told: list[dict[str, str]] = []
    for number in range(8):
        choices = run_of(number)
        here = {name: choices.pop(name) for name in ("PYTHONHASHSEED", "LC_ALL", "TZ")}
        asked = {
            **choices,
            "logs": logs,
            "positions": ["intermediate"],
            "by_processes": "s2_violating",
        }
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT], cwd=tmp_path, input=json.dumps(asked).encode(), capture_output=True, check=False,
            timeout=300, env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **here},
        )  # fmt: skip
        assert done.returncode == 0, (choices, done.stderr[-2000:])
        told.append(json.loads(done.stdout))
        assert told[-1] == told[0], {**here, **choices}
    assert len(told[0]) == len(logs)
