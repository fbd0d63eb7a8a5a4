"""How fast a check is, beside other ways to answer the same: ratios of CPU time on the same logs in one run.

    python benchmarks/speed.py [--records 100000] [--runs 3] [--limit 120] [--part NAME] [--only NAME] [--json FILE]

Each row is a process of its own, with what its children used; rows take turns, so that a busy machine slows all of
them. Noise is the spread of the runs (greatest - least) over their median: a ratio means little below it. Peers that
are not installed (pip install -r benchmarks/requirements.txt) are listed as not measured. Memory below that of this
process, which is told in the end, is not seen.
"""

import argparse
import json
import os
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from generate import Shape  # noqa: E402
from peers import NOT_INSTALLED, PEERS, TABLES  # noqa: E402

LIMITS = HERE / "limits.yaml"
RULES = ("B-01", "B-02")
NOTHING = "checker, an empty log"
SCRATCH = tempfile.TemporaryDirectory()


@dataclass
class Row:
    """One way to do something, and what it took."""

    name: str
    command: list[str]
    ours: bool = False
    seconds: list[float] = field(default_factory=list)
    walls: list[float] = field(default_factory=list)
    megabytes: float = 0.0
    failed: str = ""
    printed: Path | None = None

    @property
    def noise(self) -> float:
        """The spread of the runs over their median."""
        return (max(self.seconds) - min(self.seconds)) / statistics.median(self.seconds)

    @property
    def broken(self) -> dict[str, list[str]]:
        """By rule, the ids of the records that break it."""
        if self.printed is None:
            return {}
        printed = self.printed.read_bytes()
        return found_by_us(printed) if self.ours else _last(printed)


def measure(row: Row, limit: float) -> None:
    """Run it once, for so many seconds (by the wall) at most."""
    if row.failed:
        return
    if row.printed is None:
        # kept in a file: the memory of this process is the least that a child is seen to use
        row.printed = Path(SCRATCH.name) / str(id(row))
    with row.printed.open("wb") as out, tempfile.TemporaryFile() as err:
        began = time.perf_counter()
        started = subprocess.Popen(row.command, stdout=out, stderr=err, start_new_session=True)
        timer = threading.Timer(limit, lambda: os.killpg(started.pid, signal.SIGKILL))
        timer.start()
        _, status, used = os.wait4(started.pid, 0)
        wall = time.perf_counter() - began
        timer.cancel()
        started.returncode = code = os.waitstatus_to_exitcode(status)
        err.seek(0)
        said = err.read().decode(errors="replace").strip().splitlines()
        if code == -signal.SIGKILL:
            row.failed = f"stopped after {limit:.0f} s"
        elif code == NOT_INSTALLED:
            row.failed = f"not installed: {said[-1] if said else ''}"
        elif code not in ((0, 1, 3) if row.ours else (0,)):
            row.failed = f"failed ({code}): {said[-1][:80] if said else ''}"
        else:
            row.seconds.append(used.ru_utime + used.ru_stime)
            row.walls.append(wall)
            row.megabytes = max(row.megabytes, used.ru_maxrss / 1024)


def _last(printed: bytes) -> dict[str, list[str]]:
    lines = printed.splitlines()  # a library may print a banner first
    found: dict[str, list[str]] = json.loads(lines[-1]) if lines else {}
    return found


def found_by_us(printed: bytes) -> dict[str, list[str]]:
    """The same of a JSON report: the record that made each violation arise."""
    broken: dict[str, list[str]] = {}
    if not printed.startswith(b"{"):
        return broken
    report = json.loads(printed)
    for row in report["constraints"]:
        broken[row["id"]] = []
    for finding in report["findings"]:
        if finding["verdict"] == "violated":
            ident = next(w["id"] for w in finding["witnesses"] if w["role"] in ("trigger", "opening", "compared"))
            broken[finding["constraint"]].append(ident)
    return {rule: sorted(ids) for rule, ids in broken.items()}


def take_turns(rows: Sequence[Row], runs: int, limit: float) -> None:
    """Run all in turn, several times; one that failed is not run again."""
    for _ in range(runs):
        for row in rows:
            measure(row, limit)


@dataclass
class Table:
    """Rows beside one another: ratios are to `base`, verdicts are compared with those of `ours`."""

    title: str
    rows: Sequence[Row]
    base: Row
    ours: Row | None = None

    def ratio(self, row: Row) -> float | None:
        """The CPU time of a row, as a multiple of that of the base."""
        if not row.seconds or not self.base.seconds:
            return None
        return statistics.median(row.seconds) / statistics.median(self.base.seconds)

    def lines(self) -> list[str]:
        """As Markdown: CPU seconds, ratio to the base, noise, greatest memory, and how the verdicts differ."""
        head = ["way", "CPU s", "wall s", "ratio", "noise", "MB"] + ["differs from ours"] * (self.ours is not None)
        lines = [self.title, "", "| " + " | ".join(head) + " |"]
        lines.append("|---|" + "---:|" * 5 + "---|" * (self.ours is not None))
        for row in self.rows:
            if not row.seconds:
                cells = [row.name, "not measured", "", "", "", "", row.failed]
                shown = cells if self.ours is not None else [row.name, row.failed, "", "", "", ""]
                lines.append("| " + " | ".join(shown) + " |")
                continue
            ratio = self.ratio(row)
            cells = [row.name, f"{statistics.median(row.seconds):.2f}", f"{statistics.median(row.walls):.2f}"]
            cells += ["" if ratio is None else f"{ratio:.2f}", f"{row.noise:.0%}", f"{row.megabytes:.0f}"]
            if self.ours is not None:
                cells.append("" if row is self.ours or row.name == NOTHING else differences(row, self.ours))
            lines.append("| " + " | ".join(cells) + " |")
        return [*lines, ""]

    def figures(self) -> dict[str, Any]:
        """The same for a program that draws it."""
        rows = [
            {"name": row.name, "cpu": row.seconds, "wall": row.walls, "mb": row.megabytes, "ratio": self.ratio(row)}
            for row in self.rows
        ]
        return {"title": self.title, "rows": rows}


def differences(row: Row, ours: Row) -> str:
    """Of the rules that both judge: what the other finds and we do not, and the other way round."""
    others, own = row.broken, ours.broken
    if not others or not own:
        return "no verdicts"
    told = []
    for rule in sorted(others):
        name = rule.removesuffix(" by type")
        theirs, mine = set(others[rule]), set(own[name])
        if theirs != mine:
            told.append(f"{rule}: {len(mine)} by ours, {len(mine - theirs)} of them missing, {len(theirs - mine)} more")
    return "; ".join(told) or "the same"


# ---- what is measured ----


def check(log: Path | str, *options: str, rules: Path = LIMITS) -> list[str]:
    """Our own command line, with a JSON report."""
    return [sys.executable, "-m", "checker", "check", str(log), "-r", str(rules), "--format", "json", *options]


def log_of(folder: Path, shape: Shape, ending: str = "jsonl") -> Path:
    """A log of that shape, written once."""
    name = "-".join(str(value) for value in vars(shape).values())
    path = folder / f"{name}.{ending}"
    if not path.exists():  # in a process of its own: what it imports is not to count as memory of others
        options = [f"--{name}={value}" for name, value in vars(shape).items()]
        made = subprocess.run(
            [sys.executable, str(HERE / "generate.py"), str(path), *options],
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            path.unlink(missing_ok=True)
            raise ImportError(made.stderr.strip().splitlines()[-1])
    return path


def peers(given: argparse.Namespace, folder: Path) -> list[Table]:
    """The same two rules by every way there is, on one log."""
    log = log_of(folder, Shape(given.records))
    two = [part for rule in RULES for part in ("--only", rule)]
    peer = {
        name: Row(title, [sys.executable, str(HERE / "peers.py"), name, str(log)])
        for name, (title, _) in PEERS.items()
        if not given.only or name in given.only
    }
    ten = Row("**checker, ten rules**", check(log, "--backend", "columnar"), ours=True)
    ours = Row("**checker, the two rules**", check(log, *two, "--backend", "columnar"), ours=True)
    slow = Row("checker, ten rules, reference backend", check(log, "--backend", "reference"), ours=True)
    nothing = folder / "empty.jsonl"
    nothing.touch()
    rows = [*peer.values(), Row(NOTHING, check(nothing), ours=True), ours, ten]
    if given.records <= 200_000:  # beyond, it takes minutes
        rows.append(slow)
    take_turns(rows, given.runs, given.limit)
    title = f"Two rules on {given.records:,} JSON Lines records of 40 units, 40 % of them relevant"
    return [Table(title, rows, peer.get("parse", ours), ten)]


def growth(given: argparse.Namespace, folder: Path) -> list[Table]:
    """How the cost of ours grows, one thing at a time; each ratio is to the first row of its group."""
    base = Shape(given.records // 4)
    log = log_of(folder, base)
    n = base.records
    budget = folder / "budget.yaml"
    groups: dict[str, list[Row]] = {
        "records": [
            Row(f"{size:,} records", check(log_of(folder, replace(base, records=size))), ours=True)
            for size in (n, 2 * n, 4 * n)
        ],
        "units": [
            Row(f"{units:,} units", check(log_of(folder, replace(base, units=units))), ours=True)
            for units in (4, 40, 400, 2_000)
        ],
        "rules": [
            Row(f"{rules:,} rules", check(log, rules=many_rules(folder, rules)), ours=True) for rules in (10, 100, 300)
        ],
        "window": [
            Row(f"a budget over {days:,} d", check(log, "--only", "B-05", rules=windowed(budget, days)), ours=True)
            for days in (1, 30, 1_000)
        ],
        "findings": [
            Row(f"{share:.0%} of activities in breach", check(log_of(folder, replace(base, breaches=share))), ours=True)
            for share in (0.0, 0.1, 0.5)
        ],
        "relevant records": [
            Row(f"{share:.0%} relevant", check(log_of(folder, replace(base, relevant=share))), ours=True)
            for share in (0.1, 0.4, 0.95)
        ],
    }  # fmt: skip
    return _by_name(groups, f"Growth by {{}}, from {n:,} records of 40 units and ten rules", given)


def formats(given: argparse.Namespace, folder: Path) -> list[Table]:
    """The same records in every form, and tables beside the fastest readers of the columns that rules need."""
    shape = Shape(given.records)
    rows = []
    beside: dict[str, list[Row]] = {}
    for ending in ("jsonl", "jsonl.gz", "jsonl.zst", "csv", "parquet"):
        try:
            log = log_of(folder, shape, ending)
        except ImportError as missing:
            rows.append(Row(f".{ending}", [], ours=True, failed=f"not measured: {missing}"))
            continue
        rows.append(Row(f"checker, one rule, .{ending}", check(log, "--only", "B-03"), ours=True))
        if ending in ("csv", "parquet"):
            peer = [sys.executable, str(HERE / "peers.py")]
            beside[ending] = [
                *(Row(title, [*peer, name, str(log)]) for name, (title, _) in TABLES.items()), rows[-1],
                Row("**checker, the two rules**", check(log, "--only", "B-01", "--only", "B-02"), ours=True),
                Row("**checker, ten rules**", check(log), ours=True),
            ]  # fmt: skip
    take_turns(
        [*rows, *(row for group in beside.values() for row in group if row not in rows)], given.runs, given.limit
    )
    tables = [Table(f"One rule on {given.records:,} records in every form", rows, rows[0])]
    for ending, group in beside.items():
        tables.append(
            Table(f"{given.records:,} records as .{ending}, beside readers that judge nothing", group, group[0])
        )
    return tables


def aims(given: argparse.Namespace, folder: Path) -> list[Table]:
    """What a large log is to cost: each ratio is to the first row of its table."""
    log = log_of(folder, Shape(given.records))
    budget = folder / "budget.yaml"
    parse = Row(PEERS["parse"][0], [sys.executable, str(HERE / "peers.py"), "parse", str(log)])
    fleet = log_of(folder, Shape(given.records, units=min(50_000, given.records // 20)))
    tables: dict[str, list[Row]] = {
        "reading": [parse, Row("**checker, ten rules**", check(log), ours=True)],
        "rules": [
            Row("10 rules", check(log, rules=many_rules(folder, 10)), ours=True),
            Row("1,000 rules with limits of their own", check(log, rules=many_rules(folder, 1_000)), ours=True),
            Row("a hundred times the same ten", check(log, rules=many_rules(folder, 1_000, longer=0)), ours=True),
        ],
        "window": [
            Row(f"a budget over {days:,} d", check(log, "--only", "B-05", rules=windowed(budget, days)), ours=True)
            for days in (1, 1_000)
        ],
        "units": [
            Row("40 units", check(log), ours=True),
            Row("as many as 50,000 units", check(fleet), ours=True),
            Row("40 units, without B-06", check(log, *_without("B-06")), ours=True),
            Row("as many as 50,000 units, without B-06", check(fleet, *_without("B-06")), ours=True),
        ],
        "size": [
            Row(f"{size:,} records", check(log_of(folder, Shape(size))), ours=True)
            for size in (given.records // 10, given.records)
        ],
        "backends on small logs": [
            Row(f"{size:,} records, {backend}", check(log_of(folder, Shape(size)), "--backend", backend), ours=True)
            for size in (1_000, 10_000, 50_000) for backend in ("reference", "columnar")
        ],
    }  # fmt: skip
    return _by_name(
        tables, f"By {{}}: a log of {given.records:,} records of 40 units and ten rules, unless told", given
    )


def long(given: argparse.Namespace, folder: Path) -> list[Table]:
    """A log ten times as long, which several processes read: against one, and against parsing alone."""
    many = 10 * given.records
    log = log_of(folder, Shape(many))
    rows = [
        Row(PEERS["parse"][0], [sys.executable, str(HERE / "peers.py"), "parse", str(log)]),
        Row("checker, ten rules, on one core", ["taskset", "--cpu-list", "0", *check(log)], ours=True),
        Row("**checker, ten rules**", check(log), ours=True),
    ]
    take_turns(rows, given.runs, given.limit)
    return [Table(f"{many:,} records of 40 units", rows, rows[0])]


def _by_name(groups: dict[str, list[Row]], title: str, given: argparse.Namespace) -> list[Table]:
    made = []
    for name, rows in groups.items():
        take_turns(rows, given.runs, given.limit)
        made.append(Table(title.format(name), rows, rows[0]))
    return made


def many_rules(folder: Path, count: int, longer: int = 1) -> Path:
    """The ten limits, again and again under other ids, as a rulebook; each time so many seconds longer."""
    import re

    head, rules = LIMITS.read_text().split("constraints:\n")
    ten = [f"  - id: {part}" for part in rules.split("  - id: ")[1:]]
    made = []
    for n in range(count):
        again, more = re.sub(r"id: B-(\d+)", rf"id: B-\1-{n // 10}", ten[n % 10], count=1), n // 10 * longer
        made.append(re.sub(r"(at_most|at_least|within): (\d+ (?:h|min))", rf"\1: \2 {more} s", again))
    path = folder / f"rules-{count}-{longer}.yaml"
    path.write_text(head + "constraints:\n" + "".join(made))
    return path


def _without(rule: str) -> list[str]:
    """The options that check all of the ten limits but one."""
    return [part for n in range(1, 11) if (name := f"B-{n:02}") != rule for part in ("--only", name)]


def windowed(path: Path, days: int) -> Path:
    """The ten limits with another budget window."""
    path = path.with_name(f"budget-{days}.yaml")
    path.write_text(
        LIMITS.read_text().replace("in: 30 d\n    at_most: 36 h", f"in: {days} d\n    at_most: {days * 72} min")
    )
    return path


def findings(given: argparse.Namespace, folder: Path) -> list[Table]:
    """Logs in which every activity breaks a rule: about 12 findings for 100 records; the report goes to a file."""
    rows = []
    for size in (given.records // 8, given.records // 2, given.records):
        log = log_of(folder, Shape(size, relevant=1.0, breaches=1.0))
        command = [sys.executable, "-m", "checker", "check", str(log), "-r", str(LIMITS), "--format", "json"]
        rows.append(Row(f"{size:,} records in breach", command, ours=True))
    take_turns(rows, given.runs, given.limit)
    return [Table("A report of many findings", rows, rows[0])]


PARTS: dict[str, Any] = {
    "peers": peers, "aims": aims, "long": long, "growth": growth, "formats": formats, "findings": findings,
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=100_000, help="records of the log (default 100000)")
    parser.add_argument("--runs", type=int, default=3, help="how often each is run (default 3)")
    parser.add_argument("--limit", type=float, default=120, help="seconds after which a run is stopped (default 120)")
    parser.add_argument("--part", action="append", choices=PARTS, help="only this part (repeatable)")
    parser.add_argument("--only", action="append", choices=PEERS, help="only this peer (repeatable)")
    parser.add_argument("--keep", type=Path, help="folder that keeps the logs for another run")
    parser.add_argument("--json", type=Path, help="file for the figures, which plots.py draws")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        figures: dict[str, Any] = {"records": given.records, "runs": given.runs}
        for part in given.part or PARTS:
            tables: list[Table] = PARTS[part](given, folder)
            print("\n".join(line for table in tables for line in table.lines()), flush=True)
            figures[part] = [table.figures() for table in tables]
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1) + "\n")
    print(f"This process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
