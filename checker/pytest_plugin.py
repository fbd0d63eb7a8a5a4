"""For pytest: each example of a rulebook becomes a test, in files `*.rulebook.yaml` and in rulebooks that are named.

A rulebook is named by the option `--checker-rulebook` or the setting `checker_rulebooks`, by path or by name. Of the
program only what is needed is imported, and only once there is an example to run: others' runs start as fast as before.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from checker.rulebook import Rulebook
    from checker.rulebook.examples import Example

ENDINGS = (".rulebook.yaml", ".rulebook.yml")
"""How the names of files end that are taken for rulebooks wherever they are found."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option and the setting that name rulebooks."""
    group = parser.getgroup("checker", "examples of rulebooks")
    group.addoption(
        "--checker-rulebook", action="append", default=[], metavar="PATH_OR_NAME", dest="checker_rulebooks",
        help="Run the examples of this rulebook, a file, folder or name, too (repeatable).",
    )  # fmt: skip
    parser.addini(
        "checker_rulebooks", "Rulebooks (files or folders, from the root) whose examples are tests.", type="paths"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Have the rulebooks that are named collected beside what else is asked for.

    Those of the setting are left out where the command line says what to run, as with `testpaths`.
    """
    found = [_path(config, str(name)) for name in config.getoption("checker_rulebooks")]
    kept = [Path(path).resolve() for path in config.getini("checker_rulebooks")]
    config.stash[_NAMED] = {*found, *kept}
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        found += kept
    if not found:
        return
    asked = [(config.invocation_params.dir / arg.partition("::")[0]).resolve() for arg in config.args]
    for path in found:
        if not any(path.is_relative_to(other) for other in asked):
            config.args.append(str(path))
            asked.append(path)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> "RulebookTests | None":
    """A rulebook that is one file."""
    if file_path.name.endswith(ENDINGS) or file_path in parent.config.stash[_NAMED]:
        return RulebookTests.from_parent(parent, path=file_path)
    return None


@pytest.hookimpl(optionalhook=True)  # older versions know no such hook, and would refuse to start
def pytest_collect_directory(path: Path, parent: pytest.Collector) -> "RulebookTests | None":
    """A rulebook that is a folder."""
    if path in parent.config.stash[_NAMED]:
        return RulebookTests.from_parent(parent, path=path)
    return None


_NAMED = pytest.StashKey[set[Path]]()


def _path(config: pytest.Config, name: str) -> Path:
    here = config.invocation_params.dir / name
    if here.exists():
        return here.resolve()
    from checker.errors import CheckerError
    from checker.rulebook import builtin
    from checker.rulebook.named import located, named_otherwise

    try:
        found = located(name, builtin())
    except CheckerError as wrong:
        raise pytest.UsageError(f"--checker-rulebook: {wrong}") from None
    if not found.exists():
        hint = named_otherwise(name, builtin())
        raise pytest.UsageError(f"--checker-rulebook: there is no rulebook {name!r}" + (f"; {hint}" if hint else ""))
    return found.resolve()


class RulebookTests(pytest.File):
    """A rulebook (a file, or a folder as a whole), with a test for each of its examples."""

    def __init__(self, *, path: Path, parent: pytest.Collector, **given: Any) -> None:
        super().__init__(path=path, parent=parent, **given)
        self._loaded: dict[Any, Rulebook] = {}

    def collect(self) -> Iterator["ExampleTest"]:
        """The examples, in their order. What is wrong with the rulebook is told instead."""
        from checker.errors import CheckerError
        from checker.rulebook.examples import load_examples

        try:
            examples = load_examples(self.path)
        except CheckerError as wrong:
            raise self.CollectError("\n".join(str(problem) for problem in wrong.problems)) from None
        for example in examples:
            yield ExampleTest.from_parent(self, name=example.name, example=example)

    def load(self, position: str | None, parameters: Mapping[str, str]) -> "Rulebook":
        """The rulebook under a position, read once."""
        from checker.rulebook import load_rulebook

        key = (position, tuple(sorted(parameters.items())))
        if key not in self._loaded:
            self._loaded[key] = load_rulebook(self.path, position=position, parameters=parameters)
        return self._loaded[key]


class Unexpected(Exception):
    """An example that did not come out as it is to; each difference in words."""


class ExampleTest(pytest.Item):
    """An example of a rulebook as a test."""

    def __init__(self, name: str, parent: RulebookTests, example: "Example", **given: Any) -> None:
        super().__init__(name, parent, **given)
        self.example = example
        self._rulebook = parent
        for one in example.expected:
            self.extra_keyword_matches.add(one.constraint)

    def runtest(self) -> None:
        """Judge it, and fail with what came out otherwise."""
        from checker.testing import run

        about = [one.constraint for one in self.example.expected]
        [result] = run([self.example], self._rulebook.load, only=about).examples
        if result.differences:
            raise Unexpected(*result.differences)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What came out otherwise, and where the example stands."""
        if not isinstance(excinfo.value, Unexpected):
            return super().repr_failure(excinfo, style)
        example = self.example
        under = f" (position {example.position})" if example.position else ""
        lines = [f"{example.location.file}:{example.location.line}: {example.name}{under}"]
        lines += [f"  {difference}" for difference in excinfo.value.args]
        lines += [f"  as it is meant: {example.text}"] if example.text else []
        return "\n".join(lines)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where it stands, and its name."""
        place = self.example.location
        return Path(place.file), place.line - 1, self.example.name
