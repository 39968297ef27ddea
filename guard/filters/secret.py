"""Finds cloud and API keys, tokens, private keys and passwords."""

from __future__ import annotations

from collections.abc import Iterator

from guard.identifier.credential import LABELS, find_credentials
from guard.identifier.edge import last_edge
from guard.identifier.fold import GAP, fold
from guard.identifier.nested import find_nested
from guard.registry import Example, Filter
from guard.text.view import View
from guard.types import Exchange, Finding, Part

_INVISIBLE = frozenset({"invisible"})


class Secret(Filter):
    """Cloud and API keys by provider, tokens, private keys, passwords.

    Known forms are found anywhere, with the check of the format where it has one. A value without a
    known form is found only behind a name such as `api_key` or 密钥, and only when it is long and varied.
    What is written in base64, hexadecimal, percent or HTML escapes is read, too.
    """

    id = "secret"
    labels = LABELS
    reach = 512
    # Written from pieces, so that tools that search repositories for keys stay quiet.
    hits = (
        Example("key ‹" + "AKIA" + "IOSFODNN7EXAMPLE" + "›", label="secret.aws_access_key"),
        Example("密钥是‹" + "AKIA" + "IOSFODNN7EXAMPLE" + "›，请保密", label="secret.aws_access_key"),
        Example(
            "‹" + "bce-v3/" + "ALTAK-" + "a1B2c3D4e5F6g7H8i9J0k/" + "0f" * 20 + "›", label="secret.baidu_key"
        ),
        Example("用‹" + "LTAI" + "5tQ7nXw2Rk9Vb3Zp8Ls6Dh›登录", label="secret.aliyun_key"),
        Example("‹" + "sk-" + "proj-" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4›", label="secret.openai_key"),
        Example("‹" + "hf" + "_" + "aBcDeFgHiJkLmNoPqRsTuVwXyZaBcDeFgH›", label="secret.huggingface_token"),
        Example("postgres://app:‹" + "s3cr3tPw" + "›@db.example.com/main", label="secret.url_password"),
        Example('api_key = "‹' + "q8Zt2LmX9vR4kP7wN3cB6yH1" + '›"', label="secret.api_key"),
        Example("数据库密码：‹Tr0ub4dor&3›", label="secret.password"),
        Example(
            "‹" + "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIEow==\n-----END RSA " + "PRIVATE KEY-----›",
            label="secret.private_key",
        ),
    )
    misses = (
        Example("Set the API key in your settings before you call the service."),
        Example("请在设置里填写 API 密钥，密码不少于八位。"),
        Example("api_key = os.environ['API_KEY']"),
        Example("password = getpass.getpass()"),
        Example('token = "your-token-here"'),
        Example("token: str = field(default='')"),
        Example("The commit 3f2504e04f8964c1ae1d6b0f1f4cbb1b7e8c9d21 fixed it."),
        Example("postgres://user:password@localhost/db"),
        Example("The AKIA prefix marks an access key."),
        Example("risk-based-asset-management-and-planning-for-everyone"),
    )

    def settled(self, text: str) -> int:
        edge = last_edge(text, self.reach or 0, after=0)
        block = text.rfind("-----BEGIN", max(0, len(text) - (self.reach or 0)))
        return edge if block < 0 else min(edge, block)

    def scan(self, part: Part, exchange: Exchange) -> Iterator[Finding]:
        for match in find_nested(part.text, find_credentials, _unhidden(part.text)):
            yield self.find(part, match.label, match.start, match.end, match.score, match.reason)


def _unhidden(text: str) -> list[View]:
    """The text without invisible characters, if it holds any: a key may not be broken by them."""
    return [View.of(text).fold(_INVISIBLE)] if GAP in fold(text) else []
