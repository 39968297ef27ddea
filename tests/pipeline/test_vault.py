from __future__ import annotations

import copy
import pickle
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from guard.errors import InputError, MissingExtra
from guard.pipeline.vault import Owner, Vault
from guard.text.placeholder import fold

FORMS = ("[人名_{number}]", "[PERSON_{number}]")
KEY = b"k" * 16


class Clock:
    """A clock that stands still until it is set."""

    now = 1000.0

    def __call__(self):
        return self.now


def person(text, restore=True):
    return Owner("pii.person", text, restore)


def test_vault_numbers_values_in_the_order_of_their_first_appearance():
    vault = Vault()
    names = [vault.name(person(text), FORMS) for text in ("张伟", "李娜", "张伟", "王芳", "李娜")]

    assert names == ["[人名_1]", "[人名_2]", "[人名_1]", "[人名_3]", "[人名_2]"]
    assert len(vault) == 3


def test_vault_numbers_each_label_by_itself():
    vault = Vault()

    assert vault.name(person("张伟"), FORMS) == "[人名_1]"
    assert vault.name(Owner("pii.phone", "13800138000", True), ["[电话_{number}]"]) == "[电话_1]"


def test_vault_gives_no_two_values_one_placeholder():
    vault = Vault()
    first = vault.name(Owner("pii.phone", "1", True), ["[号码_{number}]"])
    second = vault.name(Owner("pii.fax", "2", True), ["[号码_{number}]"])

    assert (first, second) == ("[号码_1]", "[号码_2]")


def test_vault_finds_a_value_by_every_form():
    vault = Vault()
    vault.name(person("张伟"), FORMS)

    assert vault.restorable() == {fold("[人名_1]"): "张伟", fold("[person_1]"): "张伟"}


def test_vault_restores_only_what_may_be_restored():
    vault = Vault()
    open_name = vault.name(person("张伟"), FORMS)
    closed_name = vault.name(person("张伟", restore=False), FORMS)

    assert open_name != closed_name
    assert fold(closed_name) not in vault.restorable()


def test_vault_passes_over_what_is_taken_and_moves_a_value_whose_name_was_taken_since():
    vault = Vault()

    assert vault.name(person("张伟"), FORMS, taken={fold("[人名_1]")}) == "[人名_2]"
    assert vault.name(person("李娜"), FORMS) == "[人名_3]"
    assert vault.name(person("李娜"), FORMS, taken={fold("[人名_3]")}) == "[人名_4]"


def test_vault_looks_at_each_taken_placeholder_once_for_all_values():
    class Taken(set):
        asked = 0

        def __contains__(self, item):
            self.asked += 1
            return super().__contains__(item)

    vault, taken = Vault(), Taken(fold(f"[人名_{number}]") for number in range(1, 501))
    names = [vault.name(person(f"p{number}"), FORMS, taken=taken) for number in range(100)]

    assert names == [f"[人名_{number}]" for number in range(501, 601)]
    assert taken.asked < 1000


def test_vault_lengthens_a_hash_that_two_values_share():
    vault = Vault()
    names = [vault.name(person(text), ["<{hash}>"], digest="0a1b") for text in ("张伟", "李娜", "张伟")]

    assert names == ["<0a1b>", "<0a1b-2>", "<0a1b>"]


def test_vault_forgets_what_was_not_seen_for_its_time_and_gives_its_number_to_nobody():
    clock = Clock()
    vault = Vault(ttl=60, clock=clock)
    for text in ("张伟", "李娜"):
        vault.name(person(text), FORMS)
    clock.now += 40
    vault.name(person("李娜"), FORMS)
    clock.now += 40

    assert set(vault.restorable().values()) == {"李娜"}
    assert vault.name(person("张伟"), FORMS) == "[人名_3]"


def test_vault_clears():
    vault = Vault()
    vault.name(person("张伟"), FORMS)
    vault.clear()

    assert (len(vault), vault.restorable()) == (0, {})


@pytest.mark.parametrize("ttl", [0, -1, float("nan")])
def test_vault_refuses_a_time_in_which_nothing_is_kept(ttl):
    with pytest.raises(InputError, match="must be more than 0 seconds"):
        Vault(ttl=ttl)


def test_vault_shows_no_value_and_is_neither_copied_nor_pickled():
    vault = Vault()
    vault.name(person("张伟"), FORMS)

    assert repr(vault) == str(vault) == "<Vault of 1 values, each kept for 3600 s>"
    for take in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="neither copied nor pickled"):
            take(vault)


@pytest.mark.parametrize("text", ["张伟", "\ud800", "", "a\0b", "😀" * 1000])
def test_vault_comes_out_of_a_seal_as_it_went_in(text):
    vault = Vault()
    name = vault.name(person(text), FORMS)
    sealed = vault.seal(KEY)
    opened = Vault.open(sealed, KEY)

    assert not text or text.encode("utf-8", "surrogatepass") not in sealed
    assert opened.restorable() == vault.restorable()
    assert opened.name(person(text), FORMS) == name
    assert opened.name(person("李娜"), FORMS) == "[人名_2]"
    assert vault.seal(KEY) != sealed


def test_vault_forgets_under_seal_too():
    clock = Clock()
    vault = Vault(ttl=60, clock=clock)
    vault.name(person("张伟"), FORMS)
    sealed = vault.seal(KEY)
    clock.now += 61

    assert len(Vault.open(sealed, KEY, clock=clock)) == 0


@pytest.mark.parametrize("damage", [lambda raw: raw[:-1], lambda raw: b"", lambda raw: b"\x02" + raw[1:]])
def test_vault_does_not_open_what_is_damaged(damage):
    with pytest.raises(InputError, match="cannot be opened"):
        Vault.open(damage(Vault().seal(KEY)), KEY)


def test_vault_does_not_open_with_another_key_or_close_with_a_short_one():
    with pytest.raises(InputError, match="cannot be opened"):
        Vault.open(Vault().seal(KEY), "another key, and long enough")
    with pytest.raises(InputError, match="at least 16 bytes, not 5"):
        Vault().seal("short")


def test_vault_says_how_to_install_what_seals(monkeypatch):
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.ciphers.aead", None)

    with pytest.raises(MissingExtra, match=r"pip install 'ernie-guard\[vault\]'"):
        Vault().seal(KEY)


def test_vault_keeps_its_numbers_straight_under_many_threads():
    vault = Vault()

    def name(number):
        text = f"person {number % 50}"
        return text, vault.name(person(text), FORMS)

    with ThreadPoolExecutor(32) as pool:
        named = set(pool.map(name, range(2000)))

    assert len(named) == len({name for _, name in named}) == 50
    assert {name for _, name in named} == {f"[人名_{number}]" for number in range(1, 51)}
