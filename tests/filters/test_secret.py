from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.identifier.credential import github_check
from guard.registry import create
from guard.types import Exchange, Finding, Part, Stage

VARIED = "q8Zt2LmX9vR4kP7wN3cB6yH1aS5dF0gJ2uEiQoWzTxVbMnCrYlKp"


def scan(text: str, least: float = 0.5) -> list[tuple[str, str]]:
    secret = create("secret")
    secret.load()
    found = [
        item for item in secret.scan(Part(Stage.INPUT, "p", text), Exchange()) if isinstance(item, Finding)
    ]
    return [(item.label, text[item.start : item.end]) for item in found if item.score >= least]


def github() -> str:
    return "ghp_" + VARIED[:30] + github_check(VARIED[:30])


def jwt() -> str:
    def encode(value: dict[str, object]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{encode({'alg': 'HS256', 'typ': 'JWT'})}.{encode({'sub': '1', 'n': 2})}.{VARIED[:43]}"


HEX = "1939a9b4ddbe45cf642b0c3a4acdd7f9"

# Made from pieces, so that no scanner of repositories takes them for real.
SECRETS = [
    ("secret.aws_access_key", "AKIA" + "Q2W3E4R5T6Y7U2I3"),
    ("secret.gcp_api_key", "AIza" + VARIED[:35]),
    ("secret.gcp_oauth", "GOCSPX" + "-" + VARIED[:28]),
    ("secret.azure_client_secret", "abc8" + "Q~" + VARIED[:34]),
    ("secret.github_token", github()),
    ("secret.github_token", "github" + "_pat_" + VARIED[:22] + "_" + (VARIED * 2)[:59]),
    ("secret.gitlab_token", "glpat" + "-" + VARIED[:20]),
    ("secret.slack_token", "xoxb" + "-123456789012-" + VARIED[:24]),
    ("secret.stripe_key", "sk" + "_live_" + VARIED[:24]),
    ("secret.anthropic_key", "sk" + "-ant-api03-" + (VARIED * 2)[:93]),
    ("secret.openai_key", "sk" + "-proj-" + VARIED[:48]),
    ("secret.openai_key", "sk-" + VARIED[:20] + "T3Blbk" + "FJ" + VARIED[:20]),
    ("secret.model_api_key", "sk-" + VARIED[:32]),
    ("secret.huggingface_token", "hf" + "_" + VARIED[:34]),
    ("secret.baidu_key", "bce-v3/" + "ALTAK-" + VARIED[:21] + "/" + "0f1e2d3c4b" * 4),
    ("secret.aliyun_key", "LTAI" + VARIED[:20]),
    ("secret.tencent_key", "AKID" + VARIED[:32]),
    ("secret.npm_token", "npm" + "_" + VARIED[:36]),
    ("secret.pypi_token", "pypi" + "-AgEIcHlwaS5vcmc" + VARIED * 2),
    ("secret.telegram_token", "1234567890:" + "AA" + VARIED[:33]),
    ("secret.jwt", jwt()),
    ("secret.webhook", "https://hooks.slack" + ".com/services/T0000/B0000/" + VARIED[:24]),
]


@pytest.mark.parametrize(("label", "secret"), SECRETS)
@pytest.mark.parametrize("carrier", ["{}", "key: {} ok", "我的密钥是{}，别外传", "用{}登录", '"{}"'])
def test_secret_is_found_whole(label: str, secret: str, carrier: str) -> None:
    found = scan(carrier.format(secret))

    assert (label, secret) in found


@pytest.mark.parametrize(
    ("text", "label", "value"),
    [
        ("mysql://root:Pa55-w0rd@10.0.0.1/db", "secret.url_password", "Pa55-w0rd"),
        ("AWS_SECRET_ACCESS_KEY=" + VARIED[:40], "secret.aws_secret_key", VARIED[:40]),
        ("Authorization: Bearer " + VARIED[:32], "secret.api_key", VARIED[:32]),
        ("client_secret='" + VARIED[:24] + "'", "secret.api_key", VARIED[:24]),
        ("访问令牌为" + VARIED[:24], "secret.api_key", VARIED[:24]),
        ("AccountKey=" + (VARIED * 2)[:86] + "==;", "secret.azure_storage_key", (VARIED * 2)[:86] + "=="),
        ("密码是Qwer!2345，", "secret.password", "Qwer!2345"),
        # under the names of settings, in other characters, in quotes and tags
        ("DB_PASS=x8Kd93ls", "secret.password", "x8Kd93ls"),
        ("MYSQL_PWD=x8Kd93ls", "secret.password", "x8Kd93ls"),
        ("dbPass: x8Kd93ls", "secret.password", "x8Kd93ls"),
        ("密碼：Abc12345", "secret.password", "Abc12345"),
        ("密码（Abc12345）", "secret.password", "Abc12345"),
        ("密码“Abc12345”", "secret.password", "Abc12345"),
        ("“密码”：“Abc12345”", "secret.password", "Abc12345"),
        ("密码Abc12345我刚改的", "secret.password", "Abc12345"),
        ("密码改成了Abc12345", "secret.password", "Abc12345"),
        ("<password>Abc12345</password>", "secret.password", "Abc12345"),
        ("**密码**：**Abc12345**", "secret.password", "Abc12345"),
        ("password: Ab(c12345", "secret.password", "Ab(c12345"),
        ("password=MyPassword1!", "secret.password", "MyPassword1!"),
        ("百度云AK是" + HEX, "secret.api_key", HEX),
        ("华为云SK：" + HEX, "secret.api_key", HEX),
        ("QIANFAN_AK=" + HEX, "secret.api_key", HEX),
        ("API密钥为：" + HEX, "secret.api_key", HEX),
        ("apiKey is: " + HEX, "secret.api_key", HEX),
        ("密鑰是“" + HEX + "”", "secret.api_key", HEX),
        ('<string name="token">' + HEX + "</string>", "secret.api_key", HEX),
        # ends where it ends
        ("密码：Abc12345，请帮我把第3章翻译成英文", "secret.password", "Abc12345"),
        ("密码：Abc12345！，京A12345", "secret.password", "Abc12345"),
        ("密码是：「Abc12345」", "secret.password", "Abc12345"),
        ("密码：Ａｂｃ＠１２３４５。好的", "secret.password", "Ａｂｃ＠１２３４５"),
        ("password=P@ssw0rd!!", "secret.password", "P@ssw0rd!!"),
        ("The password is Abc12345.", "secret.password", "Abc12345"),
        ("connect(password=Abc12345)", "secret.password", "Abc12345"),
        ("?password=Hunter2!&user=x", "secret.password", "Hunter2!"),
        ("Password=P@ssw0rd1;Encrypt=true", "secret.password", "P@ssw0rd1"),
        ('{"password":"Abc12,5.","user":"x1"}', "secret.password", "Abc12,5."),
        ("redis://:p4ssW0rd!@cache:6379/0", "secret.url_password", "p4ssW0rd!"),
    ],
)
def test_secret_is_found_by_its_name(text: str, label: str, value: str) -> None:
    assert (label, value) in scan(text)


@pytest.mark.parametrize(
    "text",
    [
        "gh" + "p_xxxxxxxxxxxx",
        "My password is too long to remember in 2024",
        "password: ********",
        "PASSWORD=${DB_PASSWORD}",
        "密码是六位数字",
        "secret = config.get('secret_key')",
        "const token = await getToken(user)",
        "The tokenizer has 103424 tokens, see tokenizer_config.json",
        "token_type_ids=tokenizer(text)['token_type_ids']",
        "git commit 3f2504e04f8964c1ae1d6b0f1f4cbb1b7e8c9d21",
        "ssh://git@github.com:22/owner/repo.git",
        "http://localhost:8080/@user",
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4",
        "skip-connections-and-residual-networks-are-important-here",
        "eyJub3QiOiJhIGp3dCJ9.eyJub3QiOiJhIGp3dCJ9.abc",
        "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----",
        "登录密码为手机号后6位，请登录修改，谢谢A123456",
        "密码：必须包含8位以上的A-Z字母和数字",
        "用户密码（8-16位字母数字组合）",
        "密码（AES-256-GCM加密），API key（见第12页），the tokenizer2023_config_v2",
        "密码SHA256加密，密码RSA2048-OAEP签名，密码Python3.11实现",
        "PASS src/App2.test.js",
        "PASS tests/test_a.py::test_x1",
        "pass: tests/unit/test_v2.spec.ts",
        "pass 12tests1 in 3.4s",
        "PWD=/home/user1/project2",
        "bypass: v2.1-beta and compass: N45.2W",
        "password = decode(b64_secret1)",
        "if (password >= minLength8chars1)",
        "token: ernie-4.5-turbo-128k",
        "api key rotation-policy-2023-v2",
        "authorization: required-for-2-users",
        "bearer: 12-years-of-service",
        "task: 1939a9b4ddbe45cf642b0c3a4acdd7f9",
        "mysql://用户:密码@localhost",
    ],
)
def test_secret_leaves_alone(text: str) -> None:
    assert scan(text) == []


AWS = "AKIA" + "IOSFODNN7EXAMPLE"


@pytest.mark.parametrize(
    "value",
    [
        base64.b64encode(f"key {AWS} ok".encode()).decode(),
        f"key {AWS} ok".encode().hex(),
        AWS.replace("I", "%49"),
        AWS.replace("I", "&#73;"),
        AWS[:8] + "\u200b" + AWS[8:],
    ],
)
def test_secret_reads_what_is_encoded_or_broken_by_what_cannot_be_seen(value: str) -> None:
    assert scan(f"见 {value} 。") == [("secret.aws_access_key", value)]


def test_secret_trusts_a_github_token_whose_check_is_wrong_less() -> None:
    good = github()
    wrong = good[:-1] + ("a" if good[-1] != "a" else "b")

    assert scan(good, least=0.95) and not scan(wrong, least=0.95)


def test_secret_covers_a_key_block_that_is_not_closed_yet() -> None:
    text = "see -----BEGIN " + "PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0\nabc"

    assert scan(text) == [("secret.private_key", text[4:])]


KEY = "MIIEowIBAAKCAQEAabcdefg1234"


def block(*lines: str, kind: str = "RSA PRIVATE KEY", joined: str = "\n") -> str:
    return joined.join([f"-----BEGIN {kind}-----", *lines, f"-----END {kind}-----"])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (block("Version: GnuPG v1 (GNU/Linux)", "", KEY, "=ab", kind="PGP PRIVATE KEY BLOCK"), ""),
        ("> " + block(KEY, joined="\n> ") + "\n> thanks", block(KEY, joined="\n> ")),
        ('"' + block(KEY, joined='\\n" +\n "') + '"; run()', block(KEY, joined='\\n" +\n "')),
        (block(KEY, "\u3000"), ""),
        (block(KEY).rpartition("\n")[0] + "\nThat is the key.", block(KEY).rpartition("\n")[0]),
        (f"| {block(KEY)[:31]}\n| {KEY}\n| {KEY}=\n\nWell", f"{block(KEY)[:31]}\n| {KEY}\n| {KEY}="),
        (block(KEY)[:31] + " marks a key. Note: keep it.", block(KEY)[:31]),
        (block(KEY)[:59] + "\n, " + block(KEY) + "!", block(KEY)),
    ],
)
def test_secret_covers_a_key_block_however_it_is_quoted(text: str, value: str) -> None:
    assert scan(text)[-1] == ("secret.private_key", value or text)


@settings(max_examples=60, deadline=None)
@given(st.text(st.sampled_from("keyAKIA密钥:=\"' .-_eyJ0://@\ud800\x00😀"), max_size=200))
def test_secret_takes_any_text(text: str) -> None:
    assert isinstance(scan(text), list)
