"""XES: events become records with the attributes of their traces; what is hostile or broken is refused and told."""

import gzip
import io
from decimal import Decimal

import pytest

from checker.bounds import INFINITY
from checker.errors import LogError
from checker.limits import using
from checker.logs import read_log
from checker.mapping import Mapping
from checker.timeline import parse_instant

FIT = Mapping(
    time="time:timestamp", type="concept:name", subject="case:concept:name", id="identity:id", source="", seq="",
    recorded_at="", received_at="", data="",
)  # fmt: skip
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<log xes.version="1.0" xmlns="http://www.xes-standard.org/">\n'
TIME = '<date key="time:timestamp" value="2031-05-01T08:00:00.500+02:00"/>'
EVENT = f'<event><string key="concept:name" value="A"/>{TIME}</event>'


def log(text, **changed):
    mapping = FIT.model_copy(update=changed)
    return read_log(io.BytesIO(text if isinstance(text, bytes) else text.encode()), mapping, name="x.xes")


def read(body, **changed):
    return log(f"{HEAD}{body}\n</log>", **changed)


def reason(body):
    (rejected,) = read(body).rejected
    return rejected.reason


def test_events_carry_their_attributes_and_those_of_their_trace():
    found = log(
        HEAD
        + """  <extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
  <global scope="event"><string key="org:group" value="__INVALID__"/></global>
  <classifier name="Activity" keys="concept:name"/>
  <string key="concept:name" value="the log itself"/>
  <trace>
    <string key="concept:name" value="BTY-A"/>
    <boolean key="drill" value="true"/>
    <event>
      <string key="concept:name" value="RADAR_ON"/>
      <date key="time:timestamp" value="2031-05-01T08:00:00.500+02:00"/>
      <id key="identity:id" value="e-1"/>
      <int key="crew" value="-4"/>
      <float key="load" value="1.50"/>
      <boolean key="remote" value="false"/>
    </event>
  </trace>
</log>
"""
    )
    assert found.rejected == []
    (record,) = found.records
    assert (record.type, record.subject, record.id) == ("RADAR_ON", "BTY-A", "e-1")
    assert record.earliest == record.latest == parse_instant("2031-05-01T06:00:00.500Z")[0]
    assert record.extra == {"case:drill": True, "crew": -4, "load": Decimal("1.50"), "remote": False}
    assert record.location.line == 10


def test_events_outside_traces_and_prefixed_elements():
    text = f'<x:log xmlns:x="http://www.xes-standard.org/">\n{EVENT}\n</x:log>'
    assert [record.subject for record in log(text).records] == [None]


def test_lists_containers_and_nested_attributes():
    (record,) = read(
        f"""<event><string key="concept:name" value="A"><int key="cost" value="3"/></string>{TIME}
        <list key="sites"><values><string key="s" value="X"/><string key="s" value="Y"/></values></list>
        <list key="codes"><int key="" value="1"/></list>
        <container key="at"><float key="lat" value="1"/><string key="d" value="WGS"><id key="i" value="j"/></string>
        </container></event>"""
    ).records
    assert record.extra == {
        "concept:name.cost": 3, "sites": ["X", "Y"], "codes": [1],
        "at": {"lat": Decimal(1), "d": "WGS", "d.i": "j"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("attribute", "told"),
    [
        ('<string key="concept:name" value="B"/>', "the member 'concept:name' is given twice"),
        ('<int key="n" value="1.0"/>', "'n': a whole number is expected, found '1.0'"),
        (f'<int key="n" value="{"9" * 31}"/>', "'n': a whole number is expected"),
        ('<float key="n" value="INF"/>', "'n': a number is expected, found 'INF'"),
        ('<float key="n" value="1_0"/>', "'n': a number is expected"),
        ('<float key="n" value="1e999999999"/>', "'n': a number beyond"),
        ('<boolean key="n" value="yes"/>', "'n': true or false is expected, found 'yes'"),
        ('<string key="n"/>', "'n': an attribute without a value"),
        ('<string value="n"/>', "an attribute (string) without a key"),
        ('<duration key="n" value="PT1H"/>', "'n': 'duration' is no type of XES"),
        ('<container key="c"><int key="a" value="1"/><int key="a" value="2"/></container>', "'a' is given twice"),
        ('<string key="c" value="x"><int key="a" value="1"/><int key="a" value="2"/></string>', "'a' is given twice"),
        ('<string key="case:of" value="x"/>', "the member 'case:of' is given twice"),
    ],
)
def test_a_bad_attribute_costs_its_event_alone(attribute, told):
    trace = f'<trace><string key="of" value="x"/>{EVENT[:-8]}{attribute}</event>\n{EVENT}</trace>'
    found = read(trace)
    assert len(found.records) == 1
    assert told in found.rejected[0].reason
    assert found.rejected[0].location.line == 3


def test_a_bad_trace_costs_all_of_its_events():
    found = read(f'<trace><int key="n" value="x"/>\n{EVENT}\n{EVENT}</trace>\n<trace>{EVENT}</trace>')
    assert [one.location.line for one in found.rejected] == [4, 5]
    assert len(found.records) == 1


def test_an_attribute_after_the_events_of_its_trace_is_told():
    assert "an attribute of the trace after its events" in reason(
        f'<trace>{EVENT}\n<string key="n" value="x"/></trace>'
    )


def test_times_need_an_offset_or_a_zone():
    local = EVENT.replace("+02:00", "")
    assert "carries no offset" in reason(local)
    assert len(read(local, zone="Europe/Berlin").records) == 1


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE log [<!ENTITY a "b">]>\n<log/>',
        '<?xml version="1.0"?>\n<!DOCTYPE log SYSTEM "file:///etc/passwd">\n<log/>',
        '<!DOCTYPE log [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><log><event><string key="&b;" value="1"/></event></log>',
    ],
)
def test_document_types_are_refused(text):
    with pytest.raises(LogError, match="a document type declaration"):
        log(text)


def test_other_xml_is_refused():
    with pytest.raises(LogError, match="the outermost element is 'html'"):
        log("<html/>")
    with pytest.raises(LogError, match="the encoding 'windows-1252' is not read"):
        log('<?xml version="1.0" encoding="windows-1252"?><log/>')


@pytest.mark.parametrize(
    ("body", "line", "told"),
    [
        (f"{EVENT}\n<event><oops", 5, "the file ends before the log does"),
        (f"{EVENT}\n</event>", 4, "not well-formed XML (mismatched tag"),
        (f"{EVENT}\n<event>&nbsp;</event></log>", 4, "not well-formed XML (undefined entity"),
        (f"{EVENT}\n" + "<event>" + "<list key='l'>" * 40, 4, "elements nested deeper than 34 levels"),
        (f"{EVENT}\n</log>\n<log/>", 5, "junk after document element"),
    ],
)
def test_where_the_document_breaks_off_nothing_is_known_of_what_follows(body, line, told):
    found = log(HEAD + body)
    assert len(found.records) == 1
    (rejected,) = found.rejected
    assert told in rejected.reason
    assert rejected.reason.endswith("nothing is known of what follows")
    assert (rejected.many, rejected.location.line) == (INFINITY, line)


def test_an_element_that_never_ends_is_not_held(monkeypatch):
    with using(line_bytes=1000):
        monkeypatch.setattr("checker.logs.xes._PIECE", 100)
        found = log(HEAD + EVENT + '\n<event><string key="a" value="' + "x\n" * 5000 + '"/></event></log>')
        assert "an element longer than 1000 bytes" in found.rejected[0].reason
        found = log(HEAD + EVENT + "\n<event>" + '<int key="a" value="1"/>\n' * 500 + "</event></log>")
        assert "attributes of more than 1000 bytes" in found.rejected[0].reason
        assert len(found.records) == 1


def test_a_line_too_long_ends_what_is_known():
    with using(line_bytes=1000):
        found = log(f"{HEAD}{EVENT}\n{' ' * 70000}\n{EVENT}\n</log>")
        assert len(found.records) == 1
        assert [(one.location.line, one.many) for one in found.rejected] == [(4, INFINITY)]
        assert "a line longer than" in found.rejected[0].reason


@pytest.mark.parametrize("piece", [1, 100, 64 * 1024])
def test_pieces_make_no_difference(piece, monkeypatch):
    monkeypatch.setattr("checker.logs.xes._PIECE", piece)
    bad = EVENT.replace("</event>", '<int key="n" value="x"/></event>')
    found = read("\n".join([EVENT, bad, "", f"<trace>{EVENT}", EVENT, "</trace>"] * 3))
    assert [one.location.line for one in found.records] == [3, 6, 7, 9, 12, 13, 15, 18, 19]
    assert [one.location.line for one in found.rejected] == [4, 10, 16]
    assert found.digest == read("\n".join([EVENT, bad, "", f"<trace>{EVENT}", EVENT, "</trace>"] * 3)).digest


def test_names_content_and_compression_tell_the_format(tmp_path):
    text = f"{HEAD}{EVENT}</log>".encode()
    for name, content in (("a.xes", text), ("b", b"\n\n" + text.partition(b"\n")[2]), ("c.xes.gz", gzip.compress(text)),
                          ("d", b"\xef\xbb\xbf" + text)):  # fmt: skip
        path = tmp_path / name
        path.write_bytes(content)
        assert len(read_log(path, FIT).records) == 1, name


def test_other_encodings():
    text = f"{HEAD}{EVENT}</log>".replace('"A"', '"Ä"')
    for encoding in ("UTF-16", "ISO-8859-1"):
        given = text.replace("UTF-8", encoding).encode(encoding)
        assert [record.type for record in log(given).records] == ["Ä"]


def test_an_empty_file_holds_nothing():
    assert (log("").records, log("").rejected) == ([], [])


def test_texts_keep_their_characters():
    (record,) = read(EVENT.replace("</event>", '<string key="t" value="a&#10;&amp;&lt;é"/></event>')).records
    assert record.extra == {"t": "a\n&<é"}
