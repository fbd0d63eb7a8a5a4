"""What is bounded, so that no file can take the program's time or memory, nor a page grow beyond what its readers keep.

Each limit says what it bounds, where, and what happens beyond it: an error, a record that is listed as unreadable, a
question that stays open, or a page that says what it leaves out. Nothing is dropped in silence. docs/limits.md is made
of this table. A module takes the value by its name; one that may be set is asked for whenever it is needed.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

from checker.errors import UsageError, nearest


class Limit(NamedTuple):
    """What is bounded (`means`, in a `scope`), by how much of which unit, and what comes of more."""

    name: str
    value: int
    unit: str
    scope: str
    means: str
    beyond: str
    settable: bool = False


_MB = 1024 * 1024
_REFUSED = "error with file and line"
_UNREADABLE = "the record is listed as unreadable with its line; no limit it could bear on counts as kept"
_SHOWS_NONE = "the remark comes without one"
_LEFT_OUT = "the page says how many it leaves out; all are in `json`"
_FURTHER_OUT = "the page says so and leads on; all are in `json`"
_SAME = "the same report, in another way"
_UNSAID = "nothing is said of it: silence of `lint` is no proof"
_NOT_ASSESSED = "a notice says what was not assessed; findings are as they are"

LIMITS: dict[str, Limit] = {
    limit.name: limit
    for limit in (
        # files that are held whole
        Limit(
            "rulebook_bytes",
            8 * _MB,
            "bytes",
            "files in YAML",
            "a rulebook file, mapping, scenario, or file of waivers",
            _REFUSED,
            True,
        ),
        Limit(
            "rulebook_values",
            500_000,
            "values",
            "files in YAML",
            "texts, lists and mappings of one file",
            _REFUSED,
            True,
        ),
        Limit("rulebook_nesting", 32, "levels", "files in YAML", "lists and mappings inside each other", _REFUSED),
        Limit(
            "rulebook_problems",
            100,
            "problems",
            "files in YAML",
            "mistakes told of one file",
            "the last one says that the rest was not read",
        ),
        Limit(
            "rulebook_number",
            100,
            "characters",
            "files in YAML",
            "a number",
            "it is a text, which a field for numbers refuses",
        ),
        Limit(
            "excerpt",
            160,
            "columns",
            "files in YAML",
            "the line shown with a mistake",
            "cut with `…`; the place is told",
        ),
        Limit(
            "place_steps",
            10_000,
            "steps",
            "files in YAML",
            "the search for the place of a mistake",
            "the mistake is told at what encloses it",
        ),
        Limit("report_bytes", 1024 * _MB, "bytes", "reports", "a report given to `diff`", "error with the file", True),
        Limit("report_problems", 20, "problems", "reports", "mistakes told of one report", "the first ones are told"),
        # logs
        Limit("line_bytes", 16 * _MB, "bytes", "logs", "a line, or an element of XES", _UNREADABLE, True),
        Limit(
            "expanded_bytes",
            256 * _MB,
            "bytes",
            "logs",
            "expanded data from which on `expansion` holds",
            "`expansion` holds",
            True,
        ),
        Limit(
            "expansion",
            500,
            "times",
            "logs",
            "expanded bytes for each compressed one (regular logs reach 120)",
            "what came before counts; the rest is missing, as a line of its own says",
            True,
        ),
        Limit("log_nesting", 32, "levels", "logs", "objects and lists inside each other", _UNREADABLE),
        Limit("whole_digits", 30, "digits", "logs", "a whole number", _UNREADABLE),
        Limit("decimal_digits", 40, "digits", "logs", "a decimal number", _UNREADABLE),
        Limit("exponent", 400, "powers of ten", "logs", "the size of a decimal number, either way", _UNREADABLE),
        Limit("csv_columns", 10_000, "columns", "logs", "the header of CSV", _REFUSED, True),
        Limit(
            "parquet_rows",
            1_000_000,
            "rows",
            "logs",
            "a Parquet file of fewer bytes than rows",
            "error with the file",
            True,
        ),
        Limit(
            "time_text",
            100,
            "characters",
            "times",
            "a time, duration, hours or date as written",
            "no time: error in a rulebook, unreadable in a log",
        ),
        Limit("duration_days", 3_652_500, "days", "times", "a duration (10,000 years)", _REFUSED),
        # judging
        Limit(
            "clock_error_days",
            366,
            "days",
            "judging",
            "by how much a clock may be found off",
            "inconclusive where its times matter; a notice names the source",
        ),
        Limit(
            "orders",
            12,
            "records",
            "judging",
            "records of one reduced time of which every order is tried",
            "their order is open: inconclusive where it matters",
        ),
        Limit(
            "deadline_days",
            3_660,
            "days",
            "judging",
            "how far ahead time of a calendar is looked for",
            "all time counts, as where a calendar has none",
        ),
        Limit(
            "calendar_windows",
            20_000,
            "windows",
            "judging",
            "calendar windows of one rule that are looked at, and days of a calendar of one activity (54 years)",
            "only those into which something falls, where nothing is due; what lies beyond is inconclusive",
        ),
        Limit(
            "gaps",
            10_000,
            "gaps",
            "judging",
            "places where records are missing or could not be read that are told apart",
            "those next to each other are taken as one, which a notice says; what rests on them may be inconclusive",
            True,
        ),
        Limit(
            "hidden_records",
            100_000,
            "pairs",
            "judging",
            "pairs of a gap and an asset that a rulebook says it may be about",
            "each may be about any asset, which a notice says; what rests on them may be inconclusive",
            True,
        ),
        Limit("periods", 120, "periods", "judging", "`periods` and `within_months` of a rule", _REFUSED),
        Limit(
            "values_again",
            400,
            "values",
            "sweep",
            "values at which rules are judged again",
            "error that names `--values`",
            True,
        ),
        Limit(
            "notices_alike",
            1_000,
            "notices",
            "reports",
            "notices of one sort on records: fields of no use, types not known, ids of several records",
            "the first are told, all others counted; no verdict rests on them",
        ),
        # assessments
        Limit("assessments", 100, "rules", "assessments", "assessments of a rulebook", _REFUSED),
        Limit(
            "facts_of_a_rule",
            4,
            "facts",
            "assessments",
            "facts that one asks for, and that there must not be",
            _REFUSED,
        ),
        Limit(
            "occurrences",
            100,
            "occurrences",
            "assessments",
            "`at_least` of one, and what a conclusion names of them",
            "error with file and line; the latest are named, with the count of all",
        ),
        Limit(
            "facts",
            100_000,
            "facts",
            "assessments",
            "findings and uses of exceptions in one check",
            _NOT_ASSESSED,
            True,
        ),
        Limit("matches", 200_000, "ways", "assessments", "ways in which one may have to be tried", _NOT_ASSESSED, True),
        Limit(
            "conclusions", 10_000, "conclusions", "assessments", "conclusions of one in one check", _NOT_ASSESSED, True
        ),
        Limit("engine_facts", 500, "facts", "assessments", "what is handed to the rule engine", _SAME),
        Limit("engine_matches", 2_000, "ways", "assessments", "what is handed to the rule engine", _SAME),
        Limit("engine_rules", 40, "rules", "assessments", "rules handed to the rule engine at once", _SAME),
        # what is held at once; the report does not depend on it
        Limit("records_held", 50_000, "records", "memory", "records of a large log held as events", _SAME),
        Limit(
            "records_at_once",
            20_000,
            "records",
            "memory",
            "records judged one by one at once, where rules allow it",
            _SAME,
        ),
        Limit("unreadable_held", 10_000, "records", "memory", "unreadable records of a large log held", _SAME),
        Limit(
            "rows_at_once", 200_000, "rows", "memory", "rows that are worked on at once, where rules allow it", _SAME
        ),
        Limit("contents_at_once", 200_000, "records", "memory", "records that only their content puts in order", _SAME),
        Limit("windows_at_once", 1 << 24, "windows", "memory", "totals of windows and groups kept at once", _SAME),
        Limit("parquet_batch", 4_096, "rows", "memory", "rows of Parquet held at a time", _SAME),
        Limit("layouts", 400, "types", "memory", "types of records that are read by a layout", _SAME),
        Limit("forms", 64, "forms", "memory", "forms of lines that are read without being decoded", _SAME),
        Limit("form_values", 100, "values", "memory", "values in a line of such a form", _SAME),
        Limit("form_text", 512, "bytes", "memory", "text between two values of such a form", _SAME),
        Limit("members", 200, "members", "memory", "members of a record that is read by a layout", _SAME),
        # answers
        Limit("parts_told", 20, "parts", "explain", "parts of a sum told one by one", "`and N more`"),
        Limit("cases", 512, "cases", "lint", "alternatives of a pattern", _UNSAID),
        Limit("expressions_known", 64, "expressions", "lint", "expressions of calendars kept worked out", _SAME),
        Limit("schedule", 200, "activities", "lint", "activities of an example schedule", _SHOWS_NONE),
        Limit(
            "schedule_before",
            40,
            "activities",
            "lint",
            "of these, before the end of a calendar window",
            "the remark comes without one",
        ),
        Limit(
            "schedules_tried", 60, "schedules", "lint", "schedules judged for a remark", "the remark comes without one"
        ),
        Limit("schedule_shown", 6, "activities", "lint", "activities of a schedule on the page", _LEFT_OUT),
        Limit(
            "sample",
            10_000,
            "records",
            "map",
            "records that a mapping is proposed from",
            "the page says how many it saw",
        ),
        Limit("sample_listed", 100, "names", "map", "fields and types on the page", _LEFT_OUT),
        Limit(
            "breach_tries",
            40,
            "places",
            "simulate",
            "places at which a breach is tried",
            "the log has fewer breaches, as its labels say",
        ),
        Limit("breaches", 3, "breaches", "simulate", "breaches that chance puts into one log", "there are no more"),
        Limit("simulated_listed", 20, "logs", "simulate", "logs that came out otherwise, on the page", _LEFT_OUT),
        Limit("mutants_listed", 40, "mutants", "test", "mutants that survived, on the page", _LEFT_OUT),
        # pages
        Limit("text_shown", 60, "characters", "pages", "a text of a file quoted in a message", "cut with `…`"),
        Limit(
            "evidence_told",
            3,
            "records",
            "pages",
            "what a message names that would decide it",
            "the first ones are named, with the count of all others",
        ),
        Limit(
            "fields_told",
            4,
            "fields",
            "pages",
            "fields and types that a message names",
            "the first ones are named, with the count of all others",
        ),
        Limit("text_witnesses", 8, "records", "text", "records of a finding", "`and N more`; all are in `json`"),
        Limit(
            "text_nearest",
            5,
            "constraints",
            "text",
            "constraints kept with the least to spare",
            "the nearest are listed",
        ),
        Limit("strip_assets", 12, "assets", "text", "rows of the timeline", _FURTHER_OUT),
        Limit("strip_marks", 300, "marks", "text", "findings and intervals of a row of the timeline", _FURTHER_OUT),
        Limit("turned_text", 5, "occasions", "text", "occasions that turn at one breakpoint", _LEFT_OUT),
        Limit("turned_html", 50, "occasions", "html", "occasions that turn at one breakpoint", _LEFT_OUT),
        Limit("drawn", 20_000, "intervals", "html", "intervals, and gaps, drawn", _LEFT_OUT),
        Limit(
            "records_repeated",
            10_000,
            "records",
            "html",
            "records cited whose text is repeated",
            "further ones are named by file and line",
        ),
        Limit(
            "records_of_a_finding",
            8,
            "records",
            "html",
            "records of one finding whose text is repeated",
            "further ones are named by file and line",
        ),
        Limit(
            "repeated_characters",
            1_000_000,
            "characters",
            "html",
            "text of records repeated",
            "further ones are named by file and line",
        ),
        Limit("heat_rows", 100, "assets", "html", "rows of the heat map", _LEFT_OUT),
        Limit(
            "heat_columns",
            40,
            "columns",
            "html",
            "columns of the heat map",
            "longer spans; the page says what it leaves out",
        ),
        Limit(
            "marked",
            2_000,
            "intervals",
            "html",
            "intervals that tell their records when pointed at",
            "further ones are drawn only",
        ),
        Limit("html_unreadable", 10_000, "records", "html", "unreadable records named", _LEFT_OUT),
        Limit("dense", 2_000, "findings", "html", "findings told at length", "all are told briefly"),
        Limit("markdown_characters", 60_000, "characters", "markdown", "the page (GitHub takes 65,536)", _LEFT_OUT),
        Limit("markdown_findings", 1_000, "findings", "markdown", "findings on the page", _LEFT_OUT),
        Limit("markdown_text", 1_000, "characters", "markdown", "one text", "cut with `…`"),
        Limit("markdown_logs", 10, "logs", "markdown", "logs listed", _LEFT_OUT),
        Limit("markdown_constraints", 100, "constraints", "markdown", "constraints listed", _LEFT_OUT),
        Limit(
            "markdown_listed", 20, "lines", "markdown", "unreadable records, notices and the like, of each", _LEFT_OUT
        ),
        Limit("sarif_results", 5_000, "results", "sarif", "results (GitHub keeps 5,000)", _LEFT_OUT),
        Limit(
            "sarif_records",
            50,
            "records",
            "sarif",
            "records of a finding",
            "the message has the count; all are in `json`",
        ),
        Limit("sarif_notes", 100, "records", "sarif", "unreadable records told one by one", _LEFT_OUT),
        Limit("junit_findings", 100, "findings", "junit", "findings told in one test case", _LEFT_OUT),
        Limit("junit_records", 20, "records", "junit", "records of a finding", "`and N more`; all are in `json`"),
        Limit(
            "oscal_records",
            50,
            "records",
            "oscal",
            "records of a finding as evidence",
            "a remark says so; all are in `json`",
        ),
        Limit("annotations", 10, "annotations", "github", "annotations of a level (GitHub shows 10)", _LEFT_OUT),
    )
}
"""By name. What is not here has no bound: records, constraints and findings are as many as there are."""

_SET: ContextVar[Mapping[str, int]] = ContextVar("limits that are set")


def limit(name: str) -> int:
    """The value that holds."""
    return _SET.get({}).get(name) or LIMITS[name].value


@contextmanager
def using(**values: int) -> Iterator[None]:
    """Other values for limits that may be set, here and in what is called: `with using(line_bytes=64_000_000): …`.

    Raises UsageError for a name that there is not, for a limit that cannot be set, and for less than one.
    """
    settable = [one.name for one in LIMITS.values() if one.settable]
    for name, value in values.items():
        if name not in LIMITS:
            raise UsageError(f"there is no limit {name!r}", nearest(name, settable))
        if name not in settable:
            raise UsageError(
                f"the limit {name!r} is fixed: results or safety rest on it", f"may be set: {', '.join(settable)}"
            )
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise UsageError(f"the limit {name!r} is a whole number from 1 on, not {value!r}")
    token = _SET.set({**_SET.get({}), **values})
    try:
        yield
    finally:
        _SET.reset(token)


def told() -> list[str]:
    """What a report has to say of limits that are not as they come."""
    return [
        f"the limit {name} was set to {value:,} {LIMITS[name].unit} for this check, not {LIMITS[name].value:,}"
        for name, value in sorted(_SET.get({}).items())
        if value != LIMITS[name].value
    ]
