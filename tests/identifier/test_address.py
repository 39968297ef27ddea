from __future__ import annotations

import pytest

from guard.identifier.address import find_addresses, find_birth_dates


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("我住在北京市朝阳区建国路88号", "北京市朝阳区建国路88号"),
        (
            "收件人张三，广东省深圳市南山区科技园路1号3栋502室，请尽快",
            "广东省深圳市南山区科技园路1号3栋502室",
        ),
        ("快递到上海浦东新区世纪大道100号环球中心20层", "上海浦东新区世纪大道100号环球中心20层"),
        ("支行\t南京市浦口区大桥北路9号", "南京市浦口区大桥北路9号"),
    ],
)
def test_address_is_found_whole(text: str, address: str) -> None:
    found = [text[match.start : match.end] for match in find_addresses(text) if match.score >= 0.5]

    assert found == [address]


@pytest.mark.parametrize("text", ["第3号文件", "坐3路公交车", "建国路很长", "他走了十里路", "2号楼的人"])
def test_address_is_not_seen_in_other_numbers(text: str) -> None:
    assert not [match for match in find_addresses(text) if match.score >= 0.5]


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("出生日期：1983年7月13日 9时", "1983年7月13日"),
        ("生于1990-12-31。", "1990-12-31"),
        ("1977年7月18日出生", "1977年7月18日"),
        ("DOB: 05/23/1990", "05/23/1990"),
        ("born on 3 May 1990 in", "3 May 1990"),
    ],
)
def test_birth_date_is_found_whole(text: str, date: str) -> None:
    assert [text[match.start : match.end] for match in find_birth_dates(text)] == [date]


def test_birth_date_needs_its_word() -> None:
    assert not list(find_birth_dates("会议于1990年5月3日召开"))
