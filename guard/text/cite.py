"""Reads the markers by which an answer cites its sources.

`[1]`, `[1][3]`, `[1,2]`, `[1-3]`, `[^2]`, `【1】`, `[[1]]`, `[S1]`, `[1, p. 5]`, `[来源1]`, `（来源1）`,
`[citation:1]`, `<ref>1</ref>`, superscripts, `①`, a source's number in prose (根据资料1, "Source 1 says"),
the markers that Qianfan's web search has ERNIE write (`^[1]^`, `^[1][2]^`; documented at
cloud.baidu.com/doc/qianfan-docs/s/Wm8r4sw29), a source's id in brackets, and links to a source's address.
Brackets that only look like that are left alone: code, indices (`a[1]`), lists and intervals of numbers,
dates, the heads of tables, footnotes' definitions and lists of references.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from guard.deadline import watched
from guard.text.catalogue import Catalogue
from guard.text.passage import squeeze
from guard.types import Source

_SUPERSCRIPTS = {ord(char): str(digit) for digit, char in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}
_BLOCK = re.compile(
    r"^[ \t]*(?P<fence>`{3,}|~{3,}).*?(?:^[ \t]*(?P=fence)[`~]*[ \t]*$|\Z)"
    r"|^[ \t]*\|[^\n]*\n[ \t]*\|[ \t:|-]+$"
    r"|^[ \t]{0,3}\[[^\[\]\n]{1,60}\][:：][^\n]*"
    r"|^[ \t#*_>]*(?:参考(?:资料|文献|来源|链接)?|引用(?:来源|资料)?|(?:信息|资料)?来源"
    r"|references|sources|citations|bibliography|works cited)[ \t*_]*[:：]?[ \t*_]*$.*?(?=^#|\Z)",
    re.MULTILINE | re.DOTALL | re.IGNORECASE,
)
"""Fenced code, heads of tables, footnotes' definitions, and a list of references from its heading on."""
_ENTRY = re.compile(
    r"^[ \t]*(?:[-*•>][ \t]+|\d{1,3}[.)][ \t]+)?(?:\^?\[\^?\d{1,3}\]\^?|【\d{1,3}】)(?P<rest>[^\n]*)",
    re.MULTILINE,
)
_CODE = re.compile(r"(`{1,2})[^`\n]{1,400}\1(?!`)")
_LINK = re.compile(
    r"(?P<image>!?)\[(?P<label>\[[^\[\]\n]{0,60}\]|[^\[\]\n]{0,200})\]"
    r"\((?P<url>[^()\s]{1,500})(?: [^()\n]{0,200})?\)"
)
_URL = re.compile(r"(?<![A-Za-z0-9])https?://[A-Za-z0-9\-._~:/?#@!$&'*+,;=%]{3,}", re.IGNORECASE)
_BRACKET = re.compile(r"(?P<open>[\[【［])(?P<body>[^\[\]【】［］\n]{0,60})(?P<close>[\]】］]?)")
_RAISED = re.compile(
    r"<sup>(?P<html>[\d ,，-]{1,12})</sup>|<ref>(?P<ref>[^<>\n]{1,40})</ref>"
    r"|(?P<raised>[⁰¹²³⁴-⁹]+(?:[,，˒][⁰¹²³⁴-⁹]+)*)"
)
_CLOSED_BY = {"[": "]", "【": "】", "［": "］"}

_WORDED = (
    r"(?:ref(?:erence)?s?|cite|citations?|sources?|doc(?:ument)?s?|passages?|web(?:[ _]?pages?)?"
    r"|来源|文档|资料|参考(?:资料|文献)?|文献|引用|出处|网页|搜索结果)[ _:：#.]{0,2}(?=\d)"
)
_PREFIX = re.compile(rf"{_WORDED}|(?-i:S)(?=\d{{1,2}}\Z)", re.IGNORECASE)
_LOCATOR = re.compile(
    r"\s*[,，;；:]\s*"
    r"(?:(?:pp?|pages?|sec(?:tion)?s?|para(?:graph)?s?|ch(?:apter)?s?|lines?)\b[. ]{0,2}|§\s?|第\s?)"
    r"\d+(?:\s?[-–]\s?\d+)?\s?[页节章段条行]?\Z",
    re.IGNORECASE,
)
"""Where in the source: what follows its number."""
_SPOKEN = re.compile(
    r"(?:[根依]?据|参[考见]|见)\s?(?P<zh>(?:来源|文档|资料|文献|网页|搜索结果)\s?\d{1,2})(?![\d份条个篇年月%.])"
    r"|(?:\b(?:according to|per|as)\s)?\b(?P<en>(?:sources?|documents?|passages?)\s\d{1,2})"
    r"(?=,|\s(?:says?|states?|notes?|reports?|mentions?|explains?|confirms?|gives?|shows?|indicates?)\b)",
    re.IGNORECASE,
)
"""A source that a sentence speaks of by its number."""
_NAMED = re.compile(
    rf"[(（]\s*(?:(?:参|详)?见|来自|see )?(?P<body>{_WORDED}[^()（）\[\]【】\n]{{1,60}})[)）]",
    re.IGNORECASE,
)
"""A source by its number in round brackets, where a word says that it is one."""
_CIRCLED = re.compile(r"[①-⑳](?:[、,，]?[①-⑳])*(?=\s|\Z|[，。；、,.;!?！？）)】”\"])")
_COUNTED = re.compile(r"[①-⑳](?![①-⑳])[^\W_]|(?:^|[\s：:；;])[①-⑳]", re.MULTILINE)
"""A circled number that counts an item of the text; then none of them is read as a source."""
_NOT_CIRCLED = re.compile(
    r"(?:[图表式第步点款项类题式见和与及或，；,;]|方案|条件|情况|步骤|公式|以上|上述)\Z"
)
_PLACEHOLDER = re.compile(r"citation needed|source|ref|来源请求|来源|出处|引用", re.IGNORECASE)
_COMMA = re.compile(r"\s*[,，、;；&和与及]\s*|\s+and\s+")
_NUMBERS = re.compile(r"(?P<first>\d{1,3})(?:\s*(?P<dash>[-–—~～])\s*(?P<last>\d{0,3}))?")
_OPENED = re.compile(r"\^?\d{1,2}(?=[ \t]*(?:\Z|[。！？；]|[.!?;](?:\s|\Z)))")

_NOT_BEFORE = re.compile(
    r"(?:[=∈]|\w\(|\b(?:list|array|vector|tuple|interval|range|scale|shape|returns?|outputs?|between|dated?)"
    r"|数组|列表|向量|区间|范围|集合|坐标|返回|输出|输入|日期|时间)(?:\s+is|是|为)?\s*[:：]?\s*\Z",
    re.IGNORECASE,
)
"""Before a bracket of several numbers: then they are values, not sources."""
_INDEXED = re.compile(
    r"(?:(?<![A-Za-z0-9_'’-])[a-z]|[A-Za-z0-9]+(?:_[A-Za-z0-9]+)+|\b[a-z_]+\.[a-z_]+|\b(?:arr|argv?|args|nums|lst|vec|idx)"
    r"|[A-Za-z_]\w*\([^()\n]{0,60}\))\Z",
    re.ASCII,
)
_WORD = re.compile(r"[A-Za-z_]\w*\Z", re.ASCII)
_OPERATION = re.compile(r"\s*[-+*/]?=|\s*[<>]\s|\.[a-z_]+|\(")
_RAISED_ON = re.compile(
    r"(?:[\u3400-\u9fff。！？，；”」）%.!?,\"]|\b[A-Za-z][a-z]{3,})\Z"
)  # what may carry a superscript citation
_UNIT = re.compile(r"(?:米|克|秒|里|尺|寸|\b(?:feet|foot|inch|miles?|met(?:re|er)s?|sinh|cosh|tanh))\Z")

_STOPS = tuple("。！？.!?；;")
_TALL = 99
"""Numbers in plain brackets above this are sources only where there are so many."""


class Marker(NamedTuple):
    """One marker: its place, the sources it names (by index, from 0), how many it names in vain, its fault.

    A `fault` says what is malformed; it is empty in a well-formed marker.
    """

    start: int
    end: int
    cited: tuple[int, ...] = ()
    unknown: int = 0
    fault: str = ""


class Named(NamedTuple):
    """What a marker's words name: the sources, how many names in vain, and the fault."""

    cited: tuple[int, ...]
    unknown: int
    fault: str

    def at(self, start: int, end: int) -> Marker:
        """The marker with these words at this place."""
        return Marker(start, end, self.cited, self.unknown, self.fault)


def markers(text: str, sources: Sequence[Source]) -> list[Marker]:
    """The markers of an answer in order; they do not overlap.

    >>> for marker in markers("It rose.[1][4]", [Source("It rose.")]):
    ...     print(marker.start, marker.end, marker.cited, marker.unknown)
    8 11 (0,) 0
    11 14 () 1
    """
    return prose_and_markers(text, sources)[1]


def prose_and_markers(text: str, sources: Sequence[Source]) -> tuple[str, list[Marker]]:
    """The text with spaces for what is no prose, and its markers as `markers` gives them."""
    catalogue = Catalogue(sources)
    prose = hide(text, _blocks(text, catalogue))
    return prose, _markers(prose, catalogue)


def _blocks(text: str, catalogue: Catalogue) -> list[tuple[int, int]]:
    """What is no prose: code, tables, and what only lists or defines the sources."""
    spans = [found.span() for found in _BLOCK.finditer(text)]
    spans += [found.span() for found in _ENTRY.finditer(text) if _lists(found["rest"], catalogue)]
    return spans


def _lists(rest: str, catalogue: Catalogue) -> bool:
    """Whether a line that begins with a marker lists a source rather than saying something."""
    said = rest.strip(" \t\r*_")
    if not said or _BRACKET.match(said):
        return False
    if not said.endswith(_STOPS) or _URL.search(said):
        return True
    squeezed = squeeze(said)
    return any(title in squeezed for title in catalogue.titles)


def hide(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """The text with spaces for these spans; their line ends stay."""
    pieces, position = [], 0
    for start, end in sorted(spans):
        if end > position:
            start = max(start, position)
            pieces += [text[position:start], re.sub(r"[^\n]", " ", text[start:end])]
            position = end
    return "".join(pieces) + text[position:]


def _markers(prose: str, catalogue: Catalogue) -> list[Marker]:
    text = hide(prose, [found.span() for found in _CODE.finditer(prose)])
    links = list(_LINK.finditer(text))
    found = [marker for link in links for marker in _read_link(link, catalogue)]
    text = hide(text, [link.span() for link in links])
    addresses = list(_URL.finditer(text))
    found += [marker for address in addresses for marker in _read_address(address, catalogue)]
    text = hide(text, [address.span() for address in addresses])
    found += _join_carets(text, _read_brackets(text, catalogue))
    found += _read_named(text, catalogue)
    found += _read_raised(text, catalogue)
    found += _read_circled(text, catalogue)
    found += _read_spoken(hide(text, [(marker.start, marker.end) for marker in found]), catalogue)
    return sorted(found)


def _read_link(link: re.Match[str], catalogue: Catalogue) -> Iterator[Marker]:
    """A link to a source, or one whose words are a number."""
    if link["image"]:
        return
    cited = catalogue.by_address(link["url"])
    if cited is not None:
        yield Marker(*link.span(), (cited,))
        return
    numbered = _parse(link["label"].strip("[]^ "), catalogue, sure=False)
    if numbered and not numbered.fault:
        # A number that leads elsewhere names nothing that was given.
        yield Marker(*link.span(), (), 1) if catalogue.urls else numbered.at(*link.span())


def _read_address(address: re.Match[str], catalogue: Catalogue) -> Iterator[Marker]:
    bare = address.group().rstrip(".,;:)]")
    cited = catalogue.by_address(bare)
    if cited is not None:
        yield Marker(address.start(), address.start() + len(bare), (cited,))


def _read_brackets(text: str, catalogue: Catalogue) -> Iterator[Marker]:
    passed_over = -1
    for found in watched(_BRACKET.finditer(text)):
        marker = None if found.start() == passed_over else _read_bracket(text, found, catalogue)
        if marker:
            yield marker
        elif found["close"]:
            passed_over = found.end()


def _read_bracket(text: str, found: re.Match[str], catalogue: Catalogue) -> Marker | None:
    body = found["body"].strip()
    start, end = found.span()
    if not found["close"]:
        opened = _OPENED.match(text, start + 1, end)
        if found["open"] != "[" or opened is None or _is_value(text, start, end, several=False):
            return None
        return Marker(start, opened.end(), fault="the bracket is not closed")
    raised = body.startswith("^")
    whole = body.removeprefix("^").partition("†")[0].strip()
    bare = _LOCATOR.sub("", whole)
    prefix = _PREFIX.match(bare)
    sure = raised or prefix is not None or found["open"] != "[" or bare != whole
    parsed = _parse(bare, catalogue, sure=sure)
    if parsed is None:
        return _read_words(found, bare, raised=raised)
    several = not bare.isdecimal()
    if not sure and (
        _is_value(text, start, end, several=several) or (several and text[end : end + 1] == "]")
    ):
        return None
    if text[start - 1 : start] == "[" == found["open"]:
        if text[end : end + 1] != "]":
            return None
        start, end = start - 1, end + 1
    if found["close"] != _CLOSED_BY[found["open"]]:
        parsed = parsed._replace(fault="the brackets do not match")
    return parsed.at(start, end)


def _read_words(found: re.Match[str], bare: str, *, raised: bool) -> Marker | None:
    """A footnote's name that no source bears, or a word where a number belongs."""
    if raised:
        return Marker(*found.span(), (), 1) if bare else Marker(*found.span(), fault="it names nothing")
    if _PLACEHOLDER.fullmatch(bare):
        return Marker(*found.span(), fault="it names no source")
    return None


def _parse(body: str, catalogue: Catalogue, *, sure: bool) -> Named | None:
    """What a marker's words name; `None` if it is no marker.

    Numbers that are out of all proportion count only where the marker is `sure` to be one.
    """
    cited: dict[int, None] = {}
    unknown, fault, tokens = 0, "", [body] if body in catalogue.ids else _COMMA.split(body)
    for token in tokens:
        if token:
            places = _find(token, catalogue, sure=sure)
            if places is None:
                return None
            fault = fault if places else "the range does not run from one number to a higher one"
            cited |= dict.fromkeys(place for place in places if place is not None)
            unknown += places.count(None)
        else:
            fault = "a number is missing"
    return Named(tuple(cited), unknown, fault) if any(tokens) else None


def _find(token: str, catalogue: Catalogue, *, sure: bool) -> list[int | None] | None:
    """The sources that an id, a number or a range names; an empty list for a range that is none."""
    if token in catalogue.ids:
        return [catalogue.ids[token]]
    if catalogue.expects(token):
        return [None]
    prefix = _PREFIX.match(token)
    token = token[prefix.end() if prefix else 0 :]
    numbers = _NUMBERS.fullmatch(token)
    if numbers is None or (token[0] == "0" and len(token) > 1):
        return None
    first, last = int(numbers["first"]), int(numbers["last"] or numbers["first"])
    if numbers["dash"] and (not numbers["last"] or last <= first):
        return []
    places = [catalogue.by_number(number) for number in range(first, last + 1)]
    return None if not sure and last > _TALL and None in places else places


def _is_value(text: str, start: int, end: int, *, several: bool) -> bool:
    """Whether numbers in plain brackets are an index, a list, an interval or a date."""
    before = text[max(0, start - 80) : start]
    if several and _NOT_BEFORE.search(before):
        return True
    if _INDEXED.search(before):
        return True
    word = _WORD.search(before)
    return word is not None and (text[start + 1 : end - 1] == "0" or _OPERATION.match(text, end) is not None)


def _join_carets(text: str, found: Iterable[Marker]) -> Iterator[Marker]:
    """Takes the carets around a run of markers into it; one without the other is a fault."""
    taken = 0
    for run in _runs(found):
        start, end = run[0].start, run[-1].end
        opens = start > taken and text[start - 1] == "^"
        closes = text[end : end + 1] == "^" and (opens or text[end + 1 : end + 2] not in tuple(_CLOSED_BY))
        if len({marker.unknown > 0 for marker in run}) == 1:
            # Of known and unknown ones together, those that stay need the carets.
            run[0] = run[0]._replace(start=start - opens)
            run[-1] = run[-1]._replace(end=end + closes)
        if opens != closes and not any(marker.fault for marker in run):
            at = 0 if opens else -1
            run[at] = run[at]._replace(fault="one of two carets is missing")
        taken = end + closes
        yield from run


def _runs(found: Iterable[Marker]) -> Iterator[list[Marker]]:
    """Markers that follow each other without a gap, together."""
    run: list[Marker] = []
    for marker in found:
        if run and run[-1].end != marker.start:
            yield run
            run = []
        run.append(marker)
    if run:
        yield run


def _read_raised(text: str, catalogue: Catalogue) -> Iterator[Marker]:
    for found in watched(_RAISED.finditer(text)):
        before = text[max(0, found.start() - 24) : found.start()]
        if found["ref"]:
            parsed = _parse(found["ref"].strip("[] "), catalogue, sure=True)
            if parsed:
                yield parsed.at(*found.span())
        if found["ref"] or not _RAISED_ON.search(before) or _UNIT.search(before):
            continue
        body = (found["html"] or found["raised"].translate(_SUPERSCRIPTS).replace("˒", ",")).strip()
        parsed = _parse(body, catalogue, sure=False)
        if parsed:
            yield parsed.at(*found.span())


def _read_named(text: str, catalogue: Catalogue) -> Iterator[Marker]:
    for found in watched(_NAMED.finditer(text)):
        parsed = _parse(found["body"].strip(), catalogue, sure=True)
        if parsed:
            yield parsed.at(*found.span())


def _read_spoken(text: str, catalogue: Catalogue) -> Iterator[Marker]:
    """Sources named in prose by their number, where each is the number of a source."""
    for found in watched(_SPOKEN.finditer(text)):
        group = found.lastgroup or "zh"
        parsed = _parse(found[group], catalogue, sure=True)
        if parsed and not (parsed.unknown or parsed.fault):
            yield parsed.at(*found.span(group))


def _read_circled(text: str, catalogue: Catalogue) -> Iterator[Marker]:
    """Circled numbers behind what was said, where each is the number of a source."""
    if _COUNTED.search(text):
        return
    for found in watched(_CIRCLED.finditer(text)):
        before = text[max(0, found.start() - 24) : found.start()]
        if not _RAISED_ON.search(before) or _NOT_CIRCLED.search(before):
            continue
        places = [
            catalogue.by_number(ord(char) - ord("①") + 1) for char in found.group() if "①" <= char <= "⑳"
        ]
        cited = dict.fromkeys(place for place in places if place is not None)
        if None not in places:
            yield Marker(*found.span(), tuple(cited))
