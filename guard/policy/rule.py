"""Checks the rules of a policy and makes `Rule`s of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from guard.policy.key import RULE
from guard.policy.near import closest, misspelt, near
from guard.policy.node import Faults, Kind, Node
from guard.policy.option import read_options
from guard.registry import Filter, filters
from guard.text.placeholder import is_enclosed, tells_apart
from guard.types import BEFORE_CALL, Action, Extent, OnError, Rule, Stage

REFUSAL = "refusal"
"""The reply that is given where a rule names none; built in, and a policy may word its own."""

NUMBERED = "[{kind}_{number}]"
"""The mask of a rule that restores, where it names none."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What a policy says that its rules rest on."""

    defaults: Mapping[str, Any]
    replies: Iterable[str]
    inherits: bool = False
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Checked:
    """A rule that was read, with its filter; `filter` is `None` after a fault in it."""

    rule: Rule
    filter: Filter | None
    enabled: bool = True


def check_rules(nodes: Sequence[Node], frame: Frame, faults: Faults) -> list[Checked]:
    """All rules that could be read, switched-off ones too, in order."""
    known = [node.text("id") for node in nodes if node.get("filter") is not None]
    found = []
    for node in nodes:
        before = len(faults.found)
        values = RULE.read(node, "each of 'rules'", faults)
        if values is not None:
            one = _rule(node, values, frame, known, faults)
            found.append(one if len(faults.found) == before else replace(one, filter=None))
    return found


def _rule(node: Node, values: dict[str, Any], frame: Frame, known: Sequence[str], faults: Faults) -> Checked:
    name = values.get("id", "")
    _require_filter(node, name, frame, known, faults)
    action = _action(node, name, values, frame, faults)
    _check_reply(node, frame, faults)
    cls = filters().get(values.get("filter", ""))
    options, made = read_options(cls, node, faults) if cls else ({}, None)
    if cls is not None:
        _check_labels(node, made or cls, faults)
    given = {**frame.defaults, **values}
    if "on_error" in given:
        given["on_error"] = OnError(given["on_error"])
    given["extent"] = Extent(given.get("extent", Extent.FINDING))
    given["marker"] = _marker(given.get("marker", False))
    if given.get("restore"):
        given.setdefault("mask", NUMBERED)
    elif given["extent"] is Extent.SENTENCE:
        given.setdefault("mask", "")
    rule = Rule(
        id=name,
        filter=values.get("filter", ""),
        stages=_stages(node, values, frame, cls, faults),
        action=action,
        labels=values.get("labels", ()),
        languages=values.get("languages", ()),
        options=options,
        mark=node.mark,
        **{name: given[name] for name in _AS_GIVEN if name in given},
    )
    if rule.restore:
        _check_restore(node, rule, faults)
    if rule.marker is not None:
        _check_marker(node, rule, faults)
    return Checked(rule, made, values.get("enabled", True))


_AS_GIVEN = (
    "threshold",
    "on_error",
    "timeout_ms",
    "mask",
    "restore",
    "extent",
    "marker",
    "reply",
    "note",
    "description",
)
"""What goes into a rule as it stands; where nothing is given, the `Rule`'s own default holds."""


def _check_restore(node: Node, rule: Rule, faults: Faults) -> None:
    """What cannot be restored: values that share a mask, masks that cannot be found, answers."""
    restore, mask = node.get("restore"), node.get("mask")
    if restore is None:
        return
    # An inherited mask stands in another file, where nothing is wrong with it.
    at = mask if mask is not None and mask.mark.path == restore.mark.path else restore
    if not tells_apart(rule.mask):
        faults.add(
            at,
            f"'restore' needs {{number}} or {{hash}} in 'mask', else values share one; "
            f'such as "{NUMBERED}"',
        )
    elif not is_enclosed(rule.mask):
        faults.add(at, f"'restore' needs a 'mask' within one pair of brackets, such as \"{NUMBERED}\"")
    if rule.stages and not set(rule.stages) & set(BEFORE_CALL):
        legal = ", ".join(BEFORE_CALL)
        faults.add(restore, f"'restore' is for what is hidden before the call; add a stage: {legal}")


def _marker(given: bool | str | Mapping[str, str]) -> Mapping[str, str] | None:
    """The texts of a marker by language: none for the built-in ones, one without a language for all."""
    if isinstance(given, bool):
        return {} if given else None
    return {"": given} if isinstance(given, str) else given


def _check_marker(node: Node, rule: Rule, faults: Faults) -> None:
    marker = node.get("marker")
    if marker is not None and rule.stages and Stage.OUTPUT not in rule.stages:
        faults.add(marker, f"'marker' is for the reader of the answer; add a stage: {Stage.OUTPUT}")


def _shown(name: str) -> str:
    return f"rule {name!r:.60}" if name else "this rule"


def _has(node: Node, name: str) -> bool:
    """Whether a rule has a key, maybe misspelt."""
    return name in node.pairs or name in misspelt(node.pairs, [key.name for key in RULE.keys])


def _require_filter(node: Node, name: str, frame: Frame, known: Sequence[str], faults: Faults) -> None:
    if _has(node, "filter") or not frame.complete or name in known:
        return  # another rule has this id, which is already a fault
    advice = "'guard filters' lists them"
    if frame.inherits and name:
        close = near(name, known)
        advice = f"if it is to change an inherited rule, {close}" if close.startswith("did") else advice
    faults.add(node, f"{_shown(name)} needs 'filter'; {advice}")


def _action(node: Node, name: str, values: dict[str, Any], frame: Frame, faults: Faults) -> Action:
    given = values.get("action", frame.defaults.get("action"))
    # Without its filter a rule is already reported, and inherited rules bring their action along.
    if given is None and not _has(node, "action") and node.get("filter") is not None:
        legal = ", ".join(action.value for action in Action)
        faults.add(node, f"{_shown(name)} needs 'action'; one of: {legal}")
    return Action(given or "block")


def _check_reply(node: Node, frame: Frame, faults: Faults) -> None:
    reply = node.get("reply")
    if reply is None or reply.kind is not Kind.TEXT or not reply.value.strip():
        return
    known = sorted({REFUSAL, *frame.replies})
    if reply.value not in known:
        faults.add(reply, f"no reply {reply.value!r:.60} under 'replies'; {near(reply.value, known)}")


def _check_labels(node: Node, made: Filter | type[Filter], faults: Faults) -> None:
    known = made.label_names() if isinstance(made, Filter) else made.labels
    labels = node.get("labels")
    if labels is None or not known:
        return
    for item in labels.items:
        if item.kind is Kind.TEXT and item.value.strip() and not reaches(item.value, known):
            owner = next((one.id for one in filters().values() if reaches(item.value, one.labels)), "")
            advice = near(item.value, known, f"guard filters {made.id}")
            if owner not in ("", made.id):
                advice = f"it belongs to the filter {owner!r}"
            elif owner and isinstance(made, Filter):
                advice = f"its options leave that out, see: guard filters {made.id}"
            elif (meant := closest(item.value, made.labels)) and meant not in known:
                advice = f"did you mean {meant!r}? its options leave that out, see: guard filters {made.id}"
            faults.add(item, f"filter {made.id!r} has no label {item.value!r:.60}; {advice}")


def reaches(label: str, known: Iterable[str]) -> bool:
    """Whether a label, or a group of labels, takes in any of the known ones."""
    return any(one == label or one.startswith(label + ".") for one in known)


def _stages(
    node: Node, values: dict[str, Any], frame: Frame, cls: type[Filter] | None, faults: Faults
) -> tuple[Stage, ...]:
    given = tuple(Stage(name) for name in values.get("stages", ()))
    if cls is None:
        return given
    if node.get("stages") is not None:
        _check_stages(node, cls, faults)
        return given
    default = tuple(Stage(name) for name in frame.defaults.get("stages", ()))
    if not default:
        return tuple(cls.stages)
    kept = tuple(stage for stage in default if stage in cls.stages)
    if not kept:
        legal = ", ".join(cls.stages)
        faults.add(node, f"filter {cls.id!r} looks at none of the default stages; give 'stages': {legal}")
    return kept


def _check_stages(node: Node, cls: type[Filter], faults: Faults) -> None:
    stages = node.get("stages")
    for item in stages.items if stages is not None else ():
        if item.kind is Kind.TEXT and item.value in set(Stage) and item.value not in cls.stages:
            legal = ", ".join(cls.stages)
            faults.add(item, f"filter {cls.id!r} does not look at stage {item.value!r}; one of: {legal}")
