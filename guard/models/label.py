"""Matches the label names of somebody else's model with those of a filter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from guard.errors import OptionError, suggest

OPTION = "label_map"


def aims(label_map: Mapping[str, str], family: str, ours: Sequence[str]) -> dict[str, str]:
    """A label map with the filter's labels written in full: `toxic` is `harm.toxic` in the family `harm`.

    Raises `OptionError` for a label that is none of `ours`.
    """
    found = {}
    for index, (name, label) in enumerate(label_map.items()):
        full = _full(label, family)
        if full not in ours:
            advice = suggest(_bare(label, family), [_bare(own, family) for own in ours])
            raise OptionError(OPTION, f"filter {family!r} has no label {label!r}; {advice}", index)
        found[name] = full
    return found


def match(
    label_map: Mapping[str, str], theirs: Sequence[str], family: str, ours: Sequence[str]
) -> dict[str, str]:
    """The filter's label for each label of the model that has one, by the model's name.

    Without a map, labels that bear the same name match. Raises `OptionError` for a name that the model or
    the filter does not have, and where nothing matches.
    """
    found = aims(label_map, family, ours)
    for index, name in enumerate(label_map):
        if name not in theirs:
            raise OptionError(OPTION, f"the model has no label {name!r}; {suggest(name, theirs)}", index)
    return found or _namesakes(theirs, family, ours)


def _namesakes(theirs: Iterable[str], family: str, ours: Sequence[str]) -> dict[str, str]:
    full = {name: _full(name.lower(), family) for name in theirs}
    found = {name: label for name, label in full.items() if label in ours}
    if not found:
        names = f"its labels are: {', '.join(full)}; those of the filter: {', '.join(ours)}"
        raise OptionError(
            "model", f"the model needs a 'label_map' to the labels of filter {family!r}; {names}"
        )
    return found


def _full(label: str, family: str) -> str:
    return f"{family}.{_bare(label, family)}"


def _bare(label: str, family: str) -> str:
    return label.removeprefix(f"{family}.")
