"""Loads a package apart from the rest of the process, without the heavy packages that it imports for others.

Each of its modules runs with an import function that serves the package from a private table, says of
some packages that they are absent, and gives an inert object for others. Nothing of this reaches
`sys.modules`: whoever imports any of them in the same process, before, after or in another thread, gets
the genuine ones.
"""

from __future__ import annotations

import builtins
import importlib.machinery
import importlib.util
import types
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from guard.library import Loading


class _Inert:
    """Stands for whatever is asked of a package that is not there; good for annotations only."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    def __getattr__(self, name: str) -> _Inert:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *args: Any, **kwargs: Any) -> _Inert:
        return self


class Room:
    """The modules of one package, loaded apart from `sys.modules`.

    Packages in `absent` are said not to be installed; for those in `inert` there is an inert object.
    """

    def __init__(self, package: str, *, inert: Collection[str] = (), absent: Collection[str] = ()) -> None:
        self._package, self._inert, self._absent = package, inert, absent
        self._modules: dict[str, types.ModuleType] = {}
        self._loading = Loading()
        self._builtins = {**vars(builtins), "__import__": self._import}

    def load(self, name: str) -> types.ModuleType:
        """A module of the package by its full name. Raises `ModuleNotFoundError`."""
        with self._loading:
            if name not in self._modules:
                self._load(name)
            return self._modules[name]

    def _load(self, name: str) -> None:
        parent, _, child = name.rpartition(".")
        path = self.load(parent).__path__ if parent else None
        if name in self._modules:
            return
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec is None or spec.loader is None:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        module = importlib.util.module_from_spec(spec)
        vars(module)["__builtins__"] = self._builtins
        self._modules[name] = module
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del self._modules[name]
            raise
        if parent:
            setattr(self._modules[parent], child, module)

    def _import(
        self,
        name: str,
        scope: Mapping[str, Any] | None = None,
        local: Mapping[str, Any] | None = None,
        names: Sequence[str] | None = (),
        level: int = 0,
    ) -> Any:
        full = (
            importlib.util.resolve_name("." * level + name, (scope or {})["__package__"]) if level else name
        )
        top = full.partition(".")[0]
        if top in self._absent:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        if top in self._inert:
            return _Inert()
        if top != self._package:
            return builtins.__import__(name, scope, local, names or (), level)
        module = self.load(full)
        for item in names or ():
            if not hasattr(module, item) and hasattr(module, "__path__"):
                self.load(f"{full}.{item}")
        return module if names else self.load(top)
