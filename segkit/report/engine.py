"""The papermill engine of a build: nbclient as always, told when each cell ends, without its idle waits.

Jupyter's client waits 0.2 s of silence before a kernel counts as ready, and polls ten times a second for
its end. Here it is ready with the answer to its first request, and is killed when the notebook is done.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from queue import Empty
from typing import Any

import zmq
import zmq.asyncio
from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.channels import AsyncZMQSocketChannel
from jupyter_client.manager import AsyncKernelManager
from papermill.engines import NBClientEngine, papermill_engines
from traitlets import Type, default

from segkit.report import packages

NAME = "segkit"
_RECONNECT = 5
"""Milliseconds between two tries to reach a kernel that is not there yet."""


class NotStarted(RuntimeError):
    """The kernel ended before it answered: most often another program took one of its ports first."""


class Channel(AsyncZMQSocketChannel):
    """A channel that does not ask whether there is a message where one is waited for without end."""

    async def get_msg(self, timeout: float | None = None) -> dict[str, Any]:  # type: ignore[override]
        return await (self._recv() if timeout is None else super().get_msg(timeout))


class Client(AsyncKernelClient):
    """A client that is ready when the kernel has answered and its outputs arrive."""

    iopub_channel_class = Type(klass=Channel)
    shell_channel_class = Type(klass=Channel)

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Ask until an answer comes on both channels.

        Raises
        ------
        NotStarted
            When the kernel ends, or `timeout` seconds pass.
        """
        deadline = time.monotonic() + (timeout or float("inf"))
        while not await self._answered(self.kernel_info()):
            if not await self.is_alive():
                raise NotStarted("Kernel died before replying to kernel_info")
            if time.monotonic() > deadline:
                raise NotStarted(f"Kernel didn't respond in {timeout} seconds")

    async def _answered(self, request: str) -> bool:
        try:
            while (reply := await self.get_shell_msg(timeout=1))["parent_header"].get("msg_id") != request:
                pass
            while not _is_end(await self.get_iopub_msg(timeout=0.2), request):
                pass
        except Empty:
            return False
        self._handle_kernel_info_reply(reply)
        return True


def _is_end(message: dict[str, Any], request: str) -> bool:
    return message["parent_header"].get("msg_id") == request and message["content"].get("execution_state") == "idle"


class Manager(AsyncKernelManager):
    """A manager that reaches its kernel as soon as it listens; `told` are environment variables of this kernel alone.
    """

    told: Mapping[str, str] = {}
    client_factory = Type(klass=Client)

    @default("client_factory")
    def _client_factory_default(self) -> type[Client]:
        return Client

    async def _async_pre_start_kernel(self, **arguments: Any) -> Any:
        env = {**(arguments.pop("env", None) or os.environ), **self.told}
        return await super()._async_pre_start_kernel(env=env, **arguments)

    @default("context")
    def _context_default(self) -> zmq.asyncio.Context:
        self._created_context = True
        context = zmq.asyncio.Context()
        context.setsockopt(zmq.RECONNECT_IVL, _RECONNECT)
        return context


class Engine(NBClientEngine):
    """papermill's own engine with a callback."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str,
                                 segkit_progress: Callable[[int, float], None] | None = None,
                                 segkit_turn: AbstractContextManager[Any] | None = None,
                                 segkit_told: Mapping[str, str] | None = None, **arguments: Any) -> Any:
        """Execute; `segkit_progress` is called with (cell, its seconds) after each.

        `segkit_told` are environment variables of the kernel.

        The kernel starts at once, and the cells when `segkit_turn` is entered; it is left after the last.
        """
        with ExitStack() as stack:
            if segkit_turn is not None:
                start = nb_man.cell_start

                def first(cell: Any, cell_index: int, **rest: Any) -> None:
                    if cell_index == 0:
                        stack.enter_context(segkit_turn)
                    start(cell, cell_index, **rest)

                nb_man.cell_start = first
            return cls._execute(nb_man, kernel_name, segkit_progress, segkit_told or {}, **arguments)

    @classmethod
    def _execute(cls, nb_man: Any, kernel_name: str, segkit_progress: Callable[[int, float], None] | None,
                 told: Mapping[str, str], **arguments: Any) -> Any:
        if segkit_progress is not None:
            cell_complete = nb_man.cell_complete

            def complete(cell: Any, cell_index: int = 0, **rest: Any) -> None:
                cell_complete(cell, cell_index=cell_index, **rest)
                if packages.TAG not in cell.metadata.get("tags", []):
                    segkit_progress(cell_index, cell.metadata.papermill["duration"] or 0.0)

            nb_man.cell_complete = complete
        manager = type("Manager", (Manager,), {"told": told})
        return super().execute_managed_notebook(nb_man, kernel_name, kernel_manager_class=manager,
                                                shutdown_kernel="immediate", **arguments)


def register() -> None:
    """Make the engine known to papermill."""
    papermill_engines.register(NAME, Engine)
