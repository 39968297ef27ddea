"""What a filter is, and how filters are found.

A filter is one file in `guard/filters/` (or a package that names it in the entry point group
`guard.filters`). It declares what it can find, its options, and examples; nothing else in the tree
is edited to add one.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib
import importlib.metadata
import inspect
import pkgutil
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, dataclass_transform

from guard.errors import OptionError, suggest
from guard.types import Exchange, Finding, Part, Spent, Stage, Unjudged

MARGIN = 8
"""Characters around a finding that a filter may look at, such as the next digit after a number."""

HIT_SCORE = 0.5
"""The score from which an example counts as found, unless the example says otherwise."""


def option(default: Any = dataclasses.MISSING, *, description: str) -> Any:
    """An option of a filter: its default and what it is for, declared once.

    A list or dict default is copied for each filter.
    """
    metadata = {"description": description}
    if isinstance(default, list | dict):
        return dataclasses.field(default_factory=lambda: type(default)(default), metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True)
class Example:
    """A text that a filter must find something in (a hit) or nothing (a miss).

    In a hit, ‹…› marks each span to be found. `options` configure the filter, `sources` stand for
    retrieved documents, `samples` for other answers to the same prompt, `score` is the least score that
    counts.
    """

    text: str
    options: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    sources: tuple[str, ...] = ()
    label: str = ""
    score: float = HIT_SCORE
    samples: tuple[str, ...] = ()

    def unmark(self) -> tuple[str, list[tuple[int, int]]]:
        """The text without marks, and the marked spans in it."""
        plain: list[str] = []
        spans: list[tuple[int, int]] = []
        start = 0
        for char in self.text:
            if char == "‹":
                start = len(plain)
            elif char == "›":
                spans.append((start, len(plain)))
            else:
                plain.append(char)
        return "".join(plain), spans


@dataclass(frozen=True, slots=True)
class Sampling:
    """Which other answers to the same prompt a filter wants.

    `count` answers within `budget_ms` milliseconds from the call on; a `temperature` takes the place of the
    caller's.
    """

    count: int = 3
    budget_ms: int = 20_000
    temperature: float | None = None


@dataclass_transform(kw_only_default=True, field_specifiers=(option,))
class Filter:
    """Finds things in a part of an exchange; never decides, never edits.

    A subclass is a keyword-only dataclass of its options:

        class Shouting(Filter):
            id = "shouting"
            labels = ("shouting",)
            hits = (Example("‹HELLO›"),)
            misses = (Example("hello"),)
            least: int = option(5, description="Fewest capital letters that count.")

            def scan(self, part, exchange):
                ...

    Its docstring's first line is its row in the generated docs. Construction validates options and
    raises `OptionError`; `load` does what is slow and runs once, before the first scan.
    """

    id: ClassVar[str] = ""
    labels: ClassVar[tuple[str, ...]] = ()
    stages: ClassVar[tuple[Stage, ...]] = tuple(Stage)
    needs: ClassVar[frozenset[str]] = frozenset()
    """What the exchange must have: any of `sources`, `samples`."""
    reach: ClassVar[int | None] = None
    """The longest span, in characters, that a finding may cover, so that a stream knows how much to
    hold back; `None` when the filter judges whole sentences."""
    hits: ClassVar[tuple[Example, ...]] = ()
    misses: ClassVar[tuple[Example, ...]] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        dataclasses.dataclass(kw_only=True, eq=False)(cls)

    def load(self) -> None:
        """Loads models and builds tables; called once, before the first scan."""

    def scan(self, part: Part, exchange: Exchange) -> Iterator[Finding | Unjudged | Spent]:
        """Yields what was found in the part, what could not be judged, and what asking a model cost.

        Offsets count characters of `part.text`. A filter that gives a probability yields it however
        low: the policy's threshold cuts. Must be safe to call from several threads at once.
        """
        raise NotImplementedError

    def sampling(self) -> Sampling:
        """Which samples this filter, with these options, wants; asked where it `needs` them."""
        return Sampling()

    def asks(self) -> bool:
        """Whether this filter, with these options, may wait in a scan for a model's answer to a question."""
        return False

    @classmethod
    def coverage(cls) -> Mapping[str, Sequence[str]]:
        """The languages (ISO 639-1) in which each model of the package judges for this filter, by its name.

        Told without loading one; empty where no model judges, or nobody knows.
        """
        return {}

    def covered(self) -> Sequence[str] | None:
        """The languages that this filter, with these options, covers; `None` if all, or if nobody knows."""
        return None

    def settled(self, text: str) -> int:
        """How many leading characters of a growing text no later character can bring into a finding.

        Asked where the filter has a `reach`. This default knows nothing but the reach; a filter that
        can tell that no finding is about to begin answers more, and a stream holds back less.
        """
        return max(0, len(text) - (self.reach or 0) - MARGIN)

    def label_names(self) -> tuple[str, ...]:
        """The labels that this filter, with these options, can yield."""
        return self.labels

    def find(
        self, part: Part, label: str, start: int, end: int, score: float, reason: str = "", **more: Any
    ) -> Finding:
        """A finding of this filter in this part."""
        return Finding(self.id, label, start, end, score, reason, part.path, **more)

    def pass_over(self, part: Part, reason: str, *, language: str = "") -> Unjudged:
        """Says that this filter did not judge the part, or not all of it, and why.

        `language` names the language that it does not cover, where that is why.
        """
        return Unjudged(self.id, reason, part.path, language=language)


def filters() -> Mapping[str, type[Filter]]:
    """All filters by id: those of the package, of installed plug-ins, and of the running application.

    A filter that an application defines counts from the moment its class exists.
    """
    _import_filters()
    found = {cls.id: cls for cls in _subclasses(Filter) if cls.id and not inspect.isabstract(cls)}
    return types.MappingProxyType(dict(sorted(found.items())))


@functools.cache
def _import_filters() -> None:
    package = importlib.import_module("guard.filters")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"guard.filters.{module.name}")
    for entry in importlib.metadata.entry_points(group="guard.filters"):
        entry.load()


def _subclasses(cls: type[Filter]) -> Iterator[type[Filter]]:
    for child in cls.__subclasses__():
        yield child
        yield from _subclasses(child)


@dataclass(frozen=True, slots=True)
class OptionSpec:
    """One option of a filter as introspection sees it; `required` when it has no default."""

    name: str
    type: Any
    default: Any
    required: bool
    description: str


def options_of(cls: type[Filter]) -> tuple[OptionSpec, ...]:
    """The options that a filter declares, in order."""
    hints = typing.get_type_hints(cls)
    specs = []
    for field in dataclasses.fields(cls):  # type: ignore[arg-type]
        default = field.default
        if default is dataclasses.MISSING and field.default_factory is not dataclasses.MISSING:
            default = field.default_factory()
        required = default is dataclasses.MISSING
        description = str(field.metadata.get("description", ""))
        specs.append(
            OptionSpec(field.name, hints[field.name], None if required else default, required, description)
        )
    return tuple(specs)


def type_name(kind: Any) -> str:
    """An option's type in plain words: `a whole number`, `a list of texts`, `one of: a, b`."""
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Literal:
        return "one of: " + ", ".join(map(str, args))
    if origin in (typing.Union, types.UnionType):
        return " or ".join(type_name(arg) for arg in args if arg is not type(None))
    if origin is list:
        return f"a list of {_PLURALS.get(args[0], 'values') if args else 'values'}"
    if origin is dict:
        return "a mapping"
    return _WORDS.get(kind, getattr(kind, "__name__", str(kind)))


_WORDS = {
    str: "a text", int: "a whole number", float: "a number", bool: "true or false",
    Path: "the name of a file",
}  # fmt: skip
_PLURALS = {
    str: "texts", int: "whole numbers", float: "numbers", bool: "true or false values", Path: "file names",
}  # fmt: skip


def fits(value: Any, kind: Any) -> bool:
    """Whether a value read from YAML or JSON has an option's type."""
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if kind is Any:
        return True
    if origin is typing.Literal:
        return value in args
    if origin in (typing.Union, types.UnionType):
        return any(fits(value, arg) for arg in args)
    if origin is list:
        return isinstance(value, list) and all(fits(item, args[0]) for item in value)
    if origin is dict:
        return isinstance(value, dict) and all(fits(item, args[1]) for item in value.values())
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, kind)


def create(filter_id: str, options: Mapping[str, Any] | None = None) -> Filter:
    """A filter by id with its options checked, not yet loaded; a text may stand for the name of a file.

    Raises `OptionError` for an unknown filter, an unknown or missing option, or a wrong type.
    """
    known = filters()
    if filter_id not in known:
        raise OptionError("filter", f"no filter {filter_id!r}; {suggest(filter_id, known)}")
    cls = known[filter_id]
    given = dict(options or {})
    specs = {spec.name: spec for spec in options_of(cls)}
    for name, value in given.items():
        if name not in specs:
            raise OptionError(name, _no_option(filter_id, name, specs))
        given[name] = _as_path(value, specs[name].type)
        if not fits(given[name], specs[name].type):
            raise OptionError(name, f"option {name!r} must be {type_name(specs[name].type)}")
    for spec in specs.values():
        if spec.required and spec.name not in given:
            raise OptionError(spec.name, f"filter {filter_id!r} needs the option {spec.name!r}")
    return cls(**given)


def _as_path(value: Any, kind: Any) -> Any:
    """A text as a path where the option takes that and no text; any other value as it is."""
    is_name = isinstance(value, str) and not fits(value, kind) and fits(Path(value), kind)
    return Path(value) if is_name else value


def _no_option(filter_id: str, name: str, specs: Mapping[str, OptionSpec]) -> str:
    if not specs:
        return f"filter {filter_id!r} takes no options, so not {name!r} either"
    return f"filter {filter_id!r} has no option {name!r}; {suggest(name, specs)}"
