"""Docs are executed and kept fresh: a page that lies fails here."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import guard
from guard.errors import PolicyError
from guard.pipeline.guard import Guard
from guard.policy.load import load
from guard.policy.selftest import run
from guard.policy.shipped import shipped_names
from guard.reference import stale
from guard.text.language import CODES
from guard.text.lexicon import KEYS, VARIANTS
from guard.text.search import DEFAULT

ROOT = Path(__file__).parent.parent
PAGES = [
    ROOT / "README.md",
    ROOT / "README.zh.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("*.md")),
]
FENCE = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def blocks(language):
    return [
        pytest.param(match[3], id=f"{page.name}-{number}")
        for page in PAGES
        for number, match in enumerate(FENCE.finditer(page.read_text(encoding="utf-8")))
        if match[1] == language and "no-run" not in match[2]
    ]


@pytest.mark.parametrize("code", [block for block in blocks("python") if "CONTRIBUTING" not in block.id])
def test_docs_python_runs_and_prints_what_its_comments_say(code, capsys):
    exec(compile(code, "docs", "exec"), {"__name__": "docs"})
    printed = capsys.readouterr().out
    promised = [line.partition("#")[2].strip() for line in code.splitlines() if line.startswith("print(")]

    assert all(text in printed for text in promised if text)
    assert printed


@pytest.mark.parametrize("text", blocks("yaml"))
def test_docs_policies_load_and_pass_their_own_tests(text, tmp_path):
    path = tmp_path / "policy.yaml"
    path.write_text(text, encoding="utf-8")
    guarded = Guard(path)

    assert [result.failures for result in run(guarded.policy, guarded.judge) if not result.passed] == []


@pytest.mark.parametrize("name", shipped_names())
def test_shipped_policies_pass_their_own_tests(name):
    guarded = Guard(load(name))
    results = run(guarded.policy, guarded.judge)

    assert results
    assert [result.failures for result in results if not result.passed] == []


def test_readme_redaction_is_what_the_model_receives():
    received = []
    ask = Guard("default").wrap(lambda messages: received.append(messages) or "好的")
    ask([{"role": "user", "content": "我的身份证号是11010519491231002X，帮我查社保"}])
    page = (ROOT / "README.md").read_text(encoding="utf-8")

    assert f"`{received[0][0]['content']}`" in page


@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
def test_readme_fault_is_what_lint_says_of_the_policy_above_it(name, tmp_path, monkeypatch):
    page = (ROOT / name).read_text(encoding="utf-8")
    policy = next(match[3] for match in FENCE.finditer(page) if match[1] == "yaml")
    monkeypatch.chdir(tmp_path)
    Path("shop.yaml").write_text(policy.replace("keyword", "keywrod"), encoding="utf-8")

    with pytest.raises(PolicyError) as caught:
        load("shop.yaml")
    assert f"\n{caught.value}\n" in page


def test_readmes_have_the_same_sections():
    english, chinese = (
        re.findall(r"^#+ ", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
        for name in ("README.md", "README.zh.md")
    )

    assert english == chinese


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_docs_links_lead_somewhere(page):
    targets = [target for target in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in target]

    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize(
    "card", sorted((ROOT / "guard/models/data").glob("*.md")), ids=lambda card: card.name
)
def test_cards_point_to_pages_that_can_be_reached_from_an_installed_package(card):
    urls = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"]
    docs = f"{urls['Documentation'].partition('#')[0]}/blob/main/docs/"
    text = card.read_text(encoding="utf-8")
    pages = re.findall(rf"{re.escape(docs)}([\w.]+)(?:#([\w-]+))?\)", text)

    assert pages
    assert "docs/" not in text.replace(docs, "")
    for name, anchor in pages:
        titles = re.findall("^#+ (.*)$", (ROOT / "docs" / name).read_text(encoding="utf-8"), re.MULTILINE)
        assert not anchor or anchor in {title.lower().replace(" ", "-") for title in titles}


def test_models_page_names_every_language_that_can_be_told():
    page = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")

    assert set(re.findall(r"\(`(\w\w)`\)", page)) >= CODES


def test_docs_generated_pages_are_fresh():
    assert [path.name for path in stale()] == []


def test_changelog_top_version_is_the_packages():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    assert re.search(r"^## \[([^\]]+)\]", text, re.MULTILINE)[1] == guard.__version__


def test_public_names_are_complete_and_sorted():
    assert list(guard.__all__) == sorted(guard.__all__)
    assert all(getattr(guard, name) is not None for name in guard.__all__)


def test_contributing_example_is_a_working_filter(tmp_path):
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    code = next(match[3] for match in FENCE.finditer(page) if match[1] == "python")
    (tmp_path / "shouting.py").write_text(code + PROBE, encoding="utf-8")

    subprocess.run([sys.executable, tmp_path / "shouting.py"], check=True)


PROBE = """

for example in Shouting.hits + Shouting.misses:
    text, marked = example.unmark()
    part = Part("input", "messages[0].content", text)
    assert [(found.start, found.end) for found in Shouting().scan(part, None)] == marked
"""


def test_words_page_names_every_disguise_and_every_key_of_a_list():
    page = (ROOT / "docs" / "words.md").read_text(encoding="utf-8")
    folds = dict(re.findall(r"^\| `(\w+)` \|.*\| (by default|on demand) \|$", page, re.MULTILINE))

    assert folds == dict.fromkeys(DEFAULT, "by default") | dict.fromkeys(VARIANTS, "on demand")
    assert set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)) - set(folds) == set(KEYS)
