"""Other ways to answer the same questions of the logs of generate.py, each a process of its own for speed.py.

    python benchmarks/peers.py NAME LOG.jsonl

Two rules: each RADAR_ON is preceded, within 24 h, by the AUTHORISATION_GRANTED of its activity, and followed, within
30 min, by its RADAR_OFF. Printed is JSON: by rule, the ids of the RADAR_ON records that break it.
"""

import json
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

DAY = timedelta(hours=24)
HALF_HOUR = timedelta(minutes=30)
NEEDED = {
    "id": "VARCHAR", "time": "TIMESTAMPTZ", "type": "VARCHAR", "subject": "VARCHAR",
    "data": "STRUCT(act VARCHAR, purpose VARCHAR, network VARCHAR)",
}  # fmt: skip
RELEVANT = ("AUTHORISATION_GRANTED", "RADAR_ON", "RADAR_OFF")

Broken = dict[str, list[str]]


def _records(path: str) -> Any:
    """Each record as a mapping, by the fastest reader that is there."""
    try:
        from orjson import loads
    except ImportError:
        from json import loads
    with open(path, "rb") as file:
        for line in file:
            yield loads(line)


def _source(path: str) -> str:
    columns = ", ".join(f"{name}: '{kind}'" for name, kind in NEEDED.items())
    path = path.replace("'", "''")
    return f"read_json('{path}', format='newline_delimited', columns={{{columns}}})"


def _duckdb() -> Any:
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET threads = 1; SET TimeZone = 'UTC'")
    return connection


def parse(path: str) -> Broken:
    """The floor: DuckDB reads the needed members and throws them away."""
    told = "max(id), max(time), max(type), max(subject), max(data.act), max(data.purpose), max(data.network)"
    _duckdb().execute(f"SELECT count(*), {told} FROM {_source(path)}").fetchall()  # noqa: S608 - a path of ours
    return {}


ENVELOPE = ("id", "source", "seq", "time", "type", "subject")
FIELDS = ("act", "purpose", "network")


def table(path: str) -> Broken:
    """The floor of CSV and Parquet: DuckDB reads the needed columns and throws them away."""
    quoted = path.replace("'", "''")
    csv = ".csv" in path
    source = f"read_csv('{quoted}', header = true, all_varchar = true)" if csv else f"read_parquet('{quoted}')"
    columns = [*ENVELOPE, *(f'"data.{name}"' if csv else f"data.{name}" for name in FIELDS)]
    told = ", ".join(f"max({column})" for column in columns)
    _duckdb().execute(f"SELECT count(*), {told} FROM {source}").fetchall()  # noqa: S608 - a path of ours
    return {}


def polars(path: str) -> Broken:
    """The same by polars."""
    import os

    os.environ["POLARS_MAX_THREADS"] = "1"
    import polars as library

    csv = ".csv" in path
    frame: Any = library.scan_csv(path, infer_schema=False) if csv else library.scan_parquet(path)
    fields = [library.col(f"data.{n}") if csv else library.col("data").struct.field(n) for n in FIELDS]
    frame.select([library.len(), *(column.max() for column in (*map(library.col, ENVELOPE), *fields))]).collect()
    return {}


def sql(path: str) -> Broken:
    """DuckDB SQL by hand."""
    connection = _duckdb()
    wanted = ", ".join(f"'{name}'" for name in RELEVANT)
    connection.execute(
        "CREATE TABLE e AS SELECT id, time, type, subject, data.act AS act "  # noqa: S608
        f"FROM {_source(path)} WHERE type IN ({wanted})"
    )
    last = connection.execute(
        f"SELECT max(time) FROM {_source(path)}"  # noqa: S608
    ).fetchone()[0]
    early = connection.execute(
        "SELECT id FROM e o WHERE type = 'RADAR_ON' AND NOT EXISTS (SELECT 1 FROM e g WHERE "
        "g.type = 'AUTHORISATION_GRANTED' AND g.subject = o.subject AND g.act = o.act AND g.time <= o.time "
        "AND g.time >= o.time - INTERVAL 24 HOUR)"
    ).fetchall()
    late = connection.execute(
        "SELECT id FROM e o WHERE type = 'RADAR_ON' AND o.time + INTERVAL 30 MINUTE < ? AND NOT EXISTS (SELECT 1 "
        "FROM e f WHERE f.type = 'RADAR_OFF' AND f.subject = o.subject AND f.act = o.act AND f.time >= o.time "
        "AND f.time <= o.time + INTERVAL 30 MINUTE)",
        [last],
    ).fetchall()
    return {"B-01": [row[0] for row in early], "B-02": [row[0] for row in late]}


def python(path: str) -> Broken:
    """Hand-written Python: one loop with a dictionary for each rule; the log has to be in order."""
    granted: dict[tuple[str, str], datetime] = {}
    waiting: dict[tuple[str, str], tuple[datetime, str]] = {}
    unauthorised, late = [], []
    time = ""
    for record in _records(path):
        time = record["time"]
        name = record["type"]
        if name not in RELEVANT:
            continue
        key = record["subject"], record["data"]["act"]
        at = datetime.fromisoformat(time)
        if name == "AUTHORISATION_GRANTED":
            granted[key] = at
        elif name == "RADAR_ON":
            since = granted.pop(key, None)
            if since is None or at - since > DAY:
                unauthorised.append(record["id"])
            waiting[key] = at, record["id"]
        elif (begun := waiting.pop(key, None)) is not None and at - begun[0] > HALF_HOUR:
            late.append(begun[1])
    end = datetime.fromisoformat(time)
    late += [ident for begun, ident in waiting.values() if begun + HALF_HOUR < end]
    return {"B-01": unauthorised, "B-02": late}


def pm4py(path: str) -> Broken:
    """PM4Py Declare: precedence and response, which know of order and not of time."""
    import pandas
    from pm4py.algo.conformance.declare import algorithm

    rows = [
        (r["data"]["act"], r["type"], datetime.fromisoformat(r["time"]), r["id"])
        for r in _records(path)
        if r["type"] in RELEVANT
    ]
    frame = pandas.DataFrame(rows, columns=["case:concept:name", "concept:name", "time:timestamp", "id"])
    frame["time:timestamp"] = pandas.to_datetime(frame["time:timestamp"], utc=True)
    frame = frame.sort_values(["case:concept:name", "time:timestamp"], kind="stable", ignore_index=True)
    some = {"support": 1, "confidence": 1.0}
    model = {
        "precedence": {("AUTHORISATION_GRANTED", "RADAR_ON"): some},
        "response": {("RADAR_ON", "RADAR_OFF"): some},
    }
    begun = dict(zip(frame["case:concept:name"], frame["id"], strict=True))
    begun.update({act: ident for act, name, _, ident in rows if name == "RADAR_ON"})
    broken: Broken = {"B-01": [], "B-02": []}
    cases = list(dict.fromkeys(frame["case:concept:name"]))
    found = algorithm.apply(frame, model)
    for case, told in zip(cases, found, strict=True):
        for name, _ in told["deviations"]:
            broken["B-01" if name == "precedence" else "B-02"].append(begun[case])
    return broken


def rtamt(path: str) -> Broken:
    """rtamt, dense time: for each activity three signals that are 1 for a millisecond at their events."""
    import rtamt as library

    signals: dict[str, dict[str, list[list[float]]]] = {}
    ons: dict[str, list[tuple[float, str]]] = {}
    first, end = None, 0.0
    for record in _records(path):
        at = datetime.fromisoformat(record["time"])
        first = first or at
        end = (at - first).total_seconds()
        if record["type"] not in RELEVANT:
            continue
        act = record["data"]["act"]
        name = {"AUTHORISATION_GRANTED": "granted", "RADAR_ON": "on", "RADAR_OFF": "off"}[record["type"]]
        signals.setdefault(act, {}).setdefault(name, []).extend([[end, 1.0], [end + 0.001, 0.0]])
        if name == "on":
            ons.setdefault(act, []).append((end, record["id"]))
    broken: Broken = {"B-01": [], "B-02": []}
    formulas = {
        "B-01": ("granted", "once[0:86400] (granted >= 0.5)"),
        "B-02": ("off", "eventually[0:1800] (off >= 0.5)"),
    }
    for rule, (other, formula) in formulas.items():
        spec = library.StlDenseTimeSpecification()
        spec.declare_var(other, "float")
        spec.declare_var("out", "float")
        spec.spec = f"out = {formula}"
        spec.parse()
        for act, moments in ons.items():
            theirs = signals[act].get(other, [])
            start = [] if theirs and theirs[0][0] == 0 else [[0.0, 0.0]]
            signal = [*start, *theirs, [end + 90_000, 0.0]]
            values = spec.evaluate([other, signal])
            for at, ident in moments:
                value = next((v for t, v in reversed(values) if t <= at), -1)
                if value < 0 and not (rule == "B-02" and at + 1800 >= end):
                    broken[rule].append(ident)
    return broken


def durable(path: str) -> Broken:
    """durable-rules with every event posted: three predicates; of two that match, one takes the event."""
    from durable.lang import m, post, ruleset, when_all

    broken: Broken = {"B-03": [], "B-04": [], "B-03 by type": []}
    with ruleset("fleet"):

        @when_all(+m.network)
        def link(c: Any) -> None:
            broken["B-03"].append(c.m.ident)

        @when_all((m.type == "RADAR_ON") & (m.purpose == "other"))
        def purpose(c: Any) -> None:
            broken["B-04"].append(c.m.ident)

        @when_all(m.type == "LINK_CONNECTED")
        def link_by_type(c: Any) -> None:
            broken["B-03 by type"].append(c.m.ident)

    for number, record in enumerate(_records(path)):
        data = record["data"]
        event = {"id": number, "ident": record["id"], "type": record["type"]}
        event.update({name: data[name] for name in ("network", "purpose") if name in data})
        try:
            post("fleet", event)
        except Exception as error:  # an event that no rule waits for is an error to it
            if "not handled" not in str(error) and type(error).__name__ != "MessageNotHandledException":
                raise
    return broken


PEERS: dict[str, tuple[str, Callable[[str], Broken]]] = {
    "parse": ("DuckDB read_json, needed members only", parse),
    "sql": ("DuckDB SQL by hand", sql),
    "python": ("Python by hand", python),
    "pm4py": ("PM4Py Declare (no time)", pm4py),
    "rtamt": ("rtamt, dense time", rtamt),
    "durable": ("durable-rules, every event posted (three predicates)", durable),
}

TABLES: dict[str, tuple[str, Callable[[str], Broken]]] = {
    "table": ("DuckDB, needed columns only", table),
    "polars": ("polars, needed columns only", polars),
}
"""Readers of CSV and Parquet, which judge nothing."""

NOT_INSTALLED = 77


def main() -> None:
    name, path = sys.argv[1:]
    try:
        found = (PEERS | TABLES)[name][1](path)
    except ImportError as missing:
        print(missing, file=sys.stderr)
        sys.exit(NOT_INSTALLED)
    json.dump({rule: sorted(ids) for rule, ids in found.items()}, sys.stdout)


if __name__ == "__main__":
    main()
