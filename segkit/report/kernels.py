"""Kernels for a build: forked from one warm process where that can be, started plainly elsewhere.

The warm process is a kernel provisioner as Jupyter knows them (entry point ``segkit-warm``), so papermill
and its engine work as always; only the way a kernel's process comes into being differs.
"""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from typing import Any

from jupyter_client.provisioning import LocalProvisioner

from segkit.report.kernel_server import Ended, server


class Kernel:
    """A forked kernel's process, with what `LocalProvisioner` asks of a process."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            self.returncode = self._asked(poll=self.pid)
        return self.returncode

    def _asked(self, **request: int) -> int | None:
        """The exit code; that of a killed process when the warm one is gone, since its kernels go with it."""
        try:
            return server().ask(**request)
        except Ended:
            with suppress(OSError):
                os.kill(self.pid, signal.SIGKILL)
            return -signal.SIGKILL

    def wait(self) -> int | None:
        return self.poll()

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(15)

    def kill(self) -> None:
        if self.returncode is None:
            self.returncode = self._asked(kill=self.pid)


class WarmProvisioner(LocalProvisioner):
    """Starts a Python kernel by forking the warm process; any other kernel, and when that one is gone, plainly."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        if "ipykernel_launcher" not in cmd:
            return await super().launch_kernel(cmd, **kwargs)
        arguments = cmd[cmd.index("ipykernel_launcher") + 1:]
        try:
            pid = server().ask(start={"arguments": arguments, "cwd": kwargs.get("cwd") or os.getcwd(),
                                      "env": kwargs.get("env") or dict(os.environ)})
        except Ended:
            return await super().launch_kernel(cmd, **kwargs)
        self.process = Kernel(pid)  # type: ignore[assignment]
        self.pid = self.pgid = pid
        self.cwd = kwargs.get("cwd")
        return self.connection_info

    async def kill(self, restart: bool = False) -> None:
        if isinstance(self.process, Kernel):
            self.process.kill()
        else:
            await super().kill(restart)
