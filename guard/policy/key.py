"""Every key that a policy may hold, with its shape and what it is for.

The validator, the JSON Schema and the messages are made from these tables.
"""

from __future__ import annotations

from collections.abc import Iterable

from guard.policy.node import Kind
from guard.policy.shape import (
    Choice,
    Code,
    Either,
    Flag,
    Key,
    Listing,
    Name,
    Own,
    Record,
    Share,
    Table,
    Template,
    Text,
    whole,
)
from guard.registry import filters
from guard.types import Action, Extent, OnError, Stage

LONGEST_TIMEOUT_MS = 600_000


def _filters() -> Iterable[str]:
    return filters()


def _stages() -> Iterable[str]:
    return [stage.value for stage in Stage]


def _actions() -> Iterable[str]:
    return [action.value for action in Action]


def _extents() -> Iterable[str]:
    return [extent.value for extent in Extent]


def _on_errors() -> Iterable[str]:
    return [choice.value for choice in OnError]


NAME = Text("a text of one line", one_line=True)
STAGE = Choice("a stage", "stage", _stages)
STAGES = Listing("a list of stages", STAGE, "[input, output]")
ACTION = Choice("an action", "action", _actions)
ON_ERROR = Choice("block or allow", "on_error", _on_errors)
TIMEOUT = whole(1, LONGEST_TIMEOUT_MS, "milliseconds")

THRESHOLD_TEXT = "The score from which a finding counts, from 0 (everything) to 1 (only what is certain)."
ON_ERROR_TEXT = "What to do with text that could not be judged: block (the safe way) or allow."
TIMEOUT_TEXT = "How long the filter may take, in milliseconds; after that the text counts as not judged."
STAGES_TEXT = "Where the rule looks: " + ", ".join(_stages()) + ". Left out: everywhere the filter can."
ACTION_TEXT = "What follows, from weakest to strongest: " + ", ".join(_actions()) + "."

DEFAULTS = Record(
    "a mapping",
    "defaults",
    (
        Key("on_error", ON_ERROR, ON_ERROR_TEXT),
        Key("timeout_ms", TIMEOUT, TIMEOUT_TEXT),
        Key("threshold", Share(), THRESHOLD_TEXT),
        Key("stages", STAGES, STAGES_TEXT),
        Key("action", ACTION, ACTION_TEXT),
    ),
)

REPLY = Either(
    "a text, or a mapping of language to text",
    Text(),
    Table("a mapping of language to text", Code(), Text()),
)

MARKER = Either(
    "true, a text, or a mapping of language to text",
    Text(one_line=True),
    Table("a mapping of language to text", Code(), Text(one_line=True)),
    switch=True,
)

RULE = Record(
    "a mapping with id, filter and action",
    "a rule",
    (
        Key(
            "id", Name(), "The rule's own name; an inherited rule of the same name is changed.", required=True
        ),
        Key(
            "filter",
            Choice("a filter's name", "filter", _filters, "guard filters"),
            "What looks at the text.",
        ),
        Key("stages", STAGES, STAGES_TEXT),
        Key(
            "labels",
            Listing("a list of labels", Text(), "[pii.email]"),
            "Which kinds of finding count, each exact (pii.email) or a group (pii). Left out: all.",
        ),
        Key(
            "languages",
            Listing("a list of language codes", Code(), "[zh, en]"),
            "Languages of the talk that the rule is meant for, as ISO 639-1 codes. Left out: all.",
        ),
        Key("threshold", Share(), THRESHOLD_TEXT),
        Key("action", ACTION, ACTION_TEXT),
        Key("on_error", ON_ERROR, ON_ERROR_TEXT),
        Key("timeout_ms", TIMEOUT, TIMEOUT_TEXT),
        Key("options", Own("a mapping of options"), "Options of the filter."),
        Key(
            "mask",
            Template(empty=True),
            "What redacted characters become. {label} stands for the kind of finding, {kind} for its plain "
            "name in the language of the talk, {number} for 1, 2, … (the same for the same value), {hash} "
            "for a keyed hash of the value; a single character is repeated for each one hidden. Left out: "
            "[{label}], with restore [{kind}_{number}].",
        ),
        Key(
            "restore",
            Flag(),
            "true puts what was hidden before the call back where the answer holds its mask.",
        ),
        Key(
            "extent",
            Choice("an extent", "extent", _extents),
            "How much a redaction takes: finding (the characters found) or sentence (all of the sentence, "
            "of which nothing is left unless 'mask' says so; lists and paragraphs close up behind it). Left "
            "out: finding.",
        ),
        Key(
            "marker",
            MARKER,
            "What a rule that flags puts behind each sentence of the answer that it found, by language; true "
            "for the built-in words. Left out: nothing.",
        ),
        Key("reply", NAME, "Which of the policy's replies is given on a block."),
        Key(
            "note",
            Text(),
            "What the model is told when it is asked again (action retry). Statements that sources do not "
            "bear out are quoted below it.",
        ),
        Key("description", Text(), "What the rule is for, for people."),
        Key("enabled", Flag(), "false switches the rule off, an inherited one too."),
    ),
)

EXPECT = Record(
    "an action, or a mapping with action, labels, rules or text",
    "expect",
    (
        Key("action", ACTION, "The action that the policy must take."),
        Key(
            "labels",
            Listing("a list of labels", Text(), "[pii.email]"),
            "Kinds of finding that must be found; others may be found too.",
        ),
        Key(
            "rules",
            Listing("a list of rule ids", Text(), "[contact-details]"),
            "Rules that must find something; others may too.",
        ),
        Key("text", Text(empty=True), "The text that must go on: redacted, or the refusal."),
    ),
)

SOURCE = Record(
    "a text, or a mapping with text",
    "a source",
    (
        Key("text", Text(), "The document.", required=True),
        Key("id", NAME, "Its id."),
        Key("title", NAME, "Its title."),
        Key("url", NAME, "Where it is from."),
    ),
)

MESSAGE = Record(
    "a mapping with role and content",
    "a message",
    (
        Key(
            "role",
            Choice("a role", "role", lambda: ("system", "developer", "user", "assistant", "tool")),
            "Who speaks.",
            required=True,
        ),
        Key("content", Text(empty=True), "What is said.", required=True),
    ),
)

TEST = Record(
    "a mapping with a text to judge and expect",
    "a test",
    (
        Key("description", Text(), "What the example shows, for people."),
        Key("input", Text(), "What the user says."),
        Key(
            "messages",
            Listing("a list of messages", MESSAGE),
            "A longer talk, instead of input.",
        ),
        Key(
            "sources",
            Listing("a list of texts", Either(SOURCE.words, Text(), SOURCE), "[text of the source]"),
            "Documents that the answer stands on.",
        ),
        Key(
            "samples",
            Listing("a list of texts", Text(), "[another answer, a third answer]"),
            "Other answers to the same prompt, beside output; nothing is asked of a model.",
        ),
        Key("tool_result", Text(), "What a tool gave back."),
        Key("output", Text(), "What the model answers; if given, the answer is judged."),
        Key("reasoning", Text(), "What the model thinks before it answers."),
        Key("tool_call", Text(), "The arguments of a tool call that the model makes."),
        Key("stage", STAGE, "Which stage is judged, where it does not follow from what is given."),
        Key(
            "expect",
            Either(EXPECT.words, ACTION, EXPECT),
            "What the policy must make of it: an action, or action, labels, rules and text.",
            required=True,
        ),
    ),
)

POLICY = Record(
    "a mapping of keys such as 'id' and 'rules'",
    "a policy",
    (
        Key("version", whole(1, 1), "The version of this format: 1."),
        Key("id", Name(), "The policy's name in decisions and reports. Left out: the file's name."),
        Key("description", Text(), "What the policy is for, for people."),
        Key(
            "languages",
            Listing("a list of language codes", Code(), "[zh, en]"),
            "Languages that the policy promises to cover, as ISO 639-1 codes.",
        ),
        Key(
            "other_languages",
            ON_ERROR,
            "What to do with text in a language that a filter's model does not cover and that 'languages' "
            "does not promise: block (the safe way, unless the rule's on_error allows) or allow.",
        ),
        Key(
            "extends",
            Listing("a policy's file or name, or a list of them", NAME, single=True),
            "Policies that this one starts from: a file beside this one, or a shipped name such as "
            "default. Of several, later ones override earlier ones; this file overrides all.",
        ),
        Key(
            "defaults", DEFAULTS, "What applies to every rule, inherited ones too, that does not say itself."
        ),
        Key(
            "replies",
            Table("a mapping of name to texts", NAME, REPLY, empty=True),
            "Texts given instead of an answer, by name and language; 'refusal' is the usual one.",
        ),
        Key("retries", whole(0, 5), "How often a model may be asked again before the answer is blocked."),
        Key("rules", Own("a list of rules", Kind.LIST), "The rules; all are asked, the strongest wins."),
        Key("tests", Own("a list of tests", Kind.LIST), "Examples that the policy must satisfy."),
    ),
)
