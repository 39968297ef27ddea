"""Keeps what was hidden, and the placeholders that stand for it, while a request or conversation lasts."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple, NoReturn

from guard.errors import InputError
from guard.pipeline import seal
from guard.text.placeholder import fill, fold

HOUR = 3600.0


class Owner(NamedTuple):
    """A hidden value; `restore` says that it may stand in an answer again."""

    label: str
    text: str
    restore: bool


@dataclass
class Entry:
    """What a vault knows of a value: its number among those of its label and its placeholders by form."""

    number: int
    seen: float
    names: dict[str, str] = field(default_factory=dict)
    folds: list[str] = field(default_factory=list)


class Vault:
    """The hidden values of one conversation, each with its number and its placeholders.

        vault = Vault()
        ask(messages, conversation=vault)

    Without one, each guarded call has a vault of its own. The same value of the same label keeps its number
    as long as the vault knows it. A value that was not hidden again for `ttl` seconds is forgotten, and its
    number is never given to another. Safe to use from several threads; a vault cannot be copied or pickled,
    and shows no value when printed. `seal` encrypts it for storage.
    """

    def __init__(self, *, ttl: float = HOUR, clock: Callable[[], float] = time.time) -> None:
        if not ttl > 0:
            raise InputError(f"a vault's ttl must be more than 0 seconds, not {ttl}")
        self.ttl = ttl
        self._clock = clock
        self._lock = threading.Lock()
        self._counts: dict[str, int] = {}
        self._entries: dict[Owner, Entry] = {}
        self._owners: dict[str, Owner] = {}
        self._beyond: dict[str, int] = {}

    def name(
        self, owner: Owner, forms: Sequence[str], *, digest: str = "", taken: Container[str] = ()
    ) -> str:
        """The placeholder of a value: the first form with `{number}` and `{hash}` filled in.

        The other forms are other ways to write the same, by which the value is found too. A placeholder
        that is another value's, or whose folded form is `taken`, is passed over. A form must hold
        `{number}` or `{hash}`.
        """
        with self._lock:
            self._forget_old()
            entry = self._renew(owner)
            known = entry.names.get(forms[0])
            if known is not None and fold(known) not in taken:
                return known
            for attempt, number in enumerate(self._numbers(entry, forms[0])):
                names = [_write(form, number, digest, attempt) for form in forms]
                if self._claim(entry, owner, names[0], taken):
                    break
            for name in names[1:]:
                self._claim(entry, owner, name, taken)
            entry.names[forms[0]] = names[0]
            return names[0]

    def restorable(self) -> dict[str, str]:
        """The values that may be restored, by the folded forms of their placeholders."""
        with self._lock:
            self._forget_old()
            return {key: owner.text for key, owner in self._owners.items() if owner.restore}

    def clear(self) -> None:
        """Forgets every value; numbers go on counting."""
        with self._lock:
            self._entries.clear()
            self._owners.clear()

    def seal(self, key: bytes | str) -> bytes:
        """The vault encrypted with a key of at least 16 bytes, to be kept outside memory.

        Raises `InputError` for a key that is too short and `MissingExtra` without the package that
        encrypts.
        """
        with self._lock:
            self._forget_old()
            entries = [[*owner, asdict(entry)] for owner, entry in self._entries.items()]
            return seal.close({"ttl": self.ttl, "counts": self._counts, "entries": entries}, key)

    @classmethod
    def open(cls, sealed: bytes, key: bytes | str, *, clock: Callable[[], float] = time.time) -> Vault:
        """The vault that was sealed with this key; what has expired since is gone.

        Raises `InputError` when the key is another one or the bytes are damaged.
        """
        data: dict[str, Any] = seal.open_(sealed, key)
        vault = cls(ttl=data["ttl"], clock=clock)
        vault._counts = data["counts"]
        for label, text, restore, entry in data["entries"]:
            owner = Owner(label, text, restore)
            vault._entries[owner] = Entry(**entry)
            vault._owners |= dict.fromkeys(entry["folds"], owner)
        return vault

    def _numbers(self, entry: Entry, form: str) -> Iterator[int]:
        """The numbers to try for a value: its own, then those that no value has looked at in this form.

        So the search for all values together reads what is taken once.
        """
        yield entry.number
        while True:
            self._beyond[form] = number = max(entry.number, self._beyond.get(form, 0)) + 1
            yield number

    def _renew(self, owner: Owner) -> Entry:
        entry = self._entries.pop(owner, None)
        if entry is None:
            self._counts[owner.label] = number = self._counts.get(owner.label, 0) + 1
            entry = Entry(number, 0.0)
        entry.seen = self._clock()
        # Taken out and put in again, the entries stay in the order in which they were last seen.
        self._entries[owner] = entry
        return entry

    def _claim(self, entry: Entry, owner: Owner, name: str, taken: Container[str]) -> bool:
        key = fold(name)
        if key in taken or self._owners.get(key, owner) != owner:
            return False
        if key not in self._owners:
            self._owners[key] = owner
            entry.folds.append(key)
        return True

    def _forget_old(self) -> None:
        for owner, entry in list(self._expired()):
            del self._entries[owner]
            for key in entry.folds:
                del self._owners[key]

    def _expired(self) -> Iterator[tuple[Owner, Entry]]:
        limit = self._clock() - self.ttl
        return itertools.takewhile(lambda item: item[1].seen <= limit, self._entries.items())

    def __len__(self) -> int:
        """How many values are known."""
        with self._lock:
            self._forget_old()
            return len(self._entries)

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        return f"<Vault of {len(self)} values, each kept for {self.ttl:g} s>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a vault is neither copied nor pickled, since it holds what was hidden; use seal")


def _write(form: str, number: int, digest: str, attempt: int) -> str:
    hashed = f"{digest}-{attempt + 1}" if attempt else digest
    return fill(form, {"number": str(number), "hash": hashed})
