"""What came of a rulebook's examples: as text, and as JUnit XML (a suite for each constraint, cases for examples)."""

from collections.abc import Iterator
from html import escape

from checker.legible import inert, legible
from checker.limits import limit
from checker.render.parts import many
from checker.tested import PASSED, Coverage, ExampleResult, Outcome

MOST = limit("mutants_listed")
"""How many mutants that survived are listed."""


def render(tested: Outcome, width: int) -> str:
    """Failures first, then what is not covered, then what was counted."""
    lines = [f"Examples of {legible(tested.rulebook.id)} {legible(tested.rulebook.version)}", ""]
    for result in tested.examples:
        if result.verdict != PASSED:
            lines += _failure(result)
    lacking = [row for row in tested.coverage if not row.complete]
    if lacking:
        lines.append("Not covered")
        lines += [f"  {legible(row.constraint):<10} {'; '.join(map(legible, missing(row)))}" for row in lacking]
        lines.append("")
    mutation = tested.mutation
    if mutation is not None and mutation.survivors:
        lines.append("Changes that no example notices")
        for survivor in mutation.survivors[:MOST]:
            under = f" ({legible(survivor.position)})" if survivor.position else ""
            lines.append(f"  {legible(survivor.of)}{under}: {legible(survivor.change)}")
        if len(mutation.survivors) > MOST:
            lines.append(f"  and {len(mutation.survivors) - MOST} more; --format json lists all")
        lines.append("")
    total = len(tested.examples)
    told = [f"{many(total, 'example')}: {tested.passed} passed, {tested.failed} failed, {many(tested.errors, 'error')}"]
    covered = len(tested.coverage) - len(lacking)
    told.append(f"coverage: {covered} of {many(len(tested.coverage), 'constraint')} complete")
    if mutation is not None:
        share = f" ({100 * mutation.killed / mutation.mutants:.1f} %)" if mutation.mutants else ""
        told.append(f"mutation: {mutation.killed:,} of {many(mutation.mutants, 'mutant')} noticed{share}")
    return "\n".join([*lines, *told]) + "\n"


def _failure(result: ExampleResult) -> Iterator[str]:
    yield f"{result.verdict.upper()} {legible(result.name)}  {legible(result.file)}:{result.line}"
    yield from (f"  {legible(line)}" for told in result.differences for line in told.split("\n"))
    yield ""


def missing(row: Coverage) -> list[str]:
    """What the examples of a constraint do not show, in words."""
    if not row.examples:
        return ["no example"]
    found = []
    if not row.activated:
        found.append("never activated")
    found += [f"none is {verdict}" for verdict in ("satisfied", "violated") if verdict not in row.seen]
    return found + [f"no record is {told}" for told in row.unseen]


def junit(tested: Outcome, width: int) -> str:
    """JUnit XML of the examples, without times."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites name={_quoted(tested.rulebook.id)} tests="{len(tested.examples)}" failures="{tested.failed}" '
        f'errors="{tested.errors}">',
    ]
    suites: dict[str, list[ExampleResult]] = {}
    for result in tested.examples:
        suites.setdefault(result.constraints[0], []).append(result)
    for name, results in suites.items():
        counts = {kind: sum(1 for one in results if one.verdict == kind) for kind in ("failed", "error")}
        lines.append(
            f'  <testsuite name={_quoted(name)} tests="{len(results)}" failures="{counts["failed"]}" '
            f'errors="{counts["error"]}">'
        )
        for one in results:
            head = f"    <testcase name={_quoted(one.name)} classname={_quoted(name)}"
            if one.verdict == PASSED:
                lines.append(f"{head}/>")
                continue
            kind = "failure" if one.verdict == "failed" else "error"
            first = _quoted(one.differences[0] if one.differences else one.verdict)
            text = escape(inert(legible(f"{one.file}:{one.line}")), quote=False)
            rest = "\n".join(escape(inert(legible(told)), quote=False) for told in one.differences)
            lines += [f"{head}>", f"      <{kind} message={first}>{text}\n{rest}</{kind}>", "    </testcase>"]
        lines.append("  </testsuite>")
    return "\n".join([*lines, "</testsuites>"]) + "\n"


def _quoted(text: str) -> str:
    return f'"{escape(inert(legible(text)))}"'
