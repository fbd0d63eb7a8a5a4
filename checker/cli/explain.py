"""`checker explain`: one constraint or finding, occasion by occasion: what was measured, and what it rests on."""

import os
from typing import Any

import click

from checker.cli.answering import answer, answering, wanted
from checker.cli.options import run_check, selecting
from checker.errors import UsageError
from checker.logs.naming import fitting, is_pattern


@click.command("explain")
@click.argument("words", nargs=-1, required=True, metavar="ID LOG... [SUBJECT...]")
@selecting
@answering("text or json")
def command(words: tuple[str, ...], format_: str, outputs: tuple[str, ...], **options: Any) -> int:
    """Explain a constraint, or one finding by its ID, on LOG files: why, and what would have turned the verdict.

    The logs may come first as well: LOG... ID [SUBJECT...]. With SUBJECT, only what is about these assets.

    Ends with 0 whenever it could be answered.
    """
    from checker.explanation import explained
    from checker.render.answers import EXPLANATIONS

    files = wanted(EXPLANATIONS, format_, outputs)
    target, logs, subjects = _parted(words)
    return answer(explained(run_check(logs, options), target, subjects), EXPLANATIONS, format_, files)


def _parted(words: tuple[str, ...]) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """What is to be explained, the logs, and the assets: a log is what is a file, a pattern of files, or looks so."""
    logs = tuple(word for word in words if _is_log(word))
    others = [word for word in words if not _is_log(word)]
    if not others:
        raise UsageError("nothing to explain is named", "name a constraint or finding: checker explain ID LOG...")
    if not logs:
        if len(others) == 1:
            raise UsageError("no log is named", f"checker explain {others[0]} LOG...")
        logs, others = tuple(others[1:]), others[:1]  # whoever reads them says that there is no such file
    return others[0], logs, tuple(others[1:])


def _is_log(word: str) -> bool:
    if word == "-" or os.path.exists(word) or (is_pattern(word) and fitting(word)):
        return True
    return "/" in word or word.endswith((".jsonl", ".json", ".csv", ".parquet", ".gz", ".zst"))
