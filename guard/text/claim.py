"""Tells the sentences of an answer that claim something from those that only talk."""

from __future__ import annotations

import re

_SMALL_TALK = re.compile(
    r"(?:你好|您好|大家好|谢谢|感谢(?:您|你)|不客气|不用谢|希望(?:这|以上|能|对)|祝(?:您|你|愿)"
    r"|如(?:果)?(?:您|你)?(?:还)?有(?:任何|其他|更多|什么)"
    r"|请随时|欢迎(?:随时|继续)|好的|当然可以|没问题|hello\b|hi\b|hey\b|thanks?\b|thank you|you(?:'"
    r"|’)re welcome|good (?:morning|day"
    r"|question)|great question|i hope|hope this|feel free|let me know|please (?:let|feel|note)"
    r"|if you (?:have|need|want|would)"
    r"|sure[,.!]|certainly[,.!]|of course[,.!]|happy to|glad to)",
    re.IGNORECASE,
)
_REFUSAL = re.compile(
    r"(?:(?:很)?抱歉|对不起|不好意思|我(?:们)?(?:无法|不能|没法|不知道|不清楚|不确定)|无法(?:确定"
    r"|回答|判断|得知)|sorry\b|i(?:'|’)m sorry"
    r"|i (?:can(?:'|’)t|cannot|could not|don(?:'|’)t (?:know|have)|do not (?:know|have)"
    r"|am (?:not sure|unable))|unfortunately, i\b"
    r"|i(?:'|’)m (?:not sure|unable|afraid))",
    re.IGNORECASE,
)
_SILENCE = re.compile(
    r"(?:资料|文档|文中|文章|材料|上下文|来源|参考内容|提供的信息|原文)(?:里|中"
    r"|内)?[^，。]{0,6}(?:没有|未|并未|并没有)"
    r"[^。]{0,4}(?:提到|提及|说明|给出|涉及|包含|提供|指出)"
    r"|\b(?:sources?|documents?|contexts?|passages?|texts?|articles?|information provided"
    r"|materials?)\b[^.]{0,20}"
    r"\b(?:do|does|did) ?(?:not|n't|n’t) (?:mention|say|state|specify|contain|provide|include|give"
    r"|cover|indicate)",
    re.IGNORECASE,
)
_OPINION = re.compile(
    r"(?:我(?:个人)?(?:认为|觉得|想|猜|建议|相信|喜欢)|个人(?:认为|觉得)|在我看来|依我看|也许|或许"
    r"|说不定|可能是因为|in my (?:opinion|view)"
    r"|i (?:think|believe|feel|guess|suppose|suggest|would|love|like|prefer|agree|wonder)\b"
    r"|personally\b|perhaps\b|maybe\b"
    r"|it is possible|it(?:'|’)s possible|it seems|presumably\b)",
    re.IGNORECASE,
)
_PREFACE = re.compile(
    r"\s*(?:(?:根据|依据|按照|参考|结合)[^，,。]{0,12}(?:资料|文档|文章|材料|信息|内容|上下文|来源"
    r"|原文|文本)[^，,。]{0,6}[，,：:]?"
    r"|(?:综上(?:所述)?|总之|总的来说|总体而言|简而言之|以下是|如下)[，,：:]?"
    r"|(?:(?:according to|based on|per|as stated in|as described in|from)\s(?:the\s|these\s"
    r"|your\s)?(?:\w+\s){0,2}(?:sources?|documents?|context"
    r"|passages?|texts?|articles?|information|materials?|references?)(?:\sprovided|\sabove|\sgiven)?[,:]?)"
    r"|(?:in summary|to summarize|in short|overall|in conclusion|here (?:is|are))[,:]?\b)",
    re.IGNORECASE,
)
_BULLET = re.compile(r"\s*(?:[-*•·–]|\d{1,2}[.)、）]|[（(]\d{1,2}[)）])\s*")
_HAS_NUMBER = re.compile(r"\d")
_WORDY = re.compile(r"[^\W\d_]")


def is_claim(sentence: str) -> bool:
    """Whether a sentence says something that sources could bear out.

    Greetings, offers, questions, refusals, opinions, headings, lead-ins ("as follows:"), table rules, code
    blocks, and remarks that the sources are silent are not claims; with a number in it, an opinion is.
    """
    if sentence.startswith(("```", "~~~", "#")) or not (
        _WORDY.search(sentence) or _HAS_NUMBER.search(sentence)
    ):
        return False
    bullet = _BULLET.match(sentence)
    bare = sentence[bullet.end() if bullet else 0 :].strip(' *_"“”')
    if not bare or bare.endswith(("?", "？", "؟")):
        return False
    if _SMALL_TALK.match(bare) or _REFUSAL.match(bare) or _SILENCE.search(bare[:400]):
        return False
    numbered = _HAS_NUMBER.search(bare) is not None
    if numbered:
        return True
    return not bare.endswith((":", "：")) and not _OPINION.match(bare)


def skip_preface(sentence: str) -> int:
    """Where the claim begins: past the bullet and past words such as "according to the sources"."""
    bullet = _BULLET.match(sentence)
    start = bullet.end() if bullet else 0
    preface = _PREFACE.match(sentence, start)
    return preface.end() if preface and preface.end() < len(sentence) else start
