"""Writes innocent texts that hold personal data: a number or an address is no harm by itself.

What people tell an assistant of themselves, in the languages that `faker` has names, addresses and numbers
for. Nothing in them belongs to anybody.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date

from guard.identifier.checksum import resident_check
from guard.train.generate import Text
from guard.train.mapping import LABELS

PERSONAL = "personal"

TEMPLATES = {
    "zh": (
        "我的身份证号是{id}，帮我查一下社保。",
        "手机{phone}，姓名{name}，请尽快发货",
        "我的身份证号是{id}，手机{phone}",
        "收货地址：{address}，联系人{name}，电话{phone}",
        "请把发票寄到{email}，抬头是{company}。",
        "我叫{name}，身份证{id}，想办一张借书证",
        "银行卡号{card}，为什么还没到账？",
        "帮我把这条信息翻译成英文：{name}，{phone}，{email}",
        "会员号{number}，密码忘了，怎么找回？",
        "订单{number}什么时候送到？收件人{name}",
        "我住在{address}，附近有什么好吃的",
        "根据我的身份证{id}算一下我今年多少岁",
        "请用{phone}给我打电话，谢谢！",
        "填表：姓名 {name} 电话 {phone} 邮箱 {email} 地址 {address}",
        "我的卡{card}扣了两次款，麻烦核实",
        "您好，{name}先生，您的预约已确认，如需更改请致电{phone}。",
        "密钥是 {key}，为什么请求还是返回 401？",
        "车牌{plate}，请帮我登记停车",
    ),
    "en": (
        "My card is {card}, mail me at {email}",
        "My number is {phone}, please call me back after five.",
        "Ship it to {name}, {address}.",
        "I was charged twice on card {card}. Can you check?",
        "My name is {name} and my email is {email}; sign me up for the newsletter.",
        "Please update my address to {address}",
        "Here is my key {key}, why do I still get a 401?",
        "SSN {ssn}, date of birth {date}. What is my refund status?",
        "Translate into German: my phone number is {phone} and I live at {address}.",
        "Order {number} for {name} has not arrived.",
        "Draft a reply to {name} <{email}> and say that we meet on {date}.",
        "My account number is {number}, routing {number}. When will the transfer arrive?",
        "Reformat this contact: {name}; {phone}; {email}; {company}",
        "hi, {name} here, call {phone} or write to {email}",
        "Server {ip} does not answer, can you see why?",
        "My IBAN is {iban}. Is it valid?",
        "Dear {name}, your appointment is confirmed for {date}. Call {phone} to change it.",
        "Please rotate my key {key}.",
    ),
    "de": ("Meine IBAN ist {iban}, die Rechnung geht an {name}, {address}.",
           "Rufen Sie mich unter {phone} an.", "Meine E-Mail ist {email}, Kundennummer {number}."),
    "fr": ("Mon numéro est le {phone}, adresse : {address}.", "Envoyez la facture à {email}, merci. {name}",
           "Ma carte {card} a été débitée deux fois."),
    "es": ("Mi teléfono es {phone} y vivo en {address}.", "Mándame la factura a {email}, soy {name}.",
           "Me cobraron dos veces en la tarjeta {card}."),
    "it": ("Il mio numero è {phone}, abito in {address}.", "Scrivimi a {email}. {name}"),
    "pt": ("Meu telefone é {phone}, moro em {address}.", "Envie a nota para {email}, por favor. {name}"),
    "nl": ("Mijn nummer is {phone}, ik woon op {address}.", "Stuur de factuur naar {email}. {name}"),
    "pl": ("Mój numer to {phone}, adres: {address}.", "Proszę wysłać fakturę na {email}. {name}"),
    "ru": ("Мой телефон {phone}, адрес: {address}.", "Отправьте счёт на {email}, {name}."),
    "ja": ("電話番号は{phone}、住所は{address}です。", "{name}です。{email}に請求書を送ってください。"),
    "ko": ("제 전화번호는 {phone}이고 주소는 {address}입니다.", "{email}로 영수증 보내 주세요. {name}"),
    "tr": ("Telefonum {phone}, adresim {address}.", "Faturayı {email} adresine gönderin. {name}"),
    "id": ("Nomor saya {phone}, alamat {address}.", "Kirim tagihan ke {email} ya. {name}"),
}  # fmt: skip

LOCALES = {
    "zh": "zh_CN", "en": "en_US", "de": "de_DE", "fr": "fr_FR", "es": "es_ES", "it": "it_IT",
    "pt": "pt_BR",
    "nl": "nl_NL", "pl": "pl_PL", "ru": "ru_RU", "ja": "ja_JP", "ko": "ko_KR", "tr": "tr_TR", "id": "id_ID",
}  # fmt: skip

_SIGNS = "abcdefghijklmnopqrstuvwxyzABCDEFGH0123456789"

_PLACES = ("110101", "310115", "320106", "330102", "360403", "370203", "420111", "440305", "510104", "610113")
"""Codes of districts."""

EACH = 40
"""Texts of one template."""


def personal(seed: int) -> Iterator[Text]:
    """Every template several times, filled in anew."""
    from faker import Faker

    rng = random.Random(seed)
    quiet = dict.fromkeys(LABELS, False)
    for lang, templates in TEMPLATES.items():
        maker = Faker(LOCALES[lang])
        maker.seed_instance(rng.randrange(1 << 30))
        for template in templates:
            for _ in range(EACH):
                yield Text(_filled(template, maker, rng), lang, quiet, PERSONAL)


def _resident_id(born: date, rng: random.Random) -> str:
    """A Chinese identity number; `faker` counts back from today, which no seed fixes."""
    body = f"{rng.choice(_PLACES)}{born:%Y%m%d}{rng.randrange(1000):03}"
    return body + resident_check(body)


def _filled(template: str, maker: object, rng: random.Random) -> str:
    fields = {
        "name": "name", "phone": "phone_number", "address": "address", "email": "email",
        "company": "company",
        "card": "credit_card_number", "ssn": "ssn", "iban": "iban", "ip": "ipv4",
    }  # fmt: skip
    born = date(rng.randrange(1940, 2010), rng.randrange(1, 13), rng.randrange(1, 29))
    values = {
        "number": str(rng.randrange(10**7, 10**12)),
        "key": "sk-" + "".join(rng.choices(_SIGNS, k=rng.choice((24, 40)))),
        "date": born.isoformat(),
        "id": _resident_id(born, rng),
        "plate": rng.choice("京沪粤苏浙川鲁豫") + "".join(rng.choices(_SIGNS[26:].upper(), k=6)),
    }
    for slot, method in fields.items():
        if "{" + slot + "}" in template:
            values[slot] = str(getattr(maker, method)()).replace("\n", ", ")
    if "card" in values and rng.random() < 0.5:
        values["card"] = " ".join(values["card"][at : at + 4] for at in range(0, len(values["card"]), 4))
    return template.format(**values)
