"""What is read beside a claim."""

import pytest

from guard.models.reader import cased


@pytest.mark.parametrize(
    ("claim", "read"),
    [
        ("mara lund opened it.", "mara lund opened it in may."),
        ("Mara opened it.", "Mara Lund opened it in May."),
        ("她五月开幕。", "Mara Lund opened it in May."),
    ],
)
def test_the_sources_are_read_in_small_letters_beside_a_claim_in_small_letters(claim, read):
    assert cased("Mara Lund opened it in May.", claim) == read
