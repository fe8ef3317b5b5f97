"""The warm process that kernels are forked from, and when it is used: it starts before Jupyter's client is imported."""

from __future__ import annotations

import atexit
import functools
import json
import os
import subprocess
import sys
import threading
from typing import Any

from segkit.data.samples import PROJECT
from segkit.words.errors import check_option

NAME = "segkit-warm"
PLAIN = "local-provisioner"


def provisioner(pays: bool = True) -> str:
    """The provisioner for this machine: warm where forking is safe and it pays, plain elsewhere (macOS, Windows).

    The variable SEGKIT_KERNELS, "warm" or "plain", overrules what pays.
    """
    wanted = os.environ.get("SEGKIT_KERNELS", "warm" if pays else "plain")
    check_option("SEGKIT_KERNELS", wanted, ("warm", "plain"))
    return NAME if wanted == "warm" and sys.platform.startswith("linux") else PLAIN


class Server:
    """The warm process and the line to it."""

    def __init__(self) -> None:
        self.process = subprocess.Popen([sys.executable, "-P", "-m", "segkit.report.warm", str(PROJECT)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.lock = threading.Lock()
        atexit.register(self.close)

    def ask(self, **request: Any) -> Any:
        """Send one request and wait for its answer."""
        with self.lock:
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError("the process that starts kernels has ended")
        return json.loads(answer)

    def close(self) -> None:
        """End the warm process and what is left of its kernels."""
        if self.process.poll() is None:
            self.process.stdin.close()
            try:
                self.process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


@functools.cache
def server() -> Server:
    """The one warm process of this build."""
    return Server()
