"""Advice on a policy that loads but may not do what its author means.

Each check is a generator of warnings with a remedy. Rules that are inherited unchanged are their own
file's business and get no advice here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from guard.engine import FALLBACK_REFUSALS
from guard.errors import Fault
from guard.policy.exercise import is_exercised
from guard.policy.inherit import gather
from guard.policy.load import load
from guard.policy.node import DATA, Faults, Kind, Node
from guard.policy.promise import is_blocked, names_of, unread
from guard.policy.punctuation import apart, bare
from guard.policy.rule import REFUSAL
from guard.registry import filters, options_of
from guard.text.lexicon import read
from guard.types import BEFORE_CALL, Action, Extent, Mark, OnError, Policy, Rule

DEFAULT_MASK = "[{label}]"

LEAST_TO_ANSWER_MS = 5000
"""In less time than this, few models answer."""
ENOUGH_TO_ANSWER_MS = 30_000

NAMES = frozenset((
    "id", "extends", "languages", "other_languages", "filter", "stages", "labels", "action", "on_error",
    "extent", "reply", "stage", "role", "expect",
))  # fmt: skip
"""Keys whose values are names, so that a comment behind one is just that."""

MOST_WORDS = 5
"""Entries of one word list that get advice; what is wrong with more is likely the same."""


def lint(policy: Policy | str | Path | Mapping[str, Any]) -> list[Fault]:
    """Warnings in file order, none if all is well; raises `PolicyError` for what cannot be loaded."""
    if not isinstance(policy, Policy):
        policy = load(policy)
    page = _Page(policy)
    found = [warning for check in _CHECKS for warning in check(page)]
    return sorted(dict.fromkeys(found), key=lambda one: (one.path, one.line, one.column))


class _Page:
    """A policy with the file that it stands in, so that advice can point at keys."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.root = gather(policy.path, Faults()).root if policy.path else None
        self.rules = [rule for rule in policy.rules if self._is_own(rule)]

    def _is_own(self, rule: Rule) -> bool:
        return rule.mark is None or rule.mark.path == (self.policy.path or DATA)

    def warn(self, message: str, *keys: str) -> Fault:
        """Advice at a key, or at the nearest one above it that stands in this file."""
        mark = Mark(self.policy.path or DATA, 1, 1)
        node: Node | None = self.root
        for key in keys:
            pair = node.pairs.get(key) if node is not None else None
            if pair is None or pair[0].mark.path != self.policy.path:
                break
            mark, node = pair[0].mark, pair[1]
        return Fault.at(mark, message)

    def warn_rule(self, rule: Rule, message: str, *keys: str) -> Fault:
        """Advice at a rule, or at the first of these keys that it has."""
        at = rule.mark or Mark(self.policy.path or DATA, 1, 1)
        node = self.node(rule)
        if node is not None:
            at = next((node.pairs[key][0].mark for key in keys if key in node.pairs), at)
        return Fault.at(at, f"rule {rule.id!r} {message}")

    def warn_item(self, rule: Rule, option: str, index: int, message: str) -> Iterator[Fault]:
        """Advice at an item of a list option, none where the list is inherited."""
        node: Node | None = self.node(rule)
        for key in ("options", option):
            node = node.get(key) if node is not None else None
        mark = node.items[index].mark if node is not None else rule.mark or Mark(DATA, 1, 1)
        if mark.path == (self.policy.path or DATA):
            yield Fault.at(mark, f"rule {rule.id!r}: {message}")

    def node(self, rule: Rule) -> Node | None:
        """The rule as it stands in the file, with what it inherits."""
        nodes = self.root.get("rules") if self.root is not None else None
        return next((one for one in nodes.items if one.text("id") == rule.id), None) if nodes else None

    def stands(self, *keys: str) -> bool:
        """Whether a key was written in this file rather than inherited."""
        node: Node | None = self.root
        for key in keys:
            pair = node.pairs.get(key) if node is not None else None
            if pair is None or pair[0].mark.path != self.policy.path:
                return False
            node = pair[1]
        return node is not None


def _unversioned(page: _Page) -> Iterator[Fault]:
    if page.root is not None and not page.stands("version"):
        yield page.warn("no format version; begin the file with 'version: 1'")


def _untested(page: _Page) -> Iterator[Fault]:
    tests = page.policy.tests
    if not tests:
        if page.rules:
            yield page.warn(
                "this policy has no tests; add 'tests' with an example that each rule must catch "
                "and one that must pass"
            )
        return
    if not any(test.action is Action.ALLOW for test in tests):
        yield page.warn("no test says what must pass; add an innocent example with 'expect: allow'", "tests")
    for rule in page.rules:
        if not is_exercised(rule, page.policy):
            yield page.warn_rule(rule, f"is in no test; add one with 'expect: {{rules: [{rule.id}]}}'", "id")


def _repeated(page: _Page) -> Iterator[Fault]:
    rules = page.policy.rules
    for number, rule in enumerate(rules):
        for other_number, other in enumerate(rules):
            if rule in page.rules and _is_idle(rule, other, later=number > other_number):
                yield page.warn_rule(
                    rule,
                    f"changes nothing: rule {other.id!r} finds the same and does as much; remove one, "
                    "or give them different stages, labels or actions",
                )
                break


def _is_idle(rule: Rule, other: Rule, *, later: bool) -> bool:
    """Whether whatever `rule` does, `other` does anyway; of two equals the later one is idle."""
    if rule is other or rule.filter != other.filter or rule.options != other.options:
        return False
    if rule.on_error is OnError.BLOCK and other.on_error is OnError.ALLOW:
        return False
    stronger = other.action > rule.action or (other.action is rule.action and later)
    wider = not other.labels or (rule.labels and all(other.covers(label) for label in rule.labels))
    speaks = not other.languages or (rule.languages and set(rule.languages) <= set(other.languages))
    return bool(
        stronger
        and wider
        and speaks
        and set(rule.stages) <= set(other.stages)
        and other.threshold <= rule.threshold
    )


def _unspoken(page: _Page) -> Iterator[Fault]:
    """Replies that lack a language which the policy promises."""
    used = {rule.reply for rule in page.policy.rules if _may_block(rule)}
    for name in sorted(used):
        texts = page.policy.replies.get(name)
        if texts is None or "" not in texts:
            has = texts if texts is not None else FALLBACK_REFUSALS
            missing = [code for code in page.policy.languages if code not in has]
            if missing:
                yield _missing_reply(page, name, missing, built_in=texts is None)


def _missing_reply(page: _Page, name: str, missing: Sequence[str], *, built_in: bool) -> Fault:
    codes = ", ".join(missing)
    if built_in:
        message = f"the built-in refusal does not speak {codes}, which 'languages' promises; word your own"
        return page.warn(f"{message} under 'replies'", "languages")
    message = f"reply {name!r} has no text in {codes}, which 'languages' promises; add it"
    return page.warn(message, "replies", name)


def _may_block(rule: Rule) -> bool:
    return rule.action in (Action.BLOCK, Action.RETRY) or rule.on_error is OnError.BLOCK


def _unread(page: _Page) -> Iterator[Fault]:
    """Languages promised here, or named by an own rule, that the rule's filter does not cover."""
    for rule in page.policy.rules:
        is_own = rule in page.rules
        asked = is_own or (page.stands("languages") and not rule.languages)
        codes = unread(page.policy, rule) if asked else []
        if codes and is_own:
            yield page.warn_rule(rule, _not_covered(page.policy, rule, codes), "languages", "filter")
        elif codes:
            yield page.warn(f"rule {rule.id!r} {_not_covered(page.policy, rule, codes)}", "languages")


def _not_covered(policy: Policy, rule: Rule, codes: Sequence[str]) -> str:
    blocked = is_blocked(policy, rule, codes)
    then = "blocked ('on_error: block')" if blocked else "let through, reported as not judged"
    remedy = f"take {', '.join(codes)} out of 'languages'"
    if blocked:
        allow = "" if policy.other_languages is OnError.ALLOW else " and write 'other_languages: allow'"
        remedy += f"{allow}, and it is let through"
    if any(spec.name == "covers" for spec in options_of(filters()[rule.filter])):
        remedy += ", or name a 'model' that covers it"
    return (
        f"is promised to judge {names_of(codes)}, but its filter {rule.filter!r} does not cover that: such "
        f"text is {then}; {remedy}"
    )


def _unused_reply(page: _Page) -> Iterator[Fault]:
    used = {rule.reply for rule in page.policy.rules}
    for name in page.policy.replies:
        if name not in used and name != REFUSAL and page.stands("replies", name):
            yield page.warn(
                f"no rule gives reply {name!r}; name it in a rule's 'reply', or remove it", "replies", name
            )


def _without_effect(page: _Page) -> Iterator[Fault]:
    """Keys that the rule's action never uses."""
    for rule in page.rules:
        if rule.reply != REFUSAL and not _may_block(rule):
            yield page.warn_rule(rule, "never blocks, so its 'reply' is never given; remove it", "reply")
        if rule.restore and rule.action is not Action.REDACT:
            yield page.warn_rule(rule, "does not redact, so it restores nothing; remove 'restore'", "restore")
        elif rule.extent is Extent.SENTENCE and rule.action is not Action.REDACT:
            yield page.warn_rule(rule, "does not redact, so its 'extent' says nothing; remove it", "extent")
        elif rule.mask != DEFAULT_MASK and rule.action is not Action.REDACT:
            yield page.warn_rule(rule, "does not redact, so its 'mask' is never used; remove it", "mask")
        if rule.marker is not None and rule.action is not Action.FLAG:
            yield page.warn_rule(rule, "does not flag, so its 'marker' is never put; remove it", "marker")
        if rule.note and rule.action is not Action.RETRY:
            yield page.warn_rule(rule, "does not retry, so its 'note' is never told; remove it", "note")
        if rule.action is Action.ALLOW:
            yield page.warn_rule(
                rule, "allows what it finds; use 'action: flag' if it should be noticed", "action"
            )


def _retries(page: _Page) -> Iterator[Fault]:
    for rule in page.rules:
        if rule.action is not Action.RETRY:
            continue
        early = [stage.value for stage in rule.stages if stage in BEFORE_CALL]
        if early:
            yield page.warn_rule(
                rule,
                f"retries at {', '.join(early)}, where asking the model again changes nothing, so it blocks "
                "there; write 'action: block', or 'stages: [output]'",
                "stages",
            )
        if page.policy.retries == 0:
            yield page.warn_rule(rule, "retries, but 'retries' is 0, so it blocks at once", "action")


def _needs(page: _Page) -> Iterator[Fault]:
    """Filters that compare an answer with something, asked before there is an answer."""
    for rule in page.rules:
        needs = filters()[rule.filter].needs
        early = [stage.value for stage in rule.stages if stage in BEFORE_CALL]
        if needs and early:
            yield page.warn_rule(
                rule,
                f"compares an answer with {' and '.join(sorted(needs))}, but looks at {', '.join(early)}; "
                "use 'stages: [output]'",
                "stages",
            )


def _hurried(page: _Page) -> Iterator[Fault]:
    """Rules that give a model too little time to answer."""
    for rule in page.rules:
        made = filters()[rule.filter](**rule.options)
        patience = max(other.timeout_ms for other in page.policy.rules if _shares_scan(rule, other))
        if made.asks() and patience < LEAST_TO_ANSWER_MS:
            yield page.warn_rule(
                rule,
                f"waits for a model's answer, but only for {patience} ms, in which few models answer, so "
                f"that 'on_error' will often decide; write 'timeout_ms: {ENOUGH_TO_ANSWER_MS}'",
                "timeout_ms",
                "options",
            )
        wanted = made.sampling()
        if "samples" in made.needs and wanted.count and wanted.budget_ms < LEAST_TO_ANSWER_MS:
            yield page.warn_rule(
                rule,
                f"gives other answers {wanted.budget_ms} ms, in which few models answer, so that 'on_error' "
                "will often decide; write 'budget_ms: 20000' among its options ('timeout_ms' is only for "
                "comparing them)",
                "options",
            )


def _shares_scan(rule: Rule, other: Rule) -> bool:
    """Whether two rules wait for the same scan, as long as the more patient one does."""
    return rule.filter == other.filter and rule.options == other.options


def _zero_threshold(page: _Page) -> Iterator[Fault]:
    for rule in page.rules:
        if rule.threshold == 0:
            yield page.warn_rule(
                rule,
                "has threshold 0, so that even what its filter thinks harmless counts; try 0.5",
                "threshold",
            )


def _punctuated(page: _Page) -> Iterator[Fault]:
    """Words that hold the marks between or around them."""
    for rule in page.rules:
        for option in ("words", "allow") if rule.filter == "keyword" else ():
            for index, word in enumerate(rule.options.get(option, ())):
                message = misread_word(word, "separate words with the half-width comma ',', or ")
                if message:
                    yield from page.warn_item(rule, option, index, message)
        yield from _punctuated_file(page, rule)


def _punctuated_file(page: _Page, rule: Rule) -> Iterator[Fault]:
    file = rule.options.get("file")
    if rule.filter != "keyword" or file is None:
        return
    told = ((entry.line, misread_word(entry.word)) for entry in read(file).entries)
    wrong = [(line, message) for line, message in told if message]
    for line, message in wrong[:MOST_WORDS]:
        yield page.warn_rule(rule, f"reads entry {line} of {file.name}: {message}", "options")


def misread_word(word: str, how: str = "") -> str:
    """Advice on a word of a list that holds marks which were meant to stand around it; empty if none."""
    if len(apart(word)) > 1:
        return f"{word!r:.60} is one word; {how}put each on a line of its own"
    plain = bare(word)
    return f"{word!r:.60} is looked for with its marks; write {plain}" if plain not in ("", word) else ""


def _commented(page: _Page) -> Iterator[Fault]:
    """Texts that a `#` cuts short."""
    if page.root is not None:
        yield from (told for told in _comments(page.root) if told.path == page.policy.path)


def _comments(node: Node) -> Iterator[Fault]:
    if node.comment is not None:
        yield node.comment
    for item in node.items:
        yield from _comments(item)
    for name, (_, value) in node.pairs.items():
        if name not in NAMES or value.kind is Kind.MAPPING:
            yield from _comments(value)


def _undescribed(page: _Page) -> Iterator[Fault]:
    """Inherited rules that were made to do something else, and no longer say what."""
    for rule in page.rules:
        node = page.node(rule)
        inherits = node is not None and any(key.mark.path != node.mark.path for key, _ in node.pairs.values())
        if inherits and not rule.description:
            yield page.warn_rule(
                rule,
                "changes an inherited rule, whose description no longer holds; write a 'description', which "
                "reports show",
                "id",
            )


_CHECKS = (
    _unversioned,
    _untested,
    _repeated,
    _unspoken,
    _unread,
    _unused_reply,
    _without_effect,
    _retries,
    _needs,
    _hurried,
    _zero_threshold,
    _punctuated,
    _commented,
    _undescribed,
)
