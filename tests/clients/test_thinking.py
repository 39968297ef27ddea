"""What a thinking model writes comes apart the same way however it is cut into pieces."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.clients.thinking import MARKS, Splitter

ANSWERED = "二加二\n是四。\n</think>\n\n<response>\n答案是 4 < 5。\n\n完。\n</response>\n"


def split(pieces):
    splitter = Splitter()
    found = {"reasoning": "", "content": "", "tool_call": ""}
    for piece in pieces:
        for channel, text in splitter.feed(piece):
            found[channel] += text
    for channel, text in splitter.end():
        found[channel] += text
    return found


@pytest.mark.parametrize(
    ("text", "reasoning", "content", "call"),
    [
        (ANSWERED, "二加二\n是四。", "答案是 4 < 5。\n\n完。", ""),
        ("想\n</think>\n\n答。", "想", "答。", ""),
        ("<think>\n想\n</think>\n答。", "想", "答。", ""),
        ('想</think>\n<tool_call>\n{"name": "f"}\n</tool_call>\n', "想", "", '{"name": "f"}'),
        ("只有想法，没有结尾", "只有想法，没有结尾", "", ""),
        ("想 </thi", "想 </thi", "", ""),
        ("", "", "", ""),
    ],
)
def test_splitter_tells_the_channels_apart(text, reasoning, content, call):
    assert split([text]) == {"reasoning": reasoning, "content": content, "tool_call": call}


PIECE = st.one_of(st.sampled_from([*MARKS, "\n", " ", "<", "</"]), st.text(max_size=4))


@given(st.lists(PIECE, max_size=12), st.integers(1, 7))
@settings(max_examples=100)
def test_splitter_does_not_depend_on_how_the_text_is_cut(pieces, size):
    text = "".join(pieces)
    cut = [text[start : start + size] for start in range(0, len(text), size)]

    assert split(cut) == split([text])


def test_splitter_gives_settled_text_at_once():
    splitter = Splitter()

    assert list(splitter.feed("一二<")) == [("reasoning", "一二")]
    assert list(splitter.feed("三")) == [("reasoning", "<三")]
