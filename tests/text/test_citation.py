import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.text.citation import read
from guard.text.cite import markers
from guard.types import Source

SOURCES = (
    Source("one", title="Harbour Hall yearbook", url="https://www.example.com/hall#top"),
    Source("two", id="faq-2"),
    Source("three", id="40"),
)


def spell(text):
    """Each marker's words, the indices it cites, how many it names in vain, and whether it has a fault."""
    return [
        (text[marker.start : marker.end], marker.cited, marker.unknown, bool(marker.fault))
        for marker in markers(text, SOURCES)
    ]


@pytest.mark.parametrize(
    ("text", "marker", "cited"),
    [
        ("涨了[1]。", "[1]", (0,)),
        ("It rose [ 2 ].", "[ 2 ]", (1,)),
        ("It rose[1, 2].", "[1, 2]", (0, 1)),
        ("涨了[1，3]。", "[1，3]", (0, 2)),
        ("It rose [1-3].", "[1-3]", (0, 1, 2)),
        ("It rose [1–2].", "[1–2]", (0, 1)),
        ("It rose.[^2]", "[^2]", (1,)),
        ("涨了【1】。", "【1】", (0,)),
        ("涨了［１］。", "［１］", (0,)),
        ("涨了【1†来源】。", "【1†来源】", (0,)),
        ("涨了^[1]^。", "^[1]^", (0,)),
        ("涨了[[2]]。", "[[2]]", (1,)),
        ("涨了[来源2]。", "[来源2]", (1,)),
        ("It rose [citation:1].", "[citation:1]", (0,)),
        ("It rose [ref_2].", "[ref_2]", (1,)),
        ("It rose [faq-2].", "[faq-2]", (1,)),
        ("It rose [40].", "[40]", (2,)),
        ("涨了¹²。", "¹²", ()),
        ("The prices rose¹.", "¹", (0,)),
        ("涨了<sup>2</sup>。", "<sup>2</sup>", (1,)),
        ("It rose ([report](http://example.com/hall/)).", "[report](http://example.com/hall/)", (0,)),
        ("涨了[[1]](https://example.com/hall)。", "[[1]](https://example.com/hall)", (0,)),
        ("见https://example.com/hall。", "https://example.com/hall", (0,)),
        ("**涨了**[1]", "[1]", (0,)),
        ("It _really rose_[1]", "[1]", (0,)),
        ("According to data[1], it rose.", "[1]", (0,)),
        ("涨了（来源1）。", "（来源1）", (0,)),
        ("涨了（见资料 2、资料3）。", "（见资料 2、资料3）", (1, 2)),
        ("涨了[来源1和来源3]。", "[来源1和来源3]", (0, 2)),
        ("It rose (Source 1).", "(Source 1)", (0,)),
        ("It rose (sources 1 and 2).", "(sources 1 and 2)", (0, 1)),
        ("涨了①。", "①", (0,)),
        ("涨了5%①、②。", "①、②", (0, 1)),
        ("涨了①②。", "①②", (0, 1)),
        ("Profits rose③ and stayed.", "③", (2,)),
        ("It rose [S1].", "[S1]", (0,)),
        ("It rose [1, p. 5].", "[1, p. 5]", (0,)),
        ("It rose [Document 2, pp. 3-4].", "[Document 2, pp. 3-4]", (1,)),
        ("涨了[1，第3页]。", "[1，第3页]", (0,)),
        ("It costs $40<ref>1</ref>.", "<ref>1</ref>", (0,)),
        ("根据资料1，涨了。", "资料1", (0,)),
        ("Source 2 says it rose.", "Source 2", (1,)),
        ("| price | 8 [1] |", "[1]", (0,)),
    ],
)
def test_markers_are_read_in_every_form(text, marker, cited):
    assert [(words, found) for words, found, _, _ in spell(text)] == [(marker, cited)]


def test_markers_in_a_run_are_read_one_by_one():
    assert spell("岚图是新品牌^[1][2]^。") == [("^[1]", (0,), 0, False), ("[2]^", (1,), 0, False)]


def test_markers_leave_the_carets_to_those_that_name_a_source():
    assert [words for words, _, _, _ in spell("涨了^[1][7]^。")] == ["[1]", "[7]"]
    assert [words for words, _, _, _ in spell("涨了^[7]^。")] == ["^[7]^"]


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("涨了[4]。", 1),
        ("It rose [0].", 1),
        ("It rose [2-5].", 2),
        ("It rose [^note].", 1),
        ("It rose [faq-7].", 1),
        ("涨了[[1]](https://example.com/other)。", 1),
        ("涨了【120】。", 1),
        ("涨了（来源9）。", 1),
        ("It rose [S9].", 1),
        ("It rose<ref>9</ref>.", 1),
        ("| price | 8 [9] |", 1),
    ],
)
def test_markers_count_what_they_name_in_vain(text, unknown):
    assert [(count, fault) for _, _, count, fault in spell(text)] == [(unknown, False)]


@pytest.mark.parametrize(
    ("text", "marker"),
    [
        ("涨了[1。", "[1"),
        ("It rose [2", "[2"),
        ("It rose [1,].", "[1,]"),
        ("It rose [3-1].", "[3-1]"),
        ("It rose [1-].", "[1-]"),
        ("涨了[1】。", "[1】"),
        ("涨了^[1]。", "^[1]"),
        ("涨了[1]^。", "[1]^"),
        ("It rose [citation needed].", "[citation needed]"),
        ("涨了[来源]。", "[来源]"),
        ("It rose [^].", "[^]"),
        ("It rose ^[1]^[2]^.", "[2]^"),
    ],
)
def test_markers_that_are_malformed_say_so(text, marker):
    assert [words for words, _, _, fault in spell(text) if fault] == [marker]


@pytest.mark.parametrize(
    "text",
    [
        "用 a[1] 取值。", "rows[0] is the head.", "x = items[1] = 3", "call f(x)[1] twice", "sys.argv[1]",
        "my_list[2]",
        "`[1]` is a marker",
        "```\ny = [9]\n```", "~~~\n[9]", "| a [9] | b |\n|---|---|",
        "数组是 [1, 2, 3]。", "returns [1,2]", "在区间[1-9]内", "half-open [0, 1)", "[[1, 2], [3, 4]]",
        "[2024] 年", "[2023-05-01]", "[05-01]", "日期：[12-25]", "[10:30]", "[1.5]",
        "- [ ] 任务",
        "- [x] done",
        "[a]", "[]",
        "面积100平方米²", "10² 等于 100", "E = mc²",
        "[链接](https://else.example/)", "![1](https://else.example/a.png)",
        "[^9]: A note.", "[9]: https://else.example/", "1. [9] Harbour Hall yearbook, 2019.", "【7】报名方式",
        "正文。\n\n参考资料：\n[8] 某报告，2020年。\n9. 某书",
        "（资料3份）", "(references 2019)", "(document 3 pages)", "（来源：某报）", "(1)", "（参考2023年报）",
        "步骤：①开机；②关机。", "① Open it. ② Close it.", "选择方案①。", "如图②，涨了。", "涨了⑨。",
        "条件①、②都满足。",
        "分为①甲②乙，其中甲①。",
        "| a | b [9] |\n|---|---|", "根据资料9，涨了。", "根据资料3份", "Document 9 says so.", "心音(S1)",
        "[500] people", "[-1]", "[TODO] fix", "【注意】小心",
    ],
)  # fmt: skip
def test_markers_leave_look_alikes(text):
    assert spell(text) == []


@pytest.mark.parametrize(
    ("text", "statements"),
    [
        ("涨了三倍。【1】又跌了。", [("涨了三倍。【1】", 1), ("又跌了。", 0)]),
        ("It rose. [1] It fell.", [("It rose. [1]", 1), ("It fell.", 0)]),
        ("It rose.[1] It fell.", [("It rose.[1]", 1), ("It fell.", 0)]),
        ("It rose. [1] reports more.", [("It rose.", 0), ("[1] reports more.", 1)]),
        ("It rose.\n[1] said so.", [("It rose.", 0), ("[1] said so.", 1)]),
        ("价格上涨了[1]，销量下降了[2]。", [("价格上涨了[1]", 1), ("销量下降了[2]。", 1)]),
        ("价格上涨[1][2]。", [("价格上涨[1][2]。", 2)]),
        (
            "According to [1] the price rose, whereas [2] says sales fell.",
            [("According to [1] the price rose, whereas", 1), ("[2] says sales fell.", 1)],
        ),
        ("[1]", [("[1]", 1)]),
        ("根据[1]，价格上涨了。", [("根据[1]，价格上涨了。", 1)]),
        ("| a | b |\n|---|---|\n| c | 5 [1] |\n上涨了。", [("| c | 5 [1] |", 1), ("上涨了。", 0)]),
        ("根据资料1，上涨了。", [("根据资料1，上涨了。", 1)]),
        ("Source 1 says that it rose.", [("Source 1 says that it rose.", 1)]),
    ],
)
def test_read_gives_each_marker_its_statement(text, statements):
    found = read(text, SOURCES)

    assert [(text[item.start : item.end], len(item.markers)) for item in found] == statements


def test_read_takes_what_names_the_source_out_of_the_claim():
    for text in ("根据[1]，价格上涨了。", "价格上涨了（来源：[1]）。"):
        (statement,) = read(text, SOURCES)
        assert "".join(statement.text.split()).strip("，。（）") == "价格上涨了"
        assert len(statement.text) == statement.end - statement.start


PIECES = st.sampled_from(
    [*"[]【】［^¹²1290,，-–a中。.\n `|()<", "[1]", "^[1]^", "[1-3]", "faq-2", "来源", "```\n", "[a](",
     "http://example.com/hall", "word ", "According to ", "参考资料\n", "<sup>", "</sup>", "。[", " ", "\t"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=30).map("".join) | st.text(max_size=60))
@settings(max_examples=150, deadline=None)
def test_read_keeps_to_the_text_whatever_it_is(text):
    found = read(text, SOURCES)
    flat = [place for item in found for place in (item.start, item.end)]
    own = [marker for item in found for marker in item.markers]

    assert flat == sorted(flat)
    assert all(0 <= item.start < item.end <= len(text) for item in found)
    assert all(len(item.text) == item.end - item.start for item in found)
    assert all(
        item.start <= marker.start < marker.end <= item.end for item in found for marker in item.markers
    )
    assert own == markers(text, SOURCES)
    assert all(one.end <= other.start for one, other in itertools.pairwise(own))
