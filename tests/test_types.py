import pytest

from guard.types import Action, Exchange, Message, Response, Source, Stage, ToolCall


def paths(exchange, stage):
    return [(part.path, part.text) for part in exchange.parts(stage)]


def test_action_is_ordered_from_allow_to_block():
    assert sorted(Action, reverse=True) == [
        Action.BLOCK,
        Action.RETRY,
        Action.REDACT,
        Action.FLAG,
        Action.ALLOW,
    ]
    assert str(Action.REDACT) == "redact"


def test_exchange_of_a_string_is_one_user_message():
    assert paths(Exchange.of("你好"), Stage.INPUT) == [("messages[0].content", "你好")]


def test_exchange_input_leaves_out_the_operators_own_words():
    exchange = Exchange.of(
        [
            {"role": "system", "content": "be kind"},
            {"role": "user", "content": "hi"},
            {"role": "assistant", "content": "hello"},
            {"role": "tool", "content": "42"},
        ]
    )

    assert paths(exchange, Stage.INPUT) == [("messages[1].content", "hi"), ("messages[2].content", "hello")]
    assert paths(exchange, Stage.TOOL_RESULT) == [("messages[3].content", "42")]


def test_exchange_parts_cover_reasoning_tool_calls_sources_and_titles():
    call = {"id": "1", "function": {"name": "send", "arguments": '{"to": "x"}'}}
    exchange = Exchange.of(
        [{"role": "assistant", "content": None, "reasoning_content": "hm", "tool_calls": [call]}],
        sources=["one", {"content": "two", "title": "Two"}],
        response={"content": "a", "reasoning": "r", "tool_calls": [call]},
    )

    assert paths(exchange, Stage.INPUT) == [
        ("messages[0].reasoning", "hm"),
        ("messages[0].tool_calls[0].arguments", '{"to": "x"}'),
    ]
    assert paths(exchange, Stage.SOURCES) == [
        ("sources[0].text", "one"),
        ("sources[1].text", "two"),
        ("sources[1].title", "Two"),
    ]
    assert paths(exchange, Stage.OUTPUT) == [("response.content", "a"), ("response.reasoning", "r")]
    assert paths(exchange, Stage.TOOL_CALL) == [("response.tool_calls[0].arguments", '{"to": "x"}')]


def test_exchange_parts_name_the_speaker_before_the_speech():
    talk = [{"role": role, "content": "hi", "name": "ann"} for role in ("system", "user", "tool")]
    exchange = Exchange.of(talk)

    assert paths(exchange, Stage.INPUT) == [("messages[1].name", "ann"), ("messages[1].content", "hi")]
    assert paths(exchange, Stage.TOOL_RESULT) == [("messages[2].content", "hi")]
    assert [part.is_name for part in exchange.parts(Stage.INPUT)] == [True, False]


def test_exchange_names_content_that_it_cannot_read():
    image = {"type": "image_url", "image_url": {"url": "data:"}}
    exchange = Exchange.of([{"role": "user", "content": [{"type": "text", "text": "look"}, image]}])

    assert paths(exchange, Stage.INPUT) == [("messages[0].content[0]", "look")]
    assert list(exchange.unread(Stage.INPUT)) == [("messages[0].content", "image_url")]
    answered = Exchange.of("look", response={"content": [image]})
    assert list(answered.unread(Stage.OUTPUT)) == [("response.content", "image_url")]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("text", Source("text")),
        ({"content": "text", "id": 7, "url": "u"}, Source("text", id="7", url="u")),
        ({}, Source("")),
        ({"text": "", "content": "text"}, Source("text")),
        ({"page_content": "text", "snippet": "more"}, Source("text\nmore")),
        (Source("same"), Source("same")),
    ],
)
def test_source_of_takes_the_common_shapes(raw, expected):
    assert Source.of(raw) == expected


def test_message_of_takes_odd_content():
    assert Message.of({"role": "user", "content": ["a", {"type": "text", "text": "b"}]}).text == "a\nb"
    assert Message.of({"content": 7}).unread == ("int",)


def test_message_of_writes_arguments_that_come_as_data_as_json():
    call = {"function": {"name": "send", "arguments": {"to": "张三"}}}

    assert Message.of({"tool_calls": [call]}).tool_calls[0].arguments == '{"to": "张三"}'


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"refusal": "no", "content": None}, Message("user", ("no",))),
        ({"reasoning_content": "a", "reasoning": "a"}, Message("user", (), "a")),
        ({"reasoning_content": "a", "reasoning": "b"}, Message("user", (), "a\nb")),
        (
            {"function_call": {"name": "f", "arguments": "x"}},
            Message("user", tool_calls=(ToolCall("f", "x"),)),
        ),
        (
            {"tool_calls": [{"custom": {"name": "f", "input": "x"}}]},
            Message("user", tool_calls=(ToolCall("f", "x"),)),
        ),
        ({"content": "a", "images": ["b"]}, Message("user", ("a",), unread=("images",))),
    ],
)
def test_message_of_takes_what_answers_hold(raw, message):
    assert Message.of(raw) == message


def test_response_of_takes_text_and_messages():
    assert Response.of("hi") == Response("hi")
    assert Response.of({"content": "hi", "reasoning_content": "so"}) == Response("hi", "so")
