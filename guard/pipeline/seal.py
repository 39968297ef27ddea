"""Encrypts data that leaves memory: AES-256-GCM (NIST SP 800-38D) under a key derived from the caller's.

A sealed text is a version byte, a nonce of 12 random bytes, and the ciphertext of JSON with its tag.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from typing import Any

from guard.errors import InputError, MissingExtra

VERSION = b"\x01"
NONCE = 12
SHORTEST_KEY = 16
"""Bytes that a key must have at the least."""

PURPOSE = b"guard vault"


def read_key(key: bytes | str) -> bytes:
    """A key as bytes. Raises `InputError` when it is too short to keep anything secret."""
    raw = key.encode("utf-8") if isinstance(key, str) else bytes(key)
    if len(raw) < SHORTEST_KEY:
        raise InputError(f"a key must have at least {SHORTEST_KEY} bytes, not {len(raw)}")
    return raw


def close(data: Any, key: bytes | str) -> bytes:
    """JSON-ready data, encrypted. Raises `InputError` for a short key, `MissingExtra` without the package."""
    nonce = os.urandom(NONCE)
    plain = json.dumps(data).encode("ascii")
    sealed: bytes = _cipher(key).encrypt(nonce, plain, VERSION)
    return VERSION + nonce + sealed


def open_(sealed: bytes, key: bytes | str) -> Any:
    """What was sealed with this key. Raises `InputError` when the key is another or the bytes are damaged."""
    cipher = _cipher(key)
    from cryptography.exceptions import InvalidTag

    head, nonce, rest = sealed[:1], sealed[1 : 1 + NONCE], sealed[1 + NONCE :]
    try:
        return json.loads(cipher.decrypt(nonce, rest, head))
    except (InvalidTag, ValueError):
        raise InputError(
            "the vault cannot be opened: the key is another one, or the bytes are damaged"
        ) from None


def _cipher(key: bytes | str) -> Any:
    secret = read_key(key)
    try:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    except ImportError:
        raise MissingExtra("cryptography", "vault") from None
    # The same key may also make hashes: its use for sealing is a key of its own.
    return AESGCM(hmac.new(secret, PURPOSE, hashlib.sha256).digest())
