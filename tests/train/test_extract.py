"""What is taken from a long source for a claim."""

import random

from guard.text.passage import WINDOW_OF_WORDS
from guard.train.extract import covering, cut, longest, neighbours

FILLER = " ".join(
    f"On day {number} the weather stayed mild and dry over the whole valley." for number in range(20)
)
SOURCE = f"Halden Bridge opened in 1931. {FILLER} Its architect was Mara Lund. {FILLER}"


def test_sentences_that_cover_a_claim_together_are_taken_in_order():
    found = covering(SOURCE, "Mara Lund was the architect of Halden Bridge.")

    assert found.index("Halden Bridge") < found.index("Mara Lund")
    assert len(found) <= WINDOW_OF_WORDS + len(cut(SOURCE).spans)


def test_a_claim_that_shares_no_word_is_covered_by_nothing():
    assert covering(SOURCE, "Zebra!") == ""


def test_neighbours_are_one_piece_of_the_source():
    cuts = cut(SOURCE)
    shares = [len({"mara"} & grams) for grams in cuts.grams]

    found = neighbours(SOURCE, cuts.spans, shares, random.Random(1))

    assert found in SOURCE and len(found) <= longest(SOURCE)
