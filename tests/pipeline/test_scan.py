"""One filter's pass over a text: what becomes of findings that say nothing."""

import math

import pytest

from guard.pipeline.scan import Scan
from guard.types import Exchange, Stage
from tests.pipeline.fake_filters import Word


class Unsure(Word):
    """Finds words with a score that is no number."""

    name = "fake-unsure"
    score = math.nan

    def find(self, part, label, start, end, score, *more):
        return super().find(part, label, start, end, self.score, *more)


@pytest.mark.parametrize("score", [math.nan, math.inf])
def test_scan_takes_a_score_that_is_no_number_for_a_fault(score):
    made = Unsure(words=["bad"])
    made.score = score
    exchange = Exchange.of("a bad word")
    scan = Scan(made, exchange, list(exchange.parts(Stage.INPUT)), 1000)
    scan.run()

    assert scan.findings == []
    assert [item.reason for item in scan.unjudged] == ["failed: ArithmeticError"]
