"""A policy in plain English, for people who decide on it without writing YAML."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from guard.manual import summary
from guard.policy.inherit import gather
from guard.policy.language import LANGUAGES
from guard.policy.node import DATA, Faults, Node
from guard.policy.promise import is_blocked, names_of, unread
from guard.policy.shipped import shipped_dir
from guard.registry import filters
from guard.text.kind import KINDS, kind_of
from guard.text.placeholder import fields, fill
from guard.types import Action, OnError, Policy, Rule, Stage

WIDTH = 88
MOST_SHOWN = 3
"""Entries of a list option that are named; the rest are counted."""
MOST_TEXT = 60
SAMPLE_HASH = "3f9a0c71d2e4"

_STAGES = {
    Stage.INPUT: "what the user writes",
    Stage.SOURCES: "the retrieved sources",
    Stage.TOOL_RESULT: "what tools give back",
    Stage.OUTPUT: "the model's answer",
    Stage.TOOL_CALL: "the tool calls that the model makes",
}


def describe(policy: Policy) -> str:
    """What the policy does, rule by rule, in lines of at most 88 characters."""
    count, tests = len(policy.rules), len(policy.tests)
    shared = _shared(policy)
    blocks = [_wrap(f"Policy {policy.id!r} {_covers(policy)}has {count} rule{'s' * (count != 1)}.")]
    blocks[0] += "\n" + _wrap(
        "Every rule is asked; of all that find something, the strongest action is taken "
        "(allow, flag, redact, retry, block, from weakest to strongest)."
    )
    blocks[0] += "".join(
        "\n" + _wrap(line) for line in (shared, _uncovered(policy), *_origin(policy)) if line
    )
    blocks += [_rule(policy, number, rule, shared) for number, rule in enumerate(policy.rules, 1)]
    blocks.append(_replies(policy))
    carried = f"It carries {tests or 'no'} test{'s' * (tests != 1)} of its own."
    blocks.append(f"{carried}\nFingerprint: {policy.sha256}")
    return "\n\n".join(blocks)


def _covers(policy: Policy) -> str:
    names = _listed([LANGUAGES[code] for code in policy.languages])
    return f"covers {names} and " if names else ""


def _uncovered(policy: Policy) -> str:
    """What follows for text in a language that a model does not cover."""
    text = "Text in a language that a filter's model does not cover"
    beyond = " and the policy does not promise" if policy.languages else ""
    if policy.other_languages is OnError.ALLOW:
        return f"{text}{beyond} is let through, and reported as not judged."
    return f"{text} counts as not judged."


def _origin(policy: Policy) -> Iterator[str]:
    """Which rules come from the policies that this one extends, and which are switched off."""
    own = policy.path or DATA
    taken: dict[str, list[str]] = {}
    for rule in policy.rules:
        if rule.mark is not None and rule.mark.path != own:
            taken.setdefault(_parent(rule.mark.path), []).append(rule.id)
    for parent, names in taken.items():
        yield f"From {parent}, as they stand there: {', '.join(names)}."
    root = gather(policy.path, Faults()).root if policy.path else None
    rules = root.get("rules") if root is not None else None
    nodes = rules.items if rules is not None else ()
    changed = [
        node.text("id") for node in nodes if node.mark.path == own and _is_on(node) and _inherits(node)
    ]
    if changed:
        yield f"Inherited and changed here: {', '.join(changed)}."
    off = [node.text("id") for node in nodes if not _is_on(node)]
    if off:
        yield f"Switched off: {', '.join(off)}."


def _parent(path: str) -> str:
    name = Path(path)
    return repr(name.stem) if name.resolve().parent == shipped_dir().resolve() else path


def _is_on(rule: Node) -> bool:
    enabled = rule.get("enabled")
    return enabled is None or enabled.value is not False


def _inherits(rule: Node) -> bool:
    return any(key.mark.path != rule.mark.path for key, _ in rule.pairs.values())


def _shared(policy: Policy) -> str:
    """What every rule does about text that it cannot judge, empty where they differ."""
    told = {_on_error(rule) for rule in policy.rules}
    return told.pop().replace("What it", "What a rule") if len(told) == 1 else ""


def _rule(policy: Policy, number: int, rule: Rule, shared: str) -> str:
    head = f"{number}. {rule.id}"
    told = f"{head}: {rule.description}" if rule.description else head
    sentences = [
        f"Looks at {_where(rule)}.",
        f"The filter {rule.filter!r}: {_sentence(summary(filters()[rule.filter]))}",
        *_settings(rule),
        f"{_when(rule)}, {_then(policy, rule)}.",
        *_without(rule),
        *_unread(policy, rule),
        *([] if shared else [_on_error(rule)]),
    ]
    return "\n".join([_wrap(told, "", "   "), *(_wrap(line, "   ") for line in sentences)])


def _where(rule: Rule) -> str:
    everywhere = " (everything)" if set(rule.stages) == set(Stage) else ""
    return _listed([_STAGES[stage] for stage in rule.stages]) + everywhere


def _settings(rule: Rule) -> list[str]:
    told = [f"{_counted(name, value)}: {_setting(value)}" for name, value in rule.options.items()]
    return [f"Set to {'; '.join(told)}."] if told else []


def _counted(name: str, value: Any) -> str:
    """An option's name, with the number of entries if it is a list of things: 1 word, 2 words."""
    if not isinstance(value, list | tuple | Mapping) or not name.endswith("s"):
        return name
    one = name[:-3] + "y" if name.endswith("ies") else name[:-1]
    return f"{len(value)} {one if len(value) == 1 else name}"


def _setting(value: Any) -> str:
    """An option's value in few words; of long lists and texts only the start."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Path):
        return f"the {'folder' if value.is_dir() else 'file'} {value.name}"
    if isinstance(value, Sequence | Mapping) and not isinstance(value, str):
        names = [
            repr(textwrap.shorten(one, MOST_TEXT, placeholder=" …") if isinstance(one, str) else one)
            for one in value
        ]
        shown = ", ".join(names[:MOST_SHOWN])
        return shown if len(names) <= MOST_SHOWN else f"{shown} and {len(names) - MOST_SHOWN} more"
    return textwrap.shorten(str(value), MOST_TEXT, placeholder=" …")


def _sentence(text: str) -> str:
    return text if text.endswith(".") else text + "."


def _when(rule: Rule) -> str:
    what = _listed(rule.labels, "or") if rule.labels else "anything of its kind"
    where = (
        f"In talks in {_listed([LANGUAGES[code] for code in rule.languages], 'or')}, when"
        if rule.languages
        else "When"
    )
    return f"{where} it finds {what} with a score of {rule.threshold:g} or more"


def _then(policy: Policy, rule: Rule) -> str:
    if rule.action is Action.ALLOW:
        return "the text goes on unchanged, and the finding is only noted"
    if rule.marks:
        return (
            f"the sentence of the answer goes on with {_marker(rule)} behind it, and the finding is reported"
        )
    if rule.action is Action.FLAG:
        return "the text goes on unchanged, and the finding is reported to the application"
    if rule.action is Action.REDACT:
        back = ", and stand again in an answer that holds what replaced them" if rule.restore else ""
        what = "the whole sentence is" if rule.widens else "the characters found are"
        return f"{what} replaced ({_mask(policy, rule)}){back}"
    if rule.action is Action.RETRY:
        return _retry(policy, rule)
    return f"nothing goes on, and the user is given the reply {rule.reply!r}"


def _marker(rule: Rule) -> str:
    texts = rule.marker or {}
    return " or ".join(repr(text) for text in texts.values()) if texts else "a built-in remark"


def _mask(policy: Policy, rule: Rule) -> str:
    if not rule.mask:
        return f"by nothing: {'it is' if rule.widens else 'they are'} cut out"
    if len(rule.mask) == 1:
        return f"by one {rule.mask!r} for each character"
    if not fields(rule.mask):
        return f"by {rule.mask!r}"
    label = _sample_label(rule)
    kind = kind_of(label, (rule.languages or policy.languages or ("en",))[0])
    shown = fill(rule.mask, {"label": label, "kind": kind, "number": "1", "hash": SAMPLE_HASH})
    return f"for example by {shown!r}"


def _sample_label(rule: Rule) -> str:
    """A label that the rule can find, one with a plain name of its own if there is any."""
    known = filters()[rule.filter](**rule.options).label_names()
    found = [label for label in known if rule.covers(label)]
    named = [label for label in found if label in KINDS]
    return next(iter([*(one for one in rule.labels if one in found), *named, *found]), rule.filter)


def _retry(policy: Policy, rule: Rule) -> str:
    note = f" and told {rule.note!r}" if rule.note else ""
    if policy.retries == 0:
        return f"nothing goes on, and the user is given the reply {rule.reply!r}"
    times = "once" if policy.retries == 1 else f"up to {policy.retries} times"
    return f"the model is asked again{note}, {times}; then the user is given the reply {rule.reply!r}"


def _without(rule: Rule) -> list[str]:
    needs = sorted(filters()[rule.filter].needs)
    return [f"Without {' and '.join(needs)} it does not apply."] if needs else []


def _unread(policy: Policy, rule: Rule) -> list[str]:
    codes = unread(policy, rule)
    then = "blocked" if is_blocked(policy, rule, codes) else "let through, and reported as not judged"
    return [f"It does not cover {names_of(codes)}: what is written in that is {then}."] if codes else []


def _on_error(rule: Rule) -> str:
    limit = f"{rule.timeout_ms / 1000:g} s"
    if rule.on_error is OnError.BLOCK:
        return f"What it cannot judge within {limit} is blocked."
    return f"What it cannot judge within {limit} is let through, and reported as not judged."


def _replies(policy: Policy) -> str:
    if not policy.replies:
        return "Replies: the built-in refusal, in Chinese and English."
    lines = ["Replies:"]
    for name, texts in policy.replies.items():
        spoken = "one text for all languages" if "" in texts else _listed([LANGUAGES[code] for code in texts])
        lines.append(_wrap(f"- {name}: {spoken}", "", "  "))
    return "\n".join(lines)


def _listed(names: Sequence[str], word: str = "and") -> str:
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {word} {names[-1]}"


def _wrap(text: str, first: str = "", rest: str | None = None) -> str:
    follow = first if rest is None else rest
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=follow,
        break_long_words=False,
        break_on_hyphens=False,
    )
