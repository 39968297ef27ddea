"""Checks a rule's options against what its filter declares, each fault at the option's own place."""

from __future__ import annotations

import os
import types
import typing
from pathlib import Path
from typing import Any

from guard.errors import GuardError, OptionError
from guard.policy.language import LANGUAGES, advise
from guard.policy.near import MOST_LISTED, near
from guard.policy.node import DATA, Faults, Kind, Node
from guard.policy.punctuation import as_list, written_list
from guard.policy.remedy import flag_remedy, number_remedy
from guard.policy.shipped import LISTS, list_names, shipped_list
from guard.policy.source import misread
from guard.registry import Filter, OptionSpec, fits, options_of, type_name


def read_options(cls: type[Filter], rule: Node, faults: Faults) -> tuple[dict[str, Any], Filter | None]:
    """The options of a rule, and the filter made with them, `None` after a fault.

    Options that hold file names come back as absolute paths; a relative name starts at the folder of
    the policy file that it is written in.
    """
    node = rule.get("options")
    pairs = node.pairs if node is not None else {}
    if node is not None and node.kind is not Kind.MAPPING:
        return {}, None
    before = len(faults.found)
    options = _values(cls, pairs, faults)
    _require(cls, pairs, _anchor(rule), faults)
    if len(faults.found) > before or any(_holds_broken(value) for _, value in pairs.values()):
        return options, None
    try:
        return options, cls(**options)
    except GuardError as error:
        _note(cls, options, error, rule, faults)
        return options, None


MOST_TRIED = 200
"""Items of an option that are tried one by one after a fault in an earlier one."""


def _note(cls: type[Filter], options: dict[str, Any], error: GuardError, rule: Node, faults: Faults) -> None:
    """Notes what a filter cannot take, and of the same option all other items that it cannot take."""
    given = rule.get("options")
    pairs = given.pairs if given is not None else {}
    culprit = _culprit(error, pairs, _anchor(rule))
    faults.add(culprit, _worded(error, culprit))
    if not isinstance(error, OptionError) or error.index is None or error.option not in pairs:
        return
    items = _inside(pairs[error.option][1])
    for index in range(error.index + 1, min(len(items), MOST_TRIED)):
        # An item by itself, so that what the filter says of it does not hang on the others.
        alone = {**options, error.option: _only(options[error.option], index)}
        try:
            cls(**alone)
        except OptionError as other:
            if other.option == error.option and other.index == 0:
                faults.add(items[index], _worded(other, items[index]))
        except GuardError:
            return


def _only(value: Any, index: int) -> Any:
    """A list or mapping option with one of its items."""
    return dict([list(value.items())[index]]) if isinstance(value, dict) else [value[index]]


def _worded(error: GuardError, culprit: Node) -> str:
    """The filter's own message on one line; a long list of language codes gives way to advice."""
    message = _one_line(str(error))
    before, _, listed = message.rpartition("one of: ")
    codes = listed.split(", ")
    if before and len(codes) > MOST_LISTED and culprit.kind is Kind.TEXT and set(codes) <= set(LANGUAGES):
        return before + advise(culprit.value)
    return message


def _anchor(rule: Node) -> Node:
    """Where a fault stands that belongs to no single option."""
    return rule.get("options") or rule.get("filter") or rule


def _one_line(message: str) -> str:
    return " ".join(message.split())


def _values(cls: type[Filter], pairs: dict[str, tuple[Node, Node]], faults: Faults) -> dict[str, Any]:
    specs = {spec.name: spec for spec in options_of(cls)}
    options: dict[str, Any] = {}
    for name, (key, value) in pairs.items():
        if name in specs:
            options[name] = _value(specs[name], value, faults)
        elif specs:
            advice = near(name, specs, f"guard filters {cls.id}")
            faults.add(key, f"filter {cls.id!r} has no option {name!r:.60}; {advice}")
        else:
            faults.add(key, f"filter {cls.id!r} takes no options; remove {name!r:.60}")
    return options


def _require(cls: type[Filter], pairs: dict[str, tuple[Node, Node]], at: Node, faults: Faults) -> None:
    specs = options_of(cls)
    if not {spec.name for spec in specs} >= set(pairs):
        return  # a misspelt option may have been meant
    for spec in specs:
        if spec.required and spec.name not in pairs:
            faults.add(at, f"filter {cls.id!r} needs the option {spec.name!r}: {type_name(spec.type)}")


def holds_path(kind: Any) -> bool:
    """Whether an option's type is a file name, alone or among others."""
    return kind is Path or any(holds_path(arg) for arg in typing.get_args(kind))


def _value(spec: OptionSpec, node: Node, faults: Faults) -> Any:
    if holds_path(spec.type):
        if node.kind is Kind.TEXT:
            return _folder(node) if fits("", spec.type) else _path(node, spec.name, faults)
        if node.kind is Kind.LIST and holds_path(_item_type(spec.type, list)):
            return [_path(item, spec.name, faults) for item in node.items]
    value = node.plain()
    if not fits(value, spec.type) and not _holds_broken(node):
        _misfit(spec, node, faults)
    return value


def _holds_broken(node: Node) -> bool:
    return node.kind is Kind.BROKEN or any(_holds_broken(one) for one in _inside(node))


def _inside(node: Node) -> tuple[Node, ...]:
    """The items of a list, the values of a mapping."""
    return node.items or tuple(value for _, value in node.pairs.values())


def _misfit(spec: OptionSpec, node: Node, faults: Faults) -> None:
    item_type = _item_type(spec.type, list if node.kind is Kind.LIST else dict)
    wrong = [
        (number, item)
        for number, item in enumerate(_inside(node), 1)
        if item_type is not None and not fits(item.plain(), item_type)
    ]
    for number, item in wrong:
        which = f"entry {number}" if item.kind is Kind.NOTHING else "each"
        faults.add(item, _misfit_text(f"{which} of option {spec.name!r}", item_type, item))
    if not wrong:
        faults.add(node, _misfit_text(f"option {spec.name!r}", spec.type, node))


def _item_type(kind: Any, container: type) -> Any:
    """What the values of a list or mapping option are, `None` where the option takes no such thing."""
    args = typing.get_args(kind)
    if typing.get_origin(kind) is container:
        return args[-1] if args else Any
    if typing.get_origin(kind) not in (typing.Union, types.UnionType):
        return None
    inner = [_item_type(arg, container) for arg in args]
    return next((one for one in inner if one is not None), None)


def _misfit_text(name: str, kind: Any, node: Node) -> str:
    legal = [str(one) for one in _literals(kind)]
    if legal and node.kind is Kind.TEXT:
        return f"{name} cannot be {node.value!r:.60}; {near(node.value, legal)}"
    if node.kind is Kind.NOTHING:
        return f"{name} has no value; it must be {type_name(kind)}"
    if node.written and node.kind is not Kind.TEXT and fits("", kind):
        return f"{name} must be {type_name(kind)}; {misread(node)}"
    return f"{name} must be {type_name(kind)}, not {node.kind}{_remedy(kind, node)}"


def _remedy(kind: Any, node: Node) -> str:
    """How the value is written that was likely meant, where another one is due."""
    meant = ""
    if node.kind is Kind.TEXT and fits([""], kind):
        meant = as_list(node.value)
    elif node.kind is Kind.LIST and fits({"": node.plain()}, kind):
        meant = f"{{a_name: {written_list([item.plain() for item in node.items]) or '[…]'}}}"
    elif node.kind is Kind.TEXT and fits(True, kind):
        return flag_remedy(node)
    elif node.kind is Kind.TEXT and fits(0, kind):
        return number_remedy(node)
    return f"; write {meant}" if meant else ""


def _literals(kind: Any) -> tuple[Any, ...]:
    if typing.get_origin(kind) is typing.Literal:
        return typing.get_args(kind)
    return tuple(one for arg in typing.get_args(kind) for one in _literals(arg))


def _path(node: Node, name: str, faults: Faults) -> Path | None:
    if node.kind is not Kind.TEXT or not node.value:
        faults.add(node, f"option {name!r} must be the name of a file, not {node.kind}")
        return None
    shown = os.path.normpath(os.path.join(_beside(node), node.value))
    if not os.path.exists(shown):
        shown = str(shipped_list(node.value) or shown)
    try:
        if os.path.isdir(shown):
            faults.add(node, f"{shown!r} is a folder; option {name!r} must be the name of a file")
        elif not os.path.exists(shown):
            meant = f"; {near(node.value, list_names())}" if node.value.startswith(LISTS) else ""
            faults.add(node, f"no such file {shown!r}{meant}")
        else:
            open(shown, "rb").close()
    except (OSError, ValueError) as error:
        faults.add(node, f"cannot read {shown!r:.100}: {getattr(error, 'strerror', None) or error}")
    return Path(os.path.abspath(shown))


def _folder(node: Node) -> Path | str:
    """A text as the folder that it names; as it is where it may be the name of something else."""
    place = os.path.abspath(os.path.join(_beside(node), os.path.expanduser(node.value)))
    named = node.value.startswith(("./", "../", "~")) or os.path.isabs(node.value)
    return Path(place) if named or (node.value and os.path.isdir(place)) else node.value


def _beside(node: Node) -> str:
    """The folder at which a relative name in a policy starts."""
    return "" if node.mark.path == DATA else os.path.dirname(node.mark.path)


def _culprit(error: GuardError, pairs: dict[str, tuple[Node, Node]], fallback: Node) -> Node:
    """The node that the error speaks of: the item, the option, or the rule's filter."""
    if not isinstance(error, OptionError) or error.option not in pairs:
        return fallback
    node = pairs[error.option][1]
    inside = _inside(node)
    if error.index is not None and 0 <= error.index < len(inside):
        return inside[error.index]
    return node
