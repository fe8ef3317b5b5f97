"""A process that has imported everything, and forks a fresh kernel from itself for each notebook.

It reads one JSON request per line and answers with one line: ``{"start": …}`` forks a kernel and gives its
process id, ``{"poll": pid}`` gives its exit code or null, ``{"kill": pid}`` ends it and all it started. It ends,
with all its kernels, when its input ends, and they end when it does: a build that is killed leaves no process.
A kernel shares nothing with another: each is a copy of this process as it was before any notebook ran.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import sys
from contextlib import suppress
from typing import Any

_NOT_IN_NOTEBOOKS = ("segkit.cli", *(f"segkit.report.{name}" for name in (
    "build", "build_state", "chain", "engine", "exports", "fingerprint", "kernel_server", "kernels", "mathematics",
    "new", "newcomers", "notebook", "packages", "page", "preflight", "progress", "runner", "story", "study", "summary",
    "yamlfile")),
                     "segkit.segmentation.estimators", "segkit.plots.on_matplotlib", "segkit.words.catalogue")
_LIBRARIES = ("ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.debugger", "IPython.core.completerlib", "psutil",
              "IPython.extensions.storemagic", "tornado.platform.asyncio", "scipy.stats",
              "statsmodels.stats.multitest", "statsmodels.stats.proportion", "ibis.backends.duckdb", "duckdb",
              "babel.dates", "babel.numbers", "yaml")
_COMPILED = "segkit.segmentation.kernel."
"""With Numba, which takes long to import and only segmentations need."""
_PR_SET_PDEATHSIG = 1


def preload() -> None:
    """Import what notebooks import, and fill the caches that every figure and number needs."""
    import segkit

    sys.modules.setdefault("debugpy", None)  # type: ignore[arg-type]  # ipykernel imports it in every kernel; nobody debugs a build
    gc.disable()  # nothing imported is garbage; looking for it takes a tenth of the time
    ours = (m.name for m in pkgutil.walk_packages(segkit.__path__, "segkit.") if m.name not in _NOT_IN_NOTEBOOKS
            and not m.name.startswith(_COMPILED))
    for name in [*_LIBRARIES, *ours]:
        importlib.import_module(name)
        _end_with_builder()
    import pandas as pd

    from segkit.plots import customers
    from segkit.report import findings
    from segkit.words import formats, language

    curve = pd.DataFrame({"customer_share": [0.0, 0.2, 1.0], "revenue_share": [0.0, 0.6, 1.0]})
    findings.figure("", customers.concentration, curve)._repr_mimebundle_()
    for code in language.LANGUAGES:
        formats.format_value("2024-01-31", "date", code)
        formats.format_value(1.5, "money", code, "USD")
    gc.collect()
    gc.freeze()  # kernels neither search nor copy what is here already
    gc.enable()


def _end_with_builder() -> None:
    """End when nobody holds the other end of the input any more."""
    poll = select.poll()
    poll.register(0, 0)
    if poll.poll(0):
        os._exit(0)


def serve() -> None:
    """Answer requests until the input ends."""
    ended: dict[int, int] = {}
    running: set[int] = set()
    for line in sys.stdin:
        request = json.loads(line)
        if "start" in request:
            pid = _fork(**request["start"])
            running.add(pid)
            answer: Any = pid
        else:
            pid = request.get("poll") or request["kill"]
            if pid in running:
                if "kill" in request:
                    _kill(pid)
                ended_pid, status = os.waitpid(pid, 0 if "kill" in request else os.WNOHANG)
                if ended_pid:
                    running.discard(pid)
                    ended[pid] = os.waitstatus_to_exitcode(status)
            answer = ended.get(pid)
        try:
            print(json.dumps(answer), flush=True)
        except BrokenPipeError:  # the build was killed while it waited for this answer
            break
    for pid in running:
        _kill(pid)


def _kill(pid: int) -> None:
    """End a kernel and what it started."""
    for end in (os.killpg, os.kill):  # the group is there as soon as the kernel has made it
        with suppress(ProcessLookupError):
            end(pid, signal.SIGKILL)


def _fork(arguments: list[str], cwd: str, env: dict[str, str]) -> int:
    """A kernel in a process of its own; gives its id."""
    sys.stdout.flush()
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(0)
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 0)
        os.dup2(nothing, 1)
        os.environ.clear()
        os.environ.update(env, JPY_PARENT_PID=str(os.getppid()))
        os.chdir(cwd)
        sys.argv = ["ipykernel_launcher", *arguments]
        from ipykernel.kernelapp import IPKernelApp

        app = IPKernelApp.instance()
        app.initialize(arguments)
        app.start()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0
    finally:
        os._exit(code)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupted build closes the input
    os.chdir(sys.argv[1])  # as a kernel does: no settings file of the folder the build was started in counts
    preload()
    serve()
    with suppress(BrokenPipeError):
        sys.stdout.close()
