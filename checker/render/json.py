"""JSON: the report itself, in the shape of the contract. Two runs on equal input give equal bytes."""

from checker.report import Report


def render(report: Report) -> str:
    """One object, indented, ending with a newline; everything but ASCII is escaped, and inert on a terminal."""
    import json  # not needed for a page of text

    return json.dumps(report.to_dict(), indent=2, ensure_ascii=True, allow_nan=False) + "\n"
