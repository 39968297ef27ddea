"""Which language of a text counts as one that a model does not cover."""

import pytest

from guard.models.coverage import uncovered

ZH_EN = ("zh", "en")
GREEK = "Αυτή είναι μια απλή πρόταση που δεν λέει τίποτα ιδιαίτερο. "
ENGLISH = "This is a plain sentence that says nothing in particular. "


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("请问明天上海的天气怎么样，需要带伞吗？我想去公园散步，还想看看博物馆。", ""),
        ("What will the weather be like tomorrow, and should I take an umbrella with me?", ""),
        ("सुप्रभात, कृपया मुझे बताइए कि कल मौसम कैसा रहेगा और क्या मुझे छाता लेना चाहिए", "hi"),
        ("พรุ่งนี้อากาศจะเป็นอย่างไร และฉันควรพกร่มไปด้วยหรือไม่ ช่วยบอกฉันหน่อยได้ไหม", "th"),
        ("ok", ""),
        ("12345 67890", ""),
        ("", ""),
    ],
)
def test_uncovered_names_plainly_foreign_text(text, code):
    assert uncovered(text, ZH_EN) == code


def test_uncovered_goes_by_what_is_covered():
    assert uncovered("Guten Morgen, ich möchte gern wissen, wie das Wetter morgen wird.", ZH_EN) == "de"
    assert uncovered("Guten Morgen, ich möchte gern wissen, wie das Wetter morgen wird.", ("de",)) == ""


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("-" * 2001 + GREEK * 20, "el"),
        ("1234567890 " * 3000 + GREEK * 6 + "1234567890 " * 3000, "el"),
        (ENGLISH * 100 + GREEK * 6, "el"),
        (ENGLISH * 100 + GREEK, ""),
        (ENGLISH + "for all α in Β and γδ ≤ ε, " * 200, ""),
        ("-" * 5000 + ENGLISH * 20, ""),
    ],
)
def test_uncovered_looks_at_the_whole_of_a_text(text, code):
    assert uncovered(text, ZH_EN) == code
