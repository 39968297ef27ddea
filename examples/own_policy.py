"""A policy written in Python, a check without any call, and the decision in words.

python examples/own_policy.py
"""

from guard import Guard
from guard.engine import explain

guard = Guard(
    {
        "version": 1,
        "id": "shop",
        "extends": "default",
        "languages": ["zh", "en"],
        "rules": [
            {
                "id": "order-numbers",
                "filter": "regex",
                "stages": ["input", "output"],
                "options": {"patterns": {"order": r"\bAB-\d{5}\b"}, "longest": 8},
                "action": "redact",
            }
        ],
    }
)

decision = guard.check("订单AB-12345的收件人电话是13800138000。")
print(decision.text)
print(explain(decision))
