"""How likely sources do not bear a sentence out: by rule and, where that is not sure, by reading both."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from guard.errors import OptionError
from guard.models import reader
from guard.models.reader import Held
from guard.text.passage import Passages
from guard.text.support import FEATURES, Support

INTERCEPT = -1.84
WEIGHTS = {
    "novel": 1.75,
    "novel_pairs": 0.96,
    "number_unsaid": 3.03,
    "number_clash": 3.72,
    "name_unsaid": 1.28,
    "quote_unsaid": 1.94,
    "flip": 4.14,
}
"""Fitted by `python -m guard.train.grounding_rule --data DIR`, supported and unsupported answers weighing the
same: a score of 0.5 says that both are as likely where half of all answers are wrong."""

READ_ALONE = (0.04, 0.67)
"""Intercept and weight of the model's log odds where only the model can tell: words of two scripts are not
compared."""
READ_TOGETHER = (-0.02, 1.25)
"""The same of the mean of the rule's log odds and those of the model alone. Both count the same: the pairs
that they are fitted on are of kinds that the model learnt from, so a regression would trust it too much."""
SHOWN = ("number_clash", "flip")
"""Features for which the rule can show the place that says otherwise; reading does not argue them away. Of
the pairs kept back that have one, 94 % are false."""
"""All fitted by `python -m guard.train.grounding_read --data DIR` on pairs kept back from training."""

OPEN = (0.05, 0.95)
"""The scores by rule between which a sentence is read, where nothing else is said."""
COPIED = 0.02
"""The probability that a sentence that stands in a source is not borne out by it."""

Band = tuple[float, ...]
"""A lower and an upper score."""

RULE, MODEL = "rule", "model"
"""The tiers, in the order in which they are asked."""


@dataclass(slots=True, kw_only=True)
class Claim:
    """A sentence beside its sources, and what the tiers so far made of it."""

    text: str
    support: Support
    score: float = field(init=False)
    """How likely the sources do not bear it out."""
    tier: str = RULE
    """The one whose score that is."""
    held: Held | None = None
    """What the model read, once it was asked."""

    def __post_init__(self) -> None:
        self.score = COPIED if self.support.copied else probability(self.support.features)

    @property
    def is_untold(self) -> bool:
        """Whether the rule alone has spoken of a sentence whose words it cannot compare with the sources'."""
        return self.support.foreign and self.tier == RULE

    @property
    def is_denied(self) -> bool:
        """Whether, of the ways not to be borne out, the one read is that the sources say otherwise."""
        return self.held is not None and self.held.contradicted > self.held.unsupported

    def is_open(self, sure: Sequence[float]) -> bool:
        """Whether the next tier is asked: the score lies within these two, or tells nothing."""
        low, high = sure
        return self.is_untold or low <= self.score <= high


def read(claims: Sequence[Claim], passages: Passages) -> None:
    """Has the guard model read claims beside their sources, which hold some text, and scores them anew."""
    found = reader.shipped().read(
        [claim.text for claim in claims], passages, [claim.support.matches for claim in claims]
    )
    for claim, held in zip(claims, found, strict=True):
        claim.score = together(claim.support, held)
        claim.held, claim.tier = held, MODEL


def check_sure(sure: Sequence[float]) -> None:
    """Raises `OptionError` unless these are two scores in order."""
    if not _is_band(sure):
        raise OptionError("sure", f"takes two scores in order between 0 and 1, not {sure}")


def bands(sure: Sequence[float | Sequence[float]]) -> tuple[Band, Band]:
    """Between which scores the model and then the judge are asked: one pair for both, or one for each.

    Raises `OptionError` unless every pair is two scores in order.
    """
    pairs = [each for each in sure if isinstance(each, Sequence)]
    scores = [each for each in sure if not isinstance(each, Sequence)]
    both = pairs or [scores, scores]
    if len(both) != 2 or (pairs and scores) or not all(map(_is_band, both)):
        reason = f"takes two scores in order between 0 and 1, or [[0.05, 0.95], [0.3, 0.9]], not {sure}"
        raise OptionError("sure", reason)
    return tuple(both[0]), tuple(both[1])


def _is_band(scores: Sequence[float]) -> bool:
    return len(scores) == 2 and 0 <= scores[0] < scores[1] <= 1


def probability(features: Sequence[float]) -> float:
    """The probability that a sentence is not borne out, by the fitted logistic rule."""
    total = INTERCEPT + sum(WEIGHTS[name] * value for name, value in zip(FEATURES, features, strict=True))
    return _chance(total)


def together(support: Support, held: Held) -> float:
    """The probability that a sentence is not borne out, from the rule's features and what the model read."""
    read = log_odds(1 - held.supported)
    intercept, weight = READ_ALONE
    alone = intercept + weight * read
    if support.foreign:
        return _chance(alone)
    rule = probability(support.features)
    intercept, weight = READ_TOGETHER
    both = _chance(intercept + weight * mean_odds(rule, alone))
    is_shown = any(value for name, value in zip(FEATURES, support.features, strict=True) if name in SHOWN)
    return max(both, rule) if is_shown else both


def mean_odds(rule: float, alone: float) -> float:
    """The mean of the rule's log odds, from its probability, and of the model's."""
    return (log_odds(rule) + alone) / 2


def log_odds(chance: float) -> float:
    """The logarithm of the odds of a probability, bounded."""
    clipped = min(max(chance, 1e-4), 1 - 1e-4)
    return math.log(clipped / (1 - clipped))


def _chance(odds: float) -> float:
    return 1 / (1 + math.exp(-odds))
