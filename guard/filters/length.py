"""Texts that are too long or too short."""

from __future__ import annotations

from collections.abc import Iterator

from guard.errors import OptionError
from guard.registry import Example, Filter, option
from guard.types import Exchange, Finding, Part


class Length(Filter):
    """Finds texts that are longer or shorter than the policy wants.

    A finding of a text that is too long covers the characters in excess, so that redacting cuts it off.
    """

    id = "length"
    labels = ("length.too_long", "length.too_short")
    hits = (
        Example("Hello‹, world›", {"max_chars": 5}, label="length.too_long"),
        Example("你好‹，世界›", {"max_chars": 2}, label="length.too_long"),
        Example("‹嗯›", {"min_chars": 2}, label="length.too_short"),
        Example("‹  a  ›", {"min_chars": 2}, label="length.too_short"),
    )
    misses = (
        Example("Hello", {"max_chars": 5}),
        Example("你好，世界", {"max_chars": 5}),
        Example("好的", {"min_chars": 2}),
        Example("ordinary text", {"max_chars": 100, "min_chars": 2}),
    )

    max_chars: int = option(100_000, description="Most characters a text may have; 0 for no limit.")
    min_chars: int = option(0, description="Fewest characters, surrounding white space not counted.")

    def __post_init__(self) -> None:
        for name in ("max_chars", "min_chars"):
            if getattr(self, name) < 0:
                raise OptionError(name, f"option {name!r} must be 0 or more")
        if 0 < self.max_chars < self.min_chars:
            raise OptionError("min_chars", "option 'min_chars' must not exceed 'max_chars'")

    def scan(self, part: Part, exchange: Exchange) -> Iterator[Finding]:
        length = len(part.text)
        if self.max_chars and length > self.max_chars:
            reason = f"{length} characters, {self.max_chars} allowed"
            yield self.find(part, "length.too_long", self.max_chars, length, 1.0, reason)
        if self.min_chars and not part.is_name and len(part.text.strip()) < self.min_chars:
            reason = f"fewer than {self.min_chars} characters"
            yield self.find(part, "length.too_short", 0, length, 1.0, reason)
