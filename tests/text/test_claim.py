import pytest

from guard.text.claim import is_claim, skip_preface


@pytest.mark.parametrize(
    "sentence",
    [
        "您好！", "希望以上内容对您有帮助。", "Feel free to ask.",
        "抱歉，我无法回答这个问题。",
        "I'm sorry, I can't say.",
        "资料中没有提到具体日期。", "The document does not mention a price.",
        "我认为这是个好主意。", "Perhaps it will rain.",
        "你想了解哪一款？",
        "Which one do you mean?", "```py\nx = 1\n```", "# Overview", "主要内容如下：", "|---|---|", "***",
    ],
)  # fmt: skip
def test_is_claim_passes_over_talk(sentence):
    assert not is_claim(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "年卡售价2600元。",
        "- The fee is due in May.",
        "我认为价格是300元。",
        "The bridge opened in 1931.",
        "| 价格 | 300元 |",
    ],
)
def test_is_claim_takes_statements(sentence):
    assert is_claim(sentence)


@pytest.mark.parametrize(
    ("sentence", "rest"),
    [
        ("根据资料，增幅为3%。", "增幅为3%。"),
        ("- According to the sources, it rose.", " it rose."),
        ("1. 价格上涨。", "价格上涨。"),
        ("It rose.", "It rose."),
    ],
)
def test_skip_preface_leaves_the_claim(sentence, rest):
    assert sentence[skip_preface(sentence) :] == rest
