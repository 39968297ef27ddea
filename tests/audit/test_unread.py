import pytest

from guard.audit.shape import exchanges
from guard.audit.unread import NAMED, Unread, shown, unread
from guard.types import Exchange

KEY = "AKIAIOSFODNN7EXAMPLE"
SAID = {"role": "assistant", "content": "a"}


@pytest.mark.parametrize(
    "more, names",
    [
        ({"note": "n", "score": 3}, ["'note'", "'score'"]),
        ({"note": "", "tags": [], "extra": {}, "none": None}, []),
        ({"id": 1, "time": "soon", "user": "u", "system": "be brief"}, []),
        ({"response": {"content": "a", "refusal": "no"}}, ["'response.refusal'"]),
        (
            {
                "response": {
                    "id": "1",
                    "model": "m",
                    "choices": [{"message": SAID, "index": 0}],
                    "usage": {"n": 1},
                }
            },
            [],
        ),
        (
            {"response": {"choices": [{"message": {**SAID, "note": "n"}}]}},
            ["'response.choices.message.note'"],
        ),
        (
            {"request": '{"messages": [{"role": "user", "content": "x", "note": "n"}]}'},
            ["'request.messages.note'"],
        ),
        ({"tool_calls": [{"function": {"name": "f", "arguments": {"n": "\n"}}}]}, []),
        ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "u"}}]}]}, []),
        ({"sources": [{"text": "t", "title": "l", "page": "p"}]}, ["'sources.page'"]),
        ({KEY: "x", "sources": [{"text": "t", KEY: "z"}]}, ["'…'", "'sources.…'"]),
        ({"13800138000": "x", "13900139000": "y"}, ["'…'"]),
    ],
)
def test_unread_names_what_no_exchange_holds(more, names):
    raw = {"prompt": "q", **more}

    assert unread(raw, exchanges(raw)) == names


def test_unread_names_what_is_nested_too_deeply():
    nested = "x"
    for _ in range(100_000):
        nested = [nested]

    assert unread({"prompt": "q", "history": nested}, [Exchange.of("q")]) == ["'history'"]


def test_unread_remarks_on_each_field_once_and_not_without_end():
    fields, raw = Unread(), {"prompt": "q", "note": "n"}
    many = {"prompt": "q", **{f"f{number}": 1 for number in range(2 * NAMED)}}

    assert fields.remark(raw, exchanges(raw)) == "fields that were not read: 'note'"
    assert fields.remark(raw, exchanges(raw)) is None
    assert fields.remark(many, exchanges(many)).endswith("; further ones are not named")
    assert fields.remark({**many, "more": 1}, exchanges(many)) is None


@pytest.mark.parametrize(
    "name, text",
    [
        ("note", "'note'"),
        ("a" * 99, f"'{'a' * 60}…'"),
        ("tel 13800138000", "'tel …'"),
        (f"{'a ' * 28}{KEY}", f"'{'a ' * 28}…'"),
        ("a\nb", "'a\\nb'"),
    ],
)
def test_shown_hides_what_a_name_should_not_tell(name, text):
    assert shown(name) == text
