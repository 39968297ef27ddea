"""Somebody else's classifier: read whole, at any precision, from this machine, with errors that help."""

import itertools
import json
import shutil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guard.errors import ModelError
from guard.models import guest
from guard.models.guest import Guest, Source, labels_in
from tests.tiny_classifier import WINDOW, build_tokenizer, save_classifier

LABELS = ("toxic", "fine", "Insult")
LONG = "the garden was full of flowers now i will kill you " * 9
TEXTS = ("the garden was full of flowers", "I will KILL you!", "你好，西湖在杭州。", "zzqx")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_classifier(tmp_path_factory.mktemp("tiny"), LABELS, problem_type="multi_label_classification")


@pytest.fixture(scope="module")
def reader(folder):
    return guest.load(Source(str(folder)))


@pytest.fixture
def copy(folder, tmp_path):
    """A copy of the folder, to be damaged, and its configuration, to be changed by keyword."""
    place = shutil.copytree(folder, tmp_path / "copy")

    def change(**config):
        path = place / "config.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | config))
        return place

    return change


def straight(folder, text):
    """Logits of a short text by transformers' own means."""
    import torch
    from transformers import AutoModelForSequenceClassification

    network = AutoModelForSequenceClassification.from_pretrained(folder, local_files_only=True).eval()
    with torch.inference_mode():
        return network(**build_tokenizer()(text, return_tensors="pt")).logits[0].double()


@pytest.mark.parametrize("text", TEXTS)
def test_reader_gives_the_probabilities_of_transformers(reader, folder, text):
    [window], scores = reader.read(text)

    assert (window.start, window.end) == (0, len(text))
    assert scores[0] == pytest.approx(straight(folder, text).sigmoid().numpy(), abs=1e-6)


def test_reader_of_labels_that_exclude_each_other(copy):
    place = copy(problem_type=None)
    _, scores = guest.load(Source(str(place))).read(TEXTS[0])

    assert scores[0] == pytest.approx(straight(place, TEXTS[0]).softmax(-1).numpy(), abs=1e-6)
    assert scores.sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("told", "problem", "exclusive"),
    [
        ("multi_label_classification", "auto", False),
        ("single_label_classification", "auto", True),
        (None, "auto", True),
        ("multi_label_classification", "single_label", True),
        (None, "multi_label", False),
        ("regression", "multi_label", False),
    ],
)
def test_reader_problem_type_is_told_or_overridden(copy, told, problem, exclusive):
    assert guest.load(Source(str(copy(problem_type=told)), problem=problem)).exclusive == exclusive


@pytest.mark.parametrize(("precision", "tolerance"), [("int8", 0.03), ("int4", 0.15)])
def test_reader_scores_at_lower_precision_are_close(folder, reader, precision, tolerance):
    narrow = guest.load(Source(str(folder), precision))
    exact = np.concatenate([reader.read(text)[1] for text in (*TEXTS, LONG)])
    found = np.concatenate([narrow.read(text)[1] for text in (*TEXTS, LONG)])

    assert 0 < np.abs(found - exact).max() < tolerance
    assert np.corrcoef(found.ravel(), exact.ravel())[0, 1] > 1 - tolerance / 5


def test_reader_windows_overlap_and_leave_nothing_out(reader):
    windows, scores = reader.read(LONG)

    assert len(scores) == len(windows) > 5
    assert windows[0].start == 0
    assert windows[-1].end == len(LONG)
    assert all(later.start < earlier.end for earlier, later in itertools.pairwise(windows))
    assert {len(window.ids) for window in windows[:-1]} == {WINDOW}


def test_reader_windows_score_like_texts_of_their_own(reader):
    windows, scores = reader.read(LONG)

    for window, own in zip(windows, scores, strict=True):
        assert reader.read(LONG[window.start : window.end])[1][0] == pytest.approx(own, abs=1e-6)


def test_reader_batches_hold_windows_of_one_length(reader, monkeypatch):
    _, one_by_one = reader.read(LONG)
    monkeypatch.setattr(reader, "_batch", 4)
    windows, together = reader.read(LONG)

    assert together == pytest.approx(one_by_one, abs=1e-5)
    for first, after in reader._batches(windows):
        assert 0 < after - first <= 4
        assert len({len(window.ids) for window in windows[first:after]}) == 1


@given(
    st.one_of(st.text(max_size=60), st.lists(st.sampled_from(["\ud800", "\0", "[SEP]", "😀", "kill", " "])))
)
@settings(max_examples=60, deadline=None)
def test_reader_takes_any_text(reader, text):
    text = "".join(text)
    windows, scores = reader.read(text)

    assert scores.shape == (len(windows), len(LABELS))
    assert ((scores >= 0) & (scores <= 1)).all()
    if windows:
        assert (windows[0].start, windows[-1].end) == (0, len(text))
        assert all(len(window.ids) <= WINDOW for window in windows)


def test_reader_reads_special_tokens_in_a_text_as_characters(reader):
    [window], _ = reader.read("kill [SEP] now")
    special = build_tokenizer().convert_tokens_to_ids("[SEP]")

    assert window.ids.count(special) == 1


def test_reader_does_not_obey_a_tokenizer_that_cuts(copy):
    place = copy()
    path = place / "tokenizer.json"
    cut = {"direction": "Right", "max_length": 6, "strategy": "LongestFirst", "stride": 0}
    path.write_text(json.dumps(json.loads(path.read_text()) | {"truncation": cut}))
    windows, _ = guest.load(Source(str(place))).read(LONG)

    assert windows[-1].end == len(LONG)
    assert len(windows) > 5


def test_load_reads_a_model_once(folder, reader):
    assert guest.load(Source(str(folder))) is reader


def test_load_forgets_a_model_that_nobody_uses(copy):
    source = Source(str(copy()))
    guest.load(source)

    assert source not in guest._readers


def test_guest_judges_by_the_worst_window(reader):
    judged = Guest(reader, {"toxic": "harm.toxic", "Insult": "harm.harassment"})
    windows, scores = reader.read(LONG)
    toxic, insult = judged.judge(LONG)
    worst = windows[scores[:, 0].argmax()]

    assert (toxic.label, toxic.score, toxic.start, toxic.end) == (
        "harm.toxic",
        scores[:, 0].max(),
        worst.start,
        worst.end,
    )
    assert (insult.label, insult.score) == ("harm.harassment", scores[:, 2].max())


def test_guest_joins_labels_that_are_one_of_ours(reader, copy):
    names = {"toxic": "harm.toxic", "Insult": "harm.toxic"}
    _, scores = reader.read(TEXTS[1])
    other = guest.load(Source(str(copy(problem_type=None))))
    _, shares = other.read(TEXTS[1])

    assert Guest(reader, names).judge(TEXTS[1])[0].score == scores[0, [0, 2]].max()
    assert Guest(other, names).judge(TEXTS[1])[0].score == pytest.approx(shares[0, [0, 2]].sum())


def test_guest_has_nothing_to_say_of_blank_text(reader):
    assert Guest(reader, {"toxic": "harm.toxic"}).judge(" \n") == ()


def test_labels_in_reads_the_configuration_only(folder, tmp_path):
    assert labels_in(folder) == LABELS
    with pytest.raises(ModelError, match=r"no folder of a transformers model \(config\.json: "):
        labels_in(tmp_path)


def test_load_refuses_a_model_without_a_trained_head(folder, tmp_path):
    from transformers import AutoModelForSequenceClassification

    network = AutoModelForSequenceClassification.from_pretrained(folder, local_files_only=True)
    shutil.copytree(folder, tmp_path / "base")
    network.bert.save_pretrained(tmp_path / "base")

    with pytest.raises(
        ModelError, match=r"is no trained classifier: its file has no weights for classifier\."
    ):
        guest.load(Source(str(tmp_path / "base")))


def test_load_reads_safetensors_only(copy):
    import torch
    from safetensors.torch import load_file

    place = copy()
    torch.save(load_file(place / "model.safetensors"), place / "pytorch_model.bin")
    (place / "model.safetensors").unlink()

    with pytest.raises(ModelError, match="has no weights in safetensors, and other formats are not read"):
        guest.load(Source(str(place)))


def test_load_runs_no_code_of_the_model(copy):
    names = {"AutoConfig": "own.Config", "AutoModelForSequenceClassification": "own.Model"}
    place = copy(model_type="own", auto_map=names)
    (place / "own.py").write_text("raise SystemExit('run')")

    with pytest.raises(ModelError, match="it would run code of its own, which is not allowed"):
        guest.load(Source(str(place)))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda place: (place / "model.safetensors").write_bytes(b"\1" * 40), "cannot be loaded from"),
        (lambda place: (place / "config.json").write_text("{"), "cannot be loaded from"),
    ],
)
def test_load_says_what_is_damaged(copy, damage, message):
    place = copy()
    damage(place)

    with pytest.raises(ModelError, match=message):
        guest.load(Source(str(place)))


def test_load_refuses_a_model_that_gives_a_number(copy):
    with pytest.raises(
        ModelError, match=r"no probability; if its output is a logit, say 'problem_type: multi"
    ):
        guest.load(Source(str(copy(problem_type="regression"))))


def test_load_says_that_there_is_no_gpu(folder, monkeypatch):
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)

    with pytest.raises(ModelError, match="torch finds no GPU; use 'device: cpu'"):
        guest.load(Source(str(folder), device="cuda"))


def test_load_never_downloads_unasked(monkeypatch):
    import socket

    def denied(*arguments):
        raise AssertionError("the network was touched")

    monkeypatch.setattr(socket, "getaddrinfo", denied)
    monkeypatch.setattr(socket.socket, "connect", denied)

    with pytest.raises(ModelError) as raised:
        guest.load(Source("nobody/no-such-model"))
    assert str(raised.value) == (
        "model 'nobody/no-such-model' is not on this machine; name a folder, or let it be fetched with "
        "'download: true'"
    )


def test_load_respects_offline_mode(monkeypatch):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)

    with pytest.raises(ModelError, match=r"cannot be downloaded \(HF_HUB_OFFLINE is set\)"):
        guest.load(Source("nobody/no-such-model", download=True))


def test_load_finds_a_model_in_the_hubs_cache(folder, tmp_path, monkeypatch):
    from huggingface_hub import constants

    commit = "0" * 40
    place = tmp_path / "models--somebody--tiny"
    shutil.copytree(folder, place / "snapshots" / commit)
    (place / "refs").mkdir()
    (place / "refs" / "main").write_text(commit)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))

    assert guest.load(Source("somebody/tiny")).labels == LABELS
    assert guest.load(Source(f"somebody/tiny@{commit}")).labels == LABELS
    with pytest.raises(ModelError, match="is not on this machine"):
        guest.load(Source("somebody/tiny@v2"))
