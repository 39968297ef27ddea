from __future__ import annotations

import copy
import itertools
import json
import re
import subprocess
import sys
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from guard.cut import redact
from guard.errors import InputError
from guard.pipeline.guard import Guard
from guard.types import Action
from tests.pipeline.fake_filters import Asking, Sentence, Word, policy, rule, words

BLOCK = policy(words("block", "output", "bomb", "炸弹"))
HIDE = policy(
    words("redact", "output", "secret", "秘密", "crets"), rule("fake-run", "redact", "output", mask="*")
)

ALPHABET = "bomb secret 炸弹秘密0123。.\n"


def cut(text, places):
    """The text in pieces, cut at these places, empty pieces included."""
    edges = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    return [text[start:end] for start, end in itertools.pairwise(edges)]


def texts(*certain):
    """Texts with many words that matter, and parts of such words."""
    parts = st.one_of(st.sampled_from(certain), st.text(ALPHABET, max_size=4))
    return st.lists(parts, max_size=12).map("".join)


def stream(guard, pieces, question="hello"):
    """What leaves a guarded generator that yields these pieces."""

    def call(prompt):
        yield from pieces

    return list(guard.wrap(call)(question))


def chunk(text, **fields):
    """A chunk of a chat completion, as an object."""
    delta = SimpleNamespace(**{"content": text, "role": None, **fields})
    choice = SimpleNamespace(index=0, delta=delta, finish_reason=None)
    return SimpleNamespace(id="x", choices=[choice], usage=None)


@given(text=texts("bomb", "bom", "炸弹", "炸", "hello "), places=st.lists(st.integers(0, 200), max_size=12))
@limits(max_examples=100, deadline=None)
def test_stream_lets_no_character_of_a_forbidden_word_out(text, places):
    said = stream(Guard(BLOCK), cut(text, places))
    found = re.search("bomb|炸弹", text)
    if not found:
        assert "".join(said) == text
        return
    *kept, refusal = said
    assert refusal.decision.blocked
    assert text.startswith("".join(kept))
    assert len("".join(kept)) <= found.start()


@given(
    text=texts("secret", "秘密", "crets", "12345", "1", "ok "),
    places=st.lists(st.integers(0, 200), max_size=12),
)
@limits(max_examples=100, deadline=None)
def test_stream_redacts_as_if_the_text_were_whole(text, places):
    guard = Guard(HIDE)
    whole = guard.wrap(lambda prompt: text)("hello")
    assert "".join(stream(guard, cut(text, places))) == whole


@given(
    text=texts("secret", "crets", "12345", "bad.", "ok. "), places=st.lists(st.integers(0, 200), max_size=12)
)
@limits(max_examples=60, deadline=None)
def test_stream_redacts_chunks_as_if_the_text_were_whole(text, places):
    rules = words("redact", "output", "secret", "crets"), rule("fake-run", "redact", "output", mask="*")
    guard = Guard(policy(*rules, rule("fake-sentence", "flag", "output")))
    chunks = [chunk(piece) for piece in cut(text, places)]
    before = copy.deepcopy(chunks)
    said = stream(guard, chunks)

    assert chunks == before
    assert len(said) == len(chunks)
    whole = guard.wrap(lambda prompt: text)("hello")
    assert "".join(piece.choices[0].delta.content for piece in said) == whole


@given(text=texts("fine", "good. ", "好。"), places=st.lists(st.integers(0, 200), max_size=12))
@limits(max_examples=60, deadline=None)
def test_stream_lets_the_very_pieces_go_on_when_nothing_fires(text, places):
    guard = Guard(policy(words("block", "output", "absent"), rule("fake-sentence", "block", "output")))
    chunks = [
        chunk(None, role="assistant"),
        *map(chunk, cut(text, places)),
        SimpleNamespace(choices=[], usage=1),
    ]
    assert all(piece is own for piece, own in zip(stream(guard, chunks), chunks, strict=True))


def test_stream_redacts_a_long_text_piece_by_piece():
    text = "my secret is 12345, and ask again. " * 60
    whole = Guard(HIDE).wrap(lambda prompt: text)("hello")
    said = stream(Guard(HIDE), text)
    assert "".join(said) == whole
    assert whole.count("[word]") == 60


def test_stream_masks_over_pieces():
    pieces = ["my sec", "ret is 1", "2345", "67", " ok"]
    assert "".join(stream(Guard(HIDE), pieces)) == redact(
        "".join(pieces), [(3, 9, "[word]"), (13, 20, "*******")]
    )


def test_stream_lets_settled_text_go_while_more_is_to_come():
    seen = []

    def call(prompt):
        for number in range(100):
            seen.append(number)
            yield "all is well "

    first = next(Guard(BLOCK).wrap(call)("hello"))
    assert first == "all is well "
    assert len(seen) < 10


def test_stream_keeps_hidden_what_was_hidden_when_its_sentence_closed():
    hidden = rule("fake-fickle", "redact", "output")
    guard = Guard(policy(hidden, words("redact", "output", "absentabsent")))
    text = "Well, well: this is bad. Go on then"

    assert "bad" not in "".join(stream(guard, list(text)))


def test_stream_lets_sentences_go_one_by_one():
    guard = Guard(policy(rule("fake-sentence", "block", "output", options={"word": "evil"})))
    told = []

    def call(prompt):
        for piece in ["One is fine. ", "Two is ", "fine too. ", "Three is evil", " indeed. ", "Four."]:
            told.append(piece)
            yield piece

    said = list(guard.wrap(call)("hello"))
    assert "".join(said[:-1]) == "One is fine. Two is fine too. "
    assert said[-1] == "\nNo."
    assert told[-1] == " indeed. "


def test_stream_holds_nothing_for_rules_that_only_flag():
    pieces = iter(["bad ", "thing"])
    seen = []
    rules = (
        rule("fake-sentence", "flag", "output", on_error="allow"),
        words("flag", "output", "thing", on_error="allow"),
    )
    guard = Guard(policy(*rules))
    reading = guard.wrap(lambda prompt: pieces, on_decision=seen.append)("hello")

    assert next(reading) == "bad "
    assert next(pieces) == "thing"
    assert list(reading) == []
    assert [found.label for found in seen[-1].findings] == ["sentence"]


def test_stream_judges_a_sentence_that_never_closes():
    guard = Guard(policy(rule("fake-sentence", "flag", "output")))
    seen = []

    def call(prompt):
        for number in range(2000):
            seen.append(number)
            yield "word "

    next(guard.wrap(call)("hello"))
    assert len(seen) < 200


@pytest.mark.parametrize("size", [1, 7, 200_000])
def test_stream_scans_every_character_a_bounded_number_of_times(size):
    text = "a sentence of some words. " * 400
    guard = Guard(policy(words("block", "output", "absent"), rule("fake-sentence", "block", "output")))
    Word.scanned.clear()
    Sentence.scanned.clear()
    assert "".join(stream(guard, cut(text, range(0, len(text), size)))) == text
    assert sum(Word.scanned) < 12 * len(text)
    assert sum(Sentence.scanned) < 12 * len(text)


def test_stream_scans_a_growing_redaction_a_bounded_number_of_times():
    text = "aaaa" * 500
    guard = Guard(policy(words("redact", "output", "aa")))
    Word.scanned.clear()
    assert "".join(stream(guard, text)) == "[word]"
    assert sum(Word.scanned) < 12 * len(text)


def test_stream_closes_its_source_on_a_block():
    closed = []

    def call(prompt):
        try:
            for _ in range(1000):
                yield "a bomb "
        finally:
            closed.append(True)

    said = list(Guard(BLOCK).wrap(call)("hello"))
    assert closed == [True]
    assert [str(piece) for piece in said] == ["No."]


def test_stream_sets_a_refusal_off_from_what_was_said():
    text = "All of this is harmless text, but not a bomb."
    said = stream(Guard(BLOCK), text)
    assert said[-1] == "\nNo."
    assert text.startswith("".join(said[:-1]))
    assert said[-1].decision.findings[0].start == 40


def test_stream_refuses_in_the_shape_of_its_chunks():
    said = stream(
        Guard(BLOCK), [chunk("", role="assistant"), chunk("a bomb", reasoning_content=None), chunk("!")]
    )
    assert said[-1].choices[0].delta.content == "No."
    assert said[-1].choices[0].finish_reason == "content_filter"
    assert said[-1].guard.rule == "fake-word-block"
    assert said[-1].id == "x"


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
def test_stream_moderates_reasoning_like_content(name):
    said = stream(
        Guard(BLOCK), [chunk(None, **{name: piece}) for piece in ("how a bo", "mb works, ", "I think")]
    )
    assert [getattr(piece.choices[0].delta, name) for piece in said] == [""]
    assert said[-1].choices[0].delta.content == "No."


def test_stream_redacts_both_fields_that_repeat_one_reasoning():
    guard = Guard(policy(words("redact", "output", "secret")))
    pieces = [chunk(None, reasoning=text, reasoning_content=text) for text in ("a sec", "ret")]
    said = stream(guard, pieces)
    for name in ("reasoning", "reasoning_content"):
        assert "".join(getattr(piece.choices[0].delta, name) for piece in said) == "a [word]"


def test_stream_judges_tool_calls():
    def calls(index, text):
        return [{"index": index, "function": {"name": None, "arguments": text}}]

    guard = Guard(policy(words("redact", "tool_call", "secret")))
    chunks = [
        {"choices": [{"index": 0, "delta": {"content": None, "tool_calls": calls(index, text)}}]}
        for index, text in [(0, '{"a": "sec'), (1, '{"b": "sec'), (0, 'ret"}'), (1, 'ond"}')]
    ]
    said = stream(guard, chunks)
    told = [piece["choices"][0]["delta"]["tool_calls"][0] for piece in said]
    assert [(call["index"], call["function"]["arguments"]) for call in told] == [
        (0, '{"a": "[word]'),
        (1, '{"b": "sec'),
        (0, '"}'),
        (1, 'ond"}'),
    ]


@pytest.mark.parametrize("size", [1, 2, 5, 100])
def test_stream_leaves_arguments_in_json_readable(size):
    arguments = '{"a": 13800, "b": "x\\"13800\\"", "c": [13800, "\\\\"]}'
    chunks = [
        {"choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0, "function": {"arguments": text}}]}}]}
        for text in cut(arguments, range(0, len(arguments), size))
    ]
    said = stream(Guard(policy(rule("fake-run", "redact", "tool_call", mask="*"))), chunks)
    told = [call for piece in said for call in piece["choices"][0]["delta"]["tool_calls"]]

    assert json.loads("".join(call["function"]["arguments"] for call in told)) == {
        "a": "*****",
        "b": 'x"*****"',
        "c": ["*****", "\\"],
    }


def test_stream_reads_several_choices_and_the_same_one_twice():
    def many(*parts):
        return {"choices": [{"index": index, "delta": {"content": text}} for index, text in parts]}

    guard = Guard(policy(words("redact", "output", "secret")))
    said = stream(
        guard, [many((0, "se"), (0, "cr"), (1, "sec")), many((0, "et"), (1, "ond")), {"choices": None}]
    )
    assert [[choice["delta"]["content"] for choice in piece["choices"] or []] for piece in said] == [
        ["[word]", "", "sec"],
        ["", "ond"],
        [],
    ]


def test_stream_tries_again_while_nothing_is_out():
    answers = [["rude ", "word"], ["nice ", "word"]]
    asked = []

    def call(prompt):
        asked.append(prompt)
        yield from answers.pop(0)

    guard = Guard(policy(words("retry", "output", "rude", note="Be nice."), retries=1))
    assert list(guard.wrap(call)("hello")) == ["nice ", "word"]
    assert asked == ["hello", "hello\n\nBe nice."]


def test_stream_blocks_when_it_is_too_late_to_try_again():
    guard = Guard(policy(words("retry", "output", "rude")))
    said = stream(guard, ["this text is long enough to have left already, ", "and then it is rude."] * 2)
    assert said[-1].decision.action is Action.BLOCK


def test_stream_lets_what_is_settled_out_before_an_error():
    def call(prompt):
        yield "a text that is long enough. "
        yield "And a tail that is not yet"
        raise ConnectionError("reset")

    said = []
    with pytest.raises(ConnectionError, match="reset"):
        for piece in Guard(BLOCK).wrap(call)("hello"):
            said.append(piece)
    assert said == ["a text that is long enough. "]


def test_stream_closes_its_source_when_the_reader_leaves():
    closed = []

    def call(prompt):
        try:
            yield from ["well, "] * 1000
        finally:
            closed.append(True)

    reading = Guard(BLOCK).wrap(call)("hello")
    next(reading)
    reading.close()
    assert closed == [True]


@pytest.mark.parametrize("fault", ["listener", "piece"])
def test_stream_closes_its_source_when_reading_fails(fault):
    connection = Connection(["fine"] if fault == "listener" else [b"fine"])

    def listen(decision):
        if fault == "listener" and decision.text == "fine":
            raise OSError("disk full")

    reading = Guard(BLOCK).wrap(lambda prompt: connection, on_decision=listen)("hello")
    with pytest.raises((OSError, InputError)):
        list(reading)
    assert not connection.is_open
    assert list(reading) == []


async def test_async_stream_closes_its_source_when_the_reader_leaves():
    closed = []

    async def call(prompt):
        try:
            for _ in range(1000):
                yield "well, "
        finally:
            closed.append(True)

    reading = Guard(BLOCK).wrap(call)("hello")
    await anext(reading)
    await reading.aclose()
    assert closed == [True]


class Connection:
    """An iterator with more to it, like the stream of a client."""

    def __init__(self, pieces):
        self.pieces = iter(pieces)
        self.status = 200
        self.is_open = True

    def __iter__(self):
        return self

    def __next__(self):
        return next(self.pieces)

    def close(self):
        self.is_open = False


def test_stream_returned_by_a_function_keeps_what_else_it_offers():
    connection = Connection(["fine, ", "bomb"])
    with Guard(BLOCK).wrap(lambda prompt: connection)("hello") as reading:
        assert reading.status == 200
        assert "".join(reading) == "No."
        assert reading.decision.rule == "fake-word-block"
    assert not connection.is_open


def test_stream_tells_the_final_decision():
    seen = []
    guard = Guard(
        policy(words("flag", "output", "odd"), rule("fake-support", "flag", "output")),
        on_decision=seen.append,
    )
    stream(guard, ["an o", "dd thing"])
    assert [str(decision.action) for decision in seen] == ["allow", "flag"]
    assert [(found.start, found.end) for found in seen[-1].findings] == [(3, 6)]


def test_stream_judges_the_whole_answer_on_its_sources_at_the_end():
    guard = Guard(policy(rule("fake-support", "block", "output")))

    def call(prompt):
        yield "said. "

    assert list(guard.wrap(call)("q", sources=["as was said. "])) == ["said. "]
    assert list(guard.wrap(call)("q", sources=["other"])) == ["No."]


@pytest.mark.parametrize("on_error, said", [("block", ["No."]), ("allow", ["hang", " on"])])
def test_stream_leaves_a_hung_filter_to_the_policy(stuck, on_error, said):
    guard = Guard(policy(rule("fake-stuck", "flag", "output", timeout_ms=20, on_error=on_error)))
    assert stream(guard, ["hang", " on"]) == said


def test_stream_of_a_megabyte_passes():
    text = "All is well here. " * 60_000
    pieces = cut(text, range(0, len(text), 5000))
    assert stream(Guard(BLOCK), pieces) == pieces


def test_stream_of_nothing_is_nothing():
    assert stream(Guard(BLOCK), []) == []
    assert stream(Guard(BLOCK), [""]) == [""]


@pytest.mark.parametrize("on_error", ["block", "allow"])
def test_stream_leaves_what_it_cannot_read_to_on_error(on_error):
    guard = Guard(policy(words("block", "output", "bomb", on_error=on_error)))
    pieces = [chunk("Look. "), chunk(None, audio={"data": "UklG"}), chunk(None, audio={"data": "UklH"})]
    got = guard.wrap(lambda prompt: iter(pieces))("hi")
    said = [piece.choices[0].delta for piece in got]
    assert [item.reason for item in got.decision.unjudged] == ["audio content is not read"]
    assert got.decision.action is Action(on_error)
    assert bool([delta for delta in said if getattr(delta, "audio", None)]) == (on_error == "allow")


@pytest.mark.parametrize(
    "first",
    [
        [chunk("\n", reasoning_content="")],
        [chunk("Let me check. ")],
        [chunk("Well, ", reasoning_content="see: ")],
        [chunk("", reasoning_content="see: "), chunk("Well, ")],
    ],
)
def test_stream_holds_reasoning_that_goes_on_after_the_answer_has_begun(first):
    rest = [chunk("", reasoning_content=piece) for piece in "the secret is"]
    said = stream(Guard(policy(words("redact", "output", "secret"))), [*first, *rest])
    told = "".join(getattr(piece.choices[0].delta, "reasoning_content", "") for piece in said)
    assert told.removeprefix("see: ") == "the [word] is"


def test_stream_lets_the_answer_go_on_once_reasoning_has_ended():
    seen = []

    def call(prompt):
        for piece in [chunk("", reasoning_content="so"), *[chunk("all is well ")] * 100]:
            seen.append(piece)
            yield piece

    reading = Guard(BLOCK).wrap(call)("hello")
    assert [next(reading), next(reading)] == seen[:2]
    assert len(seen) < 10


def test_stream_says_what_went_out_unjudged():
    text = "the secret is out and more follows, and on"
    guard = Guard(policy(rule("fake-unready", "redact", "output", on_error="allow")))
    reading = guard.wrap(lambda prompt: iter(text))("hello")

    assert "".join(reading) == text
    assert [found.start for found in reading.decision.findings] == [4]
    assert [item.reason for item in reading.decision.unjudged] == ["failed: RuntimeError"]
    assert (reading.decision.text, reading.decision.edits) == (text, {})


def test_stream_tells_the_text_as_it_went_on():
    guard = Guard(policy(rule("fake-fickle", "redact", "output")))
    reading = guard.wrap(lambda prompt: iter("Well, well: this is bad. Go on then"))("hello")

    assert "".join(reading) == reading.decision.text == "Well, well: this is [fickle]. Go on then"
    assert reading.decision.edits == {"response.content": reading.decision.text}


def test_stream_tells_of_another_try_without_what_other_rules_redact():
    answers = [["call secret is bad. ", "More."], ["fine. ", "ok"]]
    told = []
    rules = words("redact", "output", "secret"), rule("fake-sentence", "retry", "output")
    guard = Guard(policy(*rules, retries=1), on_decision=lambda each: told.append((each.text, each.edits)))

    assert list(guard.wrap(lambda prompt: iter(answers.pop(0)))("hello")) == ["fine. ", "ok"]
    retried = "call [word] is bad. "
    assert told == [("hello", {}), (retried, {"response.content": retried}), ("fine. ok", {})]


def test_stream_counts_what_every_look_spent():
    answers = [["One. ", "Two is wrong. ", "x"], ["One. ", "Two. ", "Three."]]
    told = []
    Asking.asked.clear()
    guard = Guard(policy(rule("fake-asking", "retry", "output"), retries=1), on_decision=told.append)
    list(guard.wrap(lambda prompt: iter(answers.pop(0)))("hello"))

    spent = [item for decision in told for item in decision.spent if item.filter != "retry"]
    assert sum(item.calls for item in spent) == len(Asking.asked) > 3


def failing():
    yield from ["hello there "] * 9
    raise ConnectionError("reset")


@pytest.mark.parametrize("leaves", [True, False])
def test_stream_that_breaks_off_tells_of_what_went_out(leaves):
    told = []
    Asking.asked.clear()
    rules = words("flag", "output", "hello"), rule("fake-asking", "flag", "output", on_error="allow")
    guard = Guard(policy(*rules), on_decision=told.append)
    connection = Connection(failing())
    reading = guard.wrap(lambda prompt: connection)("hi")
    if leaves:
        said = next(reading)
        reading.close()
        reading.close()
    else:
        said = ""
        with pytest.raises(ConnectionError, match="reset"):
            for piece in reading:
                said += piece

    assert not connection.is_open
    assert len(told) == 2
    assert told[1] is reading.decision
    assert (told[1].action, told[1].edits) == (Action.FLAG, {})
    assert told[1].text.startswith(said)
    assert [item.reason for item in told[1].unjudged] == ["the stream broke off"]
    assert Asking.asked == []


async def test_async_stream_that_breaks_off_tells_of_what_went_out():
    async def call(prompt):
        for piece in failing():
            yield piece

    told = []
    reading = Guard(policy(words("flag", "output", "hello")), on_decision=told.append).wrap(call)("hi")
    said = await anext(reading)
    await reading.aclose()
    assert told[-1].action is Action.FLAG
    assert told[-1].text.startswith(said)


def test_stream_that_breaks_off_before_anything_went_out_tells_nothing():
    told = []
    guard = Guard(BLOCK, on_decision=told.append)
    guard.wrap(lambda prompt: iter(["fine"]))("hi").close()
    assert len(told) == 1


def test_stream_that_nobody_ends_lets_the_interpreter_exit():
    script = """
from guard.pipeline.guard import Guard
rule = {"id": "phone", "filter": "pii", "stages": ["output"], "action": "block"}
def call(prompt):
    yield from ["all is well. "] * 100
reading = Guard({"id": "p", "rules": [rule]}).wrap(call)("hello")
next(reading)
"""
    run = subprocess.run([sys.executable, "-c", script], timeout=60, check=False, capture_output=True)
    assert (run.returncode, run.stderr) == (0, b"")


@pytest.mark.parametrize("streams", [True, False])
def test_stream_ends_with_the_refusal_of_a_guard_inside_on_another_try(streams):
    inner = Guard(policy(words("block", "input", "avoid"))).wrap(lambda prompt, stream=False: "never")

    def call(prompt):
        return inner(prompt, stream=streams) if "avoid" in prompt else iter(["this is bad. ", "More."])

    guard = Guard(policy(rule("fake-sentence", "retry", "output"), retries=1))
    [refusal] = guard.wrap(call)("hello")
    assert refusal == "No."
    assert refusal.decision.rule == "fake-word-block"


def test_stream_asks_nothing_more_when_no_try_is_left():
    Asking.asked.clear()
    rules = (
        rule("fake-sentence", "retry", "output"),
        rule("fake-asking", "flag", "output", on_error="allow"),
    )
    assert [str(piece) for piece in stream(Guard(policy(*rules, retries=0)), ["bad. ", "More."])] == ["No."]
    assert Asking.asked == []
