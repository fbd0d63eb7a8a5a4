"""Long runs: many checks in one process, and ever longer logs, leave memory flat.

    python benchmarks/long.py checks [N]             N checks (100) in one process, with the memory after each tenth
    python benchmarks/long.py records [MILLIONS...]  logs of so many million records (1 10), a process for each
    python benchmarks/long.py records 1 10 --pipe    the same through standard input
    python benchmarks/long.py records --assets 2000  of so many assets, not of twenty
    python benchmarks/long.py records --rules FILE   under other rules, as benchmarks/together.yaml

Logs of records are written to a temporary folder and removed: some 110 MB for a million.
"""

import argparse
import gc
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RULES = ROOT / "fixtures" / "hostile" / "rules.yaml"
LOGS = ("s1_compliant", "s2_violating", "s4_incomplete_log")


def resident() -> int:
    """The memory of this process now, in kB."""
    fields = Path("/proc/self/status").read_text(encoding="ascii").split()
    return int(fields[fields.index("VmRSS:") + 1])


def checks(count: int) -> None:
    """Check shipped and hostile logs in turn, by both backends, with what they say as text, JSON and HTML."""
    import checker
    from checker.backends import BACKENDS
    from checker.render import FORMATS, Page

    hostile = sorted((ROOT / "fixtures/hostile/logs").iterdir())
    print(f"{'checks':>8} {'kB':>9}")
    for number in range(1, count + 1):
        for backend in BACKENDS:
            log = ROOT / f"fixtures/logs/{LOGS[number % len(LOGS)]}.jsonl"
            for report in (
                checker.check(log, position="intermediate", backend=backend),
                checker.check(hostile[number % len(hostile)], RULES, backend=backend),
            ):
                for name in ("text", "json", "html"):
                    FORMATS[name](report, Page())
        if number <= 5 or number % max(1, count // 10) == 0:
            gc.collect()
            print(f"{number:>8,} {resident():>9,}", flush=True)


def lines(records: int, assets: int) -> Iterator[bytes]:
    """Emissions of twenty seconds of every asset at once, one after the other."""
    for n in range(0, records, 2):
        day, second = divmod(n // (2 * assets) * 40, 86_400)
        year, day = divmod(day, 336)
        date = f"{2031 + year}-{1 + day // 28:02d}-{1 + day % 28:02d}"
        for more, kind in enumerate(("RADAR_ON", "RADAR_OFF")):
            at = second + 20 * more
            time = f"{date}T{at // 3600:02d}:{at // 60 % 60:02d}:{at % 60:02d}Z"
            line = f'{{"time": "{time}", "type": "{kind}", "subject": "BTY-{n // 2 % assets}", "id": "{n + more}"}}'
            yield line.encode() + b"\n"


def records(millions: list[int], assets: int, rules: Path, *, piped: bool) -> None:
    """Check a log of each size, and print what its process took at most."""
    print(f"{'million':>8} {'MB of log':>10} {'peak MB':>8} {'CPU s':>7} {'status':>7}")
    for size in millions:
        with tempfile.TemporaryDirectory() as folder:
            log = Path(folder, "log.jsonl")
            with log.open("wb", buffering=1 << 20) as file:
                file.writelines(lines(size * 1_000_000, assets))
            asked = ["-r", str(rules), "--format", "junit"]
            command = [sys.executable, "-m", "checker", "check", "-" if piped else str(log), *asked]
            with log.open("rb") as file:
                process = subprocess.Popen(command, cwd=ROOT, stdin=file, stdout=subprocess.DEVNULL)
                _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            megabytes = log.stat().st_size // 1_000_000
        cpu = used.ru_utime + used.ru_stime
        print(
            f"{size:>8,} {megabytes:>10,} {used.ru_maxrss // 1024:>8,} {cpu:>7.1f} {process.returncode:>7}", flush=True
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("checks", "records"))
    parser.add_argument("numbers", nargs="*", type=int)
    parser.add_argument("--pipe", action="store_true", help="through standard input")
    parser.add_argument("--assets", type=int, default=20, help="of how many assets (20)")
    parser.add_argument("--rules", type=Path, default=RULES, help="the rulebook (one rule, that needs every record)")
    given = parser.parse_args()
    if given.what == "checks":
        checks(*given.numbers[:1] or [100])
    else:
        records(given.numbers or [1, 10], given.assets, given.rules.resolve(), piped=given.pipe)
    print(f"this process took {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024:,} MB at most")


if __name__ == "__main__":
    main()
