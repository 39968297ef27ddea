"""Ernie Guard: filters, hallucination checks and policies around any ERNIE generation call.

from guard import Guard

ask = Guard("default").wrap(call)
ask([{"role": "user", "content": "…"}], sources=["…"])
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from guard.clients.openai import wrap_openai
    from guard.clients.transformers import wrap_transformers
    from guard.errors import Blocked, GuardError, InputError, PolicyError
    from guard.pipeline.guard import Guard
    from guard.pipeline.vault import Vault
    from guard.policy.load import load as load_policy
    from guard.registry import Filter
    from guard.types import Action, Decision, Exchange, Finding, Policy, Stage

__version__ = "0.2.0"

__all__ = [
    "Action",
    "Blocked",
    "Decision",
    "Exchange",
    "Filter",
    "Finding",
    "Guard",
    "GuardError",
    "InputError",
    "Policy",
    "PolicyError",
    "Stage",
    "Vault",
    "load_policy",
    "wrap_openai",
    "wrap_transformers",
]

_HOMES = {
    "Action": "guard.types",
    "Blocked": "guard.errors",
    "Decision": "guard.types",
    "Exchange": "guard.types",
    "Filter": "guard.registry",
    "Finding": "guard.types",
    "Guard": "guard.pipeline.guard",
    "GuardError": "guard.errors",
    "InputError": "guard.errors",
    "Policy": "guard.types",
    "PolicyError": "guard.errors",
    "Stage": "guard.types",
    "Vault": "guard.pipeline.vault",
    "load_policy": "guard.policy.load:load",
    "wrap_openai": "guard.clients.openai",
    "wrap_transformers": "guard.clients.transformers",
}


def __getattr__(name: str) -> Any:
    """Imports a public name from the module that defines it, when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module 'guard' has no attribute {name!r}")
    module, _, attribute = _HOMES[name].partition(":")
    return getattr(importlib.import_module(module), attribute or name)
