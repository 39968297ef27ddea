"""Finds personal data: identity numbers, phones, cards, addresses, and names where they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from guard.errors import OptionError, suggest
from guard.identifier import country
from guard.identifier.edge import last_edge
from guard.identifier.fold import fold, mask, wall_off
from guard.identifier.match import Match, detach
from guard.identifier.nested import find_nested
from guard.identifier.pack import LABELS, find_all
from guard.identifier.phone import find_phones, known_regions
from guard.models import name, presidio, tagger
from guard.models.classifier import KINDS
from guard.models.coverage import uncovered
from guard.models.name import Backend, Finder, finder
from guard.registry import Example, Filter, option
from guard.types import Exchange, Finding, Part, Stage, Unjudged

SURE = 0.8
"""From this score on a place is known well enough not to be searched for phones again."""
REGIONS = ("CN", "HK", "MO", "TW", "US", "GB")
"""The regions whose phone numbers are looked for where the policy names none."""


class Pii(Filter):
    """Personal data: identity numbers, phones, cards, addresses, and names where they are asked for.

    Numbers with a check digit are found only when it is right. What has none scores low until words
    near it, Chinese or English, say what it is. Values may touch Chinese characters, stand in
    full-width digits or Chinese numerals, or be spaced; what is written in base64, hexadecimal, percent or
    HTML escapes is read, and what stands in a run of code covers the run. People, places and organisations
    take a model to find, so they are looked for only with `names`, or where `entities` lists them. Text in a
    language in which the model was not made to find them is searched all the same and reported as not
    covered.
    """

    id = "pii"
    labels = tuple(sorted({*LABELS, *tagger.LABELS, *country.labels(country.COUNTRIES)}))
    reach = 120
    hits = (
        Example("我的身份证号是‹11010519491231002X›", label="pii.cn_resident_id"),
        Example("身份证‹１１０１０５ １９４９１２３１ ００２Ｘ›。", label="pii.cn_resident_id"),
        Example("请打‹13800138000›找我", label="pii.phone"),
        Example("电话‹一三八零零一三八零零零›", label="pii.phone"),
        Example("Call me at ‹+86 138-0013-8000› please", label="pii.phone"),
        Example("Call ‹(212) 736-5000› before noon", label="pii.phone"),
        Example("座机‹010-62345678›转8001", label="pii.phone"),
        Example("卡号‹4111111111111111›请查收", label="pii.bank_card"),
        Example("My card is ‹4111 1111 1111 1111›.", label="pii.bank_card"),
        Example("统一社会信用代码‹91350100M000100Y43›", label="pii.cn_uscc"),
        Example("我的邮箱是‹abc@example.com›请联系", label="pii.email"),
        Example("Write to ‹jo.smith+news@example.co.uk›.", label="pii.email"),
        Example("IP是‹192.168.1.1›的", label="pii.ip"),
        Example("护照‹E12345678›已过期", label="pii.cn_passport"),
        Example("车牌‹京A12345›停在门口", label="pii.cn_plate"),
        Example("微信：‹zhang_wei88›", label="pii.wechat"),
        Example("我住在‹北京市朝阳区建国路88号›", label="pii.cn_address"),
        Example("My SSN is ‹536-22-8741›", label="pii.us_ssn"),
        Example("汇到‹DE89370400440532013000›账户", label="pii.iban_code"),
    )
    misses = (
        Example("订单号20231105123045已发货"),
        Example("时间戳1699171845123"),
        Example("身份证号11010519491231002A"),
        Example("身份证号110105194912310021"),
        Example("流水12345138001380001234567890"),
        Example("价格13800138000元"),
        Example("ISBN 978-7-302-51461-5"),
        Example("upgrade to version 10.4.2.1 today"),
        Example("card 4111111111111112 was refused"),
        Example("pi is 3.14159265358979323846"),
        Example("路口交通很拥堵"),
        Example("条形码6901234567892"),
        Example("税号91350100M000100Y44填错了"),
        Example("圆周率约为3.14159265358979"),
        Example("气温38.5度，湿度60%"),
        Example("二〇二三年十一月五日开会"),
        Example("The quick brown fox jumps over the lazy dog."),
        Example("for i in range(1000000): total += values[i]"),
        Example("@app.route('/users') decorates the function"),
    )

    entities: list[str] = option(
        [], description="Labels to look for, such as pii.phone; none means all but names."
    )
    names: bool = option(
        False, description="Look for people, places, addresses and organisations too, by a model."
    )
    backend: Backend = option(
        "encoder",
        description="Which model of the package finds names: `encoder` reads whole sentences in many "
        "languages, where the one installed has learnt to; `classical` goes by words and their neighbours, "
        "which is less work, in Chinese and English.",
    )
    countries: list[str] = option(
        list(country.COUNTRIES),
        description="Countries whose identity numbers Presidio's recognisers look for.",
    )
    regions: list[str] = option(
        list(REGIONS),
        description="Regions (ISO 3166) whose phone numbers are known without a +; those of the mainland "
        "and those with a + always are.",
    )

    def __post_init__(self) -> None:
        for index, code in enumerate(self.countries):
            if code.lower() not in country.COUNTRIES:
                message = f"no country {code!r}; {suggest(code, country.COUNTRIES)}"
                raise OptionError("countries", message, index)
        self._regions = [_region(code, index) for index, code in enumerate(self.regions)]
        self._finder: Finder | None = None
        known = self._known()
        for index, entity in enumerate(self.entities):
            if entity not in known:
                raise OptionError("entities", f"no label {entity!r}; {suggest(entity, known)}", index)

    def label_names(self) -> tuple[str, ...]:
        return tuple(label for label in self._known() if self._asks(label))

    @classmethod
    def coverage(cls) -> dict[str, tuple[str, ...]]:
        return name.coverage()

    def covered(self) -> Sequence[str] | None:
        return self.coverage()[self.backend] if self._named() else None

    def _known(self) -> tuple[str, ...]:
        """The labels that may be asked for."""
        named = tagger.LABELS if self._named() else ()
        return tuple(sorted({*LABELS, *named, *country.labels(self.countries)}))

    def load(self, names: Finder | None = None) -> None:
        """Reads what finds names and numbers; `names` takes the place of the model that `backend` names."""
        self._finder = names
        if self._named():
            self._names()
        if self._foreign():
            presidio.analyzer(tuple(self.countries))

    def scan(self, part: Part, exchange: Exchange) -> Iterator[Finding | Unjudged]:
        for match in find_nested(part.text, lambda text: self._matches(text, part.stage)):
            if self._asks(match.label):
                yield self.find(part, match.label, match.start, match.end, match.score, match.reason)
        language = uncovered(part.text, self._names().languages) if self._named() else ""
        if language:
            reason = f"names in language {language!r} are not covered by the model"
            yield self.pass_over(part, reason, language=language)

    def settled(self, text: str) -> int:
        return last_edge(text, self.reach or 0)

    def _asks(self, label: str) -> bool:
        return not self.entities or label in self.entities or (self.names and label in tagger.LABELS)

    def _named(self) -> bool:
        """Whether names are looked for."""
        return self.names or any(label in tagger.LABELS for label in self.entities)

    def _names(self) -> Finder:
        """What finds names, which is loaded when it is first needed."""
        if self._finder is None:
            self._finder = finder(self.backend)
        return self._finder

    def _foreign(self) -> bool:
        """Whether anything that only Presidio finds is looked for."""
        known = {*LABELS, *tagger.LABELS}
        return not self.entities or any(label not in known for label in self.entities)

    def _matches(self, text: str, stage: Stage) -> list[Match]:
        found = find_all(text)
        # What is known for sure need not be searched again, and cannot be taken for something else.
        sure = [(match.start, match.end) for match in found if match.score >= SURE]
        folded, rest = fold(text), detach(wall_off(mask(text), sure))
        if not self.entities or "pii.phone" in self.entities:
            found += find_phones(folded, rest, self._regions)
        if self._foreign():
            found += presidio.analyzer(tuple(self.countries)).find(folded, rest)
        if self._named():
            spans = self._names().spans(text, KINDS.get(stage, "document"))
            found += _name_matches(spans, found, len(text))
        return found


def _region(code: str, index: int) -> str:
    """The code of a region in capitals; an `OptionError` where phone numbers know no such region."""
    region = code.upper()
    if region not in REGIONS and region not in known_regions():
        advice = "did you mean 'GB'?" if region == "UK" else "give two letters (ISO 3166), such as 'GB'"
        raise OptionError("regions", f"no region {code!r:.60}; {advice}", index)
    return region


def _name_matches(spans: Sequence[tagger.Span], found: Sequence[Match], length: int) -> list[Match]:
    """The names in a text of a length, without those that touch what is known for something else."""
    others = [match for match in found if match.score >= SURE and match.label != "pii.cn_address"]
    taken = bytearray(length)
    for match in others:
        taken[match.start : match.end] = b"\1" * (match.end - match.start)
    return [
        Match(span.label, span.start, span.end, span.score, tagger.REASON)
        for span in spans
        if not any(taken[span.start : span.end])
    ]
