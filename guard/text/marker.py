"""Short remarks for the reader that stand behind a sentence: （此处与资料不符）, [not in the sources]."""

from __future__ import annotations

from collections.abc import Mapping

from guard.text.excision import is_fence, is_row
from guard.text.language import detect

MARKERS = {
    "grounding": {"zh": "（资料中没有）", "en": "[not in the sources]"},
    "grounding.contradicted": {"zh": "（此处与资料不符）", "en": "[differs from the sources]"},
    "citation": {"zh": "（引用有误）", "en": "[citation error]"},
    "citation.missing": {"zh": "（未注明出处）", "en": "[no source cited]"},
    "citation.unsupported": {"zh": "（所引资料未提及）", "en": "[not in the source cited]"},
    "": {"zh": "（请核实）", "en": "[please verify]"},
}
"""The built-in markers by label and language; a longer label falls back on its beginning."""

_WIDE = "（【〔［「『《〈"


def marker_of(label: str, texts: Mapping[str, str], sentence: str, language: str) -> str:
    """The marker for a sentence with a finding of this label.

    It is in the language of the sentence, else in that of the exchange, as far as `texts` has them; without
    `texts` it is a built-in one.

    >>> marker_of("grounding.contradicted", {}, "共有210家出版社参加。", "en")
    '（此处与资料不符）'
    """
    texts = texts or _built_in(label)
    for code in (detect(sentence).code, language, "", "en"):
        if code in texts:
            return texts[code]
    return next(iter(texts.values()))


def _built_in(label: str) -> Mapping[str, str]:
    while label not in MARKERS:
        label = label.rpartition(".")[0]
    return MARKERS[label]


def place(sentence: str, marker: str) -> tuple[int, str]:
    """Where in a sentence a marker stands, and how it is set off.

    It follows the sentence; in a row of a table it stands within the last cell, after code on a line of its
    own.

    >>> place("It rose.", "[not in the sources]")
    (8, ' [not in the sources]')
    >>> place("| a | 7 |", "（资料中没有）")
    (8, '（资料中没有） ')
    """
    if is_fence(sentence):
        return len(sentence), f"\n{marker}"
    gap = "" if marker[:1] in _WIDE else " "
    if is_row(sentence):
        inner = sentence[:-1]
        return len(inner), f"{'' if inner[-1:].isspace() else gap}{marker} "
    return len(sentence), gap + marker
