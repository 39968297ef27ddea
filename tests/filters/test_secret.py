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
    ],
)
def test_secret_leaves_alone(text: str) -> None:
    assert scan(text) == []


def test_secret_trusts_a_github_token_whose_check_is_wrong_less() -> None:
    good = github()
    wrong = good[:-1] + ("a" if good[-1] != "a" else "b")

    assert scan(good, least=0.95) and not scan(wrong, least=0.95)


def test_secret_covers_a_key_block_that_is_not_closed_yet() -> None:
    text = "see -----BEGIN " + "PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0\nabc"

    assert scan(text) == [("secret.private_key", text[4:])]


@settings(max_examples=60, deadline=None)
@given(st.text(st.sampled_from("keyAKIA密钥:=\"' .-_eyJ0://@\ud800\x00😀"), max_size=200))
def test_secret_takes_any_text(text: str) -> None:
    assert isinstance(scan(text), list)
