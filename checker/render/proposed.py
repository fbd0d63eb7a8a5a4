"""A proposed mapping as YAML that is read as a mapping, each line under the reason for it."""

import json
import re
from typing import Any

from checker.legible import legible
from checker.limits import limit
from checker.proposed import LIKELY, OPEN, Proposal

MOST = limit("sample_listed")
"""How many fields and types are listed."""

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*(:[A-Za-z0-9_./-]+)*")
_WORDS = frozenset(("true", "false", "null", "yes", "no", "on", "off", "none", "y", "n"))


def render(proposal: Proposal, width: int) -> str:
    """What was chosen and why, then the fields that events have, the types, and what could not be read."""
    logs = ", ".join(legible(name) for name in proposal.logs)
    all_of = "all" if proposal.whole else "the first"
    lines = [
        f"# Proposed from {all_of} {_many(proposal.records)} of {logs} ({proposal.format}).",
        f"# It reads {proposal.accepted:,} of them.",
    ]
    if any(placed.confidence == LIKELY for placed in proposal.placed):
        lines.append("# Look at what is `likely`: something speaks against it, or nothing but a name for it.")
    if proposal.open:
        lines.append("# What is `open` cannot be told from the sample: say it before the mapping is used.")
    for placed in proposal.placed:
        lines.append(f"\n# {placed.confidence}: {legible(placed.reason)}")
        if placed.name in proposal.mapping:
            lines += _entry(placed.name, proposal.mapping[placed.name])
        elif placed.confidence == OPEN:
            lines.append(f"# {placed.name}:")
        else:
            lines.append(f"# {placed.name}: {legible(str(placed.value))}")
    told = {placed.name for placed in proposal.placed}
    absent = [name for name in proposal.mapping if name not in told]
    if absent:
        lines.append("\n# The log has no such members:")
        lines += [f'{name}: ""' for name in absent]
    if proposal.fields:
        lines.append("\n# Fields of the events, as a rulebook names them:")
        for one in proposal.fields[:MOST]:
            share = "" if one.records == proposal.records else f", in {_many(one.records)}"
            note = f" ({one.note})" if one.note else ""
            lines.append(legible(f"#   {one.path}: {one.kind or 'empty'}{share}{note}"))
        lines += _more(len(proposal.fields))
    if proposal.types:
        lines.append("\n# Types:")
        lines += [legible(f"#   {name}: {count:,}") for name, count in list(proposal.types.items())[:MOST]]
        lines += _more(len(proposal.types))
    if proposal.unreadable:
        count = proposal.unreadable
        lines.append(f"\n# {count:,} line{' is' if count == 1 else 's are'} no record of the format at all.")
    if proposal.rejected:
        lines.append(f"\n# Not read by this mapping: {_many(proposal.records - proposal.accepted)}, such as")
        lines += [legible(f"#   {reason}") for reason in proposal.rejected]
    return "\n".join(lines) + "\n"


def _many(records: int) -> str:
    return "1 record" if records == 1 else f"{records:,} records"


def _more(count: int) -> list[str]:
    return [f"#   and {count - MOST:,} more"] if count > MOST else []


def _entry(name: str, value: Any) -> list[str]:
    if isinstance(value, dict):
        return [f"{name}:", *(f"  {_scalar(key)}: {_inline(one)}" for key, one in value.items())]
    return [f"{name}: {_inline(value)}"]


def _inline(value: Any) -> str:
    return f"[{', '.join(map(_scalar, value))}]" if isinstance(value, list) else _scalar(value)


def _scalar(value: Any) -> str:
    """A text as YAML: plain where that is certainly the same, else in double quotes, in ASCII."""
    text = str(value)
    if _PLAIN.fullmatch(text) and text.casefold() not in _WORDS:
        return text
    return str(json.dumps(text)).replace("\x7f", "\\x7f")
