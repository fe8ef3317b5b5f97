"""How the kernels are compiled, and where the machine code is kept.

Numba looks at one file to see whether kept code is stale, but a kernel is made of several files. So the
code is kept in a folder named after the content of all of them: beside the package, or in the user's own
cache where the package cannot be written to.
"""

from __future__ import annotations

import functools
import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
from numba import config

HERE = Path(__file__).parent

_bare = {"nogil": True, "error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True}

inner = numba.njit(fastmath={"contract", "nsz"}, **_bare)
"""Decorator of what other kernels call; compiled with them."""

summing = numba.njit(fastmath={"contract", "nsz", "reassoc"}, **_bare)
"""Decorator of inner kernels whose sums may be taken in any order."""


def kernel(signature: str | list[str]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorator of what Python calls: compiled for `signature`, or read from the folder of kept code."""
    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        return _kept(function, numba.njit(signature, cache=True, nogil=True, error_model="numpy", no_cfunc_wrapper=True,
                                          fastmath={"contract", "nsz"}))
    return decorate


def exact(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator of what Python or another kernel calls: compiled at its first call, without any fast mathematics."""
    return _kept(function, numba.njit(cache=True, nogil=True, error_model="numpy"))


def _kept(function: Callable[..., Any], compiled: Callable[..., Any]) -> Callable[..., Any]:
    former, config.CACHE_DIR = config.CACHE_DIR, str(_folder())
    try:
        return compiled(function)
    finally:
        config.CACHE_DIR = former


def threads() -> int:
    """Processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@functools.cache
def _folder() -> Path:
    content = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(HERE.glob("*.py")))).hexdigest()[:16]
    homes = [Path(config.CACHE_DIR)] if config.CACHE_DIR else [HERE / "__pycache__", _user_cache()]
    for home in homes:
        folder = home / f"segkit-{content}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                return folder
        except OSError:
            continue
    return Path(tempfile.mkdtemp(prefix="segkit-"))


def _user_cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    try:
        return (Path(home) if home else Path.home() / ".cache") / "segkit"
    except RuntimeError:
        return Path(tempfile.mkdtemp(prefix="segkit-"))
