import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.text.segment import closed, sentences

PIECES = st.sampled_from(
    [
        *"。！？；…।؟.!?\n\r \t\"'*`[]1a中A”’」(-#|,~\x00\ud800😀",
        "```\n", "Dr. ", "e.g. ", "U.S. ", "The ", "etc. ", "no. 5", "3.5", "https://a.b/c?d=e", "[1]", "**",
        "\n\n", "\n- ", "word", "……", "...", "。”", '."', "~~~\n", "p.m.\n",
        "^[1]", "[2]^", "【1】", "¹", "^", "‼", "\ufe0f", "\u200d", "\u0301",
        "| a |\n|---|\n", "| ", "\r\n", "(Acme Inc.) ", "（U.S.）", '?" ', "&amp;", "，",
    ]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=24).map("".join) | st.text(max_size=60)


def cut(text):
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \n\t", []),
        ("今天下雨。我没带伞！你呢？", ["今天下雨。", "我没带伞！", "你呢？"]),
        ("先备份；再升级。", ["先备份；", "再升级。"]),
        ("他说：“走吧。”然后走了。", ["他说：“走吧。”", "然后走了。"]),
        ("真的吗？！真的。", ["真的吗？！", "真的。"]),
        ("他想了想……走了。", ["他想了想……", "走了。"]),
        ("Dr. Li came. He left.", ["Dr. Li came.", "He left."]),
        ("Use a tool, e.g. Make. It works.", ["Use a tool, e.g. Make.", "It works."]),
        ("J. K. Rowling wrote it. We read it.", ["J. K. Rowling wrote it.", "We read it."]),
        ("The U.S. Army left. Peace came.", ["The U.S. Army left.", "Peace came."]),
        ("He moved to the U.S. The rest stayed.", ["He moved to the U.S.", "The rest stayed."]),
        ("It costs 3.5 dollars. v1.2 is out.", ["It costs 3.5 dollars.", "v1.2 is out."]),
        ("See https://a.example/b?c=d. Then go.", ["See https://a.example/b?c=d.", "Then go."]),
        ("He said no. Then no. 5 won.", ["He said no.", "Then no. 5 won."]),
        ("Well… maybe. Wait... He came.", ["Well… maybe.", "Wait...", "He came."]),
        ('"Go." He went.', ['"Go."', "He went."]),
        ("It rose.[1] It fell.[^2]", ["It rose.[1]", "It fell.[^2]"]),
        ("涨了。【1】跌了。^[1][2]^稳了。[1-3]", ["涨了。【1】", "跌了。^[1][2]^", "稳了。[1-3]"]),
        ("**完成。**然后休息。", ["**完成。**", "然后休息。"]),
        ("完成。**注意**安全。", ["完成。", "**注意**安全。"]),
        ("- one\n- two\n- three", ["- one", "- two", "- three"]),
        ("Acme (Acme Inc.) rose in May. It fell.", ["Acme (Acme Inc.) rose in May.", "It fell."]),
        ("Dr. Wu (Ph.D.) said so. He left.", ["Dr. Wu (Ph.D.) said so.", "He left."]),
        ("Sales (excl. the U.S.) rose. Then", ["Sales (excl. the U.S.) rose.", "Then"]),
        ("The firm (Orbis Ltd.) Asia rose.", ["The firm (Orbis Ltd.) Asia rose."]),
        ('He said "we grow." on Monday. So', ['He said "we grow." on Monday.', "So"]),
        ('"Is it free?" she asked. No.', ['"Is it free?" she asked.', "No."]),
        ('He said "go." Then he left.', ['He said "go."', "Then he left."]),
        ("He left. (It was late.) Then he slept.", ["He left.", "(It was late.)", "Then he slept."]),
        ("It costs 5 (incl. tax.) The rest", ["It costs 5 (incl. tax.)", "The rest"]),
        ("It rose.[1] iPhone sales fell.", ["It rose.[1]", "iPhone sales fell."]),
        ("公司（Acme Inc.）上涨5%。好。", ["公司（Acme Inc.）上涨5%。", "好。"]),
        ("公司（Acme Inc.） 上涨5%。好。", ["公司（Acme Inc.） 上涨5%。", "好。"]),
        ("总部在U.S.，他说。好。", ["总部在U.S.，他说。", "好。"]),
        ("“走吧！”，他说。好。", ["“走吧！”，他说。", "好。"]),
        ("（He left.）然后走了。", ["（He left.）", "然后走了。"]),
        ("AT&amp;T rose; it&#39;s big. So", ["AT&amp;T rose;", "it&#39;s big.", "So"]),
        ("| a | b |\n|---|:-:|\n| 1 | 2 |\n| 3 | 4 |", ["| a | b |\n|---|:-:|", "| 1 | 2 |", "| 3 | 4 |"]),
        ("| a |\r\n| --- |\r\n| 1 |", ["| a |\r\n| --- |", "| 1 |"]),
        ("| a |\n\n|---|\n| 1 |", ["| a |", "|---|", "| 1 |"]),
        ("1. Open it. 2. Close it.", ["1. Open it.", "2. Close it."]),
        ("1.打开。2.关闭。", ["1.打开。", "2.关闭。"]),
        ("a long line that\nwraps here. End", ["a long line that\nwraps here.", "End"]),
        ("标题\n正文", ["标题", "正文"]),
        ("# title\nbody", ["# title", "body"]),
        ("Run:\n```py\nx = 1. y\n\nz\n```\nDone.", ["Run:", "```py\nx = 1. y\n\nz\n```", "Done."]),
        ("```\nunclosed. code", ["```\nunclosed. code"]),
        ("मैं घर गया। वह आया।", ["मैं घर गया।", "वह आया।"]),
        ("كيف حالك؟ بخير.", ["كيف حالك؟", "بخير."]),
        ("Great!😀 Next", ["Great!", "😀 Next"]),
        ("很坏‼️下一句。真的吗⁉️是的。", ["很坏‼️", "下一句。", "真的吗⁉️", "是的。"]),
        ("It is bad‼️ It is fine.", ["It is bad‼️", "It is fine."]),
        ("“坏！\ufe0f”好。", ["“坏！\ufe0f”", "好。"]),
    ],
)
def test_sentences_cut_where_a_reader_would(text, expected):
    assert cut(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("今天下雨", 0),
        ("今天下雨。", 0),
        ("今天下雨。我", 5),
        ("It rose. It fe", 8),
        ("It rose.", 0),
        ("at 5 p.m. Th", 0),
        ("at 5 p.m. The end", 9),
        ("It rose.[1", 0),
        ("涨了。^[1", 0),
        ("涨了。【", 0),
        ('He said "go." ', 0),
        ('He said "go." H', 13),
        ("(Acme Inc.) r", 0),
        ("| a |\n|-", 0),
        ("| a |\n| b", 5),
        ("| a |\n|---|\n| b", 11),
        ("line\n\n", 4),
        ("line\n", 0),
        ("很坏‼", 0),
        ("很坏‼\ufe0f", 0),
        ("很坏‼\ufe0f下", 4),
        ("```\na\n```\n", 9),
        ("```\na\n```", 0),
    ],
)
def test_closed_stops_before_what_may_still_change(text, expected):
    assert closed(text) == expected


@given(TEXTS)
@settings(max_examples=100)
def test_sentences_are_ordered_and_cover_all_but_space(text):
    spans = sentences(text)
    flat = [offset for span in spans for offset in span]
    assert flat == sorted(flat)
    assert all(start < end for start, end in spans)
    assert all(text[start:end] == text[start:end].strip() for start, end in spans)
    covered = "".join(text[start:end] for start, end in spans)
    assert "".join(covered.split()) == "".join(text.split())


@given(TEXTS, TEXTS)
@settings(max_examples=100)
def test_closed_sentences_survive_any_extension(prefix, extension):
    done = closed(prefix)
    before = [span for span in sentences(prefix) if span[1] <= done]
    after = [span for span in sentences(prefix + extension) if span[0] < done]
    assert after == before
    assert closed(prefix + extension) >= done


@given(TEXTS)
@settings(max_examples=100)
def test_sentences_may_be_cut_piece_by_piece(text):
    done = closed(text)
    rest = [(start + done, end + done) for start, end in sentences(text[done:])]
    assert [span for span in sentences(text) if span[1] > done] == rest
