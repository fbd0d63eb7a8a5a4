"""Many checks in one process leave memory as it was."""

import subprocess
import sys
from pathlib import Path

import pytest

from checker.backends import BACKENDS

ROOT = Path(__file__).resolve().parents[1]
CHECKS = """
import gc, sys
sys.path.insert(0, "benchmarks")
import checker
from checker.render import FORMATS, Page
from long import resident

for number in range(14):
    report = checker.check("fixtures/logs/s2_violating.jsonl", position="intermediate", backend=sys.argv[1])
    for name in ("text", "json", "html"):
        FORMATS[name](report, Page())
    gc.collect()
    print(resident())
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
@pytest.mark.parametrize("backend", BACKENDS)
def test_checks_in_one_process_do_not_add_up(backend):
    """What is loaded once is there after five; 3 MB are well above the noise of some 0.5."""
    command = [sys.executable, "-c", CHECKS, backend]
    told = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    held = [int(line) for line in told.split()]
    assert held[-1] - held[4] < 3_000
