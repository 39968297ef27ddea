"""Ernie Guard: filters, hallucination checks and policies around any ERNIE generation call.

from guard import Guard

ask = Guard("default").wrap(call)
ask([{"role": "user", "content": "…"}], sources=["…"])
"""

from __future__ import annotations

__version__ = "0.1.0"
