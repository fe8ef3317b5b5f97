"""A folder of this process for what does not fit into memory; nothing of it outlives the process for long.

It is removed when the process ends. A killed process cannot remove its folder: the next one that needs a
folder does, knowing by a lock which of them still have an owner.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import shutil
import tempfile
from pathlib import Path
from typing import IO

try:
    import fcntl
except ImportError:  # not on Windows, where folders of killed processes stay
    fcntl = None  # type: ignore[assignment]

PREFIX = "segkit-scratch-"
_LOCK = "owner.lock"


def folder() -> Path:
    """The scratch folder of this process, made on first use.

    Examples
    --------
    >>> folder() == folder(), folder().is_dir()
    (True, True)
    """
    return _folder(os.getpid())[0]


@functools.lru_cache(maxsize=1)
def _folder(owner: int) -> tuple[Path, IO[str]]:
    base = Path(tempfile.gettempdir())
    sweep(base)
    new = Path(tempfile.mkdtemp(prefix="segkit-new-", dir=base))
    lock = (new / _LOCK).open("w")
    if fcntl:
        fcntl.flock(lock, fcntl.LOCK_EX)
    path = new.rename(new.with_name(PREFIX + new.name.removeprefix("segkit-new-")))  # nobody sees it unlocked
    atexit.register(_remove, path, owner)
    return path, lock


def _remove(path: Path, owner: int) -> None:
    if os.getpid() == owner:  # not in a forked child
        shutil.rmtree(path, ignore_errors=True)


def sweep(base: Path) -> None:
    """Remove the folders of processes that were killed."""
    if fcntl is None:
        return
    for path in base.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError), (path / _LOCK).open("r+") as lock:  # another user's may not be opened
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(path, ignore_errors=True)
