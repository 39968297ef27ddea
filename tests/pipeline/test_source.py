from __future__ import annotations

from types import SimpleNamespace

import pytest

from guard.errors import InputError
from guard.pipeline.guard import Guard
from guard.pipeline.source import edit_source, read_sources
from guard.types import Action, Source
from tests.pipeline.fake_filters import policy, words

HIDING = policy(words("redact", "sources", "secret", id="hide", mask="*"))


@pytest.mark.parametrize(
    "raw, text, changed",
    [
        ({"page_content": "a", "metadata": {"page": 1}}, "a", {"page_content": "x", "metadata": {"page": 1}}),
        ({"snippet": "a"}, "a", {"snippet": "x"}),
        ({"text": "", "content": "a"}, "a", {"text": "", "content": "x"}),
        ({"text": "a", "content": "a"}, "a", {"text": "x", "content": "x"}),
        ({"text": "a", "content": "b"}, "a\nb", {"text": "x", "content": ""}),
        ({"text": "", "id": 1}, "", {"text": "", "id": 1}),
        (
            SimpleNamespace(page_content="a", metadata={}),
            "a",
            SimpleNamespace(page_content="x", metadata={}),
        ),
    ],
)
def test_source_is_read_and_edited_in_the_fields_that_hold_it(raw, text, changed):
    assert read_sources([raw])[0].text == text
    assert edit_source(raw, {"text": "x"}) == changed


@pytest.mark.parametrize(
    "given", ["a", {"text": "a"}, Source("a"), SimpleNamespace(page_content="a"), iter("a")]
)
def test_a_single_source_needs_no_list(given):
    assert read_sources(given) == (Source("a"),)


@pytest.mark.parametrize(
    "sources, message",
    [
        ([{"body": "a", "score": 1}], "sources[0] cannot be read; {write}; it has: body, score"),
        (["a", {}], "sources[1] cannot be read; {write}; it is dict"),
        ([{"content": [{"text": "a"}]}], "sources[0] cannot be read; {write}; it has: content"),
        ([{"text": "a", "content": 7}], "sources[0] cannot be read; {write}; it has: text, content"),
        ([b"a"], "sources[0] cannot be read; {write}; it is bytes"),
        ([None], "sources[0] cannot be read; {write}; it is NoneType"),
        (b"a", "sources must be a list of texts or documents, not bytes"),
        (7, "sources must be a list of texts or documents, not int"),
    ],
)
def test_source_that_cannot_be_read_is_said(sources, message):
    with pytest.raises(InputError) as caught:
        read_sources(sources)
    assert str(caught.value) == message.replace("{write}", "write a text or {'text': …} instead")


def test_document_reaches_the_call_with_what_is_hidden_gone():
    given = []

    def answer(prompt, sources=()):
        given.extend(sources)
        return "fine"

    Guard(HIDING).wrap(answer)("hi", sources=[SimpleNamespace(page_content="my secret")])
    assert [document.page_content for document in given] == ["my ******"]


def test_check_reads_a_single_source():
    assert Guard(HIDING).check("x", stage="sources", sources="a secret").action is Action.REDACT
