"""What an audit found: fails for a known weakness only, and says plainly what was not audited."""

import json
import sys
from pathlib import Path


def told(found: Path) -> tuple[str, bool]:
    """The outcome in words, and whether something has a known weakness."""
    try:
        entries = json.loads(found.read_text(encoding="utf-8"))["dependencies"]
    except (OSError, ValueError, KeyError):
        return "not audited: the audit could not be made here (no network, no pip-audit, or more than a minute)", False
    audited = [entry for entry in entries if "skip_reason" not in entry]
    weak = [f"{entry['name']} {entry['version']}: {one['id']}" for entry in audited for one in entry["vulns"]]
    if weak:
        return "\n".join(["known weaknesses:", *weak]), True
    if not audited:
        return f"not audited: no data on any of {len(entries)} packages can be reached from here", False
    skipped = [entry["name"] for entry in entries if "skip_reason" in entry]
    rest = f"; not audited, for want of data: {', '.join(skipped)}" if skipped else ""
    return f"{len(audited)} packages have no known weakness{rest}", False


if __name__ == "__main__":
    outcome, failed = told(Path(sys.argv[1]))
    print(outcome)
    sys.exit(failed)
