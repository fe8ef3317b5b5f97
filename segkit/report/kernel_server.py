"""The warm process that kernels are forked from, and when it is used: it starts before Jupyter's client is imported."""

from __future__ import annotations

import atexit
import functools
import json
import os
import select
import subprocess
import sys
import threading
from contextlib import suppress
from typing import IO, Any, cast

from segkit.data.samples import PROJECT
from segkit.words.errors import check_option

NAME = "segkit-warm"
PLAIN = "local-provisioner"
SECONDS = 60
"""How long an answer may take; the first one takes the seconds of the imports."""


def provisioner(pays: bool = True) -> str:
    """The provisioner for this machine: warm where forking is safe and it pays, plain elsewhere (macOS, Windows).

    The variable SEGKIT_KERNELS, "warm" or "plain", overrules what pays.
    """
    kind = os.environ.get("SEGKIT_KERNELS", "warm" if pays else "plain")
    check_option("SEGKIT_KERNELS", kind, ("warm", "plain"))
    return NAME if kind == "warm" and sys.platform.startswith("linux") else PLAIN


class Ended(RuntimeError):
    """The warm process is gone: it was killed, as a machine short of memory does, or does not answer."""


class Server:
    """The warm process and the line to it."""

    def __init__(self) -> None:
        self.process = subprocess.Popen([sys.executable, "-P", "-m", "segkit.report.warm", str(PROJECT)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.lock = threading.Lock()
        self.ended = False
        atexit.register(self.close)

    def ask(self, **request: Any) -> Any:
        """Send one request and wait for its answer.

        Raises
        ------
        Ended
            When the process has ended, or does not answer within `SECONDS`; it is not asked again.
        """
        with self.lock:
            if self.ended:
                raise Ended
            requests, replies = self._pipes()
            try:
                requests.write(json.dumps(request) + "\n")
                requests.flush()
                ready = select.select([replies], [], [], SECONDS)[0]
                answer = replies.readline() if ready else ""
            except (OSError, ValueError):
                answer = ""
            if not answer:
                self.ended = True
                self.process.kill()
                with suppress(subprocess.TimeoutExpired):
                    self.process.wait(5)
                print("the process that starts kernels has ended, perhaps for want of memory; the rest is built "
                      "without it, more slowly", file=sys.stderr, flush=True)
                raise Ended
        return json.loads(answer)

    def _pipes(self) -> tuple[IO[str], IO[str]]:
        """What is written to the process, and what it writes."""
        return cast("IO[str]", self.process.stdin), cast("IO[str]", self.process.stdout)

    def close(self) -> None:
        """End the warm process and what is left of its kernels."""
        if self.process.poll() is None:
            with suppress(OSError):
                self._pipes()[0].close()
            try:
                self.process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


@functools.cache
def server() -> Server:
    """The one warm process of this build."""
    return Server()
