"""A policy in plain English, for people who decide on it without writing YAML."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from guard.manual import summary
from guard.policy.language import LANGUAGES
from guard.registry import filters
from guard.text.placeholder import fill
from guard.types import Action, OnError, Policy, Rule, Stage

WIDTH = 88
MOST_SHOWN = 3
"""Entries of a list option that are named; the rest are counted."""
MOST_TEXT = 60

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
    blocks[0] += "\n" + _wrap(shared) if shared else ""
    blocks += [_rule(policy, number, rule, shared) for number, rule in enumerate(policy.rules, 1)]
    blocks.append(_replies(policy))
    carried = f"It carries {tests or 'no'} test{'s' * (tests != 1)} of its own."
    blocks.append(f"{carried}\nFingerprint: {policy.sha256}")
    return "\n\n".join(blocks)


def _covers(policy: Policy) -> str:
    names = _listed([LANGUAGES[code] for code in policy.languages])
    return f"covers {names} and " if names else ""


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
        *([] if shared else [_on_error(rule)]),
    ]
    return "\n".join([_wrap(told, "", "   "), *(_wrap(line, "   ") for line in sentences)])


def _where(rule: Rule) -> str:
    everywhere = " (everything)" if set(rule.stages) == set(Stage) else ""
    return _listed([_STAGES[stage] for stage in rule.stages]) + everywhere


def _settings(rule: Rule) -> list[str]:
    told = [f"{name}: {_setting(value)}" for name, value in rule.options.items()]
    return [f"Set to {'; '.join(told)}."] if told else []


def _setting(value: Any) -> str:
    """An option's value in few words; long lists and texts only by their size or start."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Path):
        return f"the file {value.name}"
    if isinstance(value, Sequence | Mapping) and not isinstance(value, str):
        names = [one if isinstance(one, str) else repr(one) for one in value]
        shown = ", ".join(names[:MOST_SHOWN])
        return shown if len(names) <= MOST_SHOWN else f"{shown} and {len(names) - MOST_SHOWN} more"
    return textwrap.shorten(str(value), MOST_TEXT, placeholder=" …")


def _sentence(text: str) -> str:
    return text if text.endswith(".") else text + "."


def _when(rule: Rule) -> str:
    what = _listed(rule.labels, "or") if rule.labels else "anything of its kind"
    where = f"In talks in {_listed(rule.languages, 'or')}, when" if rule.languages else "When"
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
        return f"{what} replaced ({_mask(rule)}){back}"
    if rule.action is Action.RETRY:
        return _retry(policy, rule)
    return f"nothing goes on, and the user is given the reply {rule.reply!r}"


def _marker(rule: Rule) -> str:
    texts = rule.marker or {}
    return " or ".join(repr(text) for text in texts.values()) if texts else "a built-in remark"


def _mask(rule: Rule) -> str:
    if not rule.mask:
        return f"by nothing: {'it is' if rule.widens else 'they are'} cut out"
    if len(rule.mask) == 1:
        return f"by one {rule.mask!r} for each character"
    label = rule.labels[0] if len(rule.labels) == 1 else "kind of finding"
    shown = fill(rule.mask, {"label": label, "kind": "KIND", "number": "1", "hash": "hash"})
    return f"by {shown!r}"


def _retry(policy: Policy, rule: Rule) -> str:
    note = f" and told {rule.note!r}" if rule.note else ""
    if policy.retries == 0:
        return f"nothing goes on, and the user is given the reply {rule.reply!r}"
    times = "once" if policy.retries == 1 else f"up to {policy.retries} times"
    return f"the model is asked again{note}, {times}; then the user is given the reply {rule.reply!r}"


def _without(rule: Rule) -> list[str]:
    needs = sorted(filters()[rule.filter].needs)
    return [f"Without {' and '.join(needs)} it does not apply."] if needs else []


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
