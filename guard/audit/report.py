"""Writes the audit as one HTML page that stands alone: no script, no font and no picture from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from guard.audit import chart, words
from guard.audit.phrase import say
from guard.audit.tally import Summary
from guard.errors import InputError, suggest
from guard.types import Action, Rule

TEMPLATE = Path(__file__).with_name("report.html.j2")
BROKEN_SHOWN = 50
LABELS_SHOWN = 14
FILES_SHOWN = 100


def render(summary: Summary, lang: str) -> str:
    """The report as HTML, its fixed sentences in `lang` (`en` or `zh`); raises `InputError` for others."""
    import jinja2

    if lang not in words.LANGUAGES:
        raise InputError(f"no report in the language {lang!r}; {suggest(lang, words.LANGUAGES)}")
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["extract"] = lambda key, table: table[key]
    environment.filters["say"] = lambda text: say(text, lang)
    environment.filters["number"] = lambda number: f"{number:,}"
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    return str(template.render(view(summary, lang)))


def view(summary: Summary, lang: str) -> dict[str, Any]:
    """All that the template shows."""
    rules = sorted(summary.policy.rules, key=lambda rule: _weight(rule, summary))
    return {
        "w": words.WORDS[lang],
        "lang": lang,
        "s": summary,
        "period": summary.period,
        "undated": summary.days[""].total() if "" in summary.days else 0,
        "verdict": words.verdict(
            summary.actions, summary.unjudged_records, summary.broken, lang, len(summary.unreadable)
        ),
        "cards": _cards(summary, lang),
        "acts": words.ACTIONS[lang],
        "does": words.DOES[lang],
        "stages": words.STAGES[lang],
        "all_stages": len(words.STAGES[lang]),
        "days": chart.columns(summary.days),
        "order": [action for action in chart.ORDER if summary.actions[action]],
        "rule_bars": _rule_bars(summary),
        "label_bars": _label_bars(summary, lang),
        "rules": rules,
        "examples": [(rule, shown) for rule in rules if (shown := summary.examples.get(rule.id))],
        "label_name": lambda label: words.label_name(label, lang),
        "files": summary.files[:FILES_SHOWN],
        "unreadable_shown": summary.unreadable[:FILES_SHOWN],
        "broken_shown": summary.broken_lines[:BROKEN_SHOWN],
    }


def _weight(rule: Rule, summary: Summary) -> tuple[int, int]:
    """Strongest action first, then what was found most."""
    return -list(Action).index(rule.action), -summary.rules[rule.id].findings


def _cards(summary: Summary, lang: str) -> list[tuple[str, int, str]]:
    text = words.WORDS[lang]
    acts = words.ACTIONS[lang]
    retried = [("retry", summary.actions["retry"], acts["retry"])] if summary.actions["retry"] else []
    unread = [("open", len(summary.unreadable), text["unreadable_files"])] if summary.unreadable else []
    return [
        ("", summary.records, text["records"] if summary.records != 1 else text["record"]),
        ("block", summary.actions["block"], acts["block"]),
        *retried,
        ("redact", summary.actions["redact"], acts["redact"]),
        ("flag", summary.actions["flag"], acts["flag"]),
        ("open", summary.unjudged_records, text["unjudged"]),
        ("open", summary.broken, text["broken"]),
        *unread,
    ]


def _rule_bars(summary: Summary) -> list[chart.Bar]:
    counts = {name: count.findings for name, count in summary.rules.items()}
    tones = {rule.id: str(rule.action) for rule in summary.policy.rules}
    return chart.bars(counts, tones, {})


def _label_bars(summary: Summary, lang: str) -> list[chart.Bar]:
    shown = dict(summary.labels.most_common(LABELS_SHOWN))
    return chart.bars(shown, {}, {label: words.label_name(label, lang) for label in shown})
