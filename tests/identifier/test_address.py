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
        ("家住成都市金牛区蜀汉路528号3栋2单元1501", "成都市金牛区蜀汉路528号3栋2单元1501"),
        ("地址：杭州市西湖区文三路90号东部软件园3-2-1。", "杭州市西湖区文三路90号东部软件园3-2-1"),
        ("我住万科城市花园12栋3单元502", "万科城市花园12栋3单元502"),
        ("安徽省临泉县杨桥镇大李庄行政村小李庄45号", "安徽省临泉县杨桥镇大李庄行政村小李庄45号"),
        ("福建省晋江市陈埭镇涵口村东区128号", "福建省晋江市陈埭镇涵口村东区128号"),
        ("贵州省遵义市播州区三合镇三合村民组5号", "贵州省遵义市播州区三合镇三合村民组5号"),
        ("四川省西充县青龙乡红旗村5社12号", "四川省西充县青龙乡红旗村5社12号"),
        ("地址：河南省太康县马厂镇前何村", "河南省太康县马厂镇前何村"),
        ("北京市建国路88号2024-05-01开会", "北京市建国路88号"),
        ("北京市建国路88号3栋200人", "北京市建国路88号3栋"),
        ("北京市建国路88号3号楼2023年建成", "北京市建国路88号3号楼"),
    ],
)
def test_address_is_found_whole(text: str, address: str) -> None:
    found = [text[match.start : match.end] for match in find_addresses(text) if match.score >= 0.5]

    assert found == [address]


@pytest.mark.parametrize(
    "text",
    [
        *("第3号文件", "坐3路公交车", "建国路很长", "他走了十里路", "2号楼的人"),
        *("河北省石家庄3号线", "湖北省三峡大坝3号机组", "台湾1号病例", "钱庄3号店"),
        *("河南省太康县马厂镇前何村发生火灾", "某某镇新农村建设", "地址：太康县马厂镇的村民委员会"),
    ],
)
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
        ("birthday is 7th of March 1990", "7th of March 1990"),
        ('"birthday":"1990-03-07"', "1990-03-07"),
        ('dateOfBirth: "1990-03-07T00:00"', "1990-03-07"),
        ("birth_date=1990-03-07", "1990-03-07"),
        ("出生日期：**1990-03-07**", "1990-03-07"),
        ("| 出生日期 | 1990-03-07 |", "1990-03-07"),
        ("<birthday>1990-03-07</birthday>", "1990-03-07"),
        ("出生于一九九〇年三月七日", "一九九〇年三月七日"),
    ],
)
def test_birth_date_is_found_whole(text: str, date: str) -> None:
    assert [text[match.start : match.end] for match in find_birth_dates(text)] == [date]


@pytest.mark.parametrize(
    "text",
    [
        "会议于1990年5月3日召开",
        '"birthday": null, "created": "1990-03-07"',
        "出生地 | 1990-03-07",
        "stubborn on 2023-01-02",
        "birthday party on 2024-05-01",
    ],
)
def test_birth_date_needs_its_word(text: str) -> None:
    assert not list(find_birth_dates(text))
