"""What a file is that is no UTF-8 text, in words that its author can act on."""

from __future__ import annotations

import codecs

_WORD = "this is a document of a word processor or a spreadsheet; copy its text into a plain text file"
_KINDS = (
    (codecs.BOM_UTF16_LE, "saved as UTF-16; save it as UTF-8"),
    (codecs.BOM_UTF16_BE, "saved as UTF-16; save it as UTF-8"),
    (b"PK\x03\x04", _WORD),
    (b"\xd0\xcf\x11\xe0", _WORD),
    (b"{\\rtf", _WORD),
    (b"%PDF", "this is a PDF; copy its text into a plain text file"),
)


def foreign(data: bytes) -> str:
    """What bytes that are not plain text are, and what to do; empty where that is not known.

    >>> foreign(b"%PDF-1.7")
    'this is a PDF; copy its text into a plain text file'
    """
    return next((told for start, told in _KINDS if data.startswith(start)), "")
