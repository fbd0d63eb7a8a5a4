"""What bytes may be handed to: each target takes any, and fails only by a defect.

`python -m tests.fuzz.targets NAME SECONDS [CORPUS]` runs one under atheris, or `all`.
"""

import io
import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

CORPUS = Path(__file__).with_name("corpus")


def rulebook(data: bytes) -> None:
    """A rulebook, from the file to its rules."""
    from checker.errors import RulebookError
    from checker.rulebook import parse_rulebook

    try:
        parse_rulebook(data.decode("utf-8", "surrogateescape"))
    except RulebookError as error:
        assert error.problems


def pattern(data: bytes) -> None:
    """A pattern or an interval in an otherwise valid rulebook."""
    from checker.errors import RulebookError
    from checker.rulebook import parse_rulebook

    text = " ".join(data.decode("utf-8", "replace").splitlines())
    book = (
        'rulebook: {id: a, version: "1", title: A}\nevents: {A: {t: text, n: number, l: list, m: mapping, i: instant}, B: {}}\n'
        "intervals: {x: {from: A, until: B}}\nregisters: {r: [A, B]}\nconstraints:\n"
        "  - {id: C, title: t, text: t, group: g, severity: minor, source: s, kind: never, "
    )
    for field in ("event", "interval"):
        try:
            parse_rulebook(f"{book}{field}: {text}}}\n")
        except RulebookError as error:
            assert error.problems


def _log(data: bytes, name: str) -> None:
    from checker import check
    from checker.errors import LogError
    from checker.logs import read_log

    try:
        log = read_log(io.BytesIO(data), name=name)
    except LogError:
        return
    report = check(log, _book())
    assert report.logs[0].records == len(log.records)
    if log.rejected or not log.records:
        assert report.verdict != "satisfied"


def jsonl(data: bytes) -> None:
    """A log in JSON Lines, read and judged."""
    _log(data, "log.jsonl")


def csv(data: bytes) -> None:
    """A log in CSV, read and judged."""
    _log(data, "log.csv")


def compressed(data: bytes) -> None:
    """A compressed log, whatever its name says."""
    _log(data, "log.jsonl.gz")
    _log(data, "log.jsonl.zst")


def xes(data: bytes) -> None:
    """An event log in XML, read in whole and in small pieces; nothing but records and reasons comes of it."""
    from checker.errors import LogError
    from checker.logs import read_log
    from checker.logs import xes as format_
    from checker.rulebook.mapping_file import load_mapping

    told = []
    for piece in (2, 64 * 1024):  # one byte alone does not tell a reader of XML how a document is written
        format_._PIECE = piece
        try:
            log = read_log(io.BytesIO(data), load_mapping("xes"), name="log.xes")
            told.append((log.digest, [repr(one) for one in log.records], [repr(one) for one in log.rejected]))
        except LogError as error:
            told.append((str(error), [], []))
    assert told[0] == told[1], data


def scanned(data: bytes) -> None:
    """A log as large ones are read gives what it gives when it is read record by record."""
    from checker import check
    from checker.errors import LogError

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "log.jsonl")
        path.write_bytes(data)
        told = []
        for backend in ("reference", "columnar"):
            try:
                told.append(check(path, _book(), backend=backend).to_dict())
            except LogError as error:
                told.append({"error": str(error)})
        assert told[0] == told[1], data


def times(data: bytes) -> None:
    """Durations and instants: refused, or written and read again as the same."""
    from checker.timeline import format_duration, format_instant, parse_duration, parse_hours, parse_instant, parse_zone

    text = data.decode("utf-8", "replace")
    try:
        length = parse_duration(text)
        assert parse_duration(format_duration(length)) == length
    except ValueError:
        pass
    try:
        low, high = parse_instant(text)
        assert low <= high
        assert parse_instant(format_instant(low)) == (low, low)
    except ValueError:
        pass
    for parse in (parse_hours, parse_zone):
        try:
            parse(text)
        except ValueError:
            continue


def report(data: bytes) -> None:
    """A report read again from JSON, and compared with itself."""
    from checker.difference import difference
    from checker.errors import ReportError
    from checker.stored import read_report

    try:
        made = read_report(data, name="report.json")
    except ReportError as error:
        assert error.problems
        return
    assert json.loads(json.dumps(made.to_dict())) == made.to_dict()
    difference(made, made)


def example(data: bytes) -> None:
    """A record in the short form of examples, written and read again."""
    from checker.documenting import line_of
    from checker.rulebook.shorthand import record

    try:
        made = record(data.decode("utf-8", "replace"))
    except ValueError:
        return
    line_of(made)


TARGETS: dict[str, Callable[[bytes], None]] = {
    one.__name__: one for one in (rulebook, pattern, jsonl, csv, compressed, xes, scanned, times, report, example)
}

_BOOKS: list[object] = []


def _book() -> "object":
    from checker.rulebook import load_rulebook

    if not _BOOKS:
        _BOOKS.append(load_rulebook(Path(__file__).parents[2] / "fixtures/hostile/rules.yaml"))
    return _BOOKS[0]


def main() -> None:
    """Run targets for some seconds each; a crash leaves its input beside, and ends with a status that is not 0.

    Each has a process of its own, made of one in which everything is instrumented already: that takes the longest.
    """
    import atheris

    names, seconds, *more = sys.argv[1:]
    with atheris.instrument_imports(include=["checker"]):
        import checker.difference
        import checker.documenting
        import checker.logs
        import checker.pipeline
        import checker.rulebook
        import checker.scanned
        import checker.stored
        import checker.telling  # noqa: F401
    failed = []
    for name in TARGETS if names == "all" else [names]:
        target = TARGETS[name]
        print(f"== {name}", file=sys.stderr, flush=True)
        given = [one if one.startswith("-") or names != "all" else f"{one}/{name}" for one in more]
        for folder in given:
            if not folder.startswith("-"):
                Path(folder).mkdir(parents=True, exist_ok=True)
        child = os.fork()
        if not child:
            arguments = [
                sys.argv[0], f"-max_total_time={seconds}", "-max_len=4096", "-timeout=10", "-rss_limit_mb=2048",
                "-print_final_stats=1", *given, str(CORPUS / name),
            ]  # fmt: skip
            atheris.Setup(arguments, target)
            atheris.Fuzz()
            os._exit(0)
        if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0:
            failed.append(name)
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
