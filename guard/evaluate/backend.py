"""The models that the benchmarks compare, behind one door, each text scored once and remembered."""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from guard.errors import InputError
from guard.filters.harm import Harm
from guard.filters.injection import Injection

ENCODER, CLASSICAL = "encoder", "classical"
BACKENDS = (ENCODER, CLASSICAL)
TITLES = {ENCODER: "encoder", CLASSICAL: "n-grams"}

FAMILIES = {"harm": Harm.labels, "injection": Injection.labels}

APART = frozenset({"harm.political_sensitive"})
"""Labels that are no harm by themselves: rules ask for them by name, and they do not count as harm here."""

BATCH = 512
"""Texts handed to a model at once."""

Judge = Callable[[Sequence[str], Sequence[str]], np.ndarray]
"""Scores [texts, labels] of texts and their kinds (`input`, `output` or `document`)."""


@dataclass(frozen=True, slots=True)
class Backend:
    """A model to be measured."""

    name: str
    labels: tuple[str, ...]
    judge: Judge
    languages: Callable[[str], tuple[str, ...]]
    """The languages that a family's labels are meant for."""
    mark: str
    """What the scores depend on, so that remembered ones are used for the same model only."""
    thresholds: Callable[[str], Mapping[str, float]] = lambda label: {}
    """The thresholds that come with the model for a label, by the share of innocent texts flagged."""

    @property
    def title(self) -> str:
        """How tables call it."""
        return TITLES.get(self.name, self.name)


class Scorer:
    """A backend that remembers what it said of a text, in a file too where a folder is given."""

    def __init__(self, backend: Backend, folder: Path | None = None) -> None:
        self.backend = backend
        self._known: dict[bytes, np.ndarray] = {}
        self._path = folder and folder / f"{backend.name}-{backend.mark}.npz"
        if self._path and self._path.exists():
            with np.load(self._path) as kept:
                keys = [key.tobytes() for key in kept["keys"]]
                self._known = dict(zip(keys, kept["scores"], strict=True))

    def scores(self, family: str, texts: Sequence[str], kinds: Sequence[str]) -> np.ndarray:
        """The highest score of any label of the family, for each text, [texts]."""
        columns = [
            place
            for place, label in enumerate(self.backend.labels)
            if label in FAMILIES[family] and label not in APART
        ]
        return np.asarray(self.all_scores(texts, kinds)[:, columns].max(axis=1, initial=0.0))

    def all_scores(self, texts: Sequence[str], kinds: Sequence[str]) -> np.ndarray:
        """The scores of every label, [texts, labels]."""
        keys = [_key(text, kind) for text, kind in zip(texts, kinds, strict=True)]
        first = {key: place for place, key in enumerate(keys) if key not in self._known}
        missing = sorted(first.values(), key=lambda place: len(texts[place]))
        for start in range(0, len(missing), BATCH):
            places = missing[start : start + BATCH]
            found = self.backend.judge([texts[place] for place in places], [kinds[place] for place in places])
            self._known |= {
                keys[place]: row for place, row in zip(places, found.astype(np.float32), strict=True)
            }
        if missing:
            self._keep()
        rows = [self._known[key] for key in keys]
        return np.array(rows, dtype=float).reshape(len(texts), len(self.backend.labels))

    def _keep(self) -> None:
        if self._path:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            keys = np.frombuffer(b"".join(self._known), np.uint8).reshape(-1, _KEY)
            np.savez(self._path, keys=keys, scores=np.array(list(self._known.values())))


_KEY = 16


def _key(text: str, kind: str) -> bytes:
    return hashlib.blake2b(f"{kind}\0{text}".encode("utf-8", "surrogatepass"), digest_size=_KEY).digest()


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options that say which models are measured and how."""
    parser.add_argument(
        "--backend", nargs="+", default=list(BACKENDS), choices=BACKENDS, help="models to measure"
    )
    parser.add_argument(
        "--encoder", type=Path, metavar="DIR", help="folder with another encoder than the shipped one"
    )
    parser.add_argument("--device", default="cpu", help="where the encoder runs: cpu, or cuda")
    parser.add_argument("--whole", action="store_true", help="let no text take the encoder's early exit")
    parser.add_argument("--cache", type=Path, metavar="DIR", help="folder that keeps scores from run to run")


def scorers(chosen: argparse.Namespace) -> list[Scorer]:
    """The chosen models, in the order of `BACKENDS`; raises `ModelError` when one cannot be loaded."""
    return [
        Scorer(
            encoder(chosen.encoder, chosen.device, chosen.whole) if name == ENCODER else classical(),
            chosen.cache,
        )
        for name in BACKENDS
        if name in chosen.backend
    ]


def encoder(folder: Path | None = None, device: str = "cpu", whole: bool = False) -> Backend:
    """The shipped encoder, or the one in a folder."""
    from guard.models.artefact import DATA
    from guard.models.encoder import Encoder
    from guard.models.session import WEIGHTS

    model = Encoder.load(folder or DATA, device=device)

    def judge(texts: Sequence[str], kinds: Sequence[str]) -> np.ndarray:
        found = model.judge_all(texts, kinds, leave=not whole)
        empty = [0.0] * len(model.labels)
        return np.array([[verdict.score for verdict in verdicts] or empty for verdicts in found])

    mark = f"{_digest((folder or DATA) / WEIGHTS)}-{device}{'-whole' if whole else ''}"
    return Backend(ENCODER, model.labels, judge, model.languages, mark, model.thresholds)


def classical() -> Backend:
    """The shipped model of hashed n-grams; what kind a text is does not matter to it."""
    from guard.models.ngram import SHIPPED, shipped

    model = shipped()
    return Backend(
        CLASSICAL, model.labels, lambda texts, _: model.scores(texts), model.languages, _digest(SHIPPED)
    )


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:12]
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from None


def covered(scorers: Iterable[Scorer], family: str, lang: str) -> bool:
    """Whether the first of the models is meant for a language; one that names none is meant for all."""
    languages = next(iter(scorers)).backend.languages(family)
    return not languages or lang in languages
