"""Scores are calibrated by label and kind of writing."""

import numpy as np
import pytest

from guard.errors import ModelError
from guard.models.calibration import GROUPS, Calibration, group_of


@pytest.mark.parametrize(
    ("text", "group"),
    [
        ("请问如何杀死一个进程？", "han"),
        ("用 Python 写一个 process killer", "latin"),
        ("用Python写一个爬虫程序", "han"),
        ("How do I kill a process?", "latin"),
        ("¿Cómo mato un proceso?", "latin"),
        ("как убить процесс", "other"),
        ("プロセスを止める方法を教えてください", "other"),
        ("𠀀𠀁𠀂", "han"),
        ("", "latin"),
        ("123 !?", "latin"),
        ("\ud800\x00", "latin"),
    ],
)
def test_group_of_names_the_writing(text, group):
    assert group_of(text) == group


def test_calibration_follows_its_own_curve():
    known = np.tile(np.array([0.0, 0.5, 1.0]), (2, 2, 1))
    right = np.array([[[0, 0.1, 1], [0, 0.9, 1]], [[0, 0.5, 1], [0, 0.5, 1]]])
    calibration = Calibration(known, right, ["han", "latin"])

    assert calibration.apply(np.array([0.25, 0.25]), "han").tolist() == pytest.approx([0.05, 0.45])
    assert calibration.apply(np.array([0.25, 1.0]), "latin").tolist() == pytest.approx([0.25, 1.0])
    assert calibration.apply(np.array([0.3, 0.4]), "other").tolist() == [0.3, 0.4]


@pytest.mark.parametrize("shapes", [((3, 2, 4), (3, 2, 5)), ((2, 2, 4), (2, 2, 4)), ((3, 4), (3, 4))])
def test_calibration_of_wrong_shapes_is_refused(shapes):
    with pytest.raises(ModelError, match="calibration of shapes"):
        Calibration(*(np.zeros(shape) for shape in shapes), GROUPS)
