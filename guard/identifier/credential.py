"""Keys, tokens and passwords, as a table: provider, pattern, check.

The patterns run in linear time on a copy of the text (`guard.identifier.announced`). A pattern is tried only
where one of its literals occurs.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import re2

from guard.deadline import watched
from guard.identifier.announced import (
    KEY,
    LINK,
    PASSWORD,
    QUOTE,
    STRONG,
    after_key,
    before_marks,
    before_stop,
    entropy,
    one_byte,
    rate_key,
    rate_password,
    rate_touching,
    rate_url_password,
    whole,
)
from guard.identifier.match import Match

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Credential:
    """One kind of secret. `literals`, in lower case, are what its text must contain.

    The pattern's first group is the secret, and `ends` tells where that ends of what the group holds. `check`
    gives the score, 0 for what is none.
    """

    label: str
    literals: tuple[bytes, ...]
    pattern: str
    reason: str
    check: Callable[[str], float] = lambda secret: 0.97
    ends: Callable[[str, int, int], int] = before_marks

    @cached_property
    def compiled(self) -> Any:
        """The pattern, compiled at first use."""
        return re2.compile(self.pattern.encode("ascii"))


def github_check(body: str) -> str:
    """The last six characters of a classic GitHub token: CRC-32 of the first 30 in base 62.

    Source: GitHub's note on its token formats of April 2021.
    """
    value, digits = zlib.crc32(body.encode("ascii")), ""
    while value:
        value, rest = divmod(value, 62)
        digits = _BASE62[rest] + digits
    return digits.rjust(6, "0")


def _github(token: str) -> float:
    body = token.partition("_")[2]
    return 0.99 if github_check(body[:30]) == body[30:] else 0.7


def _varied(secret: str) -> float:
    return 0.95 if entropy(secret) >= 3.0 else 0.0


def _jwt(token: str) -> float:
    """A JSON Web Token (RFC 7519) has a header that names its algorithm."""
    head = token.partition(".")[0]
    try:
        header = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return 0.0
    return 0.98 if isinstance(header, dict) and ("alg" in header or "enc" in header) else 0.0


_GUARD = r"(?:^|[^A-Za-z0-9_\-])"

CREDENTIALS = (
    Credential(
        "secret.aws_access_key",
        (b"akia", b"asia", b"abia", b"acca", b"aroa", b"aida"),
        r"\b((?:AKIA|ASIA|ABIA|ACCA|AROA|AIDA)[A-Z2-7]{16})\b",
        "the form of an AWS access key id",
    ),
    Credential(
        "secret.aws_secret_key",
        (b"aws", b"secretaccesskey", b"secret_access_key"),
        r"(?i:aws|secret_?access_?key)[A-Za-z_. ]{0,30}" + LINK + r"([A-Za-z0-9/+]{40})(?:[^A-Za-z0-9/+=]|$)",
        "40 characters announced as an AWS secret key",
        _varied,
    ),
    Credential(
        "secret.gcp_api_key", (b"aiza",), r"\b(AIza[0-9A-Za-z_\-]{35})", "the form of a Google API key"
    ),
    Credential(
        "secret.gcp_oauth",
        (b"ya29.", b"gocspx-"),
        r"\b(ya29\.[0-9A-Za-z_\-]{20,400}|GOCSPX-[A-Za-z0-9_\-]{28})",
        "the form of a Google OAuth token or client secret",
    ),
    Credential(
        "secret.azure_storage_key",
        (b"accountkey=", b"sharedaccesskey="),
        r"(?i:AccountKey|SharedAccessKey)=([A-Za-z0-9+/]{43,86}={1,2})",
        "the key of an Azure connection string",
    ),
    Credential(
        "secret.azure_client_secret",
        (b"q~",),
        _GUARD + r"([A-Za-z0-9_~.\-]{3}[0-9]Q~[A-Za-z0-9_~.\-]{31,34})(?:[^A-Za-z0-9_~.\-]|$)",
        "the form of a Microsoft Entra client secret",
    ),
    Credential(
        "secret.azure_sas",
        (b"sig=",),
        r"[?&](?:sv|se|sp|sr|st)=[^\s\"']{1,400}&sig=([A-Za-z0-9%+/=]{43,60})",
        "the signature of an Azure shared access URL",
    ),
    Credential(
        "secret.github_token",
        (b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_"),
        r"\b(gh[pousr]_[A-Za-z0-9]{36})\b",
        "the form of a GitHub token",
        _github,
    ),
    Credential(
        "secret.github_token",
        (b"github_pat_",),
        r"\b(github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59})\b",
        "the form of a fine-grained GitHub token",
    ),
    Credential(
        "secret.gitlab_token",
        (b"glpat-", b"gldt-", b"glrt-", b"glptt-", b"glsoat-", b"glcbt-", b"glft-"),
        r"\b(gl(?:pat|dt|rt|ptt|soat|cbt|ft)-[A-Za-z0-9_\-]{20,300}(?:\.[A-Za-z0-9_\-.]{4,40})?)",
        "the form of a GitLab token",
    ),
    Credential(
        "secret.slack_token",
        (b"xoxa-", b"xoxb-", b"xoxc-", b"xoxd-", b"xoxe", b"xoxo-", b"xoxp-", b"xoxr-", b"xoxs-", b"xapp-"),
        r"\b((?:xox[abcdeoprs](?:\.xox[bp])?|xapp)-[A-Za-z0-9%\-]{10,250})",
        "the form of a Slack token",
    ),
    Credential(
        "secret.webhook",
        (
            b"hooks.slack.com",
            b"open.feishu.cn",
            b"open.larksuite.com",
            b"oapi.dingtalk.com",
            b"qyapi.weixin.qq.com",
        ),
        r"(https://(?:hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9/_\-]{20,120}"
        r"|open\.(?:feishu\.cn|larksuite\.com)/open-apis/bot/v2/hook/[A-Za-z0-9\-]{16,64}"
        r"|oapi\.dingtalk\.com/robot/send\?access_token=[a-f0-9]{64}"
        r"|qyapi\.weixin\.qq\.com/cgi-bin/webhook/send\?key=[a-f0-9\-]{36}))",
        "a webhook address, which is its own password",
    ),
    Credential(
        "secret.stripe_key",
        (b"sk_live_", b"sk_test_", b"rk_live_", b"rk_test_", b"whsec_"),
        r"\b((?:(?:sk|rk)_(?:live|test)|whsec)_[A-Za-z0-9]{16,250})",
        "the form of a Stripe key",
    ),
    Credential(
        "secret.anthropic_key",
        (b"sk-ant-",),
        r"\b(sk-ant-[a-z]{3,8}[0-9]{2}-[A-Za-z0-9_\-]{24,250})",
        "the form of an Anthropic key",
    ),
    Credential(
        "secret.openai_key",
        (b"sk-proj-", b"sk-svcacct-", b"sk-admin-", b"t3blbkfj"),
        r"\b(sk-(?:proj|svcacct|admin)-[A-Za-z0-9_\-]{20,250}|sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20})",
        "the form of an OpenAI key",
    ),
    Credential(
        "secret.model_api_key",
        (b"sk-", b"gsk_", b"pplx-", b"xai-", b"r8_", b"nvapi-", b"sk_or"),
        r"\b(sk-(?:or-v1-)?[A-Za-z0-9]{32,80}|gsk_[A-Za-z0-9]{52}|pplx-[A-Za-z0-9]{40,60}|xai-[A-Za-z0-9]{70,90}"
        r"|r8_[A-Za-z0-9]{37}|nvapi-[A-Za-z0-9_\-]{60,80})\b",
        "the form of a key for a hosted language model",
        _varied,
    ),
    Credential(
        "secret.huggingface_token",
        (b"hf_", b"api_org_"),
        r"\b((?:hf|api_org)_[A-Za-z0-9]{34,40})\b",
        "the form of a Hugging Face token",
        _varied,
    ),
    Credential(
        "secret.baidu_key",
        (b"bce-v3/",),
        r"\b(bce-v3/ALTAK-[A-Za-z0-9]{10,40}/[A-Za-z0-9]{32,64})",
        "the form of a Baidu Qianfan key",
    ),
    Credential(
        "secret.baidu_key",
        (b"altak-",),
        r"\b(ALTAK-[A-Za-z0-9]{15,40})\b",
        "the form of a Baidu Qianfan key id",
        lambda _: 0.8,
    ),
    Credential(
        "secret.aliyun_key",
        (b"ltai",),
        r"\b(LTAI[A-Za-z0-9]{12,26})\b",
        "the form of an Alibaba Cloud key id",
        _varied,
    ),
    Credential(
        "secret.tencent_key",
        (b"akid",),
        r"\b(AKID[A-Za-z0-9]{32})\b",
        "the form of a Tencent Cloud key id",
        _varied,
    ),
    Credential(
        "secret.volcengine_key",
        (b"aklt",),
        r"\b(AKLT[A-Za-z0-9_\-]{40,60}={0,2})",
        "the form of a Volcengine key id",
        _varied,
    ),
    Credential("secret.npm_token", (b"npm_",), r"\b(npm_[A-Za-z0-9]{36})\b", "the form of an npm token"),
    Credential(
        "secret.pypi_token", (b"pypi-",), r"\b(pypi-[A-Za-z0-9_\-]{60,600})", "the form of a PyPI token"
    ),
    Credential(
        "secret.docker_token",
        (b"dckr_",),
        r"\b(dckr_(?:pat|oat)_[A-Za-z0-9_\-]{20,60})",
        "the form of a Docker token",
    ),
    Credential(
        "secret.service_token",
        (
            b"dop_v1_",
            b"shp",
            b"dapi",
            b"sg.",
            b"hvs.",
            b"lin_api_",
            b"ntn_",
            b"glsa_",
            b"glc_",
            b"sbp_",
            b"pmak-",
            b"nrak-",
        ),
        r"\b(dop_v1_[a-f0-9]{64}|shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}|dapi[a-f0-9]{32}(?:-[0-9])?"
        r"|SG\.[A-Za-z0-9_\-]{22}\.[A-Za-z0-9_\-]{43}|hvs\.[A-Za-z0-9_\-]{24,150}|lin_api_[A-Za-z0-9]{40}"
        r"|ntn_[A-Za-z0-9]{40,50}|glsa_[A-Za-z0-9]{32}_[a-f0-9]{8}|glc_[A-Za-z0-9+/=]{40,400}|sbp_[a-f0-9]{40}"
        r"|PMAK-[a-f0-9]{24}-[a-f0-9]{34}|NRAK-[A-Z0-9]{27})",
        "the form of a service's token",
    ),
    Credential(
        "secret.telegram_token",
        (b":aa",),
        _GUARD + r"([0-9]{8,10}:AA[A-Za-z0-9_\-]{33})(?:[^A-Za-z0-9_\-]|$)",
        "the form of a Telegram bot token",
    ),
    Credential(
        "secret.jwt",
        (b"eyj",),
        r"\b(eyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{4,}(?:\.[A-Za-z0-9_\-]*){0,3})",
        "a JSON Web Token with a readable header",
        _jwt,
    ),
    Credential(
        "secret.private_key",
        (b"private key",),
        r"(-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----)",
        "a private key block",
        lambda _: 0.99,
        after_key,
    ),
    Credential(
        "secret.url_password",
        (b"://",),
        r"\b[A-Za-z][A-Za-z0-9+.\-]{1,20}://[^\s:/@\"'<>]{0,100}:([^\s/@\"'<>]{3,200})@[A-Za-z0-9.\[\-]",
        "a password in an address",
        rate_url_password,
        whole,
    ),
    Credential(
        "secret.api_key",
        (b"key", b"token", b"secret", b"credential", KEY.encode(), b"bearer", b"auth"),
        r"(?i:(?:api|access|secret|app|auth|private|encryption|signing|client|service|session|refresh|account|master)"
        r"[_\- ]?(?:key|token|secret|credentials?|code)(?:[_\- ]?(?:id|value))?"
        rf"|token|secret|authorization|bearer|{KEY})(?:{LINK}|{QUOTE})"
        + r"(?:(?i:bearer|basic|token)[ \t]+)?([A-Za-z0-9_\-.+/=~]{12,250})",
        "a long, varied value announced as a key",
        rate_key,
    ),
    Credential(
        "secret.api_key",
        tuple(
            name + sign
            for name in (b"ak", b"sk")
            for sign in (b"=", b":", b"\x05", b"\x07", b'"', b"'", b" ")
        ),
        r"(?:^|[^A-Za-z0-9])(?:AK|SK|ak|sk)" + STRONG + r"([A-Za-z0-9_\-+/=]{16,250})",
        "a long, varied value announced as an access key or secret key",
        rate_key,
    ),
    Credential(
        "secret.password",
        (b"pass", b"pwd", PASSWORD.encode()),
        rf"(?:(?i:password|passwd|passphrase|passcode|{PASSWORD}){LINK}"
        rf"|(?:(?:^|[^A-Za-z0-9])(?i:pass|pwd)|[a-z](?:Pass|Pwd)){STRONG})([!-;?-~][!-~]{{5,63}})",
        "a value announced as a password",
        rate_password,
        before_stop,
    ),
    Credential(
        "secret.password",
        (PASSWORD.encode(),),
        rf"{PASSWORD}{QUOTE}?" + r"([A-Za-z0-9][!-~]{7,63})",
        "a value that the word for password touches",
        rate_touching,
        before_stop,
    ),
)

LABELS = tuple(sorted({credential.label for credential in CREDENTIALS}))
"""All labels that `find_credentials` can give."""


def find_credentials(text: str) -> Iterator[Match]:
    """Keys, tokens and passwords in a text."""
    plain = one_byte(text)
    lower = plain.lower()
    for credential in watched(CREDENTIALS):
        if any(literal in lower for literal in credential.literals):
            yield from _find(credential, plain)


def _find(credential: Credential, plain: bytes) -> Iterator[Match]:
    read = plain.decode("ascii")
    for found in watched(credential.compiled.finditer(plain)):
        start = found.start(1)
        end = credential.ends(read, start, found.end(1))
        if score := credential.check(read[start:end]):
            yield Match(credential.label, start, end, score, credential.reason)
