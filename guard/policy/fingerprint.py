"""The hash of a policy as it applies."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from guard.types import Extent, Policy, Rule


def fingerprint(policy: Policy) -> str:
    """SHA-256, in hexadecimal, of what decides: rules, replies, languages and retries.

    It is taken of canonical JSON (sorted keys, no white space, ASCII) after `extends` and with
    defaults filled in. A file that an option names counts by its content, not by its name; a folder by its
    own name.
    Descriptions, tests, comments and layout do not count.
    """
    data = {
        "id": policy.id,
        "languages": list(policy.languages),
        "other_languages": policy.other_languages.value,
        "replies": {name: dict(texts) for name, texts in policy.replies.items()},
        "retries": policy.retries,
        "rules": [_rule(rule) for rule in policy.rules],
    }
    canonical = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "filter": rule.filter,
        "stages": [stage.value for stage in rule.stages],
        "labels": list(rule.labels),
        "languages": list(rule.languages),
        "threshold": rule.threshold,
        "action": rule.action.value,
        "on_error": rule.on_error.value,
        "timeout_ms": rule.timeout_ms,
        "options": _content(rule.options),
        "mask": rule.mask,
        "restore": rule.restore,
        "reply": rule.reply,
        "note": rule.note,
        **_on_sentences(rule),
    }


def _on_sentences(rule: Rule) -> dict[str, Any]:
    """What a rule does to whole sentences, left out where it does nothing so that older hashes stay."""
    told: dict[str, Any] = {}
    if rule.extent is not Extent.FINDING:
        told["extent"] = rule.extent.value
    if rule.marker is not None:
        told["marker"] = dict(rule.marker)
    return told


def _content(value: Any) -> Any:
    if isinstance(value, Path) and value.is_dir():
        return {"folder": value.name}
    if isinstance(value, Path):
        with value.open("rb") as file:
            return {"sha256": hashlib.file_digest(file, "sha256").hexdigest()}
    if isinstance(value, dict):
        return {name: _content(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_content(inner) for inner in value]
    return value
