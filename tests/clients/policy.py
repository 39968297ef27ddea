"""The policy that the tests of the clients share: mobile numbers are hidden, one word is forbidden."""

MOBILE = "13800138000"
HIDDEN = "[regex.match]"
BANNED = "赌场"
REFUSAL = "抱歉，我不能帮助完成这个请求。"

POLICY = {
    "version": 1,
    "id": "clients",
    "languages": ["zh", "en"],
    "replies": {"refusal": {"zh": REFUSAL, "en": "Sorry, no."}},
    "rules": [
        {
            "id": "mobile",
            "filter": "regex",
            "stages": ["input", "output", "tool_call"],
            "options": {"patterns": [r"1[3-9]\d{9}"], "longest": 11},
            "action": "redact",
        },
        {
            "id": "banned",
            "filter": "regex",
            "stages": ["input", "output", "tool_call"],
            "options": {"patterns": [BANNED], "longest": 2},
            "action": "block",
        },
    ],
}
