"""What the filters share that a model judges: which one, its scores, and what it does not cover."""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Literal, Protocol

from guard.errors import ModelError, OptionError
from guard.models import encoder, guest, ngram
from guard.models.artefact import DATA
from guard.models.coverage import told, uncovered
from guard.models.label import aims, match
from guard.models.precision import Precision
from guard.models.session import WEIGHTS
from guard.models.verdict import Verdict
from guard.registry import Filter, option, options_of
from guard.text.language import check_codes
from guard.types import Exchange, Finding, Part, Stage, Unjudged

KINDS = {Stage.INPUT: "input", Stage.OUTPUT: "output"}
"""What a text is to the model by its stage; at any other it is a `document`."""

FOR_MODEL = ("label_map", "quantise", "problem_type", "covers", "download")
"""Options that say how to read the one that `model` names."""

_ID = re.compile(r"\w[\w.-]*(/\w[\w.-]*)?(@[\w./-]+)?")
"""A model on the hub, and a revision of it."""


class Judge(Protocol):
    """Whatever judges a text by labels."""

    def judge(self, text: str, kind: str) -> Sequence[Verdict]:
        """Verdicts on a text of a kind: `input`, `output` or `document`."""

    def languages(self, family: str) -> Sequence[str] | None:
        """The languages that the labels of a family cover, `None` where nobody knows."""


class Classical:
    """The n-gram model, which reads any kind of text alike."""

    def judge(self, text: str, kind: str) -> Sequence[Verdict]:
        return ngram.judge(text)

    def languages(self, family: str) -> Sequence[str]:
        return ngram.shipped().languages(family)


class Classifier(Filter):
    """A filter whose labels are those of a model, under the filter's own id as their family.

    Every label gets a finding with its calibrated score, however low. Text in a language that the model
    does not cover is judged all the same and reported as not covered.
    """

    backend: Literal["encoder", "classical"] = option(
        "encoder",
        description="Which model of the package judges: `encoder` reads whole sentences in many languages, "
        "`classical` counts n-grams, which is less work, in few languages and with fewer labels.",
    )
    model: str | Path | None = option(
        None,
        description="A model of yours instead: a folder, which a policy names from its own, or the id on the "
        "Hugging Face hub (`@REVISION` may follow), of a sequence classifier in the form of transformers.",
    )
    label_map: dict[str, str] = option(
        {},
        description="The filter's label, by the name that `model` has for it; what is not named is left out. "
        "Without a map, labels of the same name count.",
    )
    problem_type: guest.Problem = option(
        "auto",
        description="Whether several labels of `model` can hold at once (`multi_label`) or just one "
        "(`single_label`); `auto` goes by its configuration.",
    )
    quantise: Precision = option(
        "none", description="Bits that a weight of `model` is read in: as it is, eight, or four."
    )
    device: guest.Device = option(
        "auto",
        description="Where the model runs; `auto` takes a GPU for `model` where there is one, and the "
        "processor for those of the package.",
    )
    covers: list[str] = option(
        [],
        description="Languages that `model` reads (ISO 639-1 codes); text in others is reported as not "
        "covered. Nothing is reported where none are named.",
    )
    download: bool = option(
        False, description="Fetch `model` from the hub where it is not on this machine yet."
    )

    def __post_init__(self) -> None:
        self._judge: Judge | None = None
        self._check_choice()
        check_codes("covers", self.covers)
        given = self._check_alone() if self.model is None else self._check_model(self.model)
        self._labels = tuple(label for label in self.own_labels() if label in given)

    def label_names(self) -> tuple[str, ...]:
        return self._labels

    @classmethod
    def coverage(cls) -> dict[str, Sequence[str]]:
        files = {"encoder": DATA / WEIGHTS, "classical": ngram.SHIPPED}
        return {name: tuple(told(file).get("languages", {}).get(cls.id, ())) for name, file in files.items()}

    def covered(self) -> Sequence[str] | None:
        if self.model is not None:
            return self.covers or None
        return self.coverage()[self.backend]

    def own_labels(self) -> tuple[str, ...]:
        """The labels that the filter has with these options, whichever model judges."""
        return self.labels

    def load(self, judge: Judge | None = None) -> None:
        """Reads the model's weights, unless a `judge` is given; filters with the same model share them."""
        self._judge = judge or self._choose()

    def scan(self, part: Part, exchange: Exchange) -> Iterator[Finding | Unjudged]:
        """Yields a finding per label over the worst window, and whether the language is not covered."""
        if self._judge is None:
            self.load()
        assert self._judge is not None
        for verdict in self._judge.judge(part.text, KINDS.get(part.stage, "document")):
            if verdict.label in self._labels:
                yield self.find(
                    part, verdict.label, verdict.start, verdict.end, verdict.score, "judged by the model"
                )
        covered = self._judge.languages(self.id)
        language = "" if covered is None else uncovered(part.text, covered)
        if language:
            reason = f"language {language!r} is not covered by the model"
            yield self.pass_over(part, reason, language=language)

    def _choose(self) -> Judge:
        if self.model is not None:
            reader = guest.load(self._source(self.model))
            return guest.Guest(
                reader, match(self.label_map, reader.labels, self.id, self.own_labels()), self.covers
            )
        if self.backend == "classical":
            ngram.shipped()
            return Classical()
        return _on_gpu() if self.device == "cuda" else encoder.shipped()

    def _source(self, model: str | Path) -> guest.Source:
        return guest.Source(str(model), self.quantise, self.device, self.problem_type, self.download)

    def _check_choice(self) -> None:
        if self.backend == "classical" and self.model is not None:
            raise OptionError("backend", "'backend' and 'model' name two models; remove one of them")
        if self.backend == "classical" and self.device == "cuda":
            raise OptionError("device", "the backend 'classical' runs on the processor; remove 'device'")

    def _check_alone(self) -> Collection[str]:
        """Finds options that want a model of one's own; gives the labels of the package's model."""
        defaults = {spec.name: spec.default for spec in options_of(type(self))}
        for name in FOR_MODEL:
            if getattr(self, name) != defaults[name]:
                raise OptionError(name, f"option {name!r} is for a model of yours; name it in 'model'")
        return ngram.labels() if self.backend == "classical" else self.own_labels()

    def _check_model(self, model: str | Path) -> Collection[str]:
        """Finds what is wrong with the model's options as far as that shows without loading it.

        Gives the labels that the model may have: all where that does not show.
        """
        aimed = aims(self.label_map, self.id, self.own_labels())
        folder = self._source(model).folder
        if folder is not None:
            try:
                theirs = guest.labels_in(folder)
            except ModelError as error:
                raise OptionError("model", str(error)) from None
            aimed = match(self.label_map, theirs, self.id, self.own_labels())
        elif not _ID.fullmatch(str(model)):
            raise OptionError("model", f"no folder {str(model)!r}, and no id of a model on the hub either")
        return aimed.values() or self.own_labels()


@functools.cache
def _on_gpu() -> encoder.Encoder:
    return encoder.Encoder.load(DATA, device="cuda")
