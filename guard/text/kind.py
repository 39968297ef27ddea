"""The plain names of labels, as they stand in placeholders: 人名, PERSON."""

from __future__ import annotations

KINDS = {
    "pii": ("PERSONAL_DATA", "个人信息"),
    "pii.address": ("ADDRESS", "地址"),
    "pii.bank_card": ("BANK_CARD", "银行卡号"),
    "pii.birth_date": ("BIRTH_DATE", "出生日期"),
    "pii.cn_address": ("ADDRESS", "地址"),
    "pii.cn_passport": ("PASSPORT", "护照号"),
    "pii.cn_permanent_resident_id": ("RESIDENCE_PERMIT", "永久居留证号"),
    "pii.cn_plate": ("NUMBER_PLATE", "车牌号"),
    "pii.cn_postal_code": ("POSTAL_CODE", "邮政编码"),
    "pii.cn_resident_id": ("ID_NUMBER", "身份证号"),
    "pii.cn_social_insurance": ("INSURANCE_NUMBER", "社保卡号"),
    "pii.cn_travel_permit": ("TRAVEL_PERMIT", "通行证号"),
    "pii.cn_uscc": ("COMPANY_CODE", "统一社会信用代码"),
    "pii.email": ("EMAIL", "邮箱"),
    "pii.iban_code": ("BANK_ACCOUNT", "银行账号"),
    "pii.ip": ("IP_ADDRESS", "IP地址"),
    "pii.location": ("PLACE", "地名"),
    "pii.organisation": ("ORGANISATION", "机构名"),
    "pii.person": ("PERSON", "人名"),
    "pii.phone": ("PHONE", "电话"),
    "pii.qq": ("QQ", "QQ号"),
    "pii.url": ("LINK", "网址"),
    "pii.us_ssn": ("SSN", "社会安全号"),
    "pii.wechat": ("WECHAT", "微信号"),
    "secret": ("SECRET", "密钥"),
    "secret.password": ("PASSWORD", "密码"),
    "secret.url_password": ("PASSWORD", "密码"),
    "grounding": ("NOT_IN_SOURCES", "资料中没有"),
    "grounding.contradicted": ("CONTRADICTS_SOURCES", "与资料不符"),
    "self_consistency": ("NOT_CONSISTENT", "说法不一致"),
    "self_consistency.uncertain": ("UNCERTAIN", "不确定"),
    "citation": ("CITATION_ERROR", "引用有误"),
    "keyword": ("WORD", "词语"),
    "regex": ("CODE", "编号"),
}
"""The kind that a label is, in English and in Chinese; a longer label falls back on its beginning."""

UNKNOWN = ("VALUE", "内容")

LANGUAGES = ("en", "zh")
"""The languages of the names; any other gets the first."""


def kind_of(label: str, language: str) -> str:
    """The plain name of a label in a language (ISO 639-1).

    >>> kind_of("pii.person", "zh"), kind_of("secret.aws_access_key", "en")
    ('人名', 'SECRET')
    """
    own = label
    while own not in KINDS and "." in own:
        own = own.rpartition(".")[0]
    names = KINDS.get(own, UNKNOWN)
    return names[LANGUAGES.index(language) if language in LANGUAGES else 0]
