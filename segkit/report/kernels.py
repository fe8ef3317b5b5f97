"""Kernels for a build: forked from one warm process where that can be, started plainly elsewhere.

The warm process is a kernel provisioner as Jupyter knows them (entry point ``segkit-warm``), so papermill
and its engine work as always; only the way a kernel's process comes into being differs.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import subprocess
import sys
import threading
from typing import Any

from jupyter_client.provisioning import LocalProvisioner

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


class Kernel:
    """A forked kernel's process, with what `LocalProvisioner` asks of a process."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            self.returncode = server().ask(poll=self.pid)
        return self.returncode

    def wait(self) -> int | None:
        return self.poll()

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(15)

    def kill(self) -> None:
        if self.returncode is None:
            self.returncode = server().ask(kill=self.pid)


class WarmProvisioner(LocalProvisioner):
    """Starts a Python kernel by forking the warm process; any other kernel plainly."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        if "ipykernel_launcher" not in cmd:
            return await super().launch_kernel(cmd, **kwargs)
        arguments = cmd[cmd.index("ipykernel_launcher") + 1:]
        pid = server().ask(start={"arguments": arguments, "cwd": kwargs.get("cwd") or os.getcwd(),
                                  "env": kwargs.get("env") or dict(os.environ)})
        self.process = Kernel(pid)
        self.pid = self.pgid = pid
        self.cwd = kwargs.get("cwd")
        return self.connection_info

    async def kill(self, restart: bool = False) -> None:
        if isinstance(self.process, Kernel):
            self.process.kill()
        else:
            await super().kill(restart)
