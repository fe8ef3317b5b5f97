"""What a build did, for people and for programs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from segkit.report import build_state
from segkit.report.build import Failure, Outcome
from segkit.report.progress import described
from segkit.words.errors import SegkitError


def exit_code(outcome: Outcome) -> int:
    """0 when all is well, 1 when a notebook crashed, 2 when data, parameters or the folder are at fault."""
    return 1 if any(f.log for f in outcome.failed.values()) else 2 if outcome.failed else 0


def data(outcome: Outcome, output: Path, seconds: float) -> dict[str, Any]:
    """The outcome as plain data."""
    def pages(name: str) -> list[str]:
        return [str(output / p) for p in build_state.state(output, name).get("pages", [])]

    return {"built": [{"study": n, "seconds": outcome.seconds[n], "pages": pages(n),
                       **({"changed": outcome.changed[n]} if n in outcome.changed else {})}
                      for n in sorted(outcome.built)],
            "unchanged": [{"study": n, "pages": pages(n)} for n in outcome.unchanged],
            "failed": [{"study": n, "seconds": outcome.seconds.get(n), **described(f)}
                       for n, f in sorted(outcome.failed.items())],
            "index": str(outcome.index) if outcome.index else None, "seconds": round(seconds, 2)}


def stopped(error: SegkitError) -> dict[str, Any]:
    """A build that could not go on, as plain data."""
    return {"built": [], "unchanged": [], "failed": [], "index": None, "error": str(error)}


def text(outcome: Outcome, output: Path, seconds: float, named: bool) -> tuple[str, str]:
    """The reports of what failed, and what was built, left and failed, with the page to open.

    Parameters
    ----------
    named : whether studies were named: then their pages are shown, not the index.
    """
    reports = "\n".join(f"\n{name} was not built; its former page, if any, is as it was.\n{failure}"
                        for name, failure in sorted(outcome.failed.items()))
    counts = [f"{len(part)} {word}" for part, word in (
        (outcome.built, "built"), (outcome.unchanged, "unchanged"), (outcome.failed, "failed")) if part]
    lines = [f"{', '.join(counts) or 'nothing to build'}, in {seconds:.1f} s"]
    lines += [f"  built      {name} ({outcome.seconds[name]:.1f} s)" for name in sorted(outcome.built)]
    lines += [f"  changed    {', '.join(files)} while {name} was built: its page may hold rows of before and after; "
              "build again" for name, files in sorted(outcome.changed.items())]
    lines += [f"  failed     {name}{_place(failure)}" for name, failure in sorted(outcome.failed.items())]
    names = [*outcome.built, *outcome.unchanged]
    pages = [p for name in names for p in build_state.state(output, name).get("pages", [])]
    first = " or ".join(str(output / p) for p in pages) if named and not outcome.failed else outcome.index
    return reports, "\n".join([*lines, f"Open {first}"])


def _place(failure: Failure) -> str:
    cell = f", at cell {failure.cell}" if failure.cell else ""
    return f"{cell}, see {failure.log}" if failure.log else cell
