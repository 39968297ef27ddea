"""Brings a policy and all that it extends together into one tree.

Later files override earlier ones: rules by id and key by key, replies by name and language, defaults
key by key, the rest as a whole. `id`, `description`, `version` and `tests` stay with their own file, and
so does the description of a rule that is made to do something else.
Every node keeps the place where it was written, so that a fault is reported in the right file.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from guard.policy.key import POLICY
from guard.policy.near import near
from guard.policy.node import DATA, Faults, Kind, Node, from_data
from guard.policy.shipped import shipped_dir, shipped_names
from guard.policy.source import read
from guard.types import Mark

OWN = {"id", "description", "version", "extends", "tests"}

Pairs = dict[str, tuple[Node, Node]]


@dataclass(slots=True)
class Gathered:
    """The tree of a policy with all that it extends; `complete` unless a parent could not be read."""

    root: Node | None
    path: str
    complete: bool = True


def gather(source: str | Path | Mapping[str, Any], faults: Faults) -> Gathered:
    """The whole tree of a policy given by path, shipped name or as data."""
    gatherer = _Gatherer(faults)
    if not isinstance(source, str | Path):
        root = gatherer.extend(from_data(source, faults), "", ())
        return Gathered(root, "", gatherer.complete)
    name = str(source)
    if isinstance(source, Path) or _is_path(name, Path()):
        return Gathered(gatherer.file(name, ()), name, gatherer.complete)
    path = _shipped(name)
    if path is None:
        faults.at(Mark(_short(name), 1, 1), _no_shipped(name))
        return Gathered(None, name)
    return Gathered(gatherer.file(path, ()), path, gatherer.complete)


def _is_path(name: str, folder: Path) -> bool:
    if name.endswith((".yaml", ".yml")) or "/" in name or os.sep in name:
        return True
    try:
        return (folder / name).is_file()
    except (OSError, ValueError):
        return False


def _shipped(name: str) -> str | None:
    if name not in shipped_names():
        return None
    path = shipped_dir() / f"{name}.yaml"
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _no_shipped(name: str) -> str:
    return f"no shipped policy {_short(name)!r}; {near(name, shipped_names())} (a file's name ends in .yaml)"


def _short(name: str) -> str:
    line = " ".join(name.split())
    return line if len(line) <= 60 else line[:57] + "..."


@dataclass(slots=True)
class _Gatherer:
    faults: Faults
    done: dict[str, Node | None] = field(default_factory=dict)
    complete: bool = True

    def file(self, path: str, trail: tuple[str, ...]) -> Node | None:
        """The tree of a file; `trail` holds the files that are being extended by it."""
        key = _real(path)
        if key not in self.done:
            root = read(path, self.faults)
            self.done[key] = None if root is None else self.extend(root, path, (*trail, path))
            self.complete = self.complete and root is not None
        return self.done[key]

    def extend(self, root: Node, path: str, trail: tuple[str, ...]) -> Node:
        """The tree over all that its `extends` names."""
        POLICY.read(root, "a policy", self.faults)
        _check_ids(root, self.faults)
        extends = root.get("extends")
        if extends is None:
            return root
        parent: Node | None = None
        for node in extends.items or (extends,):
            found = self._parent(node, path, trail) if node.kind is Kind.TEXT else None
            if found is None:
                self.complete = False
            else:
                parent = found if parent is None else _merge(parent, found)
        return root if parent is None else _merge(parent, root)

    def _parent(self, node: Node, path: str, trail: tuple[str, ...]) -> Node | None:
        target = self._locate(node, os.path.dirname(path))
        if target is None:
            return None
        real = _real(target)
        reals = [_real(one) for one in trail]
        if real in reals:
            circle = " -> ".join([*trail[reals.index(real) :], target])
            self.faults.add(node, f"'extends' goes round in a circle: {circle}")
            return None
        return self.file(target, trail)

    def _locate(self, node: Node, folder: str) -> str | None:
        name = node.value
        if _is_path(name, Path(folder)):
            target = os.path.normpath(os.path.join(folder, name))
            if os.path.exists(target):
                return target
            self.faults.add(node, f"no such file {_short(target)!r}{_near_file(name, target)}")
            return None
        path = _shipped(name)
        if path is None:
            self.faults.add(node, _no_shipped(name))
        return path


def _real(path: str) -> str:
    try:
        return os.path.realpath(path)
    except (OSError, ValueError):  # a name that no file can have; reading it says so
        return path


def _near_file(written: str, target: str) -> str:
    """The advice to name a file that stands where `target` was looked for, as it would be written."""
    folder = os.path.dirname(written)
    try:
        found = os.listdir(os.path.dirname(target) or ".")
        names = sorted(os.path.join(folder, one) for one in found if one.endswith((".yaml", ".yml")))
    except (OSError, ValueError):
        return ""
    advice = near(written, names)
    return f"; {advice}" if advice.startswith("did") else ""


def _check_ids(root: Node, faults: Faults) -> None:
    first: dict[str, Node] = {}
    for rule in _items(root, "rules"):
        node = rule.get("id")
        if node is None or node.kind is not Kind.TEXT:
            continue
        if node.value in first:
            where = first[node.value]
            line = f" on line {where.mark.line}" if where.mark.path != DATA else f" at {where.at}"
            faults.add(node, f"rule id {node.value!r:.60} is already taken{line}; give this rule its own")
        else:
            first[node.value] = node


def _items(root: Node, name: str) -> tuple[Node, ...]:
    node = root.get(name)
    return () if node is None else node.items


def _merge(parent: Node, child: Node) -> Node:
    """The child's tree laid over the parent's."""
    if child.kind is not Kind.MAPPING:
        return child
    pairs: Pairs = {name: pair for name, pair in parent.pairs.items() if name not in OWN}
    for name, (key, value) in child.pairs.items():
        if name in pairs:
            value = _overlay(name, pairs[name][1], value)
        pairs[name] = (key, value)
    return replace(child, value=pairs)


def _overlay(name: str, old: Node, new: Node) -> Node:
    if name == "rules":
        return _merge_rules(old, new)
    if name == "defaults":
        return _lay(old, new)
    if name == "replies":
        return _lay(old, new, deep=True)
    return new


def _lay(old: Node, new: Node, *, deep: bool = False) -> Node:
    """One mapping over another, key by key; with `deep`, mappings inside them too."""
    if old.kind is not Kind.MAPPING or new.kind is not Kind.MAPPING:
        return new
    pairs: Pairs = dict(old.pairs)
    for name, (key, value) in new.pairs.items():
        if deep and name in pairs:
            value = _lay(pairs[name][1], value)
        pairs[name] = (key, value)
    return replace(new, value=pairs)


def _merge_rules(old: Node, new: Node) -> Node:
    if old.kind is not Kind.LIST or new.kind is not Kind.LIST:
        return new
    rules = list(old.items)
    place = {rule.text("id"): number for number, rule in enumerate(rules) if rule.text("id")}
    for rule in new.items:
        number = place.get(rule.text("id"))
        if number is None:
            rules.append(rule)
        else:
            rules[number] = _merge_rule(rules[number], rule)
    return replace(new, value=tuple(rules))


DOING = ("filter", "stages", "labels", "languages", "action", "restore", "options")
"""The keys of a rule that its description speaks of."""


def _merge_rule(old: Node, new: Node) -> Node:
    """A rule over an inherited one; another filter starts without the options and labels of the first.

    A rule that comes to do something else leaves behind the description of what it did.
    """
    if any(name in new.pairs and _differs(old.get(name), new.pairs[name][1]) for name in DOING):
        old = replace(old, value={name: pair for name, pair in old.pairs.items() if name != "description"})
    if new.text("filter") and new.text("filter") != old.text("filter"):
        kept = {name: pair for name, pair in old.pairs.items() if name not in ("options", "labels")}
        return _lay(replace(old, value=kept), new)
    merged = _lay(old, new)
    options, changed = old.get("options"), new.get("options")
    if options is None or changed is None:
        return merged
    key = new.pairs["options"][0]
    return replace(merged, value={**merged.pairs, "options": (key, _lay(options, changed))})


def _differs(old: Node | None, new: Node) -> bool:
    return old is None or old.plain() != new.plain()
