"""What users read, whole: pages as they are meant to look, kept as files.

`UPDATE_DOCS=1 pytest tests/test_golden.py` writes what is printed now; read the difference before you commit it.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from small import without_engine_notice

ROOT = Path(__file__).resolve().parents[1]
GOLDEN = ROOT / "tests/golden"

S1 = ["fixtures/logs/s1_compliant.jsonl", "--from", "2031-03-01T00:00:00Z", "--until", "2031-03-08T00:00:00Z"]
S2 = ["fixtures/logs/s2_violating.jsonl", "--from", "2031-04-30T00:00:00Z", "--until", "2031-05-15T00:00:00Z"]
S4 = ["fixtures/logs/s4_incomplete_log.jsonl", "--from", "2031-06-01T00:00:00Z", "--until", "2031-06-15T00:00:00Z"]

WAIVERS = ["fixtures/logs/waivers.jsonl", "--from", "2031-03-01T00:00:00Z", "--until", "2031-03-21T00:00:00Z"]

PAGES = {
    "waivers_intermediate.txt": ["check", *WAIVERS, "--position", "intermediate", "--only", "C-03", "--only", "R-05"],
    "waivers_explain_R-03.txt": ["explain", "R-03", *WAIVERS, "--position", "intermediate"],
    "s1_crete.txt": ["check", *S1, "--position", "crete-model", "--only", "R-*", "--only", "L-*"],
    "s2_intermediate.txt": ["check", *S2, "--position", "intermediate"],
    "s4_intermediate.txt": ["check", *S4, "--position", "intermediate"],
    "s4_explain_R-03.txt": ["explain", "R-03", *S4, "--position", "intermediate"],
    "s2_explain_R-08.txt": ["explain", "R-08", *S2, "--position", "intermediate"],
    "mistakes.txt": ["check", S2[0], "-r", "fixtures/rulebooks/mistakes.yaml"],
}


@pytest.mark.parametrize("name", PAGES)
def test_page_is_as_kept(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "checker", *PAGES[name]], cwd=ROOT, capture_output=True, encoding="utf-8", check=False
    )
    printed = without_engine_notice(done.stdout or done.stderr)
    path = GOLDEN / name
    if os.environ.get("UPDATE_DOCS"):
        path.write_text(printed, encoding="utf-8")
    assert printed == path.read_text(encoding="utf-8")


def test_every_page_kept_is_compared() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == set(PAGES)
