"""Writes a hypothetical log of a fleet, of any size in constant memory: the same seed gives the same bytes.

    python benchmarks/generate.py OUT.jsonl [--records 1000000] [--units 40] [--relevant 0.4] [--seed 1] ...

The name says the format (.jsonl, .csv, .parquet) and the compression (.gz, .zst). Each unit is authorised, notified,
switched on, watched by heartbeats, asked to stop, switched off, again and again; between that lies telemetry that no
rule asks for. A share of the activities breaks a rule; what was planted is printed as JSON in the end.
"""

import argparse
import heapq
import json
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, NamedTuple

DAY = 86_400_000
"""Times are whole milliseconds since the log began."""
MINUTE = 60_000
BEGAN = 22_280
"""The first day of the log, 2031-01-01, as days since 1970."""
FIELDS = ("act", "purpose", "valid_from", "valid_to", "network", "monitor", "state", "load", "note")
"""Every field of any record: the columns of CSV and Parquet."""
NUMBERS = frozenset(("load",))

Fields = tuple[tuple[str, Any], ...]


@dataclass
class Shape:
    """What a log is made of; shares are of activities (`breaches`) or records (all others)."""

    records: int = 1_000_000
    units: int = 40
    sources: int = 4
    relevant: float = 0.4
    breaches: float = 0.02
    missing: float = 0.0
    unreadable: float = 0.0
    garbage: float = 0.0
    """Lines that are no records, beside the records; those that are `unreadable` were to be records."""
    shuffled: float = 0.0
    pause: int = 6 * 60
    """Minutes between two activities of a unit, on average."""
    seed: int = 1


class Entry(NamedTuple):
    """One record before it is written."""

    at: int
    name: str
    unit: int
    fields: Fields = ()


@dataclass
class Fleet:
    """Makes the records of a shape in the order of their time; `planted` counts the breaches of each sort."""

    shape: Shape
    planted: Counter[str] = field(default_factory=Counter)

    def entries(self) -> Iterator[Entry]:
        """Without end: of each unit one activity is planned at a time."""
        chance = random.Random(self.shape.seed)
        pause = self.shape.pause * MINUTE
        units = self.shape.units
        plans: list[tuple[int, int, int, Entry]] = []
        free = [0] * units
        number = 0

        def plan(unit: int) -> None:
            nonlocal number
            start = free[unit] + int(pause * (0.5 + chance.random()))
            for entry in self._activity(chance, unit, start, number):
                heapq.heappush(plans, (entry.at, unit, number, entry))
                number += 1
                free[unit] = max(free[unit], entry.at)

        left = [0] * units
        for unit in range(units):
            free[unit] = int(pause * chance.random())
            plan(unit)
        for _, unit, _, _ in plans:
            left[unit] += 1
        owed = 0.0
        per = (1 - self.shape.relevant) / self.shape.relevant
        while True:
            at, unit, _, entry = heapq.heappop(plans)
            yield entry
            left[unit] -= 1
            if not left[unit]:
                before = len(plans)
                plan(unit)
                left[unit] = len(plans) - before
            owed += per
            many = int(owed)
            owed -= many
            step = (plans[0][0] - at) / (many + 1)
            for index in range(many):
                other = chance.randrange(units)
                load = chance.randrange(1000)
                then = at + int(step * (index + 1))
                yield Entry(then, "TELEMETRY", other, (("load", load), ("state", "ok"), ("note", "nothing to report")))

    def _activity(self, chance: random.Random, unit: int, start: int, number: int) -> Iterator[Entry]:
        act = f"A{number:07}-{unit}"
        ours = ("act", act)
        wrong = ""
        if chance.random() < self.shape.breaches:
            wrong = chance.choice(("unauthorised", "early", "long", "link", "purpose", "late stop", "short notice"))
            self.planted[wrong] += 1
        lead = chance.randrange(2 * 60, 20 * 60) * MINUTE if wrong != "early" else (24 * 60 + 30) * MINUTE
        on = start + lead
        length = (chance.randrange(10, 29) if wrong != "long" else chance.randrange(31, 50)) * MINUTE
        off = on + length + chance.randrange(1000)
        if wrong != "unauthorised":
            span = (("valid_from", stamp(start)), ("valid_to", stamp(start + 2 * DAY)))
            yield Entry(start, "AUTHORISATION_GRANTED", unit, (ours, *span))
        notice = 90 * MINUTE if wrong != "short notice" else 20 * MINUTE
        yield Entry(on - notice, "ACTIVATION_NOTIFIED", unit, (ours,))
        purpose = chance.choice(("training", "exercise", "maintenance_test"))
        yield Entry(on, "RADAR_ON", unit, (ours, ("purpose", purpose if wrong != "purpose" else "other")))
        for beat in range(on + 5 * MINUTE, off, 5 * MINUTE):
            yield Entry(beat, "MONITOR_HEARTBEAT", unit, (("monitor", f"M{unit}"), ("state", "ok")))
        if wrong == "link":
            yield Entry(on + MINUTE, "LINK_CONNECTED", unit, (("network", "PNET-01"),))
        if wrong == "late stop":
            yield Entry(on + MINUTE + 1, "STOP_REQUESTED", unit, (ours,))
        elif chance.random() < 0.05:
            yield Entry(off - 4 * MINUTE, "STOP_REQUESTED", unit, (ours,))
        yield Entry(off, "RADAR_OFF", unit, (ours,))


_DAYS: dict[int, str] = {}


def stamp(at: int) -> str:
    """RFC 3339 in UTC; whole seconds without decimals."""
    from datetime import date

    days, rest = divmod(at, DAY)
    day = _DAYS.get(days)
    if day is None:
        if len(_DAYS) > 1000:
            _DAYS.clear()
        day = _DAYS[days] = date.fromordinal(719_163 + BEGAN + days).isoformat()
    seconds, ms = divmod(rest, 1000)
    hour, seconds = divmod(seconds, 3600)
    minute, second = divmod(seconds, 60)
    return f"{day}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z" if ms else f"{day}T{hour:02}:{minute:02}:{second:02}Z"


class Row(NamedTuple):
    """One record as it is written; `bad` where it cannot be read."""

    source: str
    seq: int
    entry: Entry
    bad: bool = False


def rows(fleet: Fleet) -> Iterator[Row]:
    """As many as the shape asks for, with its faults."""
    shape = fleet.shape
    chance = random.Random(f"faults {shape.seed}")
    seqs = [0] * shape.sources
    written = 0
    held: list[tuple[int, int, Row]] = []
    faulty = bool(shape.missing or shape.unreadable or shape.shuffled)
    noise = random.Random(f"garbage {shape.seed}")
    for entry in fleet.entries():
        if written >= shape.records:
            break
        source = entry.unit % shape.sources
        seqs[source] += 1
        row = Row(f"HOST-{source}", seqs[source], entry)
        if faulty:
            if chance.random() < shape.missing:
                fleet.planted["missing record"] += 1
                continue
            if chance.random() < shape.unreadable:
                fleet.planted["unreadable record"] += 1
                row = row._replace(bad=True)
            if chance.random() < shape.shuffled:  # written a while later than its place
                heapq.heappush(held, (written + chance.randrange(1, 5000), seqs[source], row))
                continue
        if shape.garbage and noise.random() < shape.garbage:
            fleet.planted["garbage"] += 1
            yield row._replace(bad=True)
            written += 1
        yield row
        written += 1
        while held and held[0][0] <= written < shape.records:
            yield heapq.heappop(held)[2]
            written += 1


# ---- formats ----


def lines_of_json(made: Iterable[Row]) -> Iterator[str]:
    """JSON Lines; an unreadable one breaks off."""
    for source, seq, (at, name, unit, fields), bad in made:
        data = ",".join(f'"{n}":{v}' if n in NUMBERS else f'"{n}":"{v}"' for n, v in fields)
        line = (
            f'{{"id":"{source}-{seq}","source":"{source}","seq":{seq},"time":"{stamp(at)}","type":"{name}",'
            f'"subject":"U-{unit:05}","data":{{{data}}}}}\n'
        )
        yield line if not bad else line[: len(line) // 2] + "\n"


def lines_of_csv(made: Iterable[Row]) -> Iterator[str]:
    """CSV with a column for each field; an unreadable line has too few cells."""
    yield "id,source,seq,time,type,subject," + ",".join(f"data.{name}" for name in FIELDS) + "\n"
    for source, seq, (at, name, unit, fields), bad in made:
        given = dict(fields)
        cells = ",".join(str(given.get(name, "")) for name in FIELDS)
        head = f"{source}-{seq},{source},{seq},{stamp(at)},{name},U-{unit:05}"
        yield f"{head},{cells}\n" if not bad else f"{head}\n"


def write_parquet(path: str, made: Iterable[Row]) -> None:
    """Typed columns, instants in microseconds; an unreadable row has no time."""
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    kinds = {name: pa.int32() if name in NUMBERS else pa.string() for name in FIELDS}
    instant = pa.timestamp("us", "UTC")
    schema = pa.schema(
        [
            ("id", pa.string()), ("source", pa.string()), ("seq", pa.int64()), ("time", instant), ("type", pa.string()),
            ("subject", pa.string()), ("data", pa.struct(list(kinds.items()))),
        ]
    )  # fmt: skip
    with ParquetWriter(path, schema, compression="zstd") as writer:
        block: list[dict[str, Any]] = []

        def flush() -> None:
            writer.write_batch(pa.RecordBatch.from_pylist(block, schema))
            block.clear()

        for source, seq, (at, name, unit, fields), bad in made:
            time = None if bad else (BEGAN * DAY + at) * 1000
            row = {"id": f"{source}-{seq}", "source": source, "seq": seq, "time": time, "type": name}
            block.append({**row, "subject": f"U-{unit:05}", "data": dict(fields)})
            if len(block) >= 65_536:
                flush()
        if block:
            flush()


def _sink(path: str, closing: ExitStack) -> Callable[[bytes], Any]:
    if path == "-":
        return sys.stdout.buffer.write
    if path.endswith(".gz"):
        import gzip

        # no time in the header: the same seed gives the same bytes
        return closing.enter_context(gzip.GzipFile(path, "wb", 6, mtime=0)).write
    if path.endswith(".zst"):
        if sys.version_info >= (3, 14):
            from compression import zstd
        else:
            from backports import zstd
        return closing.enter_context(zstd.open(path, "wb")).write
    return closing.enter_context(open(path, "wb")).write


def generate(path: str, shape: Shape) -> dict[str, int]:
    """Write a log, and say how many breaches and faults of each sort were planted (the last may lie after the end)."""
    fleet = Fleet(shape)
    made = rows(fleet)
    bare = path.removesuffix(".gz").removesuffix(".zst")
    if bare.endswith(".parquet"):
        write_parquet(path, made)
        return dict(sorted(fleet.planted.items()))
    lines = lines_of_csv(made) if bare.endswith(".csv") else lines_of_json(made)
    with ExitStack() as closing:
        write = _sink(path, closing)
        block: list[str] = []
        for line in lines:
            block.append(line)
            if len(block) == 4096:
                write("".join(block).encode())
                block.clear()
        write("".join(block).encode())
    return dict(sorted(fleet.planted.items()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", help="file to write; - for JSON Lines on standard output")
    shape = Shape()
    for name, value in vars(shape).items():
        parser.add_argument(f"--{name}", type=type(value), default=value, help=f"default {value}")
    given = vars(parser.parse_args())
    out = given.pop("out")
    made = Shape(**given)
    if not (0 < made.relevant <= 1 and made.units > 0 and made.sources > 0):
        parser.error("--relevant lies above 0 and up to 1, --units and --sources above 0")
    print(json.dumps(generate(out, made)), file=sys.stderr)


if __name__ == "__main__":
    main()
