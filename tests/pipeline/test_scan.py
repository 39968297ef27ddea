"""One filter's pass over a text: what becomes of findings that say nothing."""

import math

import pytest

from guard.pipeline.scan import Scan
from guard.types import Exchange, Stage
from tests.pipeline.fake_filters import FakeFilter


class Unsure(FakeFilter):
    """Finds every text, with a score that is no number."""

    name = "fake-unsure"
    labels = ("unsure",)
    score = math.nan

    def scan(self, part, exchange):
        yield self.find(part, "unsure", 0, 1, self.score)


@pytest.mark.parametrize("score", [math.nan, math.inf])
def test_scan_takes_a_score_that_is_no_number_for_a_fault(score):
    made = Unsure()
    made.score = score
    exchange = Exchange.of("a bad word")
    scan = Scan(made, exchange, list(exchange.parts(Stage.INPUT)), 1000)
    scan.run()

    assert scan.findings == []
    assert [item.reason for item in scan.unjudged] == ["failed: ArithmeticError"]
