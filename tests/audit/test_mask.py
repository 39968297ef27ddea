import json

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from guard.audit.mask import SHORT, Masked, Masker, cover, printable, shorten
from guard.engine import Report
from guard.text.notation import deeper
from guard.text.view import View
from guard.types import Exchange, Finding, Place, Unjudged

IDENTITY = "11010519491231002X"
MOBILE = "13800138000"
PART = "messages[0].content"


@pytest.fixture(scope="module")
def masker():
    return Masker()


def _found(text, value, filter="harm", part=PART):
    start = text.index(value)
    return Finding(filter, filter, start, start + len(value), 1.0, part=part)


def test_show_masks_what_was_found_and_what_stands_near(masker):
    text = f"我的身份证号是{IDENTITY}，手机{MOBILE}。"
    exchange = Exchange.of(text)
    snippet = masker.mask(exchange, []).show(_found(text, IDENTITY, "pii"))

    assert str(snippet) == "我的身份证号是‹1••••••••••••••••X›，手机1•••••••••0。"


def test_show_keeps_judged_text_but_hides_identifiers_in_it(masker):
    text = f"I will find you, {MOBILE}, and hurt you"
    snippet = masker.mask(Exchange.of(text), []).show(_found(text, text))

    assert str(snippet) == "‹I will find you, 1•••••••••0, and hurt you›"


def test_show_hides_listed_words_and_a_value_wherever_it_is_repeated():
    exchange = Exchange.of("the codename is bluebird", response="bluebird? never heard of it")
    masked = Masked(exchange, [_found("the codename is bluebird", "bluebird", "keyword")], set())

    assert str(masked.show(Place("response.content", 0, 9))) == "‹••••••••?› never heard of it"
    assert masked.scrub("chat-bluebird-1") == "chat-••••••••-1"
    assert masked.name("chat-bluebird-1") == "chat-••••••••-1"


@pytest.mark.parametrize(
    "value, text, shown",
    [
        ("张伟", "张伟您好", "••您好"),
        ("欧阳娜", "请找欧阳娜", "请找•••"),
        ("Ann", "a banner for Ann, 给Ann的", "a banner for •••, 给•••的"),
        ("某", "某人", "某人"),
        ("x", "x = 1", "x = 1"),
        ("12", "12 apples", "12 apples"),
    ],
)
def test_show_hides_short_names_and_words_wherever_they_are_repeated(value, text, shown):
    exchange = Exchange.of(f"{value}!", sources=[{"text": "t", "title": text}], response=text)
    masked = Masked(exchange, [_found(f"{value}!", value, "keyword")], set())

    assert masked.show(Place("response.content", 0, len(text))).found == shown
    assert masked.show(Place("sources[0].text", 0, 1)).title == shown
    assert masked.name(text) == shown


NESTINGS = st.lists(st.booleans(), max_size=3)


def _encoded(value, nesting):
    """What stands for the value in JSON within JSON, with ASCII only where that is so."""
    for ascii_only in nesting:
        value = json.dumps(value, ensure_ascii=ascii_only)[1:-1]
    return value


@given(st.text('"\\/aö张1\n😀', min_size=6, max_size=9), NESTINGS, NESTINGS)
@settings(max_examples=200, deadline=None)
def test_show_hides_a_value_however_it_is_written_wherever_it_stands(value, here, there):
    assume(len(value.strip()) >= SHORT)
    written, answer = _encoded(value, here), f"It is {_encoded(value, there)}!"
    found = Finding("keyword", "k", 0, len(written), 1.0, part=PART)
    masked = Masked(Exchange.of(written, response=answer), [found], set())
    shown = masked.show(Place("response.content", 0, len(answer)))

    assert not any(value in view.text for view in deeper(View.of(shown.found)))
    assert not any(value in view.text for view in deeper(View.of(masked.scrub(answer))))


@pytest.mark.parametrize(
    "name, shown",
    [
        (MOBILE, "1•••••••••0"),
        (f"chat-{IDENTITY}#2", "chat-1••••••••••••••••X#2"),
        ("li.lei@example.org", "l••••••••••••••••g"),
        ("550e8400-e29b-41d4-a716-446655440000", "550e8400-e29b-41d4-a716-446655440000"),
        ("log.jsonl:12", "log.jsonl:12"),
    ],
)
def test_name_hides_identifiers_that_stand_in_no_text(masker, name, shown):
    exchange = Exchange.of("q", sources=[{"text": "A warranty.", "id": name}])

    assert masker.bare().name(name) == shown
    assert masker.mask(exchange, []).show(Place("sources[0].text", 0, 1)).title == shown


def test_name_hides_all_of_what_cannot_be_judged(masker, monkeypatch):
    monkeypatch.setattr(masker._judge, "judge", lambda exchange: Report(unjudged=(Unjudged("pii", "late"),)))

    assert masker.bare().name("anyone") == "••••••"


def test_show_hides_a_value_that_the_window_cuts_off():
    text = "x" * 100 + "SECRETSECRET" + "y" * 65 + "bad"
    hidden = _found(text, "SECRETSECRET", "secret")
    snippet = Masked(Exchange.of(text), [hidden], set()).show(_found(text, "bad"))

    assert str(snippet) == "…" + "•" * 5 + "y" * 65 + "‹bad›"


def test_show_withholds_what_could_not_be_checked():
    masked = Masked(Exchange.of("something bad"), [], {PART})

    assert masked.show(Place(PART, 0, 4)).withheld
    assert masked.show(Place("sources[9].text", 0, 4)).withheld


def test_show_marks_the_sentence_of_a_claim_and_names_its_source():
    answer, source = "Hello. The warranty is 36 months long. Bye.", "A warranty of 24 months."
    exchange = Exchange.of("q", sources=[{"text": source, "title": "Terms"}], response=answer)
    masked = Masked(exchange, [], set())
    claim = masked.show(_found(answer, "36 months", "grounding", "response.content"))
    passage = masked.show(Place("sources[0].text", 14, 23))

    assert (claim.before, claim.head, claim.found) == ("Hello. ", "The warranty is ", "36 months")
    assert (claim.tail, claim.after) == (" long.", " Bye.")
    assert (str(passage), passage.title) == ("A warranty of ‹24 months›.", "Terms")


@pytest.mark.parametrize(
    "value, kind, covered",
    [
        ("1234567890", "ends", "1••••••••0"),
        ("123456789", "ends", "•••••••••"),
        ("1234567890", "all", "••••••••••"),
        ("k" * 80, "all", "•" * 24),
    ],
)
def test_cover_shows_at_most_the_ends(value, kind, covered):
    assert cover(value, kind) == covered


def test_shorten_leaves_out_the_middle():
    assert shorten("a" * 10, 10) == "a" * 10
    assert shorten("a" * 8 + "b" * 8, 12) == "aaaaaaaa […] bbbb"


def test_printable_replaces_what_files_cannot_hold_or_eyes_cannot_trust():
    assert printable("a\ud800b\x00c\u202ed\n\té") == "a�b�c�d\n\té"


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_show_never_shows_a_hidden_value(data):
    secret = data.draw(st.text("abcXYZ019", min_size=6, max_size=20))
    around = st.text("mno 。.", max_size=120)
    text = data.draw(around) + secret + data.draw(around) + secret + data.draw(around)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    filter = data.draw(st.sampled_from(["harm", "grounding", "keyword"]))
    exchange = Exchange.of(text)
    masked = Masked(exchange, [_found(text, secret, "secret")], set())

    assert secret not in str(masked.show(Finding(filter, filter, start, end, 1.0, part=PART)))
    assert secret not in masked.scrub(text)
