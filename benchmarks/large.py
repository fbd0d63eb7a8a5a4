"""A large compressed log of which some lines cannot be read: is each named, and all else judged as without them?

    python benchmarks/large.py [--records 1000000] [--garbage 0.01] [--unreadable 0] [--limit 1024] [--log LOG.gz]

Each check runs in processes that may address so many MB at most. Printed: the planted and the named lines, whether
the findings are those of the same log without these lines, and what both took.
"""

import argparse
import gzip
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
NEVER = (
    "[AUTHORISATION_GRANTED, ACTIVATION_NOTIFIED, RADAR_ON, RADAR_OFF, MONITOR_HEARTBEAT, STOP_REQUESTED, "
    "LINK_CONNECTED]"
)


def checked(log: Path, rules: Path, megabytes: int) -> dict[str, Any]:
    """The report on a log, and on standard output what it took."""

    def bound() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))

    with tempfile.TemporaryFile() as out:
        command = [sys.executable, "-m", "checker", "check", str(log), "-r", str(rules), "--format", "json"]
        began = time.perf_counter()
        environ = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}  # each thread of it reserves address space
        started = subprocess.Popen(command, stdout=out, preexec_fn=bound, env=environ)  # noqa: PLW1509
        _, status, used = os.wait4(started.pid, 0)
        wall = time.perf_counter() - began
        out.seek(0)
        report: dict[str, Any] = json.load(out)
    code = os.waitstatus_to_exitcode(status)
    cpu = used.ru_utime + used.ru_stime
    print(f"{log.name}: exit {code}, {wall:.0f} s wall, {cpu:.0f} s CPU, {used.ru_maxrss / 1024:.0f} MB", flush=True)
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--garbage", type=float, default=0.01, help="share of lines that are no records")
    parser.add_argument("--unreadable", type=float, default=0.0, help="share of records that cannot be read")
    parser.add_argument("--limit", type=int, default=1024, help="MB that a process may address (default 1024)")
    parser.add_argument("--log", type=Path, help="a log that generate.py wrote, instead of a new one")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        log, clean, rules = (Path(folder) / name for name in ("log.jsonl.gz", "clean.jsonl.gz", "rules.yaml"))
        if given.log is not None:
            log = given.log
        else:
            command = [sys.executable, str(HERE / "generate.py"), str(log), "--records", str(given.records)]
            made = subprocess.run(
                [*command, f"--unreadable={given.unreadable}", f"--garbage={given.garbage}"],
                capture_output=True,
                check=True,
            )
            print(made.stdout.decode().strip())
        # what more than one party holds is hidden by no gap: else no line less would leave a verdict as it is
        head, rest = (HERE / "limits.yaml").read_text().split("constraints:\n", 1)
        rules.write_text(f"{head}gaps: {{never_hide: {NEVER}}}\nconstraints:\n{rest}")
        report = checked(log, rules, given.limit)
        bad = {entry["line"] for entry in report["rejected"]}
        print(f"lines named as unreadable: {len(bad):,} of {report['logs'][0]['records'] + len(bad):,}")
        with gzip.open(log) as lines, gzip.open(clean, "wb", compresslevel=1) as kept:
            for number, line in enumerate(lines, 1):
                if number not in bad:
                    kept.write(line)
        other = checked(clean, rules, given.limit)
        print(f"findings: {len(report['findings']):,}; the same as without them: {told(report) == told(other)}")


def told(report: dict[str, Any]) -> list[Any]:
    """The findings, without the places of records: these differ."""
    found = []
    for finding in report["findings"]:
        shown = [
            {name: value for name, value in one.items() if name not in ("log", "line")} for one in finding["witnesses"]
        ]
        found.append({**finding, "witnesses": shown})
    return [found, [{**row} for row in report["constraints"]]]


if __name__ == "__main__":
    main()
