"""How a text is written where a number, or true or false, is due."""

from __future__ import annotations

import math

from guard.policy.node import Kind, Node


def flag_remedy(node: Node) -> str:
    """How a text is written where true or false is due; empty where that is not known."""
    if not node.written and node.value.lower() in _FLAG_WORDS:
        return "; remove the quotes"
    meant = _FLAG_SIGNS.get(node.value.strip())
    return f"; write {meant}" if meant else ""


_FLAG_WORDS = ("true", "false", "yes", "no", "on", "off")
_FLAG_SIGNS = {
    "是": "true", "对": "true", "真": "true", "开": "true", "开启": "true", "启用": "true",
    "否": "false", "不": "false", "假": "false", "关": "false", "关闭": "false", "停用": "false",
}  # fmt: skip


def with_point(node: Node) -> str:
    """The remedy for a text that is no number: a decimal comma or a word such as high."""
    if node.kind is not Kind.TEXT:
        return ""
    found = number(node.value.translate(_POINTS))
    write = f"{found:g}" if found is not None and 0 <= found <= 1 else "a number such as 0.8"
    return f", not {node.value!r:.20}; write {write}"


_POINTS = dict.fromkeys(map(ord, ",，．。·"), ".")


def number(text: str) -> float | None:
    """The finite number that a text is, `None` if it is none."""
    try:
        found = float(text)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def number_remedy(node: Node) -> str:
    """How a text is written where a number is due; empty where it is none."""
    return unquote(node).removeprefix(", not a text")


def unquote(node: Node) -> str:
    """The remedy for a number that YAML took for a text."""
    found = number(node.value) if node.kind is Kind.TEXT else None
    if found is None:
        return ""
    if node.written:
        return f"; YAML reads {node.written} as a text: write {found:f}".rstrip("0").rstrip(".")
    return ", not a text; remove the quotes"
