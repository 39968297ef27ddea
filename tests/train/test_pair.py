"""What a grounding head learns from: no measured row, true spans, one thing wrong at a time."""

import random

import pytest

from guard.text.segment import sentences
from guard.train import extract
from guard.train import pair as module
from guard.train.corrupt import reword, spoil
from guard.train.pair import CONTRADICTED, SUPPORTED, UNSUPPORTED, WRONG, Pair, even, generated, pairs, unmark
from tests.train.test_corpus import write_sets


def inference(hypothesis, label="entailment", **more):
    return {"premise": "A man sleeps on a bench.", "hypothesis": hypothesis, "label": label, **more}


def answer(text, label, spans=None, context="Sales rose in May. Costs fell.", **more):
    return {"context": context, "answer": text, "label": label, "spans": spans, "task": "qa", **more}


@pytest.fixture(autouse=True)
def nothing_written(tmp_path_factory, monkeypatch):
    monkeypatch.setattr(module, "PLACE", tmp_path_factory.mktemp("written"))


def test_pairs_leaves_out_what_is_for_measuring(tmp_path):
    write_sets(
        tmp_path,
        {
            ("nli", "indonli", "train"): [
                inference("A man rests.", split="train"),
                inference("Of the dev split.", split="dev"),
                inference("Stands in a dev set, too!", split="train"),
            ],
            ("nli", "snli_dev_test", "train"): [
                inference("Nobody is awake.", split="dev"),
                inference("Of the test split.", split="test"),
            ],
            ("nli", "klue_nli_dev", "dev"): [inference("Of a set for measuring.")],
            ("nli", "sick", "dev"): [inference("stands in a DEV set too")],
        },
    )

    assert {found.claim for found in pairs(tmp_path, 1)} == {"A man rests.", "Nobody is awake."}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (answer("Sales rose by far.", "supported"), [("Sales rose by far.", SUPPORTED, ())]),
        (answer("Sales fell by far.", "hallucinated"), [("Sales fell by far.", WRONG, None)]),
        (answer("Sales fell by far. Costs fell too.", "hallucinated"), []),
        (
            answer("Costs fell. Sales fell.", "hallucinated", [{"start": 18, "end": 22}]),
            [("Sales fell.", WRONG, ((6, 10),))],
        ),
    ],
)
def test_pairs_takes_the_claims_whose_truth_is_known(tmp_path, row, expected):
    write_sets(tmp_path, {("grounding", "q2_wow", "train"): [row]})

    assert [(found.claim, found.truth, found.spans) for found in pairs(tmp_path, 1)] == expected


def test_pairs_cuts_a_long_source_to_the_claim(tmp_path):
    filler = " ".join(f"Nothing of note was said on day {day} of that trial." for day in range(60))
    context = f"{filler} The orchestra performed Mahler outdoors. {filler}"
    row = answer("The orchestra performed Mahler indoors.", "hallucinated", context=context)
    write_sets(tmp_path, {("grounding", "begin", "train"): [row]})

    (found,) = pairs(tmp_path, 1)

    assert "performed Mahler outdoors" in found.source
    assert len(found.source) <= extract.longest(context)


def test_pairs_reads_what_is_written_by_hand(tmp_path, monkeypatch):
    write_sets(tmp_path, {})
    text = "- source: It rose in May.\n  supported: [It rose.]\n  contradicted: [It ‹fell› in May.]\n"
    (tmp_path / "english.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(module, "PLACE", tmp_path)

    found = {(found.claim, found.truth, found.spans, found.name) for found in pairs(tmp_path, 1)}

    assert found == {
        ("It rose.", SUPPORTED, (), "written/english"),
        ("It fell in May.", CONTRADICTED, ((3, 7),), "written/english"),
    }


def test_pairs_are_the_same_for_the_same_seed(tmp_path):
    posts = [
        {"text": f"上海队{n}日以{n + 3}比2战胜北京队。教练对首次获胜表示满意。比赛共有{n}000名观众到场观看。"}
        for n in range(1, 40)
    ]
    write_sets(
        tmp_path, {("moderation", "xquad_benign", "train"): [{**post, "lang": "zh"} for post in posts]}
    )

    assert pairs(tmp_path, 1) == pairs(tmp_path, 1) != pairs(tmp_path, 2)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("It ‹fell› in ‹June›.", ("It fell in June.", ((3, 7), (11, 15)))),
        ("It rose.", ("It rose.", ())),
        ("‹首日›通车。", ("首日通车。", ((0, 2),))),
    ],
)
def test_unmark_turns_marks_into_spans(said, expected):
    assert unmark(said) == expected


@pytest.mark.parametrize(
    ("sentence", "lang"),
    [
        ("Sales rose to 1,200 units in March.", "en"),
        ("The court was not open before Monday.", "en"),
        ("7月出口增长了12.5%，高于预期。", "zh"),
        ("Продажи выросли на 17 процентов.", "ru"),
    ],
)
def test_spoil_changes_only_what_it_marks(sentence, lang):
    for seed in range(20):
        spoilt = spoil(sentence, lang, [sentence], {}, random.Random(seed))
        assert spoilt is not None and spoilt.text != sentence
        ((start, end),) = spoilt.spans
        assert sentence.startswith(spoilt.text[:start]) and sentence.endswith(spoilt.text[end:])
        assert start < end


@pytest.mark.parametrize(
    ("sentence", "lang"),
    [
        ("It cost more than £40,000 then", "en"),
        ("It cost over 40 million dollars", "en"),
        ("Tickets for 18 years or older", "en"),
        ("It fell at least 3.5 percent", "en"),
        ("They left by 1998", "en"),
        ("Sie kostet £300 or more", "de"),
        ("涨幅逾2%", "zh"),
        ("传承2000多年", "zh"),
        ("人数超过4万", "zh"),
        ("面积在300平方米以上", "zh"),
    ],
)
def test_spoil_leaves_bounds_alone(sentence, lang):
    for seed in range(30):
        spoilt = spoil(sentence, lang, [sentence], {}, random.Random(seed))
        assert spoilt is None or spoilt.kind not in ("number", "date"), spoilt


@pytest.mark.parametrize(
    "sentence", ["Sales rose to 1,200 units in 2019.", "Sales rose by 12 percent.", "销售额增长了12.5%。"]
)
def test_spoil_changes_numbers_that_are_no_bounds(sentence):
    kinds = {spoil(sentence, "en", [sentence], {}, random.Random(seed)).kind for seed in range(60)}

    assert "number" in kinds


@pytest.mark.parametrize(
    ("sentence", "swapped"),
    [
        ("中国访问日本。", "日本访问中国。"),
        ("叙利亚队对中国队的比赛。", None),
        ("广东主场对阵上海。", None),
        ("It was named Villa Rosa by Anna Berg.", None),
    ],
)
def test_spoil_swaps_roles_only_where_sides_differ(sentence, swapped):
    lang = "en" if sentence.isascii() else "zh"
    made = {spoil(sentence, lang, [sentence], {}, random.Random(seed)) for seed in range(40)}
    roles = {found.text for found in made if found and found.kind == "roles"}

    assert roles == ({swapped} if swapped else set())


def test_spoil_has_no_way_where_there_is_nothing_to_change():
    assert spoil("Nobody knows why.", "ru", [], {}, random.Random(1)) is None


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("In May 1998, the town paid 12,000 dollars.", "The town paid 12 thousand dollars in May 1998."),
        ("The mill (built of stone) burnt down.", "The mill burnt down."),
        ("据新华社报道，工厂共有12000名工人。", "工厂共有1.2万名工人。"),
    ],
)
def test_reword_keeps_what_is_said(sentence, expected):
    assert expected in {reword(sentence, random.Random(seed)) for seed in range(30)}


def test_reword_does_not_name_whoever_is_called():
    assert {reword("He called the police at once.", random.Random(seed)) for seed in range(30)} == {
        "He called the police at once."
    }


def test_generated_pairs_have_a_false_claim_for_each_true_one():
    text = (
        "The mill opened in 1907 beside the old river. "
        "It employed 250 people before the great war. It was sold."
    )
    assert len(sentences(text)) == 3

    made = generated([text], "de", 10, random.Random(3))

    assert [found.truth for found in made] == [SUPPORTED, CONTRADICTED] * (len(made) // 2) != []
    assert all(found.claim in found.source for found in made if found.truth == SUPPORTED)
    assert not any(found.claim in found.source for found in made if found.truth == CONTRADICTED)


def test_even_lets_length_tell_nothing():
    draw = random.Random(5)
    true = [Pair("a" * draw.randint(1, 60), "s", SUPPORTED, (), "n", "en", "train") for _ in range(600)]
    false = [Pair("b" * draw.randint(30, 90), "s", UNSUPPORTED, None, "n", "en", "train") for _ in range(600)]

    kept = even(true + false, draw)

    lengths = [[len(p.claim) for p in kept if (p.truth == SUPPORTED) is side] for side in (True, False)]
    longer = sum((b > a) + (b == a) / 2 for a in lengths[0] for b in lengths[1])
    assert 0.4 < longer / (len(lengths[0]) * len(lengths[1])) < 0.6
