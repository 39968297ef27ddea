"""A judge for tests that reads the data it is sent and answers by rule, as a well-behaved model would."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from guard.types import Message

Item = Mapping[str, Any]
Rule = Callable[[Item, Sequence[Item]], Item]


def data_of(text: str) -> dict[str, list[Item]]:
    """The sources and claims in the text of a user message."""
    found = re.findall(r"^<data>\n(.*?)\n</data>$", text, re.DOTALL | re.MULTILINE)
    assert len(found) == 1
    loaded: dict[str, list[Item]] = json.loads(found[0])
    return loaded


def by_numbers(claim: Item, sources: Sequence[Item]) -> Item:
    """Supported where a source holds all numbers of the claim, contradicted where it begins alike."""
    said = re.findall(r"\d+", claim["text"])
    for source in sources:
        if said and all(number in re.findall(r"\d+", source["text"]) for number in said):
            return {"verdict": "supported", "source": source["id"], "quote": ""}
    for source in sources:
        if claim["text"][:5] in source["text"]:
            return {"verdict": "contradicted", "source": source["id"], "quote": "".join(said[:1])}
    return {"verdict": "not_in_source", "source": "", "quote": ""}


def all_supported(claim: Item, sources: Sequence[Item]) -> Item:
    """Supported whatever the claim, as a source may have told a model to answer."""
    return {"verdict": "supported", "source": sources[0]["id"], "quote": ""}


def answer(text: str, rule: Rule = by_numbers) -> str:
    """The judge's answer to the text of a user message."""
    data = data_of(text)
    return json.dumps(
        [{"claim": claim["claim"], **rule(claim, data["sources"])} for claim in data["claims"]],
        ensure_ascii=False,
    )


class ScriptedJudge:
    """A judge as a plain call; remembers what it was sent. `edit` changes its answer on the way back."""

    def __init__(self, rule: Rule = by_numbers, edit: Callable[[str], Any] = str) -> None:
        self.rule, self.edit = rule, edit
        self.asked: list[Sequence[Message]] = []

    def __call__(self, messages: Sequence[Message]) -> Any:
        self.asked.append(messages)
        return self.edit(answer(messages[-1].text, self.rule))
