"""Cuts a text into sentences, and says which of them no later character can change.

A sentence begins where the last one ended and its end depends only on what follows its beginning, so a
text may be cut piece by piece as it arrives. Chinese and Japanese stops end a sentence wherever they
stand; a full stop, which also stands in numbers, names and addresses, is looked at more closely. Lines,
list items and table rows are sentences of their own; a fenced code block is one sentence.
"""

from __future__ import annotations

import re
import unicodedata

from guard.deadline import check

_NEWLINES = "\n\r\x0b\x0c\x85\u2028\u2029"
_HARD = "。！？；｡।॥؟۔։።፧།။។៕‼⁇⁈⁉;"
"""Stops that end a sentence whatever follows."""
_SOFT = ".!?…．"
"""Stops that also stand inside words, numbers, addresses and thoughts that trail off."""
_STOPS = frozenset(_HARD + _SOFT)
_CLOSERS = frozenset("”’」』）】》〉〕)]}»›'｣")
_CANDIDATE = re.compile(f"[{re.escape(_HARD + _SOFT + _NEWLINES)}]")
_SPACE = re.compile(r"\s*")
_FENCE = re.compile(r"(`{3,})[^`\n]*(?:\n|\Z)|(~{3,})[^\n]*(?:\n|\Z)")
_CITATION = re.compile(r"\^?(?:\[\^?\d{1,3}(?:[,，–-]\d{1,3}){0,3}\]\^?|【\d{1,3}】)|[⁰¹²³⁴-⁹]+")
_ENTITY = re.compile(r"&(?:#x?[0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,9});\Z")
"""A sign as HTML spells it, such as `&amp;`; its semicolon is no stop."""
_ROW = re.compile(r"[ \t]*\|[ \t:|-]*")
"""What the rule below the head of a table is made of."""
_GOES_ON_WITH = ",，、：:"
"""Marks with which no sentence begins."""
_OPEN_CITATION = re.compile(r"\^?(?:\[\^?[\d,，–-]{0,15}|【\d{0,3})?\Z")
_WORD = re.compile(r"[^\W\d_]{0,12}")


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_NEVER_LAST = _words(
    "mr mrs ms mx dr prof st gen gov sen rep capt lt col sgt rev hon messrs e.g i.e eg ie cf vs viz approx "
    "eds esp incl excl"
)
"""Abbreviations after which a sentence goes on."""
_BEFORE_NUMBER = _words("no nos p pp vol art sec ch fig figs eq tab ver")
"""Abbreviations only when a number follows."""
_MAYBE_LAST = _words(
    "etc inc ltd co corp llc bros jr sr al dept est univ assn ave blvd rd mt ft "
    "jan feb mar apr jun jul aug sep sept oct nov dec ph.d m.d b.c a.d"
)
"""Abbreviations that may also end a sentence; what follows tells."""
_STARTERS = _words(
    "A An The This That These Those It Its He She His Her They Their We Our You Your I In On At By For From "
    "With After Before When While Where If As But And Or So Yet However Although Since There Then Both Each "
    "Many Most Some All No Not Other Another Despite During Under Over What Who Why How To"
)
"""Words that, after a doubtful full stop, begin a new sentence."""


def sentences(text: str) -> list[tuple[int, int]]:
    """Start and end of each sentence in order, without surrounding white space.

    The spans are disjoint and cover every character that is not white space. Linear in the text.

    >>> text = "Dr. Li paid 3.5 dollars. 她走了。"
    >>> [text[start:end] for start, end in sentences(text)]
    ['Dr. Li paid 3.5 dollars.', '她走了。']
    """
    return [(start, end) for start, end, _ in _cut(text)]


def closed(text: str) -> int:
    """How many leading characters belong to sentences that no later character can change.

    >>> closed("It rose. It fe")
    8
    """
    settled_end = 0
    for _, end, settled in _cut(text):
        if not settled:
            break
        settled_end = end
    return settled_end


def first_closed(text: str) -> int:
    """Where the first sentence ends if no later character can change that, 0 as long as one can.

    >>> first_closed("It rose. It fell. It"), first_closed("It rose.")
    (8, 0)
    """
    start = _skip_space(text, 0)
    end, settled = _find_end(text, start)
    return start + len(text[start:end].rstrip()) if settled else 0


def _cut(text: str) -> list[tuple[int, int, bool]]:
    cuts = []
    start = _skip_space(text, 0)
    while start < len(text):
        check()
        end, settled = _find_end(text, start)
        cuts.append((start, start + len(text[start:end].rstrip()), settled))
        start = _skip_space(text, end)
    return cuts


def _skip_space(text: str, index: int) -> int:
    return _SPACE.match(text, index).end()  # type: ignore[union-attr]


def _find_end(text: str, start: int) -> tuple[int, bool]:
    """Where the sentence that begins at `start` ends, and whether that is settled."""
    fence = _FENCE.match(text, start)
    if fence:
        return _end_fence(text, fence)
    index = start
    while found := _CANDIDATE.search(text, index):
        index = found.start()
        if text[index] in _NEWLINES:
            verdict, after = _judge_newline(text, start, index)
        else:
            verdict, after = _judge_stop(text, start, index)
        if verdict is None:
            return len(text), False
        if verdict:
            return after, True
        index = after
    return len(text), False


def _end_fence(text: str, fence: re.Match[str]) -> tuple[int, bool]:
    mark = fence.group(1) or fence.group(2)
    line = re.compile(rf"(?:^|\n)[ \t]*{mark}{mark[0]}*[ \t\r]*(?=\n|\Z)")
    closing = line.search(text, fence.end() - 1)
    if closing is None:
        return len(text), False
    return closing.end(), closing.end() < len(text)


def _judge_newline(text: str, start: int, index: int) -> tuple[bool | None, int]:
    """Whether a line ends the sentence: yes, no, or None while that is open; and where to go on."""
    after = _skip_space(text, index)
    if text[start] == "|" and (rule := _ROW.match(text, _next_line(text, index))):
        if rule.end() == len(text):
            return None, index
        if text[rule.end()] in _NEWLINES and "-" in rule.group():
            return False, rule.end()
    run = text[index:after].replace("\r\n", "\n")
    if sum(run.count(char) for char in _NEWLINES) > 1:
        return True, index
    if after == len(text):
        return None, index
    before = text[max(start, index - 32) : index].rstrip()[-1:]
    wraps = text[after].islower() and (before.islower() or before.isdigit() or before in (",", "-"))
    if wraps and text[start] not in "#|":
        return False, after
    return True, index


def _next_line(text: str, index: int) -> int:
    """Where the line behind this line end begins."""
    return index + (2 if text.startswith("\r\n", index) else 1)


def _judge_stop(text: str, start: int, index: int) -> tuple[bool | None, int]:
    """Whether a stop ends the sentence: yes, no, or None while that is open; and where to go on."""
    if text[index] == ";" and _ENTITY.search(text, max(start, index - 12), index + 1):
        return False, index + 1
    after = _skip_tail(text, start, index + 1)
    if (
        after == len(text)
        or (text[after] == "*" and after + 1 == len(text))
        or _OPEN_CITATION.match(text, after)
    ):
        return None, len(text)
    if text[after] in _GOES_ON_WITH:
        return False, after
    hard = any(char in _HARD for char in text[index:after])
    if hard:
        return True, after
    char = text[after]
    if char.isspace():
        return _judge_before_space(text, start, index, after)
    cased = char.isalpha() and char.lower() != char.upper()
    if char.isascii() or cased or char.isdigit():
        return False, after
    if text[index] in ".．" and _word_before(text, start, index) in _list_marks(text, start, index):
        return False, after
    if _is_aside(text, start, index):
        return False, after
    return True, after


def _is_aside(text: str, start: int, index: int) -> bool:
    """Whether a full stop is the last but the bracket of an aside within a sentence: (Acme Inc.)."""
    if text[index] not in ".．" or text[index + 1 : index + 2] not in (")", "）"):
        return False
    return any(text.rfind(mark, max(start, index - 400), index) > start for mark in "(（")


def _skip_tail(text: str, start: int, index: int) -> int:
    """Past further stops and marks on them, closing quotes, brackets and bold marks, and citations."""
    while index < len(text):
        citation = _CITATION.match(text, index)
        if citation:
            index = citation.end()
        elif _ends(text[index]) or _closes(text, '"', start, index):
            index += 1
        elif _closes(text, "**", start, index):
            index += 2
        else:
            break
    return index


def _ends(char: str) -> bool:
    """Whether a character is a further stop, a closer, or a mark on the one before it, such as a selector."""
    if char in _STOPS or char in _CLOSERS or char == "\u200d":
        return True
    return not char.isascii() and unicodedata.category(char)[0] == "M"


def _closes(text: str, mark: str, start: int, index: int) -> bool:
    """Whether a mark that opens and closes alike closes here; the last 400 characters are looked at."""
    return text.startswith(mark, index) and text.count(mark, max(start, index - 400), index) % 2 == 1


def _judge_before_space(text: str, start: int, index: int, after: int) -> tuple[bool | None, int]:
    trails_off = text[index] == "…" or text.startswith("..", index)
    if trails_off:
        following = _skip_space(text, after)
        if following == len(text):
            return None, after
        return not text[following].islower(), after
    if after > index + 1:
        return _judge_closed(text, start, index, after)
    if text[index] not in ".．":
        return True, after
    return _judge_abbreviation(text, start, index, after)


def _judge_closed(text: str, start: int, index: int, after: int) -> tuple[bool | None, int]:
    """Whether a stop before a closing quotation or bracket ends the sentence: not before a small letter."""
    tail = _CITATION.sub("", text[index + 1 : after])
    if not any(char in _CLOSERS or char == '"' for char in tail):
        return True, after
    following = _skip_blanks(text, after)
    if following == len(text):
        return None, after
    if text[following] in _NEWLINES:
        return True, after
    char = text[following]
    if char.islower() or (_is_aside(text, start, index) and not char.isascii() and char.isalpha()):
        return False, after
    if _is_aside(text, start, index) and _may_go_on(text, start, index):
        return _judge_abbreviation(text, start, index, after)
    return True, after


def _judge_abbreviation(text: str, start: int, index: int, after: int) -> tuple[bool | None, int]:
    word = _word_before(text, start, index)
    if word in _list_marks(text, start, index) or word in _NEVER_LAST:
        return False, after
    if not _may_go_on(text, start, index) and word not in _BEFORE_NUMBER:
        return True, after
    following = _skip_blanks(text, after)
    if following == len(text):
        return None, after
    if text[following] in _NEWLINES:
        return False, after
    if word in _BEFORE_NUMBER:
        return not text[following].isdigit(), after
    next_word = _WORD.match(text, following)
    assert next_word is not None
    if next_word.end() == len(text):
        return None, after
    return next_word.group() in _STARTERS, after


def _may_go_on(text: str, start: int, index: int) -> bool:
    """Whether a full stop follows an initial or an abbreviation that may also end a sentence."""
    word = _word_before(text, start, index)
    initial = len(word) == 1 and word.isalpha() and text[index - 1].isupper()
    return initial or word in _MAYBE_LAST or ("." in word and word.replace(".", "").isalpha())


def _skip_blanks(text: str, index: int) -> int:
    """Past the white space of this line."""
    while index < len(text) and text[index].isspace() and text[index] not in _NEWLINES:
        index += 1
    return index


def _word_before(text: str, start: int, index: int) -> str:
    """The word, in lower case, that a full stop follows; at most sixteen characters are looked at."""
    first = index
    while first > max(start, index - 16) and _is_word(text[first - 1]):
        first -= 1
    return text[first:index].lower().strip(".")


def _is_word(char: str) -> bool:
    return char.isascii() and (char.isalnum() or char == ".")


def _list_marks(text: str, start: int, index: int) -> tuple[str, ...]:
    """The numbers and letters that, standing first, number a list item instead of ending a sentence."""
    mark = text[start:index] if index - start <= 3 else ""
    return (mark.lower(),) if mark.isalnum() and (mark.isdigit() or len(mark) == 1) else ()
