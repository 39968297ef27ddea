"""Secrets known by what announces them: keys and passwords behind a name, the block of a private key.

They are read in a copy of the text in which every character is one byte, so that offsets hold. Chinese words
that announce a secret, quotation marks and the wide colon become signs of their own, and all else that is not
ASCII, but for wide letters and digits, becomes one more: no value holds any of these.
"""

from __future__ import annotations

import math
import re
from collections import Counter

from guard.identifier.fold import fold

KEY, PASSWORD, IS, QUOTE = "\x03\x03", "\x04\x04", "\x05", "\x08"
_OTHER, _COLON = "\x06", "\x07"
_SIGNS = {
    word: sign
    for sign, words in (
        (KEY, "密钥,私钥,令牌,密鑰,私鑰,金鑰"),
        (PASSWORD, "密码,口令,密碼"),
        (IS, "是,为,為,就是,还是,還是,设为,設為,设成,設成,设置为,設置為,改成,改成了,换成,換成,改为,改為"),
        (IS, "已改为,已改為,修改为,修改為,更改为,更改為,重置为,重置為"),
    )
    for word in words.split(",")
}
_WORD = re.compile("|".join(sorted(_SIGNS, key=len, reverse=True)))
_PUNCTUATION = str.maketrans(
    {"：": _COLON}
    | dict.fromkeys("“”‘’「」『』【】《》‹›«»（）", QUOTE)
    | dict.fromkeys("，！？；、。…", _OTHER)
)
_FOREIGN = re.compile(r"[^\x00-\x7f]")

_OPEN = rf"(?:\*\*|[\"'`{QUOTE}])?"
STRONG = (
    rf"(?:[\"'`{QUOTE}*]{{0,2}}[ \t]{{0,4}}(?:(?:{IS}{{1,4}}|[ \t]is)?[ \t]{{0,2}}(?::=|=>|==?|:|{_COLON})"
    rf"|{IS}{{1,4}}|[ \t]is[ \t])[ \t]{{0,4}}|[\"']?>){_OPEN}"
)
"""What assigns a value to a name: `=`, `: "`, 是：, the end of an XML tag."""
LINK = rf"(?:{STRONG}|[ \t]{{1,9}}{_OPEN})"
"""What assigns a value, or a blank between a word and the value that it announces."""

_PLACEHOLDER = re.compile(
    r"[x*.\-_#?\x03-\x08]+|<.*|\$.*|%.*|\{.*|\[.*|(?:your|my|the|some|an?|enter|insert|replace)[-_ ].*"
    r"|.*(?:example|placeholder|changeme|dummy|redacted|_here|secret$).*|[\w.\-]*(?:password|passwd)[\w.\-]*"
    r"|(?:os|process|config|settings|self|env|this|request|args|params)\..*"
    r"|[A-Za-z_][\w.]*\((?:.*\).*|[^0-9]*|.*[\"'].*)"
    r"|[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)+|none|null|true|false|undefined|(.)\1*|0?123456789?0?|abcdef.*"
    r"|~?(?:/[\w.\-]+){2,}/?"
    r"|[\w.\-/]*/[\w.\-]+\.(?:py|[jt]sx?|go|rs|java|kt|c|cc|cpp|h|rb|php|sh|md|txt|json|ya?ml|toml|ini|html?|css|log)"
    r"(?::.*)?",
    re.IGNORECASE,
)
"""What stands where a secret would: a reminder to fill in one, code that reads it, the path of a file."""
_WORDS = re.compile(r"(?:(?:[a-z]+|[A-Z][a-z]+|[A-Z]{2,8}|v?[0-9]{1,4}[a-z]?|20[0-9]{6})(?:[\-_./]|\Z))+")
"""Words and small numbers with hyphens: the name of a model or a rule."""
_VERSIONED = re.compile(
    r"[A-Za-z]+(?:-[A-Za-z]+)*[-_/]?v?[0-9]{1,3}(?:[.\-/][0-9A-Za-z]{1,4})*[a-z]{0,2}"
    r"|[A-Z]{2,8}-?[0-9]{1,4}(?:[-/][A-Z0-9]{2,8})*"
)
"""A technical name with a number: SHA512, Python3.11."""


def one_byte(text: str) -> bytes:
    """The copy of a text in which announced secrets are read."""
    copy = fold(
        _WORD.sub(lambda word: _SIGNS[word.group()][0] * len(word.group()), text).translate(_PUNCTUATION)
    )
    return _FOREIGN.sub(_OTHER, copy).encode("ascii")


def entropy(text: str) -> float:
    """Shannon entropy in bits per character.

    >>> entropy("aaaa"), entropy("abcd")
    (0.0, 2.0)
    """
    total = len(text)
    return sum(-count / total * math.log2(count / total) for count in Counter(text).values()) + 0.0


def rate_key(secret: str) -> float:
    """A value assigned to a name like `api_key`: long, varied, letters and digits, no code and no words."""
    mixed = any(char.isdigit() for char in secret) and any(char.isalpha() for char in secret)
    if not mixed or _PLACEHOLDER.fullmatch(secret) or _WORDS.fullmatch(secret) or entropy(secret) < 3.2:
        return 0.0
    return 0.9 if len(secret) >= 20 else 0.75


def rate_password(secret: str) -> float:
    """A value assigned to a name like `password`: varied, with a digit, no code."""
    classes = sum(
        (
            any(map(str.islower, secret)),
            any(map(str.isupper, secret)),
            any(map(str.isdigit, secret)),
            not secret.isalnum(),
        )
    )
    if (
        len(secret) < 6
        or _PLACEHOLDER.fullmatch(secret)
        or classes < 2
        or not any(map(str.isdigit, secret))
        or entropy(secret) < 2.2
    ):
        return 0.0
    return 0.85 if classes >= 3 else 0.65


def rate_touching(secret: str) -> float:
    """A value that the word for password touches, as the name of a cipher may."""
    return 0.0 if len(secret) < 8 or _VERSIONED.fullmatch(secret) else rate_password(secret)


def rate_url_password(secret: str) -> float:
    """The password of an address, of any form but that of a placeholder."""
    return 0.0 if _PLACEHOLDER.fullmatch(secret) and not secret.isdigit() else 0.9


def whole(text: str, start: int, end: int) -> int:
    """Where a secret ends that ends with its pattern."""
    return end


def before_marks(text: str, start: int, end: int) -> int:
    """Where a secret ends that is never followed by marks of its own."""
    return start + len(text[start:end].rstrip(".,;:!?)]}\"'`"))


_NEXT = re.compile(r"</|[,;&][\"']?[A-Za-z][A-Za-z_. ]{0,30}[\"']?[=:]")
_PAIRS = {")": "(", "]": "[", "}": "{"}


def before_stop(text: str, start: int, end: int) -> int:
    """Where a password ends: at the quotes it stands in, or before a name, a tag, the end of a sentence."""
    opened = "**" if text[start - 2 : start] == "**" else text[start - 1 : start]
    if opened and opened in ("**", '"', "'", "`"):
        sign = re.escape(opened)
        inside = re.compile(rf"(?:\\.|(?!{sign}).)*", re.DOTALL).match(text, start, end)
        return inside.end() if inside else end
    found = _NEXT.search(text, start, end)
    end = found.start() if found else end
    stops = ",;" if opened == "=" else ",;.:"
    while end > start:
        last = text[end - 1]
        lone = last in _PAIRS and text.count(last, start, end) > text.count(_PAIRS[last], start, end)
        if not lone and last not in stops and last not in "\"'`":
            break
        end -= 1
    return end


_KEY_LINE = re.compile(r"-----(BEGIN|END) [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----")
_KEY_BODY = re.compile(
    r"(?:[\s>|\"'+]*(?:\n|\\[nr])[\s>|\"']*[A-Z][A-Za-z\-]{1,20}: [^\n\\]{0,200})*"
    r"(?:(?:\\[nr]|[^A-Za-z0-9]){0,40}[A-Za-z0-9+/=]{20,})*"
    r"(?:(?:\\[nr]|[^A-Za-z0-9\n]){0,8}\n?[^A-Za-z0-9\n]{0,4}[A-Za-z0-9+/=]{1,20}(?=[\"']|[ \\]*(?:\n|\Z)))?"
)
"""The headers, the lines and the last line of a key, whatever quotes them."""
_LONGEST_KEY = 16_384


def after_key(text: str, start: int, end: int) -> int:
    """Where the block of a private key ends whose first line is known: with its last line, if it has one."""
    line = _KEY_LINE.search(text, end, end + _LONGEST_KEY)
    if line and line.group(1) == "END":
        return line.end()
    body = _KEY_BODY.match(text, end, line.start() if line else end + _LONGEST_KEY)
    return body.end() if body else end
