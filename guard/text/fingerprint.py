"""What two texts share that differ only in case, width, spacing, punctuation and links."""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata

LINKS = re.compile(r"https?://\S+|@\w+|\\n")
_NOISE = re.compile(r"[\W_]+")


def fingerprint(text: str) -> bytes:
    """Eight bytes of a text's letters and digits, without case, width, links and who is addressed (`@name`).

    Of a text without any letter or digit, of all of it.
    """
    plain = _NOISE.sub("", LINKS.sub("", unicodedata.normalize("NFKC", html.unescape(text)).casefold()))
    return hashlib.blake2b((plain or text).encode("utf-8", "surrogatepass"), digest_size=8).digest()
