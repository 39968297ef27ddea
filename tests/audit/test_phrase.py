import ast
import re
from pathlib import Path

import pytest

import guard
from guard.audit.phrase import CHINESE, say
from guard.policy.load import load

ROOT = Path(guard.__file__).parent

MODULES = [
    str(path.relative_to(ROOT))
    for pattern in (
        "filters/*.py",
        "identifier/*.py",
        "models/arbiter.py",
        "models/classifier.py",
        "models/presidio.py",
        "models/ruling.py",
        "models/tagger.py",
        "pipeline/aside.py",
        "pipeline/flow.py",
        "pipeline/judge.py",
        "pipeline/sample.py",
        "pipeline/scan.py",
        "text/citation.py",
        "audit/find.py",
        "audit/read.py",
        "audit/shape.py",
        "audit/table.py",
        "audit/unread.py",
    )
    for path in sorted(ROOT.glob(pattern))
]
"""The modules whose sentences a report may hold."""

PLACES = {
    "find": 5, "pass_over": 1, "Unjudged": 1, "skip": 0, "Match": 4, "_url": 4, "CallError": 0,
    "Credential": 3, "DocumentKind": 2, "NumberKind": 5, "ShapeError": 0, "Remark": 1, "Unreadable": 1,
    "BrokenLine": 2, "_remark": 1, "append": 0,
}  # fmt: skip
"""Which argument of a call is a sentence."""

NAMES = {"reason", "fault", "listed", "told", "text", "REASON", "_LITTLE", "_REASONS", "NO_TEXTS", "UNKNOWN"}
ELSEWHERE = {"7 is 7", "7 again"}
"""What the kinds of a message have forms of their own for, and the name of a column."""

RETURNS = {"_reason", "_shortfall", "_kind", "fault", "fault_of", "gap"}


def _sentences(tree):
    """The nodes of a module that make a sentence."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AugAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(each, ast.Name) and each.id in NAMES for each in targets):
                yield node.value
        elif isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in PLACES:
                yield from node.args[PLACES[name] : PLACES[name] + 1]
            yield from (each.value for each in node.keywords if each.arg in ("reason", "fault"))
        elif isinstance(node, ast.FunctionDef) and node.name in RETURNS:
            yield from (each.value for each in ast.walk(node) if isinstance(each, ast.Return) and each.value)


def _texts(node):
    """The texts in a node, with 7 for what varies."""
    if isinstance(node, ast.JoinedStr):
        yield "".join(str(each.value) if isinstance(each, ast.Constant) else "7" for each in node.values)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value.format_map(dict.fromkeys(("source",), "7"))
    elif not isinstance(node, ast.Call | ast.Subscript):
        for child in ast.iter_child_nodes(node):
            yield from _texts(child)


def _lacking(path):
    tree = ast.parse(path.read_text("utf-8"))
    texts = {text for node in _sentences(tree) for text in _texts(node) if " " in text.strip()}
    whole = (
        f"7{text}" if text.startswith(",") else f"{text}7" if text.endswith(" ") else text for text in texts
    )
    return [text for text in whole if say(text, "zh") == text and text not in ELSEWHERE]


@pytest.mark.parametrize("module", MODULES)
def test_every_fixed_sentence_has_a_chinese_form(module):
    assert _lacking(ROOT / module) == []


def test_lacking_notices_a_sentence_without_a_form(tmp_path):
    path = tmp_path / "filter.py"
    path.write_text('self.find(part, label, 0, 1, 1.0, f"{count} of a new kind")', "utf-8")

    assert _lacking(path) == ["7 of a new kind"]


def test_every_rule_of_the_shipped_policy_has_a_chinese_description():
    assert [rule.id for rule in load("default").rules if rule.description not in CHINESE] == []


@pytest.mark.parametrize("text, form", CHINESE.items())
def test_both_forms_name_the_same(text, form):
    assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", form))
    assert text == text.strip()


@pytest.mark.parametrize(
    "text, form",
    [
        ("entry 3 of the list, written with pinyin", "词表第 3 条，写法经过变形：拼音"),
        ("another direction or negation in 2 of 3 samples", "3 个其他回答中有 2 个的方向或肯否不同"),
        ("not JSON (column 2): Extra data", "不是 JSON（第 2 列）：结尾之后还有内容"),
        ("message 2 is a number", "第 2 条消息是数字"),
        ("permission denied; nothing was read from here on", "没有权限；此后的内容均未读取"),
        ("of 3 samples, 1 failed: ValueError; 1 took longer than 9 ms; 2 are needed",
         "3 个其他回答中，1 个出错：ValueError；1 个超过 9 毫秒；需要 2 个"),
        ("the judge gave no answer: no source is named; not answered",
         "裁判模型没有给出答案：没有指明资料；没有回答"),
        ("what an author wrote; not answered", "what an author wrote; not answered"),
    ],
)  # fmt: skip
def test_say_puts_what_it_knows_into_chinese(text, form):
    assert say(text, "zh") == form
    assert say(text, "en") == text
