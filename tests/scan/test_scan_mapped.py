"""Foreign logs, scanned, come to what the slow reader makes of them."""

import json
from pathlib import Path

import pytest
from slow_way import expected, found

from checker.columns import Wanted
from checker.mapping import Mapping
from checker.rulebook import load_rulebook
from checker.rulebook.mapping_file import load_mapping
from checker.scan import scan

FOLDER = Path(__file__).parents[2] / "fixtures" / "mappings"
FITS = {
    "ocsf.jsonl": "ocsf",
    "ecs.jsonl": "ecs",
    "xes.xes": "xes",
    "timesheet.csv": str(FOLDER / "timesheet-berlin.yaml"),
}


def compare(path, mapping, book):
    names = {name for kind in book.catalogue.types.values() for name in kind.fields}
    wanted = Wanted(None, (*sorted(names), "subject", "id", "source", "seq", "time", "type"))
    given = ([str(path)], mapping, book.catalogue, book.registers, wanted)
    scanned = scan(*given, shown=True)
    assert found(scanned, wanted) == expected(*given, None)


@pytest.mark.parametrize("log", FITS)
def test_shipped_mappings(log):
    compare(FOLDER / log, load_mapping(FITS[log]), load_rulebook(FOLDER / f"{Path(log).stem}.yaml"))


@pytest.mark.parametrize("ending", ["jsonl", "csv"])
def test_joined_fields(ending, tmp_path):
    names = ("time", "type", "subject", "port", "number")
    rows = [(f"2031-05-01T06:00:{n:02}Z", "vault-opened", "S", "P", str(n)) for n in range(60)]
    path = tmp_path / f"log.{ending}"
    if ending == "csv":
        path.write_text("\n".join(",".join(row) for row in (names, *rows)) + "\n")
    else:
        path.write_text("".join(json.dumps(dict(zip(names, row, strict=True))) + "\n" for row in rows))
    book = load_rulebook(FOLDER / "ecs.yaml")
    compare(path, Mapping(join={"user_name": ("port", "number")}), book)
