"""Rulebook files to one merged tree: which files, what they hold, and where each mistake in them is shown."""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from checker.errors import Problem, RulebookError, nearest
from checker.limits import limit
from checker.location import Location
from checker.rulebook.named import located, named_otherwise
from checker.terms import Mistake
from checker.yamltree import Document, Items, Node, Source, Table, Text, load, locate

ENDINGS = (".yaml", ".yml")

_PACKAGE = Path(__file__).resolve().parent.parent
BUILTIN = _PACKAGE / "constraints" if (_PACKAGE / "constraints").is_dir() else _PACKAGE.parent / "constraints"
"""The folder of the rulebook that comes with the program."""

SECTIONS = (
    "rulebook", "parameters", "positions", "events", "unauthenticated", "gaps", "registers", "calendars", "intervals",
    "mapping", "constraints", "waivers", "assessments", "corrections", "clock", "examples",
    "meant",
)  # fmt: skip
"""What a rulebook may consist of."""

TABLES = ("parameters", "positions", "events", "registers", "calendars", "intervals")
"""Sections that several files may each add names to."""

LISTS = {"constraints": "id", "waivers": "id", "assessments": "id", "examples": "name", "meant": "code"}
"""Sections that several files may each add items to, with the field that these begin with."""


class Files:
    """The files of one rulebook, merged; remembers which node came from which file, and collects the problems."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.sections: dict[str, Any] = {name: Table() for name in TABLES}
        self.items: dict[str, list[tuple[Node, str]]] = {name: [] for name in LISTS}
        """What lists hold, each item with the name of its file, in the order of files and lines."""
        self._sources: list[Source] = []
        self._of: dict[int, Source] = {}
        # nodes are known by their id: none may be freed, and its id given away
        self._documents: list[Document] = []
        self._adopted: list[tuple[Any, Any]] = []
        self._root: Table | None = None
        self.digest = ""
        self.spoiled: set[int] = set()
        """Nodes (by id) that are already reported as a whole: what else is wrong with them only follows from that."""

    def read(self, path: Path) -> None:
        """Read a file, or every YAML file of a folder in the order of their names (not of its subfolders).

        The path may be the name of a rulebook. Raises UsageError where such a name leads nowhere.
        """
        try:
            path = located(path, BUILTIN)
            paths = self._files(path)
        except OSError as error:  # as of a folder that may not be listed, or a name that is too long
            self.problems.append(Problem(Location(path.as_posix()), f"cannot be read: {error.strerror}"))
            return
        digest = hashlib.sha256()
        for file in paths:
            try:
                if not file.is_file():  # a pipe would be waited for, a device never ends
                    self.problems.append(Problem(Location(file.as_posix()), "is no regular file"))
                    continue
                with file.open("rb") as stream:
                    content = stream.read(limit("rulebook_bytes") + 1)  # whatever the size, no more is held
            except OSError as error:
                self.problems.append(Problem(Location(str(file)), f"cannot be read: {error.strerror}"))
                continue
            digest.update(file.name.encode() + b"\0" + hashlib.sha256(content).digest())
            self._merge(content, file.as_posix())
        self.digest = f"sha256:{digest.hexdigest()}"

    def read_text(self, content: str, name: str) -> None:
        """Read a rulebook that is held as text."""
        self.digest = f"sha256:{hashlib.sha256(content.encode('utf-8', 'surrogatepass')).hexdigest()}"
        self._merge(content, name)

    def _files(self, path: Path) -> list[Path]:
        if path.is_dir():
            found = sorted(f for f in path.iterdir() if f.suffix in ENDINGS and not f.name.startswith("."))
            if not found:
                hint = f"a rulebook is a file, or files ending in {' or '.join(ENDINGS)}"
                self.problems.append(Problem(Location(path.as_posix()), "the folder holds no rulebook file", hint))
            return [file for file in found if self._inside(file, path)]
        if not path.exists():
            known = named_otherwise(path, BUILTIN)
            self.problems.append(Problem(Location(path.as_posix()), "there is no such file or folder", known))
            return []
        if not path.is_file():
            self.problems.append(Problem(Location(path.as_posix()), "is neither a file nor a folder"))
            return []
        return [path]

    def _inside(self, file: Path, folder: Path) -> bool:
        """Whether a file of a folder is in it: a link may not make one party read what the other never sent."""
        try:
            inside = file.resolve(strict=True).is_relative_to(folder.resolve())
        except (OSError, RuntimeError):
            return True  # reading it tells what is wrong
        if not inside:
            self.problems.append(Problem(Location(file.as_posix()), "is a link that leads out of the folder"))
        return inside

    def _merge(self, content: bytes | str, name: str) -> None:
        document = load(content, name, self.problems)
        if document is None:
            return
        source, root = document.source, document.root
        self.claim(document)
        if not isinstance(root, Table):
            self.problems.append(source.problem(root.line, root.column, "a rulebook is a mapping of sections"))
            return
        for key, node in root.items():
            if key not in SECTIONS:
                self.problem(key, f"unknown section {str(key)!r}", nearest(key, SECTIONS))
            elif key in LISTS:
                self._merge_list(str(key), node, source.file)
            elif key in TABLES:
                self._merge_table(str(key), node)
            elif key in self.sections:
                self.problem(key, f"section `{key}` is given twice", "one file of a rulebook holds it")
            else:
                self.sections[str(key)] = node

    def _merge_list(self, section: str, node: Node, file: str) -> None:
        if isinstance(node, Items):
            self.items[section].extend((item, file) for item in node)
        else:
            one = "entry" if section == "meant" else section[:-1]
            self.problem(node, f"`{section}` is a list", f"begin each {one} with `- {LISTS[section]}:`")

    def _merge_table(self, section: str, node: Node) -> None:
        if not isinstance(node, Table):
            self.problem(node, f"`{section}` is a mapping of names")
            return
        whole: Table = self.sections[section]
        for name, value in node.items():
            if name in whole:
                first = self.location(whole.key(name))
                self.problem(name, f"{str(name)!r} is defined twice in `{section}`", f"first at {first}")
            else:
                whole[name] = value

    # ---- places ----

    def claim(self, document: Document) -> None:
        """Every node belongs to the file it was read from; of nodes put together later the parts still do."""
        self._sources.append(document.source)
        self._documents.append(document)
        if self._root is None and isinstance(document.root, Table):
            self._root = document.root
        self._of.clear()

    def adopt(self, node: Any, original: Any) -> None:
        """A node that was made from another belongs where that one stands."""
        self._adopted.append((node, original))
        if self._of and (source := self._of.get(id(original))) is not None:
            self._of[id(node)] = source

    def _source_of(self, node: Any) -> Source | None:
        """The file a node is from. Who stands where is only worked out when there is something to be told."""
        of = self._of
        if not of:
            for document in self._documents:
                pending: list[Any] = [document.root]
                while pending:
                    current = pending.pop()
                    of[id(current)] = document.source
                    if isinstance(current, dict):
                        pending.extend(current.keys())
                        pending.extend(current.values())
                    elif isinstance(current, list):
                        pending.extend(current)
            for made, original in self._adopted:
                if id(original) in of:
                    of[id(made)] = of[id(original)]
        return of.get(id(node))

    @property
    def names(self) -> list[str]:
        """The names of the files, in the order in which they were read."""
        return [source.file for source in self._sources]

    def location(self, node: Any) -> Location:
        """Where a node stands."""
        source = self._source_of(node)
        if source is None:
            return Location(self._sources[0].file if self._sources else "rulebook")
        return Location(source.file, node.line, node.column)

    def problem(self, node: Any, message: str, hint: str = "", fallback: Any = None) -> None:
        """Note a problem at a node, or at the fallback if the node has no place."""
        self.problems.append(self.pointed(node, message, hint, fallback))

    def pointed(self, node: Any, message: str, hint: str = "", fallback: Any = None) -> Problem:
        """A message with its place: that of the node, or of the fallback if the node has none."""
        places: tuple[Any, ...] = (node, fallback, self._root)
        for place in places:
            source = self._source_of(place)
            if source is not None and place.line:
                return source.problem(place.line, place.column, message, hint)
        return Problem(None, message, hint)

    def mistakes(self, mistakes: Iterable[Mistake], fallback: Any) -> None:
        """Note the mistakes that reading a value found."""
        for mistake in mistakes:
            if id(mistake.node) in self.spoiled:
                continue
            self.problem(mistake.node, mistake.message, mistake.hint, fallback)

    def invalid(self, error: ValidationError, node: Any, model: type[BaseModel], known: Iterable[str] = ()) -> None:
        """Note everything that a model found wrong with a node, in our words."""
        names = [*known, *field_names(model)]
        for detail in error.errors(include_url=False):
            context = detail.get("ctx", {})
            if "mistakes" in context:
                self.mistakes(context["mistakes"], self._at(node, detail))
                continue
            kind, place = detail["type"], detail["loc"]
            last = str(place[-1]) if place else ""
            where = self._at(node, detail, at_key=kind == "extra_forbidden")
            if kind == "missing":
                self.problem(where, f"`{last}` is missing", fallback=node)
            elif kind == "extra_forbidden":
                inner = _model_at(model, place[:-1])
                hint = nearest(last, names if inner in (None, model) else field_names(inner))
                self.problem(where, f"unknown field {last!r}", hint, fallback=node)
            elif kind == "literal_error":
                expected = str(context.get("expected", ""))
                options = [option.strip().strip("'") for option in expected.replace(" or ", ", ").split(",")]
                given = detail.get("input")
                hint = nearest(str(given), options)
                self.problem(where, f"`{last}` is {_shown(given)}; expected {expected}", hint, fallback=node)
            else:
                label = f"`{last}`: " if last else ""
                self.problem(where, f"{label}{_plain(detail['msg'])}", fallback=node)

    def _at(self, node: Any, detail: Any, at_key: bool = False) -> Any:
        if not isinstance(node, (Table, Items, Text)):
            return node
        line, column = locate(node, detail["loc"], at_key=at_key, found=detail.get("input"))
        marker = Text("", line, column)
        self.adopt(marker, node)
        return marker

    def stop_if_wrong(self) -> None:
        """Raise all problems at once, in the order of files and lines."""
        if self.problems:
            order = {source.file: at for at, source in enumerate(self._sources)}

            def place(problem: Problem) -> tuple[int, int, int]:
                at = problem.location
                return (-1, 0, 0) if at is None else (order.get(at.file, -1), at.line, at.column)

            raise RulebookError(sorted(dict.fromkeys(self.problems), key=place))


def field_names(model: type[BaseModel]) -> list[str]:
    """The names of a model's fields as a rulebook writes them."""
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_at(model: type[BaseModel], place: Iterable[int | str]) -> type[BaseModel] | None:
    """The model that a place inside another one is read by, if that can be told."""
    found: type[BaseModel] | None = model
    for step in place:
        if found is None or isinstance(step, int):
            continue
        fields = found.model_fields.items()
        found = next((_model_in(field.annotation) for name, field in fields if step in (name, field.alias)), None)
    return found


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part)) is not None), None)


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "a mapping"
    return "a list" if isinstance(value, list) else repr(str(value))


def _plain(message: str) -> str:
    replaced = {
        "Input should be a valid list": "expected a list",
        "Input should be a valid dictionary": "expected a mapping",
        "Input should be a valid dictionary or instance": "expected a mapping",
    }
    for theirs, ours in replaced.items():
        if message.startswith(theirs):
            return ours
    return message[:1].lower() + message[1:]
