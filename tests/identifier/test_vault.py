from __future__ import annotations

import json
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from guard.identifier.match import Match
from guard.identifier.vault import Vault

VALUES = st.text(st.sampled_from('1380张伟@"\\\n'), min_size=1, max_size=6)


def test_vault_names_a_value_once() -> None:
    vault = Vault("zh")
    text = "张伟说张伟和李娜"
    matches = [Match("pii.person", at, at + 2, 1.0) for at in (0, 3, 6)]

    assert vault.hide(text, matches) == "人名_1说人名_1和人名_2"
    assert vault.hide("李娜", [Match("pii.person", 0, 2, 1.0)]) == "人名_2"
    assert vault.restore("人名_2认识人名_1，不认识人名_12") == "李娜认识张伟，不认识人名_12"


def test_vault_gives_out_no_pseudonym_that_the_user_wrote() -> None:
    vault = Vault("en")
    hidden = vault.hide("PERSON_1 is Bob", [Match("pii.person", 12, 15, 1.0)])

    assert hidden == "PERSON_1 is PERSON_2"
    assert vault.restore(hidden) == "PERSON_1 is Bob"


def test_vault_escapes_inside_json() -> None:
    vault = Vault("en")
    name = vault.pseudonym("pii.person", 'Bob "B" \\ Ray')

    assert json.loads(vault.restore(json.dumps({"to": name}), is_json=True)) == {"to": 'Bob "B" \\ Ray'}


@settings(max_examples=100, deadline=None)
@given(
    values=st.lists(VALUES, min_size=1, max_size=12),
    fillers=st.lists(st.text(st.sampled_from("人名_电话1 2a"), max_size=5), min_size=1, max_size=12),
    cuts=st.lists(st.integers(0, 200), max_size=20),
)
def test_restorer_gives_the_same_however_the_text_is_cut(
    values: list[str], fillers: list[str], cuts: list[int]
) -> None:
    vault = Vault("zh")
    names = [vault.pseudonym("pii.person", value) for value in values]
    answer = "".join(filler + name for filler, name in zip(fillers, names, strict=False))
    restorer = vault.restorer()
    places = [0, *sorted(cut for cut in cuts if cut < len(answer)), len(answer)]
    pieces = [restorer.feed(answer[left:right]) for left, right in pairwise(places)]

    assert "".join(pieces) + restorer.close() == vault.restore(answer)


@settings(max_examples=100, deadline=None)
@given(st.text(st.sampled_from("张伟李娜说 人名_1"), max_size=40))
def test_vault_gives_back_what_it_hid(text: str) -> None:
    vault = Vault("zh")
    matches = [Match("pii.person", at, at + 1, 1.0) for at, char in enumerate(text) if char in "张伟李娜"]
    hidden = vault.hide(text, matches)

    assert vault.restore(hidden).replace(" ", "") == text.replace(" ", "")
