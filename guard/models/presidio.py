"""Presidio's recognisers, loaded without what they do not need; the only place that imports Presidio.

`import presidio_analyzer` imports spaCy, thinc, torch and transformers for engines that are not used
here, 10 seconds and more. So Presidio's own modules are loaded in a room of their own, without them.
"""

from __future__ import annotations

import functools
import importlib
import logging
import re
import types
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from guard.deadline import watched
from guard.errors import ModelError
from guard.identifier.country import STOP_WORDS, context_of, rate
from guard.identifier.match import SERIAL, Match, is_free, resolve
from guard.identifier.pack import LABELS, find_all
from guard.models.name import Backend, finder
from guard.models.room import Room
from guard.models.tagger import REASON

PACKAGE = "presidio_analyzer"
_INERT = frozenset({"spacy", "thinc", "tldextract"})
"""Imported unconditionally by Presidio, never called here. `tldextract` would ask the network."""
_ABSENT = frozenset(
    {"torch", "transformers", "stanza", "spacy_stanza", "spacy_huggingface_pipelines", "gliner"}
    | {"langextract", "azure", "openai", "cupy"}
)
"""Imported by Presidio where installed."""

_OWN = frozenset({"PHONE_NUMBER", "ZA_MOBILE_NUMBER", "ZA_TELEPHONE_NUMBER"})
"""What `guard.identifier` finds better itself."""
_WINDOW, _OVERLAP = 1500, 160
"""Characters that Presidio is given at once, and how many of them twice: its cost grows faster than
the text, and no identifier of a country is longer than the overlap."""

_ROOM = Room(PACKAGE, inert=_INERT, absent=_ABSENT)


class Analyzer:
    """Presidio's analyzer over the recognisers of some countries. Safe to use from several threads.

    `entities` are Presidio's names of what it finds.
    """

    def __init__(self, registry: Any, engine: Any) -> None:
        recognizers = registry.get_recognizers("en", all_fields=True)
        for recognizer in recognizers:
            recognizer.global_regex_flags = registry.global_regex_flags
        self._engine = engine
        self._recognizers = recognizers
        self.entities = frozenset(entity for rec in recognizers for entity in rec.supported_entities)
        self._contexts = {
            entity: context_of(entity.lower(), rec.context or ())
            for rec in recognizers
            for entity in rec.supported_entities
        }

    def find(self, folded: str, masked: str) -> list[Match]:
        """Identifiers in a masked text (`guard.identifier.fold.mask`); context is read in the folded one."""
        found: dict[tuple[str, int, int], Match] = {}
        for start, end in watched(_windows(masked)):
            for result in self._analyze(masked[start:end]):
                left, right = start + result.start, start + result.end
                if is_free(masked, left, right):
                    match = self._match(folded, left, right, result)
                    found.setdefault((match.label, left, right), match)
        return list(found.values())

    def _analyze(self, window: str) -> Iterator[Any]:
        # What `AnalyzerEngine.analyze` does, without its reading of context, which searches all words
        # of the text once per result and knows no Chinese: `_match` reads the context instead.
        artifacts = self._engine.process_text(window, "en")
        for recognizer in self._recognizers:
            yield from recognizer.analyze(window, recognizer.supported_entities, artifacts)

    def _match(self, folded: str, start: int, end: int, result: Any) -> Match:
        name = result.entity_type.lower()
        checked = bool(result.analysis_explanation.validation_result)
        context = self._contexts[result.entity_type]
        named = context is not None and context.near(folded, start, end, before=40)
        base = min(float(result.analysis_explanation.original_score), 0.5)
        score = rate(name, base, checked=checked, named=named)
        if not named and SERIAL.near(folded, start, end, after=0):
            score *= 0.4
        reason = "check passed" if checked else "form fits"
        return Match(f"pii.{name}", start, end, round(score, 3), reason + (", named nearby" if named else ""))


_DIGITS = re.compile(r"[0-9][^0-9\x02]{0,20}[0-9]")


def _windows(masked: str) -> Iterator[tuple[int, int]]:
    """The stretches that can hold an identifier, which all have two digits and more, cut to size."""
    start = end = -1
    for found in _DIGITS.finditer(masked):
        left, right = max(0, found.start() - 80), min(len(masked), found.end() + 80)
        if start >= 0 and left <= end and right - start <= _WINDOW:
            end = right
            continue
        if start >= 0:
            yield start, end
        start, end = (max(left, end - _OVERLAP) if start >= 0 and left <= end else left), right
    if start >= 0:
        yield start, end


@functools.cache
def analyzer(countries: tuple[str, ...]) -> Analyzer:
    """The analyzer for some of the countries of `guard.identifier.country`.

    The first call loads Presidio and compiles its patterns, which takes about 0.8 s.
    Raises `ModelError` when the installed Presidio is not one that this can load.
    """
    try:
        root = _load_quietly()
        recognizers = list(_recognizers({country.lower() for country in countries}))
        registry = root.RecognizerRegistry(recognizers=recognizers, supported_languages=["en"])
        made = Analyzer(registry, light_engine(_ROOM.load))
        made.find("00", "00")  # compiles the patterns, which takes longer than any search
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        raise ModelError(f"cannot load presidio-analyzer: {type(error).__name__}: {error}") from error
    return made


def _load_quietly() -> types.ModuleType:
    """Presidio without the log handler to the screen that it installs on being imported."""
    log = logging.getLogger("decision_process")
    handlers = list(log.handlers)
    root = _ROOM.load(PACKAGE)
    log.handlers[:] = handlers
    return root


def _recognizers(countries: set[str]) -> Iterator[Any]:
    """Presidio's own recognisers of these countries and of none, all made to answer for one language."""
    package = _ROOM.load(f"{PACKAGE}.predefined_recognizers")
    for name in ("CryptoRecognizer", "IbanRecognizer", "MacAddressRecognizer"):
        yield getattr(package, name)(supported_language="en")
    for kind in vars(package).values():
        if isinstance(kind, type) and getattr(kind, "COUNTRY_CODE", None) in countries:
            recognizer = kind(supported_language="en")
            if not _OWN.intersection(recognizer.supported_entities):
                yield _bounded(recognizer)


def _bounded(recognizer: Any) -> Any:
    """The recogniser without patterns that read the whole text from every place in it.

    Two of Presidio's look ahead without end, which costs the square of the text's length. No identifier
    is longer than 40 characters, so their look ahead ends there.
    """
    make = _ROOM.load(PACKAGE).Pattern
    recognizer.patterns = [
        make(
            pattern.name,
            pattern.regex.replace("(?=.*?[", "(?=.{0,40}?[").replace("]*", "]{0,40}"),
            pattern.score,
        )
        for pattern in recognizer.patterns
    ]
    return recognizer


_TOKEN = re.compile(r"\w+|[^\w\s]")


def _words(text: str) -> tuple[list[str], list[int]]:
    """The words and marks of a text, and where each begins."""
    found = list(_TOKEN.finditer(text))
    return [token.group() for token in found], [token.start() for token in found]


def light_engine(load: Callable[[str], Any] = importlib.import_module) -> Any:
    """An engine for Presidio that only cuts a text into words: no model, nothing downloaded.

    It answers for every language. `load` gives Presidio's modules by name; by default the genuine ones.
    """
    module = load(f"{PACKAGE}.nlp_engine")

    class LightNlpEngine(module.NlpEngine):  # type: ignore[misc, name-defined]
        """Cuts a text into words and knows nothing more about them."""

        def load(self) -> None:
            pass

        def is_loaded(self) -> bool:
            return True

        def process_text(self, text: str, language: str) -> Any:
            words, places = _words(text)
            return module.NlpArtifacts([], words, places, [word.lower() for word in words], self, language)

        def process_batch(
            self, texts: Iterable[str], language: str, *_: Any, **__: Any
        ) -> Iterator[tuple[str, Any]]:
            return ((text, self.process_text(text, language)) for text in texts)

        def is_stopword(self, word: str, language: str) -> bool:
            return word in STOP_WORDS

        def is_punct(self, word: str, language: str) -> bool:
            return not any(char.isalnum() for char in word)

        def get_supported_entities(self) -> list[str]:
            return []

        def get_supported_languages(self) -> list[str]:
            return ["en", "zh"]

    return LightNlpEngine()


def _results(recognizer: Any, entities: Sequence[str], found: Iterable[tuple[str, Match]]) -> list[Any]:
    """What a recogniser of ours answers Presidio: the named matches asked for, all where none is."""
    presidio = importlib.import_module(PACKAGE)
    kind = presidio.RecognizerResult
    metadata = {
        kind.RECOGNIZER_NAME_KEY: recognizer.name,
        kind.RECOGNIZER_IDENTIFIER_KEY: recognizer.id,
    }
    return [
        kind(
            name,
            match.start,
            match.end,
            match.score,
            presidio.AnalysisExplanation(recognizer.name, match.score, textual_explanation=match.reason),
            dict(metadata),
        )
        for name, match in found
        if not entities or name in entities
    ]


NAMES = {
    "pii.phone": "PHONE_NUMBER",
    "pii.email": "EMAIL_ADDRESS",
    "pii.bank_card": "CREDIT_CARD",
    "pii.ip": "IP_ADDRESS",
}
"""Labels that Presidio knows by another name; the others are the label in upper case."""


def chinese_recognizer(language: str = "zh") -> Any:
    """What this package knows of China, as a recogniser for a Presidio registry of your own.

        registry.add_recognizer(chinese_recognizer())

    Its results need no context enhancer: they are already weighed by Chinese and English words nearby.
    Imports the genuine Presidio. Raises `ImportError` when that is not installed.
    """
    presidio = importlib.import_module(PACKAGE)
    names = {label: NAMES.get(label, label.removeprefix("pii.").upper()) for label in LABELS}

    class ChineseRecognizer(presidio.LocalRecognizer):  # type: ignore[misc, name-defined]
        """Identifiers of the People's Republic of China and addresses of the network."""

        COUNTRY_CODE = "cn"

        def load(self) -> None:
            pass

        def analyze(self, text: str, entities: list[str], nlp_artifacts: Any = None) -> list[Any]:
            return _results(
                self, entities, ((names[match.label], match) for match in resolve(find_all(text)))
            )

    return ChineseRecognizer(supported_entities=sorted(set(names.values())), supported_language=language)


ENTITIES = {
    "pii.person": "PERSON",
    "pii.location": "LOCATION",
    "pii.address": "STREET_ADDRESS",
    "pii.organisation": "ORGANIZATION",
}
"""What Presidio calls the names that are found."""


def name_recognizer(language: str = "en", backend: Backend = "encoder") -> Any:
    """What finds names here, as a recogniser for a Presidio registry of your own, for one of its languages.

        registry.add_recognizer(name_recognizer("en"))

    It reads the languages that its model knows, whichever language it is registered for. Imports the
    genuine Presidio. Raises `ImportError` when that is not installed.
    """
    presidio = importlib.import_module(PACKAGE)

    class NameRecognizer(presidio.EntityRecognizer):  # type: ignore[misc, name-defined]
        """People, places, street addresses and organisations."""

        def load(self) -> None:
            self._finder = finder(backend)

        def analyze(self, text: str, entities: list[str], nlp_artifacts: Any = None) -> list[Any]:
            found = (
                Match(span.label, span.start, span.end, span.score, REASON)
                for span in self._finder.spans(text)
            )
            return _results(self, entities, ((ENTITIES[match.label], match) for match in found))

    return NameRecognizer(supported_entities=list(ENTITIES.values()), supported_language=language)
