"""Gathers what the grounding head learns from: a window of a source, a claim, and what is wrong with it.

Pairs come from sets of inference and of checked answers that may feed weights, from true sentences that
code spoils, and from `grounding/*.yaml` beside this file. No row that its publisher marked as test is
used, none marked as dev where the set has rows to train on, and none that stands in a set for measuring.
"""

from __future__ import annotations

import functools
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from guard.text.claim import is_claim
from guard.text.fingerprint import fingerprint
from guard.text.segment import sentences
from guard.text.token import forms
from guard.train.corpus import GENERATED, MEASURED, Entry, entries, read
from guard.train.corrupt import entities, reword, spoil
from guard.train.extract import covering, cut, longest, neighbours

SUPPORTED, CONTRADICTED, UNSUPPORTED, WRONG = range(4)
"""What a source says of a claim. `WRONG`: one of the two before it, and not known which."""

Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """A claim, the window of the source to judge it by, and the truth about it."""

    claim: str
    source: str
    truth: int
    spans: Spans | None
    """The characters of the claim that are wrong; None where that is not known."""
    name: str
    """The set that it comes from."""
    lang: str
    part: str
    """`train`, or `held` for pairs kept back to choose settings and to calibrate."""


PLACE = Path(__file__).parent / "grounding"
WRITTEN = "written"
INFERENCE: Mapping[str, int] = {
    "mnli_dev": 18000, "snli_dev_test": 10000, "snli_counterfactual": 7000, "breaking_nli": 1500,
    "help_and_or": 600, "indonli": 4000, "indonli_translated_mnli_small": 1500, "farstail": 2500,
    "klue_nli_dev": 3000, "kornli_xnli_dev": 2490, "jnli_dev_test": 1500, "jsick_ja": 800, "joci": 1500,
    "fever_symmetric": 2137,
}  # fmt: skip
"""Sets of premise and hypothesis, and the most rows of each."""
ANSWERS: Mapping[str, int] = {
    "halueval": 12000, "uhgeval": 3000, "begin": 4749, "faithdial_audit": 1973, "q2_wow": 600,
    "bamboo_hallu": 400, "wice_claims": 707, "wice_tokens": 603,
}  # fmt: skip
"""Sets of answers checked against a context, and the most claims of each."""
COPIED = 400
"""Most supported claims of `uhgeval`, all of which stand in their source word by word."""
DOCUMENTS = ("uhgeval", "halueval", "wice_claims", "wice_tokens")
MADE: Mapping[str, int] = {"zh": 6000, "en": 5000}
"""Pairs made by code in each language; others get `MADE_ELSEWHERE` together."""
MADE_ELSEWHERE = 3000
LARGEST = 1800
"""Most documents of one language that sentences are taken from."""
SCATTERED = 0.5
"""The share of long sources of which the sentences that cover the claim together are read, not neighbours."""
VERBATIM = 0.06
"""The share taken of the sentences that can only be copied."""
_TRUTHS = {"entailment": SUPPORTED, "contradiction": CONTRADICTED, "neutral": UNSUPPORTED}
_WHOLE = re.compile(r"[.!?。！？।]['\"”’」』）)]*$")

Mark = tuple[bytes, bytes]


def pairs(data: Path, seed: int) -> list[Pair]:
    """All pairs of every part, each once and the same for the same seed."""
    draw = random.Random(seed)
    sets = entries(data)
    seen = _measured(data, sets)
    found: list[Pair] = []
    by_group: dict[str, list[Pair]] = {}
    for group, raw in _groups(data, sets, draw):
        kept = []
        for pair in sorted(raw, key=lambda pair: pair.source):
            mark = _mark(pair.claim, pair.source)
            if mark not in seen and pair.claim.strip() and pair.source.strip():
                seen.add(mark)
                kept.append(replace(pair, part=pair.part or _part(mark[1])))
        by_group[group] = kept
    for group, kept in by_group.items():
        windowed = [_fit(pair, draw) for pair in kept]
        if not group.startswith(WRITTEN):
            windowed = even(windowed + _strangers(windowed, draw), draw)
        found += windowed
    return list({(pair.claim, pair.source): pair for pair in found}.values())


def _groups(data: Path, sets: Sequence[Entry], draw: random.Random) -> Iterator[tuple[str, list[Pair]]]:
    allowed = {(entry.area, entry.name): entry for entry in sets if entry.use == "train"}
    yield WRITTEN, list(written(PLACE))
    for name, cap in INFERENCE.items():
        if ("nli", name) in allowed:
            yield name, _draw_evenly(_inferences(_usable(data, allowed["nli", name]), name), cap, draw)
    for name, cap in ANSWERS.items():
        if ("grounding", name) in allowed:
            claims = _answers(_usable(data, allowed["grounding", name]), name)
            groups: dict[str, list[Pair]] = defaultdict(list)
            for pair in claims:
                groups[pair.name].append(pair)
            for group in sorted(groups):
                yield group, _draw_evenly(groups[group], cap // len(groups), draw)
    documents = _documents(data, allowed)
    for lang in sorted(documents):
        most = MADE.get(lang, MADE_ELSEWHERE // max(1, len(documents.keys() - MADE.keys())))
        yield f"{GENERATED} {lang}", generated(documents[lang], lang, most, draw)


def _usable(data: Path, entry: Entry) -> list[dict[str, Any]]:
    """The rows of a set that may be learnt from."""
    return _divide(read(data, entry))[0]


def _divide(rows: Iterable[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The rows of a set for learning and those for measuring.

    Rows marked as dev are learnt from only where a set has no rows of a training split.
    """
    listed = list(rows)
    spared = MEASURED if any(row.get("split") not in MEASURED for row in listed) else {"test"}
    learnt = [row for row in listed if row.get("split") not in spared]
    return learnt, [row for row in listed if row.get("split") in spared]


def _measured(data: Path, sets: Sequence[Entry]) -> set[Mark]:
    """Marks of every claim that is kept for measuring."""
    marks = set()
    for entry in sets:
        if entry.area not in ("nli", "grounding"):
            continue
        rows = _divide(read(data, entry))[1] if entry.use == "train" else read(data, entry)
        for row in rows:
            if entry.area == "nli":
                marks.add(_mark(row["hypothesis"], row["premise"]))
            else:
                answer = row["answer"] or ""
                marks |= {_mark(claim, _source(row)) for claim in (answer, *_cut(answer))}
    return marks


def _mark(claim: str, source: str) -> Mark:
    return fingerprint(claim), _source_mark(source)


@functools.lru_cache(maxsize=1024)
def _source_mark(source: str) -> bytes:
    return fingerprint(source)


def _part(mark: bytes) -> str:
    """Pairs of one source stay together; about one in twenty-five is held."""
    return "held" if mark[0] % 25 == 0 else "train"


def _cut(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


def _source(row: Mapping[str, Any]) -> str:
    context = row.get("context") or ""
    text = context if isinstance(context, str) else "\n".join(context)
    return text.replace("(meta data) ", "")


def _draw_evenly(found: Iterable[Pair], cap: int, draw: random.Random) -> list[Pair]:
    """At most `cap` pairs, of every truth as many as there are or its share."""
    by_truth: dict[int, list[Pair]] = defaultdict(list)
    for pair in found:
        by_truth[pair.truth].append(pair)
    kept: list[Pair] = []
    for place, truth in enumerate(sorted(by_truth, key=lambda truth: len(by_truth[truth]))):
        share = (cap - len(kept)) // (len(by_truth) - place)
        listed = by_truth[truth]
        kept += listed if len(listed) <= share else draw.sample(listed, share)
    return kept


def _inferences(rows: Iterable[Mapping[str, Any]], name: str) -> Iterator[Pair]:
    for row in rows:
        truth = _TRUTHS[row["label"]]
        if row.get("two_way") and truth == UNSUPPORTED:
            truth = WRONG
        spans = () if truth == SUPPORTED else None
        yield Pair(row["hypothesis"], row["premise"], truth, spans, name, row["lang"], "")


def _answers(rows: Iterable[Mapping[str, Any]], name: str) -> Iterator[Pair]:
    copied = 0
    for row in rows:
        source = _source(row)
        group = f"{name}/{row['task']}" if name == "halueval" else name
        for claim, truth, spans in _claims(row):
            copied += name == "uhgeval" and truth == SUPPORTED
            if truth != SUPPORTED or name != "uhgeval" or copied <= COPIED:
                yield Pair(claim, source, truth, spans, group, row["lang"], "")


def _claims(row: Mapping[str, Any]) -> Iterator[tuple[str, int, Spans | None]]:
    """The claims of an answer of which the row says whether they hold."""
    answer = row["answer"] or ""
    cuts = sentences(answer)
    if row["label"] == "supported":
        for start, end in cuts:
            if is_claim(answer[start:end]):
                yield answer[start:end], SUPPORTED, ()
        return
    for start, end in cuts:
        spans = tuple(
            (max(span["start"], start) - start, min(span["end"], end) - start)
            for span in row.get("spans") or ()
            if span["start"] < end and start < span["end"]
        )
        if spans or (len(cuts) == 1 and not row.get("spans") and is_claim(answer)):
            yield answer[start:end], WRONG, spans or None


def written(folder: Path) -> Iterator[Pair]:
    """The pairs written by hand."""
    for path in sorted(folder.glob("*.yaml")):
        for item in yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER) or ():
            source = item["source"]
            source = source if isinstance(source, str) else "\n".join(source)
            for key, truth in _KEYS.items():
                for said in item.get(key) or ():
                    claim, spans = unmark(said)
                    known = spans if spans or truth == SUPPORTED else None
                    lang = item.get("lang") or _language(source)
                    yield Pair(claim, source, truth, known, f"{WRITTEN}/{path.stem}", lang, "")


_KEYS = {"supported": SUPPORTED, "contradicted": CONTRADICTED, "unsupported": UNSUPPORTED}
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def unmark(said: str) -> tuple[str, Spans]:
    """A claim without its marks, and what they stood round.

    >>> unmark("It ‹fell› in May.")
    ('It fell in May.', ((3, 7),))
    """
    pieces = re.split(r"[‹›]", said)
    spans, start = [], 0
    for place, piece in enumerate(pieces):
        if place % 2 and piece:
            spans.append((start, start + len(piece)))
        start += len(piece)
    return "".join(pieces), tuple(spans)


def _language(text: str) -> str:
    for lang, letters in (("ja", "[\u3040-\u30ff]"), ("ko", "[\uac00-\ud7af]"), ("zh", "[\u3400-\u9fff]")):
        if len(re.findall(letters, text)) * 5 > len(text):
            return lang
    return "en"


def _fit(pair: Pair, draw: random.Random) -> Pair:
    """The pair with the part of its source that says most of the claim; now and then another part."""
    if len(pair.source) <= longest(pair.source):
        return pair
    cuts = cut(pair.source)
    wanted = set(forms(pair.claim))
    shares = [len(wanted & found) for found in cuts.grams]
    if pair.truth == SUPPORTED and draw.random() < 0.1:
        away = neighbours(pair.source, cuts.spans, [-share for share in shares], draw)
        if len(wanted & set(forms(away))) < 0.25 * len(wanted):
            return replace(pair, source=away, truth=UNSUPPORTED, spans=None)
    if draw.random() < SCATTERED and (found := covering(pair.source, pair.claim)):
        return replace(pair, source=found)
    return replace(pair, source=neighbours(pair.source, cuts.spans, shares, draw))


def _strangers(found: Sequence[Pair], draw: random.Random) -> list[Pair]:
    """Claims beside a passage of the same set that has nothing to do with them, six for a hundred."""
    made: list[Pair] = []
    by_part: dict[str, list[Pair]] = defaultdict(list)
    for pair in found:
        by_part[pair.part].append(pair)
    for listed in by_part.values():
        for pair in draw.sample(listed, len(listed) * 6 // 100):
            other = draw.choice(listed).source
            wanted = set(forms(pair.claim))
            if len(wanted & set(forms(other))) < 0.25 * len(wanted):
                made.append(replace(pair, source=other, truth=UNSUPPORTED, spans=None))
    return made


def even(found: Sequence[Pair], draw: random.Random) -> list[Pair]:
    """The pairs without so many that the length of a claim would tell whether it holds.

    Within each twelfth of the lengths, neither true nor false claims stay that outnumber the others by more
    than they do in the whole.
    """
    true = [pair for pair in found if pair.truth == SUPPORTED]
    if not true or len(true) == len(found):
        return list(found)
    lengths = sorted(len(pair.claim) for pair in found)
    steps = [lengths[len(lengths) * step // 12] for step in range(1, 12)]
    bins: dict[int, tuple[list[Pair], list[Pair]]] = defaultdict(lambda: ([], []))
    for pair in found:
        bins[sum(len(pair.claim) > step for step in steps)][pair.truth != SUPPORTED].append(pair)
    odds = (len(found) - len(true)) / len(true)
    low, high = odds / 1.2, odds * 1.2
    kept: list[Pair] = []
    for place in sorted(bins):
        right, wrong = bins[place]
        kept += _some(right, int(len(wrong) / low) + 1, draw) + _some(wrong, int(len(right) * high) + 1, draw)
    return kept


def _some(listed: list[Pair], most: int, draw: random.Random) -> list[Pair]:
    return listed if len(listed) <= most else draw.sample(listed, most)


def _documents(data: Path, allowed: Mapping[tuple[str, str], Entry]) -> dict[str, list[str]]:
    """Innocent passages by language, each once, in an order of no meaning."""
    found: dict[str, dict[bytes, str]] = defaultdict(dict)
    for name in DOCUMENTS:
        if ("grounding", name) in allowed:
            for row in _usable(data, allowed["grounding", name]):
                text = _source(row)
                if row.get("task") != "dialogue":
                    found[row["lang"]].setdefault(_source_mark(text), text)
    if ("moderation", "xquad_benign") in allowed:
        for row in read(data, allowed["moderation", "xquad_benign"]):
            if row.get("kind") == "post":
                found[row["lang"]].setdefault(_source_mark(row["text"]), row["text"])
    return {lang: [texts[mark] for mark in sorted(texts)] for lang, texts in found.items()}


def generated(documents: Sequence[str], lang: str, most: int, draw: random.Random) -> list[Pair]:
    """True sentences of these documents beside their windows, and as many that are spoilt."""
    chosen = [(text, _cut(text)) for text in draw.sample(documents, min(len(documents), LARGEST))]
    pool: dict[str, list[str]] = defaultdict(list)
    if lang in MADE:
        for sentence in [sentence for _, said in chosen[:600] for sentence in said[:4]]:
            for start, end, kind in entities(sentence):
                pool[kind].append(sentence[start:end])
    places = [
        (_part(_source_mark(text)), said, place)
        for text, said in chosen
        for place, sentence in enumerate(said)
        if _is_whole(sentence, lang)
    ]
    draw.shuffle(places)
    made: list[Pair] = []
    for part, said, place in places:
        if len(made) >= most:
            break
        if lang not in MADE or _is_wanted(said[place], draw):
            made += [replace(pair, part=part) for pair in _twins(said, place, lang, pool, draw)]
    return made


def _is_wanted(sentence: str, draw: random.Random) -> bool:
    """Every sentence that the rules reword, and so many others that about a third of all is copied."""
    plain = " ".join(sentence.split())
    return reword(plain, draw) != plain or draw.random() < VERBATIM


def _is_whole(sentence: str, lang: str) -> bool:
    shortest, longest = (14, 110) if lang == "zh" else (40, 260)
    closed = sentence.count("“") == sentence.count("”") and sentence.count('"') % 2 == 0
    return shortest <= len(sentence) <= longest and closed and bool(_WHOLE.search(sentence))


def _twins(
    said: list[str], place: int, lang: str, pool: dict[str, list[str]], draw: random.Random
) -> Iterator[Pair]:
    """A true claim and a false one from one sentence; none where it cannot be spoilt."""
    first = max(0, place - draw.randint(0, 2))
    last = min(len(said), max(place + 1, first + 2) + draw.randint(0, 2))
    window = said[first:last]
    source = (" " if lang != "zh" else "").join(" ".join(sentence.split()) for sentence in window)
    if len(window) < 2 or len(source) > 1.5 * longest(source):
        return
    true, base = _say(said[place], lang, draw), _say(said[place], lang, draw)
    false = _open(base, said[:first] + said[last:], window, lang, draw) if draw.random() < 0.4 else None
    if false is None:
        spoilt = spoil(base, lang, window, pool, draw)
        if spoilt is None or spoilt.text in source:
            return
        false = (spoilt.text, spoilt.spans, CONTRADICTED, spoilt.kind)
    text, spans, truth, kind = false
    yield Pair(true, source, SUPPORTED, (), f"{GENERATED}/{kind}", lang, "")
    yield Pair(text, source, truth, spans, f"{GENERATED}/{kind}", lang, "")


def _say(sentence: str, lang: str, draw: random.Random) -> str:
    plain = " ".join(sentence.split())
    return plain if lang not in MADE or draw.random() < 0.15 else reword(plain, draw)


def _open(
    base: str, others: Sequence[str], window: Sequence[str], lang: str, draw: random.Random
) -> tuple[str, Spans | None, int, str] | None:
    """Something that the document says elsewhere, alone or put to a true sentence."""
    here = set(forms(" ".join(window)))
    near = []
    for other in others:
        words = set(forms(other))
        if _is_whole(other, lang) and words and 0.15 <= len(words & here) / len(words) <= 0.6:
            near.append(" ".join(other.split()))
    if not near or lang not in MADE:
        return None
    other = draw.choice(near)
    if draw.random() < 0.5:
        return other, ((0, len(other)),), UNSUPPORTED, "elsewhere"
    clause = re.split(r"[，；]|[,;] ", other)[-1].strip(' 。.!?！？”"')
    if not 6 <= len(clause) <= 80 or set(forms(clause)) <= here:
        return None
    stop = base[-1] if base[-1] in "。.!?！？" else ""
    text = base[: len(base) - len(stop)] + ("，" if lang == "zh" else ", and ")
    return text + clause + stop, ((len(text), len(text) + len(clause)),), UNSUPPORTED, "clause"


def counts(found: Iterable[Pair]) -> Counter[tuple[str, int]]:
    """How many pairs there are of each set and truth."""
    return Counter((pair.name, pair.truth) for pair in found)
