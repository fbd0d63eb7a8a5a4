"""Records that name no asset although the event catalogue says that their type names one.

Where others of the type do, they may be of any asset: whose they are is withheld. Where none does, the log is of a
single one that it does not name, and all of them are taken as its own.
"""

from collections.abc import Iterable, Sequence

from checker.catalogue import Catalogue
from checker.event import UNKNOWN, Event


def about_assets(catalogue: Catalogue) -> frozenset[str]:
    """The types of which each record has to name its asset: those with a field `subject` that is not optional."""
    fields = ((name, kind.fields.get("subject")) for name, kind in catalogue.types.items())
    return frozenset(name for name, field in fields if field is not None and not field.optional)


def withhold(events: Sequence[Event], types: frozenset[str]) -> list[str]:
    """Take of events of these types that name no asset, beside others that do, as not known whose they are.

    Returns what a reader should know of those that name none.
    """
    lacking: dict[str, list[Event]] = {}
    for event in events:
        if event.subject is None and event.type in types:
            lacking.setdefault(event.type, []).append(event)
    named = {event.type for event in events if event.subject is not None} if lacking else set()
    for name in lacking.keys() & named:
        for event in lacking[name]:
            event.values["subject"] = UNKNOWN
    told = [
        f"{found[0].record.location}: {name} names no subject, as others of its type do: of which asset it tells "
        f"stays open{f'; so does that of {len(found) - 1} more' if len(found) > 1 else ''}"
        for name, found in sorted(lacking.items()) if name in named
    ]  # fmt: skip
    return told + told_of_one(lacking.keys() - named)


def told_of_one(types: Iterable[str]) -> list[str]:
    """The notices on types of which no record names its asset."""
    return [f"no {name} names a subject: all are taken as of one asset" for name in sorted(types)]
