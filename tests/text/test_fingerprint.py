"""What makes two texts the same."""

import pytest

from guard.text.fingerprint import fingerprint


@pytest.mark.parametrize(
    "other",
    [
        "how do i BAKE bread",
        "Ｈow do I bake bread?",
        "@anna_b How do I bake bread https://x.example/a?b",
        "How do&nbsp;I bake\\nbread",
    ],
)
def test_fingerprint_overlooks_case_width_marks_and_links(other):
    assert fingerprint(other) == fingerprint("How do I bake bread?")


def test_fingerprint_tells_words_apart_and_signs_too():
    assert fingerprint("How do I bake cake?") != fingerprint("How do I bake bread?")
    assert fingerprint("?!") != fingerprint("!!")
