"""Presidio loaded apart: light, safe in threads, and without a trace in the process."""

from __future__ import annotations

import subprocess
import sys

import pytest

from guard.identifier import country
from guard.identifier.fold import mask
from guard.models import presidio


def run(script: str) -> str:
    """What a fresh interpreter prints."""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_analyzer_loads_no_heavy_package_and_leaves_no_trace() -> None:
    script = (
        "import sys\n"
        "from guard.models import presidio\n"
        "presidio.analyzer(('us',))\n"
        "heavy = {'torch', 'spacy', 'thinc', 'transformers', 'tldextract', 'presidio_analyzer'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )

    assert run(script) == "[]"


def test_genuine_presidio_and_spacy_still_import_afterwards() -> None:
    script = (
        "from guard.models import presidio\n"
        "ours = presidio.analyzer(('us',))\n"
        "import spacy, presidio_analyzer\n"
        "doc = spacy.blank('en')('a b')\n"
        "engine = presidio_analyzer.AnalyzerEngine(\n"
        "    registry=presidio_analyzer.RecognizerRegistry(\n"
        "        [presidio_analyzer.predefined_recognizers.UsSsnRecognizer()]),\n"
        "    nlp_engine=presidio.light_engine())\n"
        "theirs = engine.analyze('my ssn is 536-22-8741', 'en')\n"
        "mine = ours.find('my ssn is 536-22-8741', 'my ssn is 536-22-8741')\n"
        "print(len(doc), isinstance(doc, spacy.tokens.Doc), theirs[0].entity_type, mine[0].label)\n"
        "engine.registry.add_recognizer(presidio.chinese_recognizer('en'))\n"
        "found = engine.analyze('身份证11010519491231002X号', 'en', entities=['CN_RESIDENT_ID'])\n"
        "print([(item.entity_type, item.start, item.end) for item in found])"
    )

    assert run(script) == "2 True US_SSN pii.us_ssn\n[('CN_RESIDENT_ID', 3, 21)]"


def test_name_recognizer_answers_a_genuine_registry() -> None:
    script = (
        "import presidio_analyzer\n"
        "from guard.models import presidio\n"
        "engine = presidio_analyzer.AnalyzerEngine(\n"
        "    registry=presidio_analyzer.RecognizerRegistry([presidio.name_recognizer('en')]),\n"
        "    nlp_engine=presidio.light_engine())\n"
        "text = 'My name is Margaret Hughes and I live in Leeds.'\n"
        "found = engine.analyze(text, 'en', entities=['PERSON'])\n"
        "print([(item.entity_type, text[item.start:item.end]) for item in found])"
    )

    assert run(script) == "[('PERSON', 'Margaret Hughes')]"


def test_analyzer_loads_once_among_threads() -> None:
    script = (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "from guard.models import presidio\n"
        "def work(n):\n"
        "    if n % 2: import spacy; return len(spacy.blank('en')('a b'))\n"
        "    return len(presidio.analyzer(('us',)).find('ssn 536-22-8741', 'ssn 536-22-8741'))\n"
        "with ThreadPoolExecutor(8) as pool: print(sorted(set(pool.map(work, range(16)))))"
    )

    assert run(script) == "[1, 2]"


def test_labels_are_those_of_the_installed_recognizers() -> None:
    found = presidio.analyzer(tuple(country.COUNTRIES))

    assert set(country.labels(country.COUNTRIES)) == {f"pii.{name.lower()}" for name in found.entities}


def test_analyzer_finds_values_that_touch_chinese() -> None:
    text = "汇到DE89370400440532013000账户"
    found = presidio.analyzer(()).find(text, mask(text))

    assert [(match.label, match.start, match.end) for match in found] == [("pii.iban_code", 2, 24)]


@pytest.mark.parametrize("place", [0, 1400, 1490, 1500, 4000])
def test_analyzer_cuts_nothing_at_window_edges(place: int) -> None:
    text = "7 " * (place // 2) + " DE89370400440532013000 " + "7 " * 900
    found = presidio.analyzer(()).find(text, mask(text))

    assert [match.label for match in found] == ["pii.iban_code"]
