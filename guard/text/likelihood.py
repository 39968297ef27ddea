"""How sure a model was of a sentence, by the probabilities of its tokens.

Only tokens that carry content count: numbers, and words that say something. Three measures, all over the
content tokens i = 1 … n of a sentence, with p_i the probability of the token that was chosen:

- mean: 1/n · Σ ln p_i, the length-normalised log-probability (Malinin and Gales, "Uncertainty estimation in
  autoregressive structured prediction", ICLR 2021); Avg(-log p) of Manakul et al. with its sign turned.
- least: min ln p_i, Max(-log p) of Manakul et al., "SelfCheckGPT", EMNLP 2023, with its sign turned; also
  Varshney et al., "A stitch in time saves nine", 2023, who found the minimum to tell most.
- entropy: 1/n · Σ H_i with H_i = -Σ_w p_i(w) ln p_i(w), Avg(H) of Manakul et al. Endpoints tell the likeliest
  alternatives only: all others count as one, so that H_i is a lower bound.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from guard.text.token import terms
from guard.types import Token


class Likelihood(NamedTuple):
    """Mean and least log-probability of a sentence's content tokens, and their mean entropy, all in nats."""

    mean: float
    least: float
    entropy: float

    def doubt(self, measure: str) -> float:
        """A measure, by name, as a score from 0, sure, to 1: one minus the probability that it stands for.

        Of the entropy that is 1 - exp(-H): exp(H) is how many tokens were as good as open (perplexity).
        """
        return -math.expm1(-self.entropy if measure == "entropy" else getattr(self, measure))


def weigh_tokens(sentence: str, tokens: Sequence[Token]) -> Likelihood | None:
    """The likelihood of a sentence whose tokens are placed in it; None where none carries content."""
    telling = _telling(sentence)
    found = [token for token in tokens if any(telling[token.start : token.end])]
    if not found:
        return None
    chosen = [token.logprob for token in found]
    entropies = [entropy(token.top or (token.logprob,)) for token in found]
    return Likelihood(sum(chosen) / len(found), min(chosen), sum(entropies) / len(found))


def entropy(logprobs: Iterable[float]) -> float:
    """The entropy in nats of alternatives with these log-probabilities and one that stands for the rest."""
    chances = [math.exp(logprob) for logprob in logprobs]
    rest = max(0.0, 1.0 - sum(chances))
    return -sum(chance * math.log(chance) for chance in (*chances, rest) if chance > 0.0)


def _telling(sentence: str) -> bytearray:
    """1 for each character that belongs to a number or to a word that says something."""
    marks = bytearray(char.isdigit() for char in sentence)
    for term in terms(sentence):
        if term.weight > 0.0:
            marks[term.start : term.end] = b"\x01" * (term.end - term.start)
    return marks
