"""The shipped mappings fit logs in the true shape of their formats, by name, from Python and for every backend."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import checker
from checker.backends import BACKENDS
from checker.cli import run
from checker.errors import LogError, RulebookError
from checker.logs import from_dicts, read_log
from checker.mapping import Mapping, shipped_names
from checker.route import judged_files
from checker.rulebook import load_rulebook
from checker.rulebook.mapping_file import load_mapping
from checker.scan import scan
from checker.timeline import format_instant

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "fixtures" / "mappings"
BERLIN = str(FOLDER / "timesheet-berlin.yaml")
CASES = {
    "ocsf.jsonl": ("ocsf", [("S-1", "violated", "console-2", -0.25), ("S-2", "violated", "console-1", -1)]),
    "ecs.jsonl": ("ecs", [("V-1", "violated", "vault-b", -1800), ("V-2", "violated", "vault-b", -1)]),
    "xes.xes": (
        "xes",
        [
            ("I-1", "violated", "visit-2", -4500),
            ("I-2", "violated", "visit-2", -1800),
            ("I-3", "violated", "visit-2", -1),
        ],
    ),
    # the clock shows 02:15 twice in that night: 3 h 45 min or 4 h 45 min at the wheel
    "timesheet.csv": (BERLIN, [("D-1", "violated", "driver-1", -900), ("D-1", "inconclusive", "driver-2", None)]),
}


def book_of(log):
    return FOLDER / f"{Path(log).stem}.yaml"


def test_every_shipped_mapping_has_a_log_and_a_rulebook():
    assert sorted(Path(log).stem for log in CASES) == shipped_names()


@pytest.mark.parametrize("backend", [None, *BACKENDS])
@pytest.mark.parametrize("log", CASES)
def test_by_python(log, backend):
    mapping, expected = CASES[log]
    report = checker.check(FOLDER / log, book_of(log), mapping=mapping, backend=backend)
    assert report.rejected == []
    assert [
        (f.constraint, f.verdict, f.subject, f.margin.high if f.margin.low == f.margin.high else None)
        for f in report.findings
    ] == expected
    read = read_log(FOLDER / log, checker.load_mapping(mapping))
    loaded = load_mapping(mapping)
    assert (
        checker.check(read, book_of(log)).findings == checker.check(FOLDER / log, book_of(log), mapping=loaded).findings
    )


@pytest.mark.parametrize("log", CASES)
def test_by_the_command(log, monkeypatch, tmp_path):
    monkeypatch.chdir(ROOT)
    mapping, expected = CASES[log]
    pages = []
    for backend in BACKENDS:
        page = tmp_path / f"{backend}.json"
        asked = ["check", f"fixtures/mappings/{log}", "-r", str(book_of(log)), "--mapping", mapping, "--all"]
        assert run([*asked, "--backend", backend, "--output", f"json:{page}"]) == 1
        pages.append(page.read_text())
    assert len(set(pages)) == 1
    told = [f for f in json.loads(pages[0])["findings"] if f["verdict"] != "satisfied"]
    assert [(f["constraint"], f["verdict"], f["subject"]) for f in told] == [one[:3] for one in expected]


@pytest.mark.parametrize("log", CASES)
def test_scanned(log):
    mapping, _ = CASES[log]
    made = [
        judged_files(
            [str(FOLDER / log)], load_mapping(mapping), load_rulebook(book_of(log)), backend=backend, every=False
        )
        for backend in ("reference", "columnar")
    ]
    from checker import telling

    assert telling.report(made[0]).to_dict() == telling.report(made[1]).to_dict()


def test_two_events_on_a_line_are_read_and_not_scanned(tmp_path, monkeypatch):
    from checker.scan import NotScannable

    text = (FOLDER / "xes.xes").read_text()
    head, _, body = text.partition("\n")
    path = tmp_path / "one.xes"
    path.write_text(head + "\n" + " ".join(body.split()))
    book = load_rulebook(FOLDER / "xes.yaml")
    from checker.columns import Wanted

    with pytest.raises(NotScannable, match="on one line"):
        scan([str(path)], load_mapping("xes"), book.catalogue, book.registers, Wanted(None, ()))
    asked = {"mapping": "xes", "backend": "columnar"}
    findings = checker.check(path, FOLDER / "xes.yaml", **asked).findings
    assert [f.constraint for f in findings] == ["I-1", "I-2", "I-3"]


def test_others_take_the_mapping_too():
    log, book = FOLDER / "ocsf.jsonl", FOLDER / "ocsf.yaml"
    told = checker.explain(log, "S-1", book, mapping="ocsf")
    assert [one.verdict for one in told.occasions] == ["satisfied", "violated", "satisfied"]


def test_a_file_of_that_name_comes_first(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert load_mapping("ecs").type == "event.action"
    Path("ecs").write_text("type: kind\n")
    assert load_mapping("ecs").type == "kind"


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(RulebookError, match=r"no shipped mapping of that name\n    did you mean 'ocsf'\?"):
        load_mapping("osfc")


def test_base(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text("base: ocsf\nseq: ''\ntypes: {300201: ON, '600999': X}\n")
    made = load_mapping(path)
    assert (made.seq, made.time_format, made.types["300201"], made.types["300202"], made.types["600999"]) == (
        "", "epoch_ms", "ON", "AUTHENTICATION_LOGOFF", "X",
    )  # fmt: skip
    path.write_text("base: oscf\nzone: Mars\n")
    with pytest.raises(RulebookError) as wrong:
        load_mapping(path)
    first, second = wrong.value.problems
    assert "no shipped mapping 'oscf'; did you mean 'ocsf'?" in first.message
    assert (first.location.line, second.location.line) == (1, 2)


def test_base_in_a_rulebook(tmp_path):
    text = (FOLDER / "ecs.yaml").read_text() + "mapping: {base: ecs}\n"
    path = tmp_path / "book.yaml"
    path.write_text(text)
    assert [f.constraint for f in checker.check(FOLDER / "ecs.jsonl", path).findings] == ["V-1", "V-2"]


# ---- join ----

JOIN = Mapping(join={"at": ("day", "hour")}, time="at", zone="UTC")


def test_joined_members():
    log = from_dicts(
        [
            {"day": "2031-05-01", "hour": "08:00", "type": "A"},
            {"day": "2031-05-01", "type": "A"},
            {"day": 5, "hour": "08:00", "type": "A"},
            {"day": "2031-05-01", "hour": "08:00", "at": "2031-05-01T08:00:00Z", "type": "A"},
        ],
        mapping=JOIN,
    )
    assert [record.extra for record in log.records] == [{"day": "2031-05-01", "hour": "08:00"}]
    assert [one.reason for one in log.rejected] == [
        "'at': missing", "'day': a text is expected, found a number",
        "'at': given already, beside what it is to be made of",
    ]  # fmt: skip


def test_joined_columns_have_to_be_there(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("Day,hour,type\n2031-05-01,08:00,A\n")
    with pytest.raises(LogError, match=r"no column 'day' to make 'at' of\n    did you mean 'Day'\?"):
        read_log(path, JOIN)


def test_joined_columns_of_parquet(tmp_path):
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    path = tmp_path / "x.parquet"
    parquet.write_table(pa.table({"day": ["2031-05-01"], "hour": ["08:00"], "type": ["A"]}), path)
    assert len(read_log(path, JOIN).records) == 1
    with pytest.raises(LogError, match="no column 'hours' to make 'at' of"):
        read_log(path, Mapping(join={"at": ("day", "hours")}, time="at", zone="UTC"))


@pytest.mark.parametrize("join", [{"at": ["day"]}, {"a.b": ["c", "d"]}, {"": ["c", "d"]}, {"at": ["c", ""]}])
def test_what_cannot_be_joined(join):
    with pytest.raises(ValueError, match="made of two members or more"):
        Mapping.model_validate({"join": join})


SHEET = Mapping.model_validate({"base": "timesheet", "type_of_all": "ENTRY", "zone": "UTC", "subject": "Who"})


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_one_type_for_all(ending, tmp_path):
    """A sheet without a column for it: each row is an ENTRY, for every reader and backend."""
    names = ("Who", "Start date", "Start time", "End date", "End time", "what")
    rows = [(f"D-{n}", "2031-05-01", f"{6 + n % 3:02}:00:00", "2031-05-01", "09:30:00", "drive") for n in range(300)]
    path = tmp_path / f"sheet.{ending}"
    if ending == "csv":
        path.write_text("\n".join(",".join(row) for row in (names, *rows)) + "\n")
    elif ending == "jsonl":
        path.write_text("".join(json.dumps(dict(zip(names, row, strict=True))) + "\n" for row in rows))
    else:
        pa = pytest.importorskip("pyarrow")
        from pyarrow import parquet

        parquet.write_table(pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))), path)
    log = read_log(path, SHEET)
    assert [(record.type, record.subject, record.extra["what"]) for record in log.records[:1]] == [
        ("ENTRY", "D-0", "drive")
    ]
    book = tmp_path / "book.yaml"
    book.write_text("""
rulebook: {id: small, version: "1", title: Small, zone: UTC}
events: {ENTRY: {what: text}}
intervals: {shift: {event: ENTRY, lasts: 3 h}}
constraints:
  - {id: D, title: D, text: At most 2 h., group: G, severity: minor, source: illustrative, kind: duration, of: shift, at_most: 2 h}
""")
    for backend in BACKENDS:
        findings = checker.check(path, book, mapping=SHEET, backend=backend).findings
        assert [(one.verdict, one.margin.high) for one in findings] == [("violated", -3600)] * 300, backend


@pytest.mark.parametrize("more", [{"type": "Task"}, {"types": {"a": "B"}}])
def test_one_type_for_all_is_the_only_one(more):
    with pytest.raises(ValueError, match="goes with neither `type` nor `types`"):
        Mapping.model_validate({"type_of_all": "ENTRY", **more})


def test_the_option_names_what_it_does():
    from checker.cli import root

    assert "timesheet" in CliRunner().invoke(root, ["check", "--help"]).output


@pytest.mark.parametrize(
    ("log", "envelope"),
    [
        (
            "ocsf.jsonl",
            ("AUTHENTICATION_LOGON", "console-1", "e-0001", "console-audit", 1, "2031-05-03T06:00:01.5Z", None),
        ),
        ("ecs.jsonl", ("vault-opened", "vault-a", "ev-1", "collector-1", 1, None, "2031-05-03T06:00:00.25Z")),
        ("xes.xes", ("Request", "visit-1", None, None, None, None, None)),
        ("timesheet.csv", ("DRIVING", "driver-1", None, None, None, None, None)),
    ],
)
def test_envelopes(log, envelope):
    (record, *_) = read_log(FOLDER / log, load_mapping(CASES[log][0])).records
    recorded, received = (None if at is None else format_instant(at) for at in (record.recorded_at, record.received_at))
    assert (record.type, record.subject, record.id, record.source, record.seq, recorded, received) == envelope


def test_nested_and_dotted_names_are_the_same():
    nested, dotted = (read_log(FOLDER / "ecs.jsonl", load_mapping("ecs")).records[place] for place in (4, 3))
    for name in ("user_name", "outcome", "category"):
        assert name in nested.extra
        assert name in dotted.extra


TIME = ("day", "hour", "type", "subject", "visit")
FIELD = ("time", "type", "subject", "port", "number")


@pytest.mark.parametrize("ending", ["jsonl", "csv"])
@pytest.mark.parametrize(
    ("names", "mapping", "rows"),
    [
        (TIME, JOIN, [("2031-05-01", "06:00:00", "ENTRY", "S", "V"), ("2031-05-22", "06:00:01", "EXIT", "S", "V")]),
        (
            FIELD, Mapping(join={"visit": ("port", "number")}),
            [("2031-05-01T06:00:00Z", "ENTRY", "S", "P", "1"), ("2031-05-22T06:00:01Z", "EXIT", "S", "P", "1")],
        ),
    ],
    ids=["time", "field"],
)  # fmt: skip
def test_joined_members_are_scanned(names, mapping, rows, ending, tmp_path):
    book = tmp_path / "book.yaml"
    text = (ROOT / "docs/example-package/harbour_rules/harbour.yaml").read_text()
    book.write_text(text.split("examples:")[0])
    path = tmp_path / f"log.{ending}"
    rows = [(*row[:-1], f"{row[-1]}{visit}") for visit in range(300) for row in rows]
    if ending == "csv":
        path.write_text("\n".join(",".join(row) for row in (names, *rows)) + "\n")
    else:
        path.write_text("".join(json.dumps(dict(zip(names, row, strict=True))) + "\n" for row in rows))
    for backend in BACKENDS:
        findings = checker.check(path, book, mapping=mapping, backend=backend).findings
        assert [(one.verdict, one.margin.high) for one in findings] == [("violated", -1)] * 300, backend
