import io

import pytest
from pydantic import ValidationError

from checker.logs import Log, from_dicts, read_log
from checker.mapping import Mapping

AT = 1_930_457_100_000_000
TIME = "2031-03-05T06:05:00Z"


class Scalar(str):
    """As the YAML loader gives them."""


def mapped(line: str, **mapping: object) -> Log:
    return read_log(io.BytesIO(line.encode()), Mapping.model_validate(mapping), name="log.jsonl")


def one(line: str, **mapping: object):
    log = mapped(line, **mapping)
    assert log.rejected == []
    (record,) = log.records
    return record


def rejected(line: str, **mapping: object) -> str:
    log = mapped(line, **mapping)
    assert log.records == []
    return log.rejected[0].reason


def test_default_is_the_standard_envelope():
    assert Mapping().paths() == {
        role: role for role in ("time", "type", "subject", "id", "source", "seq", "recorded_at", "received_at", "data")
    }


def test_paths():
    record = one(
        f'{{"meta": {{"ts": "{TIME}", "who": {{"unit": "U1"}}, "left": 1}}, "event.kind": "ON", "n": 4, '
        '"payload": {"fields": {"a": "x"}, "other": 2}, "time": "not the time", "data": {"not": "the data"}}',
        time="meta.ts",
        type="event.kind",
        subject="meta.who.unit",
        seq="n",
        data="payload.fields",
    )
    assert (record.earliest, record.type, record.subject, record.seq) == (AT, "ON", "U1", 4)
    assert record.data == {"a": "x"}
    assert record.extra == {
        "meta": {"who": {}, "left": 1},
        "payload": {"other": 2},
        "time": "not the time",
        "data": {"not": "the data"},
    }


def test_paths_into_data():
    record = one(f'{{"data": {{"time": "{TIME}", "type": "A", "x": 1}}}}', time="data.time", type="data.type")
    assert record.data == {"x": 1}
    assert record.extra == {}
    assert rejected('{"data": {"time": 5}}', time="data.time") == "'data.time': a text is expected, found a number"
    assert rejected('{"data": 5}', time="data.time") == "'data.time': missing"
    assert rejected("{}", time="a.b.c") == "'a.b.c': missing"


def test_members_that_a_log_does_not_have():
    record = one(f'{{"time": "{TIME}", "type": "A", "id": 5, "seq": "x", "data": 1}}', id="", seq="", data="")
    assert (record.id, record.seq, record.data) == (None, None, {})
    assert record.extra == {"id": 5, "seq": "x", "data": 1}


def test_zone():
    line = '{"time": "2031-03-05 09:05:00", "type": "A", "recorded_at": "2031-03-05T06:05:00Z"}'
    record = one(line, zone="Europe/Istanbul")
    assert (record.earliest, record.recorded_at) == (AT, AT)
    assert "carries no offset" in rejected(line)


@pytest.mark.parametrize(
    ("time_format", "time"),
    [
        ("epoch_s", "1930457100"),
        ("epoch_s", "1930457100.000"),
        ("epoch_s", '"1930457100"'),
        ("epoch_ms", "1930457100000"),
        ("epoch_us", "1930457100000000"),
        ("epoch_ns", "1930457100000000000"),
        ("%d.%m.%Y %H:%M:%S %z", '"05.03.2031 06:05:00 +0000"'),
    ],
)
def test_time_format(time_format, time):
    line = f'{{"time": {time}, "type": "A", "received_at": {time}}}'
    record = one(line, time_format=time_format)
    assert (record.earliest, record.latest, record.received_at) == (AT, AT, AT)


def test_time_format_in_a_zone():
    record = one('{"time": "05.03.2031 09:05:00", "type": "A"}', time_format="%d.%m.%Y %H:%M:%S", zone="UTC+3")
    assert record.earliest == AT


@pytest.mark.parametrize(
    ("time", "reason"),
    [
        ("true", "'time': a number is expected, found true or false"),
        ("null", "'time': missing"),
        ('""', "'time': missing"),
        ('"1_0"', "'time': a number is expected, found '1_0'"),
        ('"NaN"', "'time': a number is expected, found 'NaN'"),
        ('"٣"', "'time': a number is expected"),
        ('"1e999999999"', "'time': a number beyond"),
        ("1e300", "'time': the time lies after year 9999"),
        ("9" * 31, "'time': a whole number of more than 30 digits"),
    ],
)
def test_epoch_times_refused(time, reason):
    assert rejected(f'{{"time": {time}, "type": "A"}}', time_format="epoch_s").startswith(reason)


@pytest.mark.parametrize(
    ("given", "expected"), [('"1"', "ON"), ("1", "ON"), ('"off"', "OFF"), ('"ELSE"', "ELSE"), ("2", "2")]
)
def test_types(given, expected):
    assert one(f'{{"time": "{TIME}", "type": {given}}}', types={"1": "ON", "off": "OFF"}).type == expected


@pytest.mark.parametrize("given", ["true", "1.0", "[1]", "null"])
def test_types_stay_texts(given):
    assert rejected(f'{{"time": "{TIME}", "type": {given}}}', types={"1": "ON"}).startswith("'type': ")


def test_rename():
    record = one(
        f'{{"time": "{TIME}", "type": "A", "data": {{"a": 1, "b": 2, "pos": {{"lat": 3, "lon": 4}}, "k": 5}}, "f": 6}}',
        rename={"a": "b", "b": "a", "pos.lat": "lat", "data.k": "kay", "f": "flat", "none": "c"},
    )
    assert record.data == {"b": 1, "a": 2, "pos": {"lon": 4}, "lat": 3, "kay": 5}
    assert record.extra == {"flat": 6}


def test_rename_onto_a_field_that_is_there():
    reason = rejected(f'{{"time": "{TIME}", "type": "A", "data": {{"a": 1, "b": 2}}}}', rename={"a": "b"})
    assert reason.startswith("'b': given already")


@pytest.mark.parametrize("value", ['"-999"', "-999", "-999.0", '"-999.00"', '"n/a"'])
@pytest.mark.parametrize("where", ['"data": {"alt": %s}', '"alt": %s', '"data": {"p": {"alt": %s}}'])
def test_sentinels(value, where):
    field = "p.alt" if '"p"' in where else "alt"
    record = one(f'{{"time": "{TIME}", "type": "A", {where % value}}}', sentinels={field: ["-999", "n/a"]})
    assert record.data in ({}, {"p": {}})
    assert record.extra == {}


@pytest.mark.parametrize("value", ['"N/A"', "999", "true", "null", '["n/a"]', '"snan"', '"x"'])
def test_sentinels_are_exact(value):
    record = one(f'{{"time": "{TIME}", "type": "A", "alt": {value}}}', sentinels={"alt": ["-999", "n/a", "NaN", "1"]})
    assert "alt" in record.extra


def test_sentinels_of_the_envelope():
    line = f'{{"time": "{TIME}", "type": "A", "unit": "-", "seq": -1}}'
    record = one(line, subject="unit", sentinels={"unit": ["-"], "seq": [-1]})
    assert (record.subject, record.seq) == (None, None)
    assert rejected(line, sentinels={"time": [TIME]}) == "'time': missing"


def test_scalars_become_plain_texts():
    mapping = Mapping.model_validate(
        {
            Scalar("type"): Scalar("kind"),
            Scalar("zone"): Scalar("UTC"),
            Scalar("types"): {Scalar("1"): Scalar("ON")},
            Scalar("rename"): {Scalar("a"): Scalar("b")},
            Scalar("sentinels"): {Scalar("c"): [Scalar("9")]},
        }
    )
    (record,) = from_dicts([{"time": TIME, "kind": "1", "a": 1, "c": 9}], mapping=mapping).records
    assert (record.type, record.extra) == ("ON", {"b": 1})
    assert type(record.type) is str
    assert type(next(iter(record.extra))) is str


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ({"tim": "x"}, "Extra inputs"),
        ({"time": ""}, "at least 1 character"),
        ({"time": "a..b"}, "is not a path"),
        ({"time": ".a"}, "is not a path"),
        ({"time": "a\0"}, "NUL"),
        ({"time": "ts", "recorded_at": "ts"}, "time and recorded_at are both read from 'ts'"),
        ({"time": "id"}, "time and id are both read from 'id'"),
        ({"zone": "Mars/Base"}, "unknown time zone"),
        ({"time_format": "epoch"}, "neither a strptime format nor one of"),
        ({"time_format": "%H:%M"}, "must give the year"),
        ({"types": {"a": ""}}, "types: an empty name"),
        ({"rename": {"a": "c", "b": "c"}}, "rename: 'c' is given to several fields"),
        ({"rename": {"a": ""}}, "rename: an empty name"),
        ({"rename": {"time": "a"}}, "rename: 'time' is the log's time, not a field"),
        ({"sentinels": {"": ["x"]}}, "an empty name"),
        ({"types": ["a"]}, "valid dictionary"),
    ],
)
def test_unusable_mappings(mapping, message):
    with pytest.raises(ValidationError, match="1 validation error") as caught:
        Mapping.model_validate(mapping)
    assert message in str(caught.value)


def test_every_field_is_described():
    assert all(field.description for field in Mapping.model_fields.values())
