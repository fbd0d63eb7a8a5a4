"""Every shipped log, scanned, comes to what the slow reader makes of it."""

from pathlib import Path

import pytest
from slow_way import as_told, expected, found

from checker.columns import Selection, Wanted, place_of
from checker.logs import read_log
from checker.rulebook import load_rulebook
from checker.scan import scan

ROOT = Path(__file__).parents[2]
LOGS = sorted((ROOT / "fixtures" / "logs").glob("*.jsonl"))


@pytest.fixture(scope="module")
def rulebook():
    return load_rulebook(ROOT / "constraints")


def _fields(rulebook):
    names = {name for kind in rulebook.catalogue.types.values() for name in kind.fields}
    return (
        *sorted(names),
        "subject",
        "id",
        "source",
        "seq",
        "time",
        "type",
        "reference",
        "missing_before",
        "recorded_at",
    )


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.stem)
@pytest.mark.parametrize("share", ["all", "some", "early"])
def test_a_shipped_log_is_scanned_as_it_is_read(path, share, rulebook):
    names = sorted(rulebook.catalogue.types)
    wanted = Wanted(None if share == "all" else frozenset(names[::3]), _fields(rulebook))
    until = None
    if share == "early":
        times = sorted(r.earliest for r in read_log(path).records)
        until = times[len(times) // 2]
    given = ([str(path)], None, rulebook.catalogue, rulebook.registers, wanted)
    scanned = scan(*given, until=until, shown=True)
    assert found(scanned, wanted) == expected(*given, until)


def test_a_second_look_gives_the_records_themselves(rulebook):
    paths = [str(path) for path in LOGS]
    scanned = scan(paths, None, rulebook.catalogue, rulebook.registers, Wanted(None, ()))
    places = scanned.store.columns(Selection()).places.tolist()
    by_place = {place_of(log, r.location.line): r for log, path in enumerate(paths) for r in read_log(path).records}
    assert as_told(scanned.records(places)) == as_told([by_place[place] for place in places])
    assert len(places) > 100
