"""Labels of another model and ours: what matches, and what is said where nothing does."""

import pytest

from guard.errors import OptionError
from guard.models.label import aims, match

OURS = ("harm.toxic", "harm.hate", "harm.sexual.minors")


def test_aims_writes_labels_in_full():
    assert aims({"a": "toxic", "b": "harm.hate", "c": "sexual.minors"}, "harm", OURS) == {
        "a": "harm.toxic",
        "b": "harm.hate",
        "c": "harm.sexual.minors",
    }


def test_match_takes_what_the_map_names():
    assert match({"LABEL_1": "toxic"}, ("LABEL_0", "LABEL_1"), "harm", OURS) == {"LABEL_1": "harm.toxic"}


def test_match_without_a_map_takes_namesakes():
    assert match({}, ("Toxic", "fine", "harm.hate"), "harm", OURS) == {
        "Toxic": "harm.toxic",
        "harm.hate": "harm.hate",
    }


@pytest.mark.parametrize(
    ("label_map", "option", "index", "message"),
    [
        (
            {"LABEL_1": "toxic", "LABEL_0": "harm.hat"},
            "label_map",
            1,
            "filter 'harm' has no label 'harm.hat'; did you mean 'hate'?",
        ),
        (
            {"LABEL_1": "x"},
            "label_map",
            0,
            "filter 'harm' has no label 'x'; one of: toxic, hate, sexual.minors",
        ),
        ({"LABEL_2": "toxic"}, "label_map", 0, "the model has no label 'LABEL_2'; did you mean 'LABEL_1'?"),
        ({"bad": "toxic"}, "label_map", 0, "the model has no label 'bad'; one of: LABEL_0, LABEL_1"),
        (
            {},
            "model",
            None,
            "the model needs a 'label_map' to the labels of filter 'harm'; its labels are: LABEL_0, LABEL_1; "
            "those of the filter: harm.toxic, harm.hate, harm.sexual.minors",
        ),
    ],
)
def test_match_names_the_legal_labels(label_map, option, index, message):
    with pytest.raises(OptionError) as raised:
        match(label_map, ("LABEL_0", "LABEL_1"), "harm", OURS)

    assert (raised.value.option, raised.value.index, str(raised.value)) == (option, index, message)
