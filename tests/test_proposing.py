"""What is proposed for a sample is read as a mapping, fits it, and says what it cannot know."""

import gzip
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checker.cli import root, run
from checker.errors import CheckerError, LogError, UsageError
from checker.logs import read_log
from checker.proposed import Proposal
from checker.proposing import propose
from checker.readings import readings_of
from checker.render.proposed import render
from checker.rulebook.mapping_file import load_mapping

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "fixtures" / "mappings"


def proposed(tmp_path, content, name="log.jsonl", **told):
    path = tmp_path / name
    path.write_text(content if isinstance(content, str) else "".join(json.dumps(one) + "\n" for one in content))
    return propose([str(path)], **told)


def loaded(proposal, tmp_path):
    """The mapping as `--mapping` reads it from the page."""
    path = tmp_path / "mapping.yaml"
    path.write_text(render(proposal, 100))
    return load_mapping(path)


def confidence(proposal, name):
    return next(placed.confidence for placed in proposal.placed if placed.name == name)


def reason(proposal, name):
    return next(placed.reason for placed in proposal.placed if placed.name == name)


FLAT = [
    {"ts": "2031-05-03T08:00:00Z", "event": "ON", "unit": "A", "uuid": "a", "no": 1, "power": 5, "writer": "HOST"},
    {"ts": "2031-05-03T09:00:00Z", "event": "OFF", "unit": "A", "uuid": "b", "no": 2, "power": 6, "writer": "HOST"},
    {"ts": "2031-05-03T10:00:00Z", "event": "ON", "unit": "B", "uuid": "c", "no": 3, "power": 7, "writer": "HOST"},
    {"ts": "2031-05-03T11:00:00Z", "event": "OFF", "unit": "B", "uuid": "d", "no": 4, "power": 8, "writer": "HOST"},
]


def changed(**members):
    """The same records with other members, each a list of values; None where there is none."""
    made = []
    for place, record in enumerate(FLAT):
        one = {**record, **{name: values[place] for name, values in members.items()}}
        made.append({name: value for name, value in one.items() if value is not None})
    return made


def test_names_tell_what_members_are(tmp_path):
    made = proposed(tmp_path, FLAT)
    assert made.mapping == {
        "time": "ts", "type": "event", "subject": "unit", "id": "uuid", "source": "writer", "seq": "no",
        "recorded_at": "", "received_at": "", "data": "",
    }  # fmt: skip
    assert {placed.confidence for placed in made.placed} == {"sure"}
    assert [(one.path, one.kind) for one in made.fields] == [("power", "whole number")]
    assert (made.records, made.accepted, made.complete, made.open) == (4, 4, True, [])
    assert made.types == {"OFF": 2, "ON": 2}
    (first, *_) = read_log(tmp_path / "log.jsonl", loaded(made, tmp_path)).records
    assert (first.type, first.subject, first.id, first.seq, first.extra) == ("ON", "A", "a", 1, {"power": 5})


@pytest.mark.parametrize("log", ["ocsf.jsonl", "ecs.jsonl", "xes.xes", "timesheet.csv"])
def test_known_formats_are_recognised(log, tmp_path):
    made = propose([str(FOLDER / log)], zone="Europe/Berlin" if log == "timesheet.csv" else None)
    assert made.mapping["base"] == Path(log).stem
    assert made.complete
    assert (
        loaded(made, tmp_path).model_dump(exclude={"zone", "base"})
        == load_mapping(Path(log).stem).model_dump(exclude={"zone", "base"})
    )  # fmt: skip


def test_a_time_sheet_needs_its_zone():
    made = propose([str(FOLDER / "timesheet.csv")])
    assert not made.complete
    assert made.open == ["zone: times have no offset, and no sample can tell their zone; say it with --zone"]


def test_types_of_ocsf_that_have_no_name_are_listed(tmp_path):
    records = [json.loads(line) for line in (FOLDER / "ocsf.jsonl").read_text().splitlines()]
    records[0]["type_uid"] = 999901
    made = proposed(tmp_path, records)
    assert made.mapping["types"] == {"999901": "999901"}
    assert loaded(made, tmp_path).types["300202"] == "AUTHENTICATION_LOGOFF"


def test_the_standard_envelope_fits_itself(tmp_path):
    made = propose([str(ROOT / "fixtures/logs/s1_compliant.jsonl")])
    assert made.complete
    for role in ("time", "type", "subject", "id", "source", "seq", "data"):
        assert made.mapping[role] == role
        assert confidence(made, role) == "sure"


# ---- times ----


@pytest.mark.parametrize(
    ("times", "format"),
    [
        ([1935295200, 1935295300, 1935295400.5, 1935295500], "epoch_s"),
        ([1935295200000, 1935295300000, 1935295400000, 1935295500000], "epoch_ms"),
        ([1935295200000000] * 4, "epoch_us"),
        ([1935295200000000000] * 4, "epoch_ns"),
        (["13.05.2031 08:00:00"] * 4, "%d.%m.%Y %H:%M:%S"),
        (["05/13/2031 8:00 AM"] * 4, "%m/%d/%Y %I:%M %p"),
        (["2031-05-13 08:00:00,250"] * 4, "%Y-%m-%d %H:%M:%S,%f"),
        (["13/May/2031:08:00:00 +0200"] * 4, "%d/%b/%Y:%H:%M:%S %z"),
        (["20310513080000"] * 4, "%Y%m%d%H%M%S"),
        (["May 13, 2031 08:00"] * 4, "%b %d, %Y %H:%M"),
        (["32-05-13 08:00"] * 4, "%y-%m-%d %H:%M"),
    ],
)
def test_how_times_are_written(times, format, tmp_path):
    zoned = "%z" not in format and not format.startswith("epoch")
    assert proposed(tmp_path, changed(ts=times)).complete is not zoned
    made = proposed(tmp_path, changed(ts=times), zone="UTC" if zoned else None)
    assert (made.mapping["time"], made.mapping["time_format"]) == ("ts", format)
    assert made.complete
    assert read_log(tmp_path / "log.jsonl", loaded(made, tmp_path)).rejected == []


def test_day_and_month_that_a_sample_cannot_tell(tmp_path):
    days = ["03/05/2031 08:00:00", "04/05/2031 08:00:00", "03/06/2031 08:00:00", "05/06/2031 08:00:00"]
    made = proposed(tmp_path, changed(ts=days))
    assert "time_format" not in made.mapping
    assert made.open[0] == (
        "time_format: the sample fits %d/%m/%Y %H:%M:%S and %m/%d/%Y %H:%M:%S, which mean different times; only read as "
        "%d/%m/%Y %H:%M:%S are the records in the order of time; say which with --time-format"
    )
    assert confidence(made, "zone") == "open"
    assert (made.complete, made.accepted) == (False, 0)
    assert loaded(made, tmp_path).time_format is None
    decided = proposed(tmp_path, changed(ts=[*days[:3], "13/06/2031 08:00:00"]), zone="UTC")
    assert (decided.mapping["time_format"], confidence(decided, "time_format")) == ("%d/%m/%Y %H:%M:%S", "sure")
    told = proposed(tmp_path, changed(ts=days), zone="UTC", time_format="%m/%d/%Y %H:%M:%S")
    assert (told.mapping["time_format"], told.complete) == ("%m/%d/%Y %H:%M:%S", True)


def test_years_of_two_digits_that_a_sample_cannot_tell(tmp_path):
    made = proposed(tmp_path, changed(ts=["31-05-13 08:00"] * 4), zone="UTC")
    assert "%d-%m-%y %H:%M and %y-%m-%d %H:%M" in made.open[0]


def test_the_same_time_in_other_words_is_no_doubt():
    assert [one.format for one in readings_of(["3 May 2031"])] == ["%d %b %Y"]
    assert [one.format for one in readings_of(["03/03/2031"])] == ["%d/%m/%Y"]


def test_points_are_custom_and_said_to_be(tmp_path):
    made = proposed(tmp_path, changed(ts=["03.05.2031 08:00"] * 4), zone="UTC")
    assert (made.mapping["time_format"], confidence(made, "time_format")) == ("%d.%m.%Y %H:%M", "likely")


def test_times_without_offset(tmp_path):
    local = changed(ts=["2031-05-03T08:00:00"] * 4)
    made = proposed(tmp_path, local)
    assert ("zone" in made.mapping, made.complete, confidence(made, "zone")) == (False, False, "open")
    made = proposed(tmp_path, changed(ts=["2031-05-03T08:00:00"] * 4, tz=["Europe/Rome"] * 4))
    assert (made.mapping["zone"], confidence(made, "zone"), made.complete) == ("Europe/Rome", "likely", True)
    made = proposed(tmp_path, changed(ts=["2031-05-03T08:00:00"] * 4, tz=["CEST"] * 4))
    assert "zone" not in made.mapping
    made = proposed(tmp_path, changed(ts=[one["ts"] for one in FLAT[:3]] + ["2031-05-03T08:00:00"]))
    assert confidence(made, "zone") == "open"


def test_times_that_cannot_be_read(tmp_path):
    made = proposed(tmp_path, changed(ts=["May  3 08:00:00"] * 4))
    assert made.open == ["time: its values cannot be read as times, they give no year: 'May  3 08:00:00'"]
    made = proposed(tmp_path, changed(ts=[None] * 4))
    assert made.open == ["time: no member holds times that can be read"]
    assert loaded(made, tmp_path).time == "time"


def test_several_times(tmp_path):
    made = proposed(tmp_path, changed(ingested=["2031-05-03T12:00:00Z"] * 4, planned=["2031-05-03T12:00:00Z"] * 4))
    assert (made.mapping["time"], made.mapping["received_at"]) == ("ts", "ingested")
    assert "'planned', 'ingested' are times as well" in reason(made, "time")
    made = proposed(tmp_path, changed(ts=[None] * 4, b=["2031-05-03T12:00:00Z"] * 4, a=["2031-05-03T12:00:00Z"] * 4))
    assert (made.mapping["time"], confidence(made, "time")) == ("a", "likely")
    assert reason(made, "time").startswith("no name tells which")
    made = proposed(tmp_path, changed(received_at=["03.05.2031 12:00"] * 4))
    assert made.mapping["received_at"] == ""
    (left,) = (one for one in made.fields if one.path == "received_at")
    assert left.note.startswith("no `received_at`: not an exact time written as those of `time`")


def test_dates_and_times_of_day_apart(tmp_path):
    rows = "Day,Start,End,Vehicle,Activity,Hours\n13/05/2031,08:00,12:00,V1,Drive,04:00\n14/05/2031,22:00,02:00,V1,Rest,04:00\n"
    made = proposed(tmp_path, rows, "sheet.csv", zone="Europe/Rome")
    assert made.mapping["join"] == {"start": ["Day", "Start"], "end": ["Day", "End"]}
    assert (made.mapping["time"], made.mapping["time_format"]) == ("start", "%d/%m/%Y %H:%M")
    assert "in 1 record 'End' lies before 'Start'" in reason(made, "join")
    assert made.complete
    records = read_log(tmp_path / "sheet.csv", loaded(made, tmp_path)).records
    assert [record.extra["end"] for record in records] == ["13/05/2031 12:00", "14/05/2031 02:00"]
    two = "date,time,type,subject\n2031-05-03,08:00:00,A,S\n"
    made = proposed(tmp_path, two, "two.csv", zone="UTC")
    assert (made.mapping["join"], made.mapping["time"]) == ({"at": ["date", "time"]}, "at")
    assert (confidence(made, "join"), made.complete) == ("sure", True)


# ---- the rest ----


def test_a_type_without_a_name_for_it_is_likely(tmp_path):
    records = changed(event=[None] * 4, what=["X", "X", "Y", "Y"], mood=["a", "a", "b", "b"], text=["p", "q", "r", "s"])
    made = proposed(tmp_path, records)
    assert (made.mapping["type"], confidence(made, "type")) == ("mood", "likely")
    assert "could also be 'what'" in reason(made, "type")
    made = proposed(tmp_path, changed(event=[None] * 4, unit=[None] * 4, writer=[None] * 4))
    assert made.open == [
        "type: no member says what happened (texts in every record, of which some come again); if all records are of "
        "one type, say which as `type_of_all` instead"
    ]
    assert not made.complete


def test_messages_that_never_come_again_are_no_types(tmp_path):
    made = proposed(tmp_path, changed(event=[None] * 4, message=["a", "b", "c", "d"], phase=["x", "x", "y", "y"]))
    assert made.mapping["type"] == "phase"


def test_types_that_are_numbers_get_names(tmp_path):
    made = proposed(tmp_path, changed(event=[1, 2, 1, 2]))
    assert made.mapping["types"] == {"1": "1", "2": "2"}
    assert made.complete
    assert loaded(made, tmp_path).types == {"1": "1", "2": "2"}


def test_members_that_do_not_fit_their_names(tmp_path):
    made = proposed(tmp_path, changed(id=[1, 2, 3, 4], uuid=[None] * 4, seq=["a", "b", "c", "d"], no=[None] * 4))
    assert (made.mapping["id"], made.mapping["seq"], made.complete) == ("", "", True)
    notes = {one.path: one.note for one in made.fields}
    assert notes["id"] == "no `id`: texts are asked for, found whole number"
    assert notes["seq"] == "no `seq`: whole numbers from 0 are asked for, found text"
    made = proposed(tmp_path, changed(uuid=["a", "a", "b", "c"]))
    assert made.mapping["id"] == ""


def test_numbers_that_are_skipped_or_come_again(tmp_path):
    made = proposed(tmp_path, changed(no=[1, 2, 5, 6]))
    assert (confidence(made, "seq"), "2 numbers are skipped" in reason(made, "seq")) == ("likely", True)
    made = proposed(tmp_path, changed(no=[1, 2, 1, 2]))
    assert "2 numbers come again for one source" in reason(made, "seq")
    made = proposed(tmp_path, changed(no=[1, 2, 1, 2], writer=["A", "A", "B", "B"]))
    assert confidence(made, "seq") == "sure"


def test_an_empty_text_is_no_number(tmp_path):
    made = proposed(tmp_path, changed(no=[1, "", 2, 3]))
    assert made.mapping["seq"] == "no"
    assert (made.accepted, made.complete) == (3, False)


def test_nested_members_and_objects_of_fields(tmp_path):
    records = [
        {
            "at": {"ts": one["ts"]},
            "event": {"action": one["event"]},
            "unit": one["unit"],
            "payload": {"power": 1, "p": {"q": 2}},
        }
        for one in FLAT
    ]
    made = proposed(tmp_path, records)
    assert (made.mapping["time"], made.mapping["type"], made.mapping["data"]) == ("at.ts", "event.action", "payload")
    assert [one.path for one in made.fields] == ["p.q", "power"]
    assert made.complete
    (first, *_) = read_log(tmp_path / "log.jsonl", loaded(made, tmp_path)).records
    assert (first.type, first.data["power"]) == ("ON", 1)


def test_texts_in_place_of_numbers(tmp_path):
    made = proposed(tmp_path, changed(power=["5", "n/a", "-", "7"], unit=["A", "-", "A", "B"]))
    assert made.mapping["sentinels"] == {"power": ["-", "n/a"], "unit": ["-"]}
    records = read_log(tmp_path / "log.jsonl", loaded(made, tmp_path)).records
    assert [record.subject for record in records] == ["A", None, "A", "B"]


def test_csv_and_what_is_no_record(tmp_path):
    rows = "time,type,subject,data.power,seq\n" + "2031-05-03T08:00:00Z,ON,A,5,1\nonly,three,cells\n\n" + 'a"b,c\n'
    made = proposed(tmp_path, rows, "log.csv")
    assert (made.records, made.unreadable, made.mapping["data"], made.mapping["seq"]) == (1, 2, "data", "seq")
    assert "# 2 lines are no record of the format at all." in render(made, 100)


def test_parquet(tmp_path):
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    path = tmp_path / "log.parquet"
    parquet.write_table(pa.table({name: [one[name] for one in FLAT] for name in FLAT[0]}), path)
    made = propose([str(path)])
    assert (made.format, made.mapping["time"], made.complete) == ("Parquet", "ts", True)
    assert read_log(path, loaded(made, tmp_path)).rejected == []


def test_several_logs_and_compression(tmp_path):
    for name, records in (("a.jsonl.gz", FLAT[:2]), ("b.jsonl.gz", FLAT[2:])):
        (tmp_path / name).write_bytes(gzip.compress("".join(json.dumps(one) + "\n" for one in records).encode()))
    made = propose([str(tmp_path / "*.gz")])
    assert (made.records, made.whole, len(made.logs)) == (4, True, 2)
    (tmp_path / "c.csv").write_text("time,type\n2031-05-03T08:00:00Z,ON\n")
    with pytest.raises(UsageError, match="the logs are of several formats: CSV, JSON Lines"):
        propose([str(tmp_path / "a.jsonl.gz"), str(tmp_path / "c.csv")])


def test_a_sample_is_the_first_records(tmp_path, monkeypatch):
    monkeypatch.setattr("checker.proposing.MOST", 2)
    made = proposed(tmp_path, FLAT)
    assert (made.records, made.whole) == (2, False)
    assert "# Proposed from the first 2 records" in render(made, 100)


@pytest.mark.parametrize(
    ("content", "told", "message"),
    [
        ("", {}, "the logs hold no records"),
        ("x\n", {}, "the logs hold no records"),
        (FLAT, {"zone": "Mars"}, "--zone: unknown time zone"),
        (FLAT, {"time_format": "%H"}, "--time-format: the time format '%H' must give the year"),
    ],
)
def test_what_cannot_be_proposed(content, told, message, tmp_path):
    with pytest.raises(CheckerError, match=message):
        proposed(tmp_path, content, "log.jsonl", **told)


def test_hostile_names_stay_names(tmp_path):
    records = [{**one, "a\nb: [": 1, "\x1b[31m": "x", "type": "on", "#": {"x: y": 2}} for one in FLAT]
    made = proposed(tmp_path, records)
    text = render(made, 100)
    assert "\x1b" not in text
    assert loaded(made, tmp_path).type == "type"
    assert made.complete
    odd = [{"on: \n": one["ts"], "type": one["event"]} for one in FLAT]
    made = proposed(tmp_path, odd)
    assert loaded(made, tmp_path).time == "on: \n"


def test_the_command(tmp_path, capfd):
    log = tmp_path / "log.jsonl"
    log.write_text("".join(json.dumps(one) + "\n" for one in FLAT))
    page, data = tmp_path / "m.yaml", tmp_path / "m.json"
    assert run(["map", str(log), "--output", f"text:{page}", "--output", f"json:{data}"]) == 0
    assert capfd.readouterr().out == page.read_text()
    told = json.loads(data.read_text())
    import jsonschema

    jsonschema.validate(told, Proposal.schema())
    assert told["mapping"]["time"] == "ts"
    log.write_text("".join(json.dumps(one) + "\n" for one in changed(ts=["2031-05-03T08:00:00"] * 4)))
    assert run(["map", str(log)]) == 2
    assert capfd.readouterr().err.startswith("open: zone: times have no offset")
    assert run(["map", str(log), "--zone", "UTC"]) == 0
    assert run(["map", "-"]) == 2
    assert "Propose a mapping" in CliRunner().invoke(root, ["map", "--help"]).output


# ---- whatever the log ----

TIMES = [
    "2031-05-03T08:00:00Z",
    "2031-05-03 08:00",
    "03/05/2031 08:00",
    "13.05.2031",
    "08:00",
    1935295200,
    1935295200000,
    "x",
    -1,
]
NAMES = [
    "time",
    "ts",
    "type",
    "event",
    "id",
    "seq",
    "data",
    "source",
    "tz",
    "Start date",
    "Start time",
    "a.b",
    "on",
    "",
    "é\u2028",
    "@x",
    "time_format",
]
VALUES = st.one_of(
    st.sampled_from(TIMES), st.sampled_from(["A", "B", "-", "Europe/Rome", ""]), st.integers(-3, 9), st.booleans(), st.none(),
    st.floats(0, 9, allow_nan=False), st.lists(st.integers(0, 2), max_size=2),
    st.dictionaries(st.sampled_from(NAMES), st.sampled_from(["A", "B", 1, "2031-05-03T08:00:00Z"]), max_size=3),
)  # fmt: skip


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    records=st.lists(st.dictionaries(st.sampled_from(NAMES), VALUES, min_size=1, max_size=7), min_size=1, max_size=5),
    zone=st.sampled_from([None, "Europe/Rome"]),
)
def test_what_is_printed_reads_as_many_records_as_it_says(records, zone, tmp_path):
    made = proposed(tmp_path, records, zone=zone)
    assert len(read_log(tmp_path / "log.jsonl", loaded(made, tmp_path)).records) == made.accepted
    assert made.complete == (made.accepted == made.records and not made.open)
    assert render(made, 100) == render(proposed(tmp_path, records, zone=zone), 100)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.lists(st.sampled_from([name for name in NAMES if name]), min_size=1, max_size=6, unique=True),
    rows=st.lists(
        st.lists(st.sampled_from([str(time) for time in TIMES] + ["A", "B", ""]), min_size=6, max_size=6),
        min_size=1,
        max_size=5,
    ),
)
def test_of_tables_too(names, rows, tmp_path):
    table = [names, *(row[: len(names)] for row in rows)]
    text = "\n".join(",".join(f'"{cell}"' for cell in row) for row in table) + "\n"
    if not any(any(row) for row in table[1:]):
        return
    made = proposed(tmp_path, text, "log.csv")
    try:
        read = len(read_log(tmp_path / "log.csv", loaded(made, tmp_path)).records)
    except LogError:  # no column for the time or the type
        assert made.open
        read = 0
    assert read == made.accepted


def test_no_subject_is_not_chosen_where_a_column_may_be_one(tmp_path):
    records = [{"Card" if name == "unit" else name: value for name, value in one.items()} for one in FLAT]
    made = proposed(tmp_path, records)
    assert confidence(made, "subject") == "open"
    assert "subject" not in made.mapping
    assert not made.complete
    (told,) = made.open
    assert told == (
        "subject: several things may be told apart by 'Card'; without a subject all records are of one. "
        'Say `subject: Card`, or `subject: ""` if that is meant'
    )
    assert "\n# subject:\n" in render(made, 100)


def test_without_any_such_column_there_is_no_subject(tmp_path):
    records = [{name: value for name, value in one.items() if name != "unit"} for one in FLAT]
    made = proposed(tmp_path, records)
    assert (made.mapping["subject"], confidence(made, "subject"), made.complete) == ("", "likely", True)


def test_a_log_whose_cells_something_else_separates_gets_no_proposal(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("Date;Time;Card\n01.03.2031;06:00:00;A\n")
    with pytest.raises(LogError, match="separated by ';'"):
        propose([str(path)])
