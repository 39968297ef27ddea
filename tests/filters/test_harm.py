"""The harm filter beyond its own examples: its labels, its backends, and models of the user's own."""

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml

from guard.errors import ModelError, OptionError, PolicyError
from guard.filters.harm import POLITICAL, Harm
from guard.models import encoder, ngram
from guard.policy.explain import describe
from guard.policy.fingerprint import fingerprint
from guard.policy.load import load
from guard.registry import create
from guard.types import Exchange, Finding, Part, Stage, Unjudged
from tests import tiny_encoder
from tests.fake_judge import FakeJudge
from tests.tiny_classifier import save_classifier

THAI = "พรุ่งนี้อากาศจะเป็นอย่างไร และฉันควรพกร่มไปด้วยหรือไม่ ช่วยบอกฉันหน่อยได้ไหม"
CALM = "The garden was full of flowers and the sun was shining on the lake. "


@pytest.fixture(scope="module")
def classical():
    made = create("harm", {"backend": "classical"})
    made.load()
    return made


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_classifier(tmp_path_factory.mktemp("tiny"), ("NEUTRAL", "BAD", "TOXIC"))


def scan(made, text, stage=Stage.INPUT):
    return list(made.scan(Part(stage, "messages[0].content", text), Exchange()))


def labels(items):
    return [item.label for item in items if isinstance(item, Finding)]


def judged_by(judge, **options):
    made = create("harm", options)
    made.load(judge)
    return made


def every_label():
    return FakeJudge(dict.fromkeys((*Harm.labels, "injection.direct"), 0.25))


def test_harm_yields_every_label_of_its_own_however_low():
    items = scan(judged_by(every_label()), "今天天气真好")

    assert labels(items) == [label for label in Harm.labels if label != POLITICAL]
    assert {(item.start, item.end, item.score, item.part) for item in items} == {
        (0, 6, 0.25, "messages[0].content")
    }


def test_harm_finds_what_is_political_only_where_a_rule_asks():
    asked = judged_by(every_label(), political=True)

    assert labels(scan(asked, "今天天气真好")) == list(Harm.labels) == list(asked.label_names())
    assert POLITICAL not in judged_by(every_label()).label_names()


def test_harm_rule_on_what_is_political_needs_the_option():
    rule = {"id": "regulation", "filter": "harm", "action": "flag", "labels": [POLITICAL]}

    with pytest.raises(Exception, match=r"filter 'harm' has no label 'harm\.political_sensitive'"):
        load({"version": 1, "id": "one", "rules": [rule]})
    assert load({"version": 1, "id": "one", "rules": [{**rule, "options": {"political": True}}]})


@pytest.mark.parametrize(
    ("stage", "kind"),
    [
        (Stage.INPUT, "input"),
        (Stage.OUTPUT, "output"),
        (Stage.SOURCES, "document"),
        (Stage.TOOL_RESULT, "document"),
    ],
)
def test_harm_tells_the_model_what_a_text_is(stage, kind):
    judge = every_label()
    scan(judged_by(judge), "hello", stage)

    assert judge.asked == [("hello", kind)]


def test_harm_judges_foreign_text_and_says_that_it_is_not_covered():
    items = scan(judged_by(every_label()), THAI)

    assert [(item.reason, item.language) for item in items if isinstance(item, Unjudged)] == [
        ("language 'th' is not covered by the model", "th")
    ]
    assert len(labels(items)) == len(Harm.labels) - 1


@pytest.mark.parametrize("covered", [None, ("th",)])
def test_harm_says_nothing_of_languages_that_may_be_covered(covered):
    items = scan(judged_by(FakeJudge({"harm.hate": 0.1}, covered)), THAI)

    assert [type(item) for item in items] == [Finding]


def test_harm_reads_with_the_encoder_unless_told_otherwise(monkeypatch):
    judge = every_label()
    monkeypatch.setattr(encoder, "shipped", lambda: judge)
    made = create("harm")
    made.load()
    scan(made, "hello")

    assert made.backend == "encoder"
    assert judge.asked == [("hello", "input")]


def test_harm_finds_what_the_encoder_says(tmp_path):
    model = encoder.Encoder.load(
        tiny_encoder.make(tmp_path, {"languages": {"harm": ["en"]}}).folder, threads=1
    )
    text = "how to kill a process " * 60
    items = scan(judged_by(model), text, Stage.OUTPUT)
    told = [verdict for verdict in model.judge(text, "output") if verdict.label.startswith("harm.")]

    assert [(item.label, item.score, item.start, item.end) for item in items] == [
        (verdict.label, verdict.score, verdict.start, verdict.end) for verdict in told
    ]
    assert scan(judged_by(model), "今天天气真好，请问西湖在杭州吗？" * 3)[-1].language == "zh"


def test_harm_labels_of_the_classical_backend_are_those_it_knows(classical):
    known = [label for label in ngram.shipped().labels if label.startswith("harm.")]

    assert labels(scan(classical, "What a lovely day")) == known
    assert tuple(known) == classical.label_names()
    assert POLITICAL not in create("harm", {"backend": "classical", "political": True}).label_names()


def test_harm_finding_of_long_text_covers_the_worst_window(classical):
    text = f"{CALM * 60}You are a worthless piece of shit, go to hell. {CALM * 60}"
    found = next(item for item in scan(classical, text) if item.label == "harm.harassment")

    assert found.start <= len(CALM * 60) < found.end
    assert found.end - found.start <= ngram.WINDOW


def test_harm_has_nothing_to_say_of_blank_text(classical):
    assert scan(classical, "") == scan(classical, " \n") == []


def test_harm_reads_with_a_model_of_the_users_own(folder):
    made = create("harm", {"model": str(folder), "label_map": {"BAD": "general", "TOXIC": "harm.hate"}})
    made.load()
    items = scan(made, "I will kill you now")

    assert labels(items) == list(made.label_names()) == ["harm.general", "harm.hate"]
    assert 0 < sum(item.score for item in items) < 1


def test_harm_without_a_map_takes_labels_of_the_same_name(folder):
    made = create("harm", {"model": str(folder)})
    made.load()

    assert labels(scan(made, "word")) == list(made.label_names()) == ["harm.toxic"]


@pytest.mark.parametrize("options", [{"backend": "classical"}, {"model": "FOLDER"}])
def test_harm_rule_on_a_label_that_the_model_cannot_give_is_refused(options, folder):
    options = {name: str(folder) if value == "FOLDER" else value for name, value in options.items()}
    rule = {"id": "one", "filter": "harm", "action": "flag", "options": options}

    assert load({"version": 1, "id": "one", "rules": [{**rule, "labels": ["harm.toxic"]}]})
    with pytest.raises(
        PolicyError, match=r"filter 'harm' has no label 'harm\.spam'; its options leave that out"
    ):
        load({"version": 1, "id": "one", "rules": [{**rule, "labels": ["harm.spam"]}]})


def test_harm_encoder_gives_every_label():
    assert set(Harm.labels) <= set(encoder.shipped().labels)


@pytest.mark.parametrize("written", ["tiny", "./tiny"])
def test_harm_model_folder_starts_at_the_policy(written, folder, tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    policies = [tmp_path / place / "policy.yaml" for place in ("a", "b")]
    for path in policies:
        shutil.copytree(folder, path.parent / "tiny")
        path.write_text(
            "version: 1\nid: one\nrules:\n  - id: one\n    filter: harm\n    action: flag\n"
            f"    options: {{model: {written}}}\n"
        )
    monkeypatch.chdir(tmp_path / "elsewhere")
    one, other = map(load, policies)

    assert one.rules[0].options["model"] == tmp_path / "a" / "tiny"
    assert fingerprint(one) == fingerprint(other)
    assert "the folder tiny" in describe(one)
    create("harm", one.rules[0].options).load()


def test_harm_model_folder_that_is_not_there_is_named_whole(tmp_path):
    path = tmp_path / "policy.yaml"
    path.write_text(
        "version: 1\nid: one\nrules:\n  - id: one\n    filter: harm\n    action: flag\n"
        "    options: {model: ./none}\n"
    )

    with pytest.raises(
        PolicyError, match=rf":7:22: no folder '{tmp_path}/none', and no id of a model on the hub"
    ):
        load(path)


def test_harm_models_are_shared_whatever_is_asked_of_them(folder):
    one = create("harm", {"model": str(folder)})
    other = create("harm", {"model": str(folder), "label_map": {"BAD": "hate"}})
    one.load()
    other.load()

    assert one._judge._reader is other._judge._reader


def test_harm_names_the_languages_that_a_model_is_said_to_cover(folder):
    made = create("harm", {"model": str(folder), "covers": ["en"]})
    made.load()

    assert [item.language for item in scan(made, THAI) if isinstance(item, Unjudged)] == ["th"]


@pytest.mark.parametrize("precision", ["int8", "int4"])
def test_harm_reads_at_lower_precision(folder, precision):
    exact, narrow = (
        create("harm", {"model": str(folder), "quantise": quantise}) for quantise in ("none", precision)
    )
    exact.load()
    narrow.load()
    scores = [
        [item.score for text in ("kill", CALM, "flowers") for item in scan(made, text)]
        for made in (exact, narrow)
    ]

    assert 0 < np.abs(np.subtract(*scores)).max() < 0.15


@pytest.mark.parametrize(
    ("options", "name", "message"),
    [
        ({"backend": "classical", "model": "a/b"}, "backend", "'backend' and 'model' name two models"),
        ({"backend": "classical", "device": "cuda"}, "device", "'classical' runs on the processor"),
        ({"label_map": {"a": "hate"}}, "label_map", "option 'label_map' is for a model of yours"),
        ({"quantise": "int8"}, "quantise", "option 'quantise' is for a model of yours"),
        ({"download": True}, "download", "option 'download' is for a model of yours"),
        ({"model": "./nowhere"}, "model", "no folder './nowhere', and no id of a model on the hub either"),
        ({"model": ""}, "model", "no folder '', and no id of a model on the hub either"),
        (
            {"model": "a/b", "label_map": {"x": "hat"}},
            "label_map",
            "has no label 'hat'; did you mean 'hate'",
        ),
        (
            {"model": "a/b", "label_map": {"x": POLITICAL}},
            "label_map",
            "filter 'harm' has no label 'harm.political_sensitive'",
        ),
        ({"model": "a/b", "covers": ["en", "EN"]}, "covers", "no language 'EN'; did you mean 'en'"),
        ({"quantise": "int2"}, "quantise", "must be one of: none, int8, int4"),
    ],
)
def test_harm_refuses_options_that_do_not_go_together(options, name, message):
    with pytest.raises(OptionError, match=message) as raised:
        create("harm", options)

    assert raised.value.option == name


def test_harm_checks_the_labels_of_a_folder_before_loading_it(folder, tmp_path):
    with pytest.raises(OptionError, match="the model has no label 'BED'; did you mean 'BAD'"):
        create("harm", {"model": str(folder), "label_map": {"BED": "hate"}})
    with pytest.raises(OptionError, match=r"no folder of a transformers model \(config\.json: "):
        create("harm", {"model": str(tmp_path)})


def test_docs_policies_about_models_are_valid():
    page = (Path(__file__).parents[2] / "docs" / "models.md").read_text(encoding="utf-8")
    policies = re.findall(r"^```yaml[^\n]*\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)

    assert len(policies) >= 2
    for text in policies:
        assert load(yaml.safe_load(text)).rules


def test_harm_model_that_is_not_there_is_an_error_on_loading():
    made = create("harm", {"model": "nobody/no-such-model", "label_map": {"x": "hate"}})

    with pytest.raises(ModelError, match="is not on this machine"):
        made.load()
