"""Hides values behind the placeholders of one request, and knows which of these may be restored."""

from __future__ import annotations

import functools
import hashlib
import hmac
import os
import re
from collections.abc import Iterable

from guard.cut import Hidden
from guard.engine import mask_of
from guard.errors import InputError
from guard.pipeline.seal import read_key
from guard.pipeline.vault import Owner, Vault
from guard.text.kind import LANGUAGES, kind_of
from guard.text.notation import deeper
from guard.text.placeholder import LONGEST, fields, fill, fold, is_enclosed, tells_apart
from guard.text.view import View
from guard.types import Policy

KEY_VARIABLE = "GUARD_KEY"
"""The environment variable that holds the key of hashes."""

DIGITS = 12
"""Hexadecimal digits of a hash: a chance of about 1 in 10^6 that two of 20,000 values share one."""

_TYPED = re.compile(rf"[\[<({{][^\[\]<>(){{}}]{{1,{LONGEST}}}[\]>)}}]")


class Veil:
    """What one request hides: its vault, the key of its hashes, and the placeholders that are no one's.

    What looks like a placeholder in `texts`, the request as it came, was written by someone else, so it
    never stands for a hidden value. They are read only when a value is hidden that may be restored.
    """

    def __init__(self, vault: Vault | None = None, key: bytes = b"", texts: Iterable[str] = ()) -> None:
        self.vault = Vault() if vault is None else vault
        self._key = key
        self._texts = texts
        self._masks: set[str] = set()

    @functools.cached_property
    def _typed(self) -> frozenset[str]:
        """The folded forms of what looks like a placeholder in the request as it came."""
        found: set[str] = set()
        for text in self._texts:
            for view in deeper(View.of(text)):
                found.update(_TYPED.findall(fold(view.text)))
        return frozenset(found)

    def hide(self, hidden: Hidden, language: str) -> str:
        """What stands in place of hidden text."""
        if hidden.written is not None:
            return hidden.written
        mask, label = hidden.rule.mask, hidden.found.label
        if not tells_apart(mask):
            written = mask_of(hidden, language)
            if len(mask) > 1:
                self._masks.add(fold(written))
            return written
        owner = Owner(label, hidden.text, hidden.restore and is_enclosed(mask))
        spoken = dict.fromkeys((language, *LANGUAGES) if owner.restore else (language,))
        forms = [fill(mask, {"label": label, "kind": kind_of(label, code)}) for code in spoken]
        digest = self._digest(label, hidden.text) if "hash" in fields(mask) else ""
        taken = self if owner.restore else ()
        return self.vault.name(owner, list(dict.fromkeys(forms)), digest=digest, taken=taken)

    def restorable(self) -> dict[str, str]:
        """The values that an answer may hold again, by the folded forms of their placeholders."""
        return {key: text for key, text in self.vault.restorable().items() if key not in self}

    def __contains__(self, placeholder: object) -> bool:
        """Whether a folded placeholder is nobody's: it came with the request, or is a mask of many values."""
        return placeholder in self._typed or placeholder in self._masks

    def _digest(self, label: str, text: str) -> str:
        if not self._key:
            raise InputError("a mask with {hash} needs a key")
        message = f"{label}\0{text}".encode("utf-8", "surrogatepass")
        return hmac.new(self._key, message, hashlib.sha256).hexdigest()[:DIGITS]


def hash_key(policy: Policy, given: bytes | str | None) -> bytes:
    """The key of a policy's hashes: the one given, else the environment's; empty if it makes none.

    Raises `InputError` for a key that is missing or too short.
    """
    rule = next((rule for rule in policy.rules if "hash" in fields(rule.mask)), None)
    if rule is None:
        return b""
    key = given or os.environ.get(KEY_VARIABLE)
    if not key:
        raise InputError(
            f"rule {rule.id!r} of policy {policy.id!r} masks with {{hash}}, which needs a key: "
            f"give Guard(…, key=…) one, or set {KEY_VARIABLE}"
        )
    return read_key(key)
