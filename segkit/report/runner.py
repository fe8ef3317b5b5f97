"""Run a study's notebook with papermill: same notebook, same parameters, same outputs as by hand."""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segkit.data.readers import place
from segkit.data.readers.place import THREADS
from segkit.data.samples import PROJECT
from segkit.report import notebook as notebooks
from segkit.report.study import Study
from segkit.words.errors import FAULTS, DataError, Fault, SegkitError, without_secrets

if TYPE_CHECKING:
    import nbformat

STARTS = 3
"""Times that a kernel is started before a study counts as failed."""
USER_ERRORS = ("DataError", "StudyError", "SegkitError")


_PROVISIONER = "JUPYTER_DEFAULT_PROVISIONER_NAME"
_UNUSED = ("rfc3987_syntax", "isoduration", "pyarrow.fs")
"""Modules that jsonschema and papermill import where they are there, for more than a second: checks of web
addresses and durations, and files on Hadoop."""


class RunError(SegkitError):
    """The notebook failed for a reason that is not the user's data; `traceback` tells, `cell` is where."""

    def __init__(self, faults: list[Fault], about: str = "", traceback: str = "", cell: int | None = None) -> None:
        self.traceback, self.cell = traceback, cell
        super().__init__(faults, about)


def environment() -> dict[str, str]:
    """Variables of the kernel: its own configuration folders, one thread per study, and for what changes results
    (time zone, locale, start-up file) the same on every machine."""
    folder = Path(sys.prefix) / "var" / "segkit"
    threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
    return {**dict.fromkeys(threads, "1"), "IPYTHONDIR": str(folder / "ipython"),
            "MPLCONFIGDIR": str(folder / "matplotlib"), "PYTHONHASHSEED": "0", "MPLBACKEND": "agg",
            "MATPLOTLIBRC": str(folder / "matplotlib"), "PYTHONSTARTUP": "", "TZ": "UTC", "LC_ALL": "C.UTF-8",
            FAULTS: "data",
            **{f"JUPYTER_{kind}_DIR": str(folder / kind.lower()) for kind in ("RUNTIME", "DATA", "CONFIG")}}


def prepare(jobs: int = 1, several: bool = True) -> None:
    """Set the variables for this process, which its kernels inherit, and start the process that forks them.

    Studies that run side by side share the processors out: no engine starts more threads than its part. A
    study that runs alone, not one of `several`, imports what its own notebook needs: everything takes longer.
    """
    os.environ.update(environment())
    if not os.environ.get(THREADS):
        os.environ[THREADS] = str(max(1, (os.cpu_count() or 1) // jobs))
    for name, value in environment().items():
        if name.endswith("DIR"):
            Path(value).mkdir(parents=True, exist_ok=True)
    for name in _UNUSED:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]
    from segkit.report import kernel_server

    os.environ[_PROVISIONER] = kernel_server.provisioner(several)
    if os.environ[_PROVISIONER] == kernel_server.NAME:
        kernel_server.server()  # it imports while this process does


def ready() -> None:
    """Wait for the process that forks kernels: the time it takes belongs to no study."""
    from segkit.report import kernel_server

    if os.environ.get(_PROVISIONER) == kernel_server.NAME:
        with suppress(kernel_server.Ended):  # kernels start plainly then
            kernel_server.server().ask(poll=os.getpid())


def stop() -> None:
    """End the process that forks kernels, and with it every kernel: the build was interrupted."""
    from segkit.report import kernel_server

    if os.environ.get(_PROVISIONER) == kernel_server.NAME:
        kernel_server.server().close()


def run(study: Study, progress: Callable[[int, float], None] | None = None,
        turn: AbstractContextManager[Any] | None = None, state: Path | None = None) -> nbformat.NotebookNode:
    """Execute a study's notebook.

    Parameters
    ----------
    study : the study.
    progress : called with (cell, its seconds) as each cell ends.
    turn : entered when the kernel is ready, before the first cell, and left after the last: a kernel starts while
        other studies still use the processors.
    state : folder of what builds keep; that of reports/html by default.

    Returns
    -------
    The executed notebook, without the cells tagged `when-<parameter>` whose parameter is empty.

    Raises
    ------
    DataError
        When the data or parameters are at fault: the report the failing cell raised.
    RunError
        When a cell failed for another reason.
    """
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    from segkit.report import engine

    engine.register()
    logging.getLogger("papermill").setLevel(logging.CRITICAL)  # the study is checked already; failures are told
    try:
        return _told(study, _executed(study, progress, turn, state or place.PAGES / place.BUILD))
    except (DeadKernelError, CellTimeoutError) as error:
        raise RunError([Fault(study.notebook.stem, f"the kernel ended before the notebook did: {error}",
                              "it may have run out of memory: try fewer rows, or build with --jobs 1")],
                       study.name, traceback.format_exc()) from None
    except PapermillExecutionError as error:
        number = error.cell_index + 1 - bool(study.parameters)  # papermill puts a cell with the parameters in
        where = f"{study.notebook.stem}, cell {number}"
        if error.ename in USER_ERRORS and (faults := _faults("".join(error.traceback))):
            refused = DataError(study.in_words(faults), study.name)
            refused.cell = number
            raise refused from None
        trace = without_secrets(re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(error.traceback)))
        cell = error.source.strip()
        raise RunError([Fault(where, f"{error.ename}: {error.evalue}", f"the cell was:\n{_indented(cell)}")],
                       study.name, trace, number) from None


def _executed(study: Study, progress: Callable[[int, float], None] | None,
              turn: AbstractContextManager[Any] | None, state: Path) -> nbformat.NotebookNode:
    """The notebook as papermill executes it; a kernel that does not start is started again, on other ports, and one
    that ended because the warm process did, without it.

    The steps are those of `papermill.execute_notebook` but for the last, which writes the notebook once more.
    """
    from nbclient.exceptions import DeadKernelError
    from papermill.engines import papermill_engines
    from papermill.execute import prepare_notebook_metadata, raise_for_execution_errors
    from papermill.parameterize import parameterize_notebook
    from papermill.utils import chdir

    from segkit.report import engine, kernel_server, packages

    starts_left, warm = STARTS, os.environ.get(_PROVISIONER) == kernel_server.NAME and not kernel_server.server().ended
    while True:
        starts_left -= 1
        notebook = _loaded(study.notebook)
        if study.parameters:
            notebook = parameterize_notebook(notebook, study.parameters, kernel_name="python3",
                                             engine_name=engine.NAME)
        packages.ask(notebook)
        notebook = prepare_notebook_metadata(notebook, str(study.notebook), None, False)
        try:
            with chdir(str(PROJECT)):
                executed = papermill_engines.execute_notebook_with_engine(
                    engine.NAME, notebook, kernel_name="python3", progress_bar=False, segkit_progress=progress,
                    segkit_turn=turn, segkit_told={place.STATE: str(state.resolve()), place.STUDY: study.name},
                    start_timeout=60, extra_arguments=["--log-level=50"])
            raise_for_execution_errors(executed, None)
            packages.take(executed)
            return executed
        except engine.NotStarted:
            if not starts_left:
                raise
        except DeadKernelError:  # it ended with the warm process: once more, plainly
            if not (warm and kernel_server.server().ended):
                raise
            warm = False


def _loaded(path: Path) -> nbformat.NotebookNode:
    """The notebook as papermill reads it."""
    from papermill.iorw import load_notebook_node

    try:
        return load_notebook_node(str(path))
    except Exception as error:  # nbformat fails in ways of its own on what is no notebook
        message = str(error).strip().splitlines() or [type(error).__name__]
        raise DataError([Fault(path.name, f"is not a whole notebook: {message[0][:300]}",
                               "save it again from JupyterLab, or take it from the repository again")]) from None


def _told(study: Study, notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The notebook without the cells tagged `when-…` for parameters that the study leaves empty, or `unless-…` for
    those it sets, and without prose tagged `with-next` where the next code cell shows nothing."""
    cells = [c for c in notebook.cells if all(notebooks.is_used(t, study.values) for t in c.metadata.get("tags", []))]
    following = [next((c for c in cells[i:] if c.cell_type == "code"), None) for i in range(1, len(cells) + 1)]
    notebook.cells = [c for c, after in zip(cells, following, strict=True)
                      if "with-next" not in c.metadata.get("tags", []) or (after is not None and after.outputs)]
    return notebook


def _indented(text: str) -> str:
    return "\n".join(f"      {line}" for line in text.splitlines())


def _faults(rendered: str) -> list[Fault]:
    """The faults of a refusal, as `SegkitError` gives them to a build; none of an error that only has its name."""
    try:
        content = json.loads(rendered)
    except ValueError:
        return []
    about = f"{content['about']}, " if content["about"] else ""
    return [Fault(about + where, found, fix, tuple(rows)) for where, found, fix, rows in content["faults"]]
