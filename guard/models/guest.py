"""Reads text with somebody else's model: any sequence classifier in the form of transformers.

The model comes from a folder, or from the local cache of the Hugging Face hub; it is downloaded only where
that is asked for. Weights are read from safetensors, and no code of the model's own is run. A text is read
in overlapping windows of the model's own tokens, every one of which is judged; what looks like a special
token in a text is read as ordinary characters.
"""

from __future__ import annotations

import json
import weakref
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np

from guard.deadline import watched
from guard.errors import ModelError
from guard.library import Loading, require
from guard.models.precision import Precision, narrow
from guard.models.verdict import Verdict

Device = Literal["auto", "cpu", "cuda"]
Problem = Literal["auto", "multi_label", "single_label"]

WINDOW = 512
"""Most tokens of a window, special ones included, however many the model could take."""
BATCH = 16
"""Windows read at once on a GPU; a processor reads one after the other just as fast."""

FILES = ["*.json", "*.safetensors", "*.txt", "*.model"]
"""What is downloaded of a repository."""


@dataclass(frozen=True, slots=True)
class Source:
    """Which model, and how it is to be run.

    `model` is a folder, or an id on the hub with or without `@REVISION`.
    """

    model: str
    quantise: Precision = "none"
    device: Device = "auto"
    problem: Problem = "auto"
    download: bool = False

    @property
    def folder(self) -> Path | None:
        """The folder that `model` names, `None` where it names a model on the hub."""
        path = Path(self.model).expanduser()
        return path if self.model and path.is_dir() else None


def load(source: Source) -> Reader:
    """The model, loaded once for all who ask for it, and kept as long as one of them does.

    Raises `ModelError` with what is wrong and what to do.
    """
    with _LOADING:
        reader = _readers.get(source)
        if reader is None:
            reader = _readers[source] = _load(source)
        return reader


_LOADING = Loading()
_readers: weakref.WeakValueDictionary[Source, Reader] = weakref.WeakValueDictionary()


def labels_in(folder: Path) -> tuple[str, ...]:
    """The label names of the classifier in a folder, in the order of its outputs, without loading it.

    Raises `ModelError` when the folder holds no configuration of a model.
    """
    path = folder / "config.json"
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
        names = config.get("id2label") or {str(number): f"LABEL_{number}" for number in range(2)}
        return tuple(str(names[number]) for number in sorted(names, key=int))
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise ModelError(f"{folder}: no folder of a transformers model ({path.name}: {error})") from None


class Window(NamedTuple):
    """Numbers of a window's tokens, special ones included, and the characters of the text it stands for."""

    ids: list[int]
    start: int
    end: int


class Reader:
    """A classifier and its tokenizer. Safe to share between threads."""

    def __init__(self, network: Any, tokenizer: Any, problem: Problem, device: str) -> None:
        """Takes a network in evaluation mode on its device; raises `ModelError` when it cannot be used."""
        config = network.config
        self.labels = tuple(str(config.id2label[number]) for number in range(config.num_labels))
        self.exclusive = _is_exclusive(config, problem)
        self._network, self._device = network, device
        self._batch = 1 if device == "cpu" or config.pad_token_id is None else BATCH
        self._cutter = _cutter(tokenizer)
        self._size = _room(network, tokenizer) - self._cutter.num_special_tokens_to_add(False)
        if self._size < 2:
            raise ModelError(f"has room for {self._size} tokens of text, which is too little to read")
        self._try()

    def read(self, text: str) -> tuple[list[Window], np.ndarray]:
        """The windows over a text, and the probability of each label in each [windows, labels].

        There is no window where the tokenizer finds nothing to read.
        """
        windows = list(self._windows(text))
        scores = np.zeros((len(windows), len(self.labels)))
        for first, after in watched(self._batches(windows)):
            scores[first:after] = self._chances([window.ids for window in windows[first:after]])
        return windows, scores

    def _windows(self, text: str) -> Iterator[Window]:
        clean = text.encode("utf-8", "replace").decode("utf-8")
        whole = self._cutter.encode(clean, add_special_tokens=False)
        if not whole.ids:
            return
        whole.truncate(self._size, stride=self._size // 4)
        parts = [whole, *whole.overflowing]
        for number, part in enumerate(parts):
            start = part.offsets[0][0] if number else 0
            end = part.offsets[-1][1] if part is not parts[-1] else len(text)
            yield Window(self._cutter.post_process(part).ids, start, end)

    def _batches(self, windows: Sequence[Window]) -> Iterator[tuple[int, int]]:
        """First and after the last of windows to be read at once: those of one length, so none is padded."""
        first = 0
        for number in range(1, len(windows) + 1):
            full = number - first == self._batch
            if full or number == len(windows) or len(windows[number].ids) != len(windows[first].ids):
                yield first, number
                first = number

    def _chances(self, rows: Sequence[Sequence[int]]) -> np.ndarray:
        """Probabilities [rows, labels] of rows of one length."""
        import torch

        with torch.inference_mode():
            ids = torch.tensor(rows, device=self._device)
            logits = self._network(input_ids=ids, attention_mask=torch.ones_like(ids)).logits
            chances = logits.double().softmax(-1) if self.exclusive else logits.double().sigmoid()
            return np.asarray(chances.cpu().numpy())

    def _try(self) -> None:
        """Reads a word, so that a network that cannot be run is found out before it is needed."""
        try:
            _, scores = self.read("word")
        except (RuntimeError, TypeError, AttributeError, NotImplementedError, IndexError) as error:
            raise ModelError(f"cannot be run: {_first_line(error)}") from error
        if scores.shape[1:] != (len(self.labels),) or not np.isfinite(scores).all():
            raise ModelError("gives no scores; its weights or its precision do not fit")


class Guest:
    """A reader that speaks in the labels of a filter."""

    def __init__(self, reader: Reader, names: Mapping[str, str], covered: Sequence[str] = ()) -> None:
        """`names` gives the filter's label for labels of the model, `covered` the languages it reads."""
        self._reader, self._covered = reader, tuple(covered)
        self._columns: dict[str, list[int]] = {}
        for number, name in enumerate(reader.labels):
            if name in names:
                self._columns.setdefault(names[name], []).append(number)

    def languages(self, family: str) -> Sequence[str] | None:
        """The languages that the model is said to cover, `None` where nothing is said."""
        return self._covered or None

    def judge(self, text: str, kind: str = "input") -> tuple[Verdict, ...]:
        """One verdict for each of the filter's labels that the model knows; none for text without tokens.

        Where several labels of the model are one of the filter's, the highest counts, or the sum of them
        where they exclude each other. `kind` makes no difference.
        """
        windows, scores = self._reader.read(text)
        if not windows:
            return ()
        return tuple(self._worst(label, windows, scores[:, own]) for label, own in self._columns.items())

    def _worst(self, label: str, windows: Sequence[Window], scores: np.ndarray) -> Verdict:
        own = np.minimum(scores.sum(axis=1), 1.0) if self._reader.exclusive else scores.max(axis=1)
        best = int(own.argmax())
        return Verdict(label, float(own[best]), windows[best].start, windows[best].end)


def _load(source: Source) -> Reader:
    require("torch", "transformers", "safetensors", "huggingface_hub")
    device = _device(source)
    folder = source.folder or _snapshot(source)
    try:
        network, tokenizer = _read(folder, device)
        network.eval()
        # What has no body of its own is all body.
        narrow(network.base_model, source.quantise, device)
        return Reader(network.to(device), tokenizer, source.problem, device)
    except ModelError as error:
        raise ModelError(f"model {source.model!r} {error}") from error.__cause__


def _device(source: Source) -> str:
    import torch

    there = torch.cuda.is_available()
    if source.device == "cuda" and not there:
        raise ModelError(
            f"model {source.model!r} is to run on 'cuda', but torch finds no GPU; use 'device: cpu'"
        )
    return "cuda" if there and source.device != "cpu" else "cpu"


def _snapshot(source: Source) -> Path:
    """The folder in the hub's cache that holds the model."""
    from huggingface_hub import constants, snapshot_download

    name, _, revision = source.model.partition("@")
    try:
        return Path(
            snapshot_download(
                name,
                revision=revision or None,
                allow_patterns=FILES,
                ignore_patterns=["*/*"],
                local_files_only=not source.download,
            )
        )
    except (OSError, ValueError) as error:
        if not source.download:
            cure = "name a folder, or let it be fetched with 'download: true'"
            raise ModelError(f"model {source.model!r} is not on this machine; {cure}") from error
        why = "HF_HUB_OFFLINE is set" if constants.HF_HUB_OFFLINE else _first_line(error)
        cure = "check its name and the connection, or name a folder"
        raise ModelError(f"model {source.model!r} cannot be downloaded ({why}); {cure}") from error


def _read(folder: Path, device: str) -> tuple[Any, Any]:
    """Network and tokenizer in a folder; nothing is fetched, no code is run."""
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    options = {"local_files_only": True, "trust_remote_code": False}
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, **options)
        network, told = AutoModelForSequenceClassification.from_pretrained(
            folder,
            **options,
            use_safetensors=True,
            dtype=torch.float32 if device == "cpu" else "auto",
            output_loading_info=True,
        )
    except (OSError, ValueError, KeyError, ImportError, RuntimeError, SafetensorError) as error:
        raise ModelError(f"cannot be loaded from {folder}: {_cure(folder, error)}") from error
    missing = sorted(told["missing_keys"])
    if missing:
        names = ", ".join(missing[:3])
        raise ModelError(f"is no trained classifier: its file has no weights for {names}")
    return network, tokenizer


def _cure(folder: Path, error: Exception) -> str:
    if not any(folder.glob("*.safetensors")):
        return "it has no weights in safetensors, and other formats are not read; convert it"
    if "trust_remote_code" in str(error):
        return "it would run code of its own, which is not allowed; use a model that transformers knows"
    return f"{type(error).__name__}: {_first_line(error)}"


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _is_exclusive(config: Any, problem: Problem) -> bool:
    """Whether one label of a text excludes the others, by the rule of transformers' own pipeline."""
    told = config.problem_type if problem == "auto" else f"{problem}_classification"
    if told == "regression":
        cure = "if its output is a logit, say 'problem_type: multi_label'"
        raise ModelError(f"gives a number (problem type 'regression'), no probability; {cure}")
    return config.num_labels > 1 and told != "multi_label_classification"


def _cutter(tokenizer: Any) -> Any:
    """The tokenizer's core, made to leave nothing out."""
    cutter = getattr(tokenizer, "backend_tokenizer", None)
    if cutter is None:
        raise ModelError("has no tokenizer that says where its tokens lie; add a tokenizer.json")
    cutter.no_truncation()
    cutter.no_padding()
    cutter.encode_special_tokens = True
    return cutter


def _room(network: Any, tokenizer: Any) -> int:
    """Tokens that the network takes at once, special ones included."""
    positions = getattr(network.config, "max_position_embeddings", None) or 0
    if positions > 0:
        positions -= _shift(network)
    told = (positions, tokenizer.model_max_length, WINDOW)
    return min(number for number in told if number and number > 0)


def _shift(network: Any) -> int:
    """Positions that are never used: RoBERTa and its kin count from after the number of their padding."""
    for name, module in network.named_modules():
        if name.endswith("position_embeddings") and getattr(module, "padding_idx", None) is not None:
            return int(module.padding_idx) + 1
    return 0
