"""Every label and every foreign category is mapped, or named as not covered."""

import re

import pytest

from guard.errors import InputError
from guard.filters.harm import Harm
from guard.filters.injection import Injection
from guard.registry import filters
from guard.taxonomy import map_label, map_labels, scheme, schemes

LABELS = Harm.labels + Injection.labels
SIZES = {"openai": 13, "ailuminate": 12, "llama_guard": 14, "baidu": 11, "gb45654": 31}
CATEGORIES = [pytest.param(one, id=f"{name}-{one.code}") for name in SIZES for one in scheme(name).categories]


def test_schemes_are_complete():
    assert {name: len(one.categories) for name, one in schemes().items()} == SIZES


def test_schemes_number_the_risks_of_the_standard_as_it_does():
    codes = [category.code for category in scheme("gb45654").categories]
    parts = {
        part: "".join(code[-1] for code in codes if code.startswith(part))
        for part in ("A.1", "A.2", "A.3", "A.4", "A.5")
    }

    assert parts == {"A.1": "abcdefgh", "A.2": "abcdefghi", "A.3": "abcde", "A.4": "abcdefg", "A.5": "ab"}


@pytest.mark.parametrize("name", SIZES)
@pytest.mark.parametrize("label", LABELS)
def test_labels_have_a_category_or_a_reason(label, name):
    assert bool(map_label(label, name)) != bool(scheme(name).lack(label))


@pytest.mark.parametrize("category", CATEGORIES)
def test_categories_are_found_by_something_or_say_why_not(category):
    found = bool(category.labels or category.together or category.filters)

    assert found != bool(category.uncovered)


@pytest.mark.parametrize("category", CATEGORIES)
def test_categories_name_only_what_there_is(category):
    named = {*category.labels, *(label for wanted in category.together for label in wanted)}

    assert named <= set(LABELS)
    assert set(category.filters) <= set(filters())


@pytest.mark.parametrize("name", SIZES)
def test_reasons_are_for_labels_that_there_are(name):
    assert set(scheme(name).without) <= {*LABELS, "harm", "injection"}


@pytest.mark.parametrize(
    ("label", "name", "codes"),
    [
        ("harm.self_harm", "openai", ("self-harm", "self-harm/intent", "self-harm/instructions")),
        ("harm.sexual.minors", "llama_guard", ("S4",)),
        ("harm.violence.extremism", "gb45654", ("A.1.d",)),
        ("harm.spam", "baidu", ("36",)),
        ("harm.spam", "openai", ()),
        ("harm.dangerous_advice", "ailuminate", ("specialized_advice",)),
        ("injection.jailbreak", "llama_guard", ()),
    ],
)
def test_map_label_by_hand(label, name, codes):
    assert map_label(label, name) == codes


def test_map_labels_sees_what_only_two_labels_mean():
    alone = {*map_label("harm.harassment", "openai"), *map_label("harm.violence", "openai")}
    both = map_labels(["harm.harassment", "harm.violence"], "openai")

    assert set(both) - alone == {"harassment/threatening"}


def test_openai_categories_are_those_of_its_own_package():
    moderation = pytest.importorskip("openai.types.moderation")
    fields = moderation.Categories.model_fields

    assert {category.code for category in scheme("openai").categories} == {
        field.alias or name for name, field in fields.items()
    }


def test_llama_guard_hazards_are_numbered_in_order():
    codes = [category.code for category in scheme("llama_guard").categories]

    assert codes == [f"S{number}" for number in range(1, 15)]
    assert all(re.fullmatch(r"[A-Z].+", category.name) for category in scheme("llama_guard").categories)


def test_scheme_unknown_is_one_clear_error():
    with pytest.raises(InputError, match=r"^no scheme 'openia'; did you mean 'openai'\?$"):
        scheme("openia")
