from __future__ import annotations

import copy
import pickle

import pytest

from guard import errors
from guard.errors import Blocked, Fault, GuardError, MissingExtra, OptionError, PolicyError
from guard.types import Action, Decision, PolicyRef

DECISION = Decision(Action.BLOCK, "No.", (), PolicyRef("p", "0" * 64), rule="r")
MADE = {
    Blocked: (DECISION,),
    MissingExtra: ("openai", "openai"),
    OptionError: ("words", "no list", 2),
    PolicyError: ([Fault("p.yaml", 1, 2, "wrong"), Fault("p.yaml", 3, 4, "wrong too")],),
}
KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, GuardError)]


@pytest.mark.parametrize("take", [lambda error: pickle.loads(pickle.dumps(error)), copy.copy])
@pytest.mark.parametrize("kind", KINDS)
def test_errors_can_be_pickled_and_copied(kind, take):
    error = kind(*MADE.get(kind, ("wrong",)))
    error.add_note("in chapter 3")
    again = take(error)

    assert (type(again), str(again), vars(again)) == (kind, str(error), vars(error))
