"""How long a check of a small log takes, as a multiple of importing the libraries it is made with.

    python benchmarks/startup.py [RUNS]

Whole processes, alternating, in one run, with compiled bytecode as an installed program has it. The median is of wall
time, and noise the spread between its quartiles; the least processor time is steadier on a busy machine.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

COMMANDS = {
    "import pydantic, yaml, click": ["-c", "import pydantic, yaml, click"],
    "check of 50 records": [
        "-m", "checker", "check", "fixtures/logs/s2_violating.jsonl", "--position", "intermediate",
    ],
    "the same with --format json": [
        "-m", "checker", "check", "fixtures/logs/s2_violating.jsonl", "--position", "intermediate", "--format", "json",
    ],
}  # fmt: skip


def main(runs: int) -> None:
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in COMMANDS}
    with tempfile.TemporaryDirectory() as compiled:
        # some environments forbid writing bytecode: every run would compile the source anew
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": compiled}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for _ in range(runs + 1):
            for name, arguments in COMMANDS.items():
                times[name].append(measured([sys.executable, *arguments], environment))
    taken = {name: list(zip(*pairs[1:], strict=True)) for name, pairs in times.items()}  # the first run compiled
    base, base_cpu = next((statistics.median(wall), min(cpu)) for wall, cpu in taken.values())
    print(f"{'whole process':32} {'median':>8} {'ratio':>6} {'noise':>6} {'least CPU':>10} {'ratio':>6}")
    for name, (wall, cpu) in taken.items():
        middle = statistics.median(wall)
        low, _, high = statistics.quantiles(wall, n=4)
        print(
            f"{name:32} {middle * 1000:5.0f} ms {middle / base:6.2f} {(high - low) / middle:6.0%}"
            f" {min(cpu) * 1000:7.0f} ms {min(cpu) / base_cpu:6.2f}"
        )


def measured(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Wall and processor time of a process, in seconds."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, check=False)
    ended, after = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended - begun, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
