import re
from html.parser import HTMLParser

import pytest

from guard.audit.report import render
from guard.audit.run import audit
from guard.audit.words import WORDS, label_name, verdict
from guard.errors import InputError
from guard.pipeline.guard import Guard
from tests.audit.transcripts import POLICY, RECORDS, write

NASTY = {
    "id": "<u>id</u>",
    "prompt": "<script>alert('1')</script>\"><img src=x onerror=alert(2)> forbidden &amp; </blockquote>",
    "response": "fine",
}


class Tags(HTMLParser):
    """Collects the tags, attributes and text of a page."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self.texts = set(), [], []
        self.feed(page)
        self.text = "".join(self.texts)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.texts.append(data)


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    path = write(folder / "log<b>.jsonl", *RECORDS, NASTY, b"{")
    return audit([path], Guard(POLICY), folder / "out")


@pytest.fixture(scope="module", params=["en", "zh"])
def page(request, done):
    return Tags(render(done, request.param))


def test_render_keeps_markup_of_transcripts_as_text(page):
    assert page.tags.isdisjoint({"script", "img", "u", "iframe", "object", "link"})
    assert "<script>alert('1')</script>\"><img src=x onerror=alert(2)>" in page.text
    assert "<u>id</u>" in page.text
    assert "log<b>.jsonl" in page.text
    assert "Hides <numbers>." in page.text


def test_render_needs_nothing_from_elsewhere(page, done):
    assert not [value for name, value in page.attributes if name in ("src", "href", "srcset", "data")]
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert not re.search(r"url\(|@import|https?://", render(done, "en"))
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'") in page.attributes


def test_render_shows_counts_rules_and_policy(page, done):
    for shown in (done.policy.sha256, "numbers", "words", "2026-03-02 – 2026-03-10", done.files[0].sha256):
        assert shown in page.text
    assert page.text.count(done.outputs["findings.parquet"]) == 1


@pytest.mark.parametrize("lang, words", [("en", "Signature"), ("zh", "签署")])
def test_render_speaks_the_language_asked_for(done, lang, words):
    assert words in render(done, lang)


def test_render_says_reasons_and_remarks_in_its_language(tmp_path):
    (tmp_path / "in").mkdir()
    write(tmp_path / "in" / "log.jsonl", RECORDS[0] | {"note": "n"}, RECORDS[3], b"{")
    (tmp_path / "in" / "note.txt").touch()
    page = Tags(render(audit([tmp_path / "in"], Guard(POLICY), tmp_path / "out"), "zh")).text

    for said in ("模式 1", "未读取的字段：'note'", "已跳过 1 个其他类型的文件", "不是 JSON（第 2 列）"):
        assert said in page
    for unsaid in ("pattern 1", "not read", "passed over", "not JSON"):
        assert unsaid not in page


def test_render_refuses_other_languages(done):
    with pytest.raises(InputError, match=r"no report in the language 'fr'; one of: en, zh"):
        render(done, "fr")


def test_words_are_the_same_set_in_both_languages():
    assert set(WORDS["en"]) == set(WORDS["zh"])


@pytest.mark.parametrize(
    "actions, unjudged, broken, sentences",
    [
        ({}, 0, 0, ["No record could be judged."]),
        ({"allow": 2}, 0, 0, ["All of the 2 records pass unchanged.", "All was read and judged in full."]),
        (
            {"block": 1, "flag": 2, "allow": 1},
            1,
            2,
            [
                "Of 4 records, 1 is blocked and 2 flagged; 1 passes unchanged.",
                "1 was not judged in full and 2 lines could not be read.",
            ],
        ),
    ],
)
def test_verdict_says_what_became_of_the_records(actions, unjudged, broken, sentences):
    assert verdict(actions, unjudged, broken, "en") == sentences


@pytest.mark.parametrize(
    "label, lang, name",
    [
        ("pii.phone", "zh", "电话号码"),
        ("secret.aws_access_key", "en", "Key or token"),
        ("self_consistency.contradicted", "zh", "与其他回答矛盾"),
        ("self_consistency.uncertain", "en", "The model was unsure"),
        ("citation.missing_source", "zh", "所引资料不存在"),
        ("citation.malformed", "en", "Malformed citation"),
        ("new.label", "en", ""),
    ],
)
def test_label_name_falls_back_on_its_prefix(label, lang, name):
    assert label_name(label, lang) == name
