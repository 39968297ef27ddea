import pytest

from guard.errors import OptionError
from guard.registry import create
from guard.types import Exchange, Finding, Part, Stage, Unjudged


def scan(text, allowed):
    made = create("language", {"allowed": allowed})
    return list(made.scan(Part(Stage.INPUT, "p", text), Exchange.of(text)))


def test_language_finding_covers_the_text_and_names_the_language():
    (found,) = scan("Wie wird das Wetter morgen in Hamburg?", ["zh", "en"])

    assert isinstance(found, Finding)
    assert (found.label, found.start, found.end) == ("language.not_allowed", 0, 38)
    assert found.reason == "language de, allowed are zh, en"


def test_language_is_not_asked_of_names():
    part = Part(Stage.INPUT, "messages[0].name", "さくら")
    assert list(create("language", {"allowed": ["zh"]}).scan(part, Exchange())) == []


def test_language_says_when_it_cannot_tell():
    (item,) = scan("ꀀꀁꀂꀃꀄꀅꀆꀇꀈꀉ" * 3, ["zh"])

    assert isinstance(item, Unjudged)


@pytest.mark.parametrize("text", ["嗯", "12:30", "https://example.com/de/hallo-welt", "\ud800" * 30])
def test_language_passes_what_has_no_language(text):
    assert scan(text, ["zh"]) == []


@pytest.mark.parametrize(
    ("allowed", "message"),
    [
        (["zh", "zh-CN"], "no language 'zh-CN'; did you mean 'zh'?"),
        (["zh", "eng"], "no language 'eng'; did you mean 'en'?"),
    ],
)
def test_language_refuses_unknown_codes(allowed, message):
    with pytest.raises(OptionError) as caught:
        create("language", {"allowed": allowed})

    assert (caught.value.option, caught.value.index, str(caught.value)) == ("allowed", 1, message)
