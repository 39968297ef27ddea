"""The stand-in answers by trigger, streams the same text and remembers what it was sent."""

import pytest

from guard.clients.scripted import ScriptedErnie
from guard.types import Message

SCRIPT = {"西湖": "西湖在杭州，about 6.4 km²。", "湖": "湖。"}


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("介绍一下西湖", SCRIPT["西湖"]),
        ("湖在哪里", "湖。"),
        ("你好", "不知道。"),
        ("", "不知道。"),
        ([], "不知道。"),
        ([{"role": "user", "content": "西湖"}, {"role": "user", "content": "你好"}], "不知道。"),
        ([{"role": "user", "content": "西湖"}, {"role": "assistant", "content": "…"}], SCRIPT["西湖"]),
    ],
)
def test_scripted_answers_by_the_first_trigger_of_the_last_user_message(asked, answer):
    ernie = ScriptedErnie(SCRIPT, default="不知道。")

    assert ernie(asked) == answer
    assert "".join(ernie.stream(asked)) == answer


def test_scripted_streams_in_pieces_and_keeps_what_it_received():
    ernie = ScriptedErnie(SCRIPT)

    assert list(ernie.stream("西湖"))[:3] == ["西", "湖", "在"]
    assert ernie.received == [(Message("user", ("西湖",)),)]
