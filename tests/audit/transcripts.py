"""Policies and transcripts that the audit's tests share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

IDENTITY = "11010519491231002X"
MOBILE = "13800138000"
MAIL = "jo.smith@example.com"
KEY = "AKIA" + "IOSFODNN7EXAMPLE"
CARD = "4111111111111111"
PLANTED = (IDENTITY, MOBILE, MAIL, KEY, CARD)

EVERYWHERE = ["input", "sources", "tool_result", "output", "tool_call"]

POLICY: dict[str, Any] = {
    "version": 1,
    "id": "test",
    "languages": ["zh", "en"],
    "rules": [
        {
            "id": "numbers",
            "description": "Hides <numbers>.",
            "filter": "pii",
            "stages": EVERYWHERE,
            "labels": ["pii.cn_resident_id", "pii.phone"],
            "action": "redact",
        },
        {"id": "keys", "filter": "secret", "stages": ["input"], "action": "redact"},
        {
            "id": "words",
            "filter": "regex",
            "stages": ["input", "output"],
            "action": "block",
            "options": {"patterns": ["forbidden"]},
        },
        {
            "id": "long",
            "filter": "length",
            "stages": ["output"],
            "action": "flag",
            "options": {"max_chars": 200},
        },
    ],
}

LONG = f"A long answer that names {MAIL} and {CARD} and goes on and on. " + "And on. " * 40

RECORDS: list[dict[str, Any]] = [
    {"id": "clean", "time": "2026-03-02T08:00:00+08:00", "prompt": "你好", "response": "您好，请讲。"},
    {
        "id": f"user-{MOBILE}",
        "time": 1773014400,
        "prompt": f"身份证{IDENTITY}手机{MOBILE}，邮箱{MAIL}",
        "response": "好",
    },
    {
        "id": "key",
        "time": 1773014400000,
        "prompt": f"my key {KEY} and card {CARD} fail",
        "response": f"Replace {KEY}.",
    },
    {"id": "word", "prompt": f"a forbidden thing, write to {MAIL}", "response": "No."},
    {"id": "long", "time": "2026-03-10", "prompt": "tell me", "response": LONG},
    {
        "id": "tool",
        "messages": [
            {"role": "system", "content": f"ops {MAIL}"},
            {"role": "user", "content": "book"},
            {"role": "tool", "content": json.dumps({"phone": MOBILE})},
            {"role": "assistant", "content": None, "tool_calls": [
                {"id": "1", "function": {"name": "book", "arguments": json.dumps({"id": IDENTITY})}}]},
        ],
    },
]  # fmt: skip


def write(path: Path, *lines: Any) -> Path:
    """JSON lines; a line given as bytes is written as it is."""
    raw = [
        line if isinstance(line, bytes) else json.dumps(line, ensure_ascii=False).encode() for line in lines
    ]
    path.write_bytes(b"\n".join(raw) + b"\n")
    return path
