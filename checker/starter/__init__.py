"""What a new user begins with: a small rulebook with examples, and a hypothetical log that breaks one of its limits."""

from collections.abc import Iterator
from importlib.resources import files

RULES, LOG, SCHEMA = "constraints/rules.yaml", "logs/log.jsonl", "constraints/rulebook.schema.json"
"""Where `checker init` puts them, below the folder that it is given."""


def contents() -> Iterator[tuple[str, str]]:
    """Each file by its place, with what is in it."""
    import json

    from checker.rulebook.schema import rulebook_schema

    for place in (RULES, LOG):
        yield place, files(__package__).joinpath(place.rpartition("/")[2]).read_text(encoding="utf-8")
    yield SCHEMA, json.dumps(rulebook_schema(), indent=2, sort_keys=True) + "\n"
