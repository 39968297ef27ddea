"""Takes whole sentences out of a text so that what is left reads as if they had never stood there.

A bullet stays while anything of its line does; of the white space on both sides the one that separates more
is kept; and a quotation, bracket or bold stretch of which only one end stood in the sentence keeps that end.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

Span = tuple[int, int]

_BULLET = r"(?:[-*+•·–—]|\(?\d{1,3}[.)]|[（(]\d{1,3}[）)]|\d{1,3}、|[①-⑳])(?:[ \t]+|(?<=[、）①-⑳•·]))"
_LEAD = re.compile(rf"(?:>[ \t]*)*(?:{_BULLET})?(?:\[[ xX]\][ \t]+)?(?:#{{1,6}}[ \t]+)?")
_ENDS = re.compile(r"\*\*|[“”「」『』《》（）()]")
_PAIRS = dict(zip("“「『《（(", "”」』》）)", strict=True))
_BOLD = "**"
_FENCES = ("```", "~~~")


def lead(sentence: str) -> str:
    """The bullet, number or quote mark that a line begins with, with the space behind it.

    >>> lead("- It rose."), lead("> 2. It fell."), lead("3.5 dollars")
    ('- ', '> 2. ', '')
    """
    return _LEAD.match(sentence)[0]  # type: ignore[index]


def body(sentence: str) -> Span:
    """Start and end of what a sentence says: without its bullet, a table row's bars, and lone ends of pairs.

    >>> text = "- 他说：甲。”"
    >>> text[slice(*body(text))]
    '他说：甲。'
    """
    start, end = len(lead(sentence)), len(sentence)
    if is_row(sentence):
        inner = sentence[1:-1]
        return 1 + len(inner) - len(inner.lstrip()), len(inner.rstrip()) + 1
    opened, closed = lone_ends(sentence[start:])
    while opened and sentence.startswith(opened[0], start):
        start += len(opened.pop(0))
    while closed and sentence.endswith(closed[-1], start, end):
        end -= len(closed.pop())
    return (start, end) if start < end else (0, len(sentence))


def is_row(sentence: str) -> bool:
    """Whether a sentence is a row of a table between bars."""
    return len(sentence) > 2 and sentence[0] == sentence[-1] == "|" and "\n" not in sentence


def is_fence(sentence: str) -> bool:
    """Whether a sentence is a fenced block of code."""
    return sentence.startswith(_FENCES)


def lone_ends(sentence: str) -> tuple[list[str], list[str]]:
    """The ends of pairs that open in a sentence without closing in it, and those that only close.

    >>> lone_ends("他说：“甲（乙）。")
    (['“'], [])
    """
    opened: list[str] = []
    closed: list[str] = []
    for match in _ENDS.finditer(sentence):
        end = match[0]
        if end in _PAIRS or (end == _BOLD and _BOLD not in opened and not _closes(sentence, match)):
            opened.append(end)
        elif opened and _PAIRS.get(opened[-1], _BOLD) == end:
            opened.pop()
        else:
            closed.append(end)
    return opened, closed


def _closes(sentence: str, mark: re.Match[str]) -> bool:
    """Whether a mark that opens and closes alike closes: something is before it, and nothing behind it."""
    before, behind = sentence[: mark.start()][-1:], sentence[mark.end() : mark.end() + 1]
    return bool(before.strip()) and not behind.strip("”」』》）) \t\n")


def bridge(text: str, taken: Sequence[Span], *, begins: bool, ends: bool) -> str:
    """What stands in place of a text from the end of one kept sentence to the beginning of the next.

    `taken` are the sentences in it, in order. `begins` and `ends` say that no kept sentence is before it, or
    behind it.

    >>> bridge(" B. ", [(1, 3)], begins=False, ends=False)
    ' '
    >>> bridge("\\n- B.\\n", [(1, 5)], begins=False, ends=False)
    '\\n'
    """
    edges = [0, *(edge for span in taken for edge in span), len(text)]
    gaps = [text[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True)]
    owed = ""
    opened: list[str] = []
    closed: list[str] = []
    for number, (start, end) in enumerate(taken):
        sentence = text[start:end]
        if _breaks(gaps[number]) or (begins and number == 0):
            owed = lead(sentence)
            sentence = sentence[len(owed) :]
        new, lone = ([], []) if is_fence(sentence) else lone_ends(sentence)
        for one in lone:
            if opened and _PAIRS.get(opened[-1], _BOLD) == one:
                opened.pop()
            elif not begins:
                closed.append(one)
        opened += new
    if ends:
        return "".join(closed) + ("" if begins else gaps[-1])
    if _breaks(gaps[-1]):
        owed = ""
    return "".join(closed) + _join(gaps, begins=begins) + owed + "".join(opened)


def _breaks(gap: str) -> bool:
    return "\n" in gap or "\r" in gap


def _join(gaps: Sequence[str], *, begins: bool) -> str:
    """One gap in place of several: as many lines apart as the widest, indented as the last line is."""
    if begins:
        return gaps[0] + (_indent(gaps[-1]) if _breaks(gaps[-1]) else "")
    widest = max(gaps, key=lambda gap: (gap.count("\n") + gap.count("\r"), len(gap)))
    if not _breaks(widest):
        return widest
    last = next(gap for gap in reversed(gaps) if _breaks(gap))
    return widest[: len(widest) - len(_indent(widest))] + _indent(last)


def _indent(gap: str) -> str:
    return re.split(r"[\n\r]", gap)[-1]
