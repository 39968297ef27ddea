"""Tells the language of a text: by its script where that decides, by a small model where it does not.

Chinese, Japanese, Korean, Thai, Greek and others are known by their characters. Latin, Cyrillic, Arabic
and Devanagari letters serve many languages; there `py3langid` (offline, loaded on first need) decides,
with a prior for the languages that chat traffic is written in, because its own answers on a few words
spread over 139 languages. Plainly English text never needs the model.
"""

from __future__ import annotations

import bisect
import functools
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from guard.errors import OptionError, suggest
from guard.library import Loading, require
from guard.text.brief import briefly

SAMPLE = 2000
"""Most characters of a text that are looked at."""
_PIECES = 8


@dataclass(frozen=True, slots=True)
class Language:
    """A language by its ISO 639-1 code, with how sure that is (0 to 1); code '' is unknown."""

    code: str
    confidence: float


UNKNOWN = Language("", 0.0)


def detect(text: str) -> Language:
    """The language that carries a text; unknown when it has too few letters to tell.

    Foreign names and terms in Latin letters do not outweigh another script: a Chinese question about
    `list comprehension` is Chinese. Time is bounded: of a long text an even sample is read.
    """
    return _detect(_sample(text))


def count_letters(text: str) -> int:
    """Letters of any script in the sample that `detect` reads, web and mail addresses left out."""
    return sum(char.isalpha() for char in _NOT_PROSE.sub(" ", _sample(text)))


def count_by_script(text: str) -> dict[str, int]:
    """Letters in the whole of a text by language, of the languages that are alone in their script.

    One or two Greek letters together are signs of a formula and do not count.
    """
    counts = _count_scripts(_SIGNS.sub(" ", text))
    return {code: counts[script] for script, code in _ONE_LANGUAGE.items() if counts[script]}


_SIGNS = re.compile("(?<![\u0370-\u03ff\u1f00-\u1fff])[\u0370-\u03ff]{1,2}(?![\u0370-\u03ff\u1f00-\u1fff])")


def _sample(text: str) -> str:
    if len(text) <= SAMPLE:
        return text
    size = SAMPLE // _PIECES
    last = len(text) - size
    return " ".join(
        text[start : start + size] for start in (last * n // (_PIECES - 1) for n in range(_PIECES))
    )


_NOT_PROSE = re.compile(
    r"@\w{1,64}|https?://[!-~]{1,300}|[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{1,64}|[\ud800-\udfff]"
)


@briefly(256)
def _detect(sample: str) -> Language:
    prose = _NOT_PROSE.sub(" ", sample)
    letters = _count_scripts(prose)
    words = _WORD.findall(prose.lower()) if letters["Latin"] else []
    weights = {script: count / _LETTERS_PER_WORD.get(script, 5.0) for script, count in letters.items()}
    if len(weights) > 1 and "Latin" in weights and sum(word in _FUNCTION_WORDS for word in words) < 2:
        weights["Latin"] *= _GUEST
    if not weights:
        return UNKNOWN
    script = max(weights, key=lambda name: weights[name])
    share = weights[script] / sum(weights.values())
    found = _decide(script, prose, letters, words)
    return Language(found.code, round(found.confidence * share, 4)) if found.code else UNKNOWN


def _decide(script: str, prose: str, letters: Counter[str], words: list[str]) -> Language:
    if script == "Han":
        return _han_or_kana(prose, letters)
    if script in _ONE_LANGUAGE:
        return Language(_ONE_LANGUAGE[script], 1.0)
    if letters[script] < _LEAST_LETTERS:
        return UNKNOWN
    if script == "Latin" and _reads_as_english(words):
        return Language("en", 0.95)
    return _ask_model(prose, _SHARED[script])


_LEAST_LETTERS = 3
_GUEST = 0.2
"""What Latin letters weigh beside another script as long as they do not form sentences."""

_LETTERS_PER_WORD = {
    "Han": 1.5,
    "Kana": 2.5,
    "Hangul": 2.5,
    "Thai": 4.0,
    "Lao": 4.0,
    "Khmer": 4.0,
    "Myanmar": 4.0,
}

_ONE_LANGUAGE = {
    "Kana": "ja", "Hangul": "ko", "Thai": "th", "Greek": "el", "Hebrew": "he", "Georgian": "ka",
    "Armenian": "hy", "Bengali": "bn", "Gurmukhi": "pa", "Gujarati": "gu", "Oriya": "or", "Tamil": "ta",
    "Telugu": "te", "Kannada": "kn", "Malayalam": "ml", "Sinhala": "si", "Lao": "lo", "Tibetan": "bo",
    "Myanmar": "my", "Ethiopic": "am", "Khmer": "km", "Mongolian": "mn", "Thaana": "dv",
}  # fmt: skip

_BLOCKS = (
    (0x41, 0x5A, "Latin"), (0x61, 0x7A, "Latin"), (0xAA, 0xAA, "Latin"), (0xBA, 0xBA, "Latin"),
    (0xC0, 0xD6, "Latin"), (0xD8, 0xF6, "Latin"), (0xF8, 0x24F, "Latin"), (0x370, 0x3FF, "Greek"),
    (0x400, 0x52F, "Cyrillic"), (0x531, 0x58F, "Armenian"), (0x5D0, 0x5F4, "Hebrew"),
    (0x620, 0x64A, "Arabic"), (0x66E, 0x6D3, "Arabic"), (0x6D5, 0x6D5, "Arabic"), (0x6EE, 0x6EF, "Arabic"),
    (0x6FA, 0x6FF, "Arabic"), (0x750, 0x77F, "Arabic"), (0x780, 0x7B1, "Thaana"), (0x8A0, 0x8C9, "Arabic"),
    (0x900, 0x963, "Devanagari"), (0x970, 0x97F, "Devanagari"), (0x980, 0x9E3, "Bengali"),
    (0x9F0, 0x9F1, "Bengali"),
    (0xA00, 0xA7F, "Gurmukhi"), (0xA80, 0xAFF, "Gujarati"), (0xB00, 0xB7F, "Oriya"),
    (0xB80, 0xBFF, "Tamil"), (0xC00, 0xC7F, "Telugu"), (0xC80, 0xCFF, "Kannada"), (0xD00, 0xD7F, "Malayalam"),
    (0xD80, 0xDFF, "Sinhala"), (0xE01, 0xE3A, "Thai"), (0xE40, 0xE4E, "Thai"), (0xE81, 0xEDF, "Lao"),
    (0xF00, 0xFFF, "Tibetan"), (0x1000, 0x109F, "Myanmar"), (0x10A0, 0x10FF, "Georgian"),
    (0x1100, 0x11FF, "Hangul"), (0x1200, 0x139F, "Ethiopic"), (0x1780, 0x17DD, "Khmer"),
    (0x1820, 0x18AA, "Mongolian"), (0x1E00, 0x1EFF, "Latin"), (0x1F00, 0x1FFF, "Greek"),
    (0x3005, 0x3007, "Han"), (0x3041, 0x3096, "Kana"), (0x309D, 0x309F, "Kana"), (0x30A1, 0x30FA, "Kana"),
    (0x30FC, 0x30FF, "Kana"), (0x3131, 0x318E, "Hangul"), (0x31F0, 0x31FF, "Kana"), (0x3400, 0x4DBF, "Han"),
    (0x4E00, 0x9FFF, "Han"), (0xAC00, 0xD7AF, "Hangul"), (0xF900, 0xFAFF, "Han"), (0xFB50, 0xFDFF, "Arabic"),
    (0xFE70, 0xFEFC, "Arabic"), (0xFF21, 0xFF3A, "Latin"), (0xFF41, 0xFF5A, "Latin"),
    (0xFF66, 0xFF9D, "Kana"), (0x20000, 0x323AF, "Han"),
)  # fmt: skip
_STARTS = [start for start, _, _ in _BLOCKS]


def _count_scripts(prose: str) -> Counter[str]:
    counts: Counter[str] = Counter()
    for char, times in Counter(prose).items():
        place = bisect.bisect_right(_STARTS, ord(char)) - 1
        if place >= 0 and ord(char) <= _BLOCKS[place][1]:
            counts[_BLOCKS[place][2]] += times
    return counts


def _han_or_kana(prose: str, letters: Counter[str]) -> Language:
    """Japanese writes kana between its Han characters; Chinese at most quotes a few, or an ornamental の."""
    share = letters["Kana"] / (letters["Kana"] + letters["Han"])
    if share == 0 or (letters["Kana"] == prose.count("の") == 1 and letters["Han"] > 3):
        return Language("zh", 1.0)
    if share >= 0.2:
        return Language("ja", 1.0)
    return _ask_model(prose, {"zh": 1.0, "ja": 1.0})


_WORD = re.compile(r"[a-zà-öø-ÿ]{1,40}(?:'[a-z]{1,3})?")

_FREQUENT_ENGLISH = (
    "the is are was were what how why who where when which of and you your i'm it's don't can't "
    "with this that these those for from have has had does did can could would should will my they "
    "their there he she we not but about please be been being if then it to write make give tell "
    "explain show than into out up any some people like just"
)
_ENGLISH = frozenset(_FREQUENT_ENGLISH.split())
"""Frequent English words; single ones occur in other languages, several together do not."""

_FREQUENT_ELSEWHERE = (
    "in on at a an i me der die das und ist nicht was auf wie ich ein eine le la les des est et que "
    "une pour dans el los las por una como para con cómo qué não uma com yang dan di apa ini itu "
    "có không là của và"
)
_FUNCTION_WORDS = _ENGLISH | frozenset(_FREQUENT_ELSEWHERE.split())


def _reads_as_english(words: list[str]) -> bool:
    """Whether frequent English words, different ones, make up a fair part of the words."""
    if not all(word.isascii() for word in words):
        return False
    known = [word for word in words if word in _ENGLISH]
    return len(set(known)) >= 2 and len(known) * 5 >= len(words)


_SHARED: dict[str, dict[str, float]] = {
    "Latin": {
        "en": 6.0, "es": 4.0, "fr": 4.0, "de": 4.0, "pt": 4.0, "it": 3.0, "id": 3.0, "vi": 3.0, "tr": 3.0,
        "nl": 2.0, "pl": 2.0, "ro": 2.0, "cs": 1.0, "hu": 1.0, "sv": 1.0, "da": 1.0, "no": 1.0, "fi": 1.0,
        "ms": 0.5, "tl": 1.0, "sw": 0.5, "hr": 0.7, "sr": 0.3, "sk": 0.5, "sl": 0.4, "lt": 0.5, "lv": 0.5,
        "et": 0.5, "ca": 0.5, "sq": 0.3, "az": 0.4, "uz": 0.3, "af": 0.2, "eu": 0.2, "gl": 0.2, "is": 0.3,
        "ga": 0.2, "cy": 0.2, "eo": 0.1, "ha": 0.2, "yo": 0.2, "so": 0.2, "zu": 0.1, "xh": 0.1, "mt": 0.1,
        "jv": 0.2, "la": 0.1,
    },
    "Cyrillic": {
        "ru": 8.0, "uk": 3.0, "bg": 1.5, "sr": 1.0, "kk": 1.0, "be": 0.7, "mk": 0.7, "ky": 0.5, "tt": 0.5,
        "tg": 0.5, "mn": 1.0,
    },
    "Arabic": {"ar": 6.0, "fa": 3.0, "ur": 3.0, "ps": 0.7, "ug": 0.7, "sd": 0.5},
    "Devanagari": {"hi": 5.0, "mr": 2.0, "ne": 2.0},
}  # fmt: skip
"""Languages of a script that more than one uses, with how likely each is before reading the text."""

CODES = (
    frozenset(_ONE_LANGUAGE.values())
    | {"zh"}
    | frozenset(code for prior in _SHARED.values() for code in prior)
)
"""Every code that `detect` can answer."""


def check_codes(option: str, codes: Sequence[str]) -> None:
    """Raises `OptionError` for the first of an option's codes that `detect` never answers."""
    for index, code in enumerate(codes):
        if code not in CODES:
            near = suggest(code.lower().split("-")[0], sorted(CODES))
            raise OptionError(option, f"no language {code!r}; {near}", index)


def _ask_model(prose: str, prior: dict[str, float]) -> Language:
    with _LOADING:
        ranked: Iterable[tuple[str, float]] = _model().rank(prose)
    weights = {code: score * prior[code] for code, score in ranked if code in prior}
    total = sum(weights.values())
    if not total:
        return UNKNOWN
    code = max(weights, key=lambda name: weights[name])
    confidence = float(weights[code] / total)
    return Language(code, confidence) if confidence >= _LEAST_CONFIDENCE else UNKNOWN


_LEAST_CONFIDENCE = 0.3
"""Below this the model's first choice is wrong more often than not."""

_LOADING = Loading()


def prepare() -> None:
    """Imports what tells languages. Raises `ModelError` where that is not there."""
    require("py3langid")


@functools.cache
def _model() -> Any:
    prepare()
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
