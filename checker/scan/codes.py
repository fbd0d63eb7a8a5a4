"""What a scan is asked, and the values it has met."""

from collections.abc import Mapping as Members
from collections.abc import Sequence

from checker.catalogue import Catalogue
from checker.columns import Wanted
from checker.mapping import Mapping
from checker.register import Register
from checker.scan.interning import Interned

ODD = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93, 0xFF51AFD7ED558CCD)
"""Factors that mix what a key is made of."""


class Unscannable(ValueError):
    """A record that columns cannot hold."""


class Question:
    """What is to be kept: of records of the wanted types the wanted fields, up to the end of observation."""

    def __init__(
        self,
        mapping: Mapping,
        catalogue: Catalogue,
        registers: Members[str, Register],
        wanted: Wanted,
        until: int | None,
        shown: bool,
    ) -> None:
        self.mapping, self.catalogue, self.registers = mapping, catalogue, registers
        self.wanted, self.until, self.shown = wanted, until, shown
        self._types = {str(foreign): str(ours) for foreign, ours in mapping.types.items()}

    def our_name(self, name: str) -> str:
        """The name of a type as the rulebook has it."""
        return self._types.get(name, name)

    def wants(self, name: str) -> bool:
        """Whether records of this type become rows."""
        return self.wanted.types is None or name in self.wanted.types


class Codes:
    """The values met so far, by which records are told in codes."""

    def __init__(self, names: Sequence[str]) -> None:
        self.types, self.sources = Interned(), Interned()
        self.fields = {name: Interned() for name in names}

    def renew(self) -> None:
        """Begin anew with the values of fields, of which there may be as many as records."""
        self.fields = {name: Interned() for name in self.fields}
