"""How long a check of a small log takes, as a multiple of importing the libraries it is made with.

    python benchmarks/startup.py [RUNS]

Whole processes, alternating, in one run; the noise column is the spread between the quartiles.
"""

import statistics
import subprocess
import sys
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
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(runs + 1):
        for name, arguments in COMMANDS.items():
            begun = time.perf_counter()
            subprocess.run([sys.executable, *arguments], cwd=ROOT, stdout=subprocess.DEVNULL, check=False)
            times[name].append(time.perf_counter() - begun)
    base = statistics.median(next(iter(times.values()))[1:])
    print(f"{'whole process':32} {'median':>8} {'ratio':>6} {'noise':>6}")
    for name, taken in times.items():
        taken = taken[1:]  # the first run may still write bytecode
        middle = statistics.median(taken)
        low, _, high = statistics.quantiles(taken, n=4)
        print(f"{name:32} {middle * 1000:6.0f} ms {middle / base:6.2f} {(high - low) / middle:6.0%}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
