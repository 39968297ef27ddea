"""Loads the libraries that models run on, in a way that a process may be forked meanwhile."""

from __future__ import annotations

import concurrent.futures.thread  # noqa: F401 (a fork takes its locks and those of logging after ours)
import importlib
import os
import threading

from guard.errors import ModelError

LONGEST_WAIT = 60.0
"""Seconds that a fork waits for what is being loaded."""


class Loading:
    """Held while something is loaded; a fork waits, so that its child is left with nothing half done.

    The thread that holds it may take it again.
    """

    def __init__(self) -> None:
        self._lock, self._waited = threading.RLock(), False
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(before=self._wait, after_in_parent=self._go_on, after_in_child=self._renew)

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def _wait(self) -> None:
        self._waited = self._lock.acquire(timeout=LONGEST_WAIT)

    def _go_on(self) -> None:
        if self._waited:
            self._lock.release()

    def _renew(self) -> None:
        self._go_on()
        if not self._waited:
            # What another thread of the parent process holds is held for ever in the child.
            self._lock = threading.RLock()


_IMPORTING = Loading()


def require(*names: str) -> None:
    """Imports libraries, so that one that is missing or broken is said in one way.

    Raises `ModelError` with the cause.
    """
    for name in names:
        try:
            with _IMPORTING:
                importlib.import_module(name)
        except (ImportError, OSError) as error:
            raise ModelError(
                f"{name}, which a model of the guard needs, cannot be imported ({error}); "
                f"install it anew: pip install --force-reinstall {name}"
            ) from error
