"""The command line: segkit new, check, build, run, assign, lab, study, open.

Exit codes: 0 done, 1 a notebook failed, 2 the data, the parameters or the command are at fault.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from segkit.words.errors import SegkitError
from segkit.words.secrets import printable

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False,
                  help="Market segmentation, targeting and positioning: from your data to a finished report.")

study_app = typer.Typer(no_args_is_help=True, help="Work on the file of a study.")
app.add_typer(study_app, name="study")

Names = Annotated[list[str] | None, typer.Argument(help="Studies to build; all when none is named.", metavar="STUDY")]
Checked = Annotated[list[str] | None, typer.Argument(help="Studies to check; all when none is named.", metavar="STUDY")]
Output = Annotated[Path | None, typer.Option("--to", help="Folder for the pages instead of reports/html.")]
AsJson = Annotated[bool, typer.Option("--json", help="Tell it in JSON, a line per event; the last sums up.")]
Jobs = Annotated[int | None, typer.Option(help="Studies run at once; as many as processors by default.", min=1)]


def _echo(text: str, err: bool = False) -> None:
    typer.echo(printable(str(text)), err=err)


def _fail(error: SegkitError | str, code: int = 2) -> None:
    _echo(str(error), err=True)
    raise typer.Exit(code)


@app.command()
def new(name: Annotated[str, typer.Argument(help="Name of the study, such as my-shop.")],
        data: Annotated[str, typer.Option(help="Your file, the address of a database, or a bundled name.")] = "",
        notebook: Annotated[str, typer.Option(help="The template to run; one that fits the data by default.")] = "",
        brand: Annotated[str, typer.Option(help="In place of data: a brand, whose case is written to be filled.")] = "",
        segments: Annotated[str, typer.Option(help="In place of data: a study whose segments the new one starts "
                                              "from, and whose tables it reads.")] = "",
        ) -> None:
    """Start a study from your data: looks what the file holds, guesses the columns and writes reports/NAME.yaml."""
    from segkit.data import open as sources
    from segkit.report import new as drafts
    from segkit.report import study

    try:
        if brand:
            _new_case(name, notebook or "05-brand-case", brand)
            return
        if segments and not data:
            _new_following(name, notebook or "03-target-market", segments)
            return
        if not data:
            _fail('say which data: --data purchases.csv (or, for the case of a brand, --brand "Vinamilk"; or, to go '
                  "on from the segments of a study, --segments STUDY)")
        why = ""
        if not notebook:
            notebook, why = drafts.fitting(data)
        text, guessed, faults = drafts.draft(name, notebook, data)
    except SegkitError as error:
        _fail(error)
    path = study.REPORTS / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    _echo(f"Wrote {path}")
    if why:
        _echo(f"  {'notebook':12} = {notebook} ({why})")
    for role, column in guessed.items():
        _echo(f"  {role:12} = {column}")
    for sentence in drafts.amounts(guessed, sources.table(data).columns):
        _echo(f"  {sentence}")
    for sentence in [] if faults else drafts.set_aside(name):
        _echo(f"  {sentence}")
    if faults:
        _echo("\nBefore it can run:")
        for fault in faults:
            _echo(f"- {fault}")
        _echo(f"\nEdit {path} (`columns`, `read` and `rows` stand with their table under `tables:`), then: "
              f"make report S={name}")
    else:
        _echo(f"\nLook it over, then: make report S={name}")


def _new_following(name: str, notebook: str, segments: str) -> None:
    """Write a study that starts from the segments of another one."""
    from segkit.report import new as drafts
    from segkit.report import study

    text = drafts.following(name, notebook, segments)
    path = study.REPORTS / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    _echo(f"Wrote {path}\n  {'notebook':12} = {notebook}\n  {'segments':12} = {segments}, and its tables")
    _echo(f"\nLook it over, then: make report S={name}")


def _new_case(name: str, notebook: str, brand: str) -> None:
    """Write the study of a brand, and the brand's file beside it."""
    from segkit.report import new as drafts
    from segkit.report import study

    text, file, case = drafts.case(name, notebook, brand)
    path = study.REPORTS / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    _echo(f"Wrote {path}")
    if case:
        file.parent.mkdir(exist_ok=True)
        file.write_text(case, encoding="utf-8")
    _echo(f"Wrote {file}" if case else f"Kept {file}, which was there")
    _echo(f"\nFill in the claims and their evidence, then: make report S={name}")


@app.command()
def check(names: Checked = None) -> None:
    """Check studies and their data without running anything."""
    from segkit.report import preflight, study

    bad = 0
    for name in names or study.names():
        faults, notes = preflight.examine(name)
        bad += bool(faults)
        verdict = f"{len(faults)} fault{'s' * (len(faults) > 1)}" if faults else "ok"
        _echo(f"{name}: {verdict}", err=bool(faults))
        for fault in faults:
            _echo(f"- {fault}", err=True)
        for note in [*notes, *preflight.outdated(name)]:
            _echo(f"- to know: {note}")
    raise typer.Exit(2 if bad else 0)


@app.command()
def build(names: Names = None, to: Output = None, jobs: Jobs = None,
          force: Annotated[bool, typer.Option(help="Run even what has not changed.")] = False,
          as_json: AsJson = False) -> None:
    """Build the reports that are not up to date, and the index."""
    from segkit.report import build as builder
    from segkit.report import progress, summary

    began, output = time.monotonic(), (to or builder.OUTPUT).resolve()
    try:
        with progress.shown(as_json) as watcher:
            try:
                outcome = builder.build(names or None, output, force, jobs, watcher)
            except SegkitError as error:
                if as_json:
                    watcher.tell("finished", **summary.stopped(error), exit=2)
                _fail(error)
            seconds, code = time.monotonic() - began, summary.exit_code(outcome)
            if as_json:
                watcher.tell("finished", **summary.data(outcome, output, seconds), exit=code)
    except KeyboardInterrupt:
        _stopped()
    if not as_json:
        reports, summary_text = summary.text(outcome, output, seconds, bool(names))
        if reports:
            _echo(reports, err=True)
        _echo(summary_text)
    raise typer.Exit(code)


@app.command()
def run(name: Annotated[str, typer.Argument(help="The study.")], to: Output = None, as_json: AsJson = False) -> None:
    """Run one study now, changed or not."""
    build([name], to, None, True, as_json)


@app.command()
def assign(name: Annotated[str, typer.Argument(help="A built study that forms segments.")],
           data: Annotated[str, typer.Option(help="The new people: a table like that of the study.")],
           to: Annotated[Path, typer.Option(help="The file to write, .csv, .parquet or .xlsx; it must not be there.")],
           pages: Annotated[Path | None, typer.Option("--from", help="Folder of the pages; reports/html by default.")
                            ] = None) -> None:
    """Give new people the segment that the rule of a built study gives them."""
    from segkit.data.readers import place
    from segkit.report import newcomers

    try:
        labelled = newcomers.assign(name, data, to, (pages or place.PAGES) / place.BUILD)
    except SegkitError as error:
        _fail(error)
    _echo(f"Wrote {to}: {labelled.n:,} people")
    if labelled.n_without:
        _echo(f"  {labelled.n_without:,} of them have no segment: a value of theirs is missing, or no rule fits")


@app.command()
def lab(name: Annotated[str, typer.Argument(help="The study; the templates when none is named.")] = "",
        language: Annotated[str, typer.Option("--language", "-l", help="Of the copy; the study's first.")] = "",
        fresh: Annotated[bool, typer.Option(help="Write the copy anew; what was changed in it is lost.")] = False,
        write_only: Annotated[bool, typer.Option("--write-only", help="Do not open JupyterLab.")] = False,
        arguments: Annotated[list[str] | None, typer.Option("--jupyter", help="What JupyterLab gets, such as "
                                                            "--jupyter=--no-browser.")] = None) -> None:
    """Open a study in JupyterLab: a working copy of its notebook with its parameters, in a language."""
    from segkit.data import samples
    from segkit.report import lab as copies

    target = samples.PROJECT / "notebooks"
    if name:
        try:
            target, is_new = copies.write(name, language, fresh)
        except SegkitError as error:
            _fail(error)
        _echo(f"Wrote {target}" if is_new else f"Kept {target}, which was there; --fresh writes it anew")
        _echo(f"  changed parameters go back into the study by: segkit study from {target}")
    if write_only:
        return
    if config := os.environ.get("JUPYTER_CONFIG_DIR"):  # not the user's own, where it is not told apart
        copies.settle(Path(config))
    os.chdir(samples.PROJECT)
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "jupyterlab", os.path.relpath(target), *(arguments or [])])


@study_app.command("from")
def study_from(file: Annotated[Path, typer.Argument(help="A working copy, as `segkit lab` writes it.")],
               yes: Annotated[bool, typer.Option("--yes", "-y", help="Write it without asking.")] = False) -> None:
    """Take the parameters that were changed in a working copy back into the study; shows the difference first."""
    from segkit.report import rewriting

    try:
        study, values = rewriting.changed(file)
        text = rewriting.rewritten(study, values) if values else ""
    except SegkitError as error:
        _fail(error)
    if not values:
        _echo(f"{study.path.name} has these values already")
        return
    _echo(rewriting.difference(study, text))
    if yes or (sys.stdin.isatty() and typer.confirm(f"Write {study.path}?")):
        study.path.write_text(text, encoding="utf-8")
        _echo(f"Wrote {study.path}")
    else:
        _echo("nothing was written" + ("" if sys.stdin.isatty() else "; --yes writes it"))


@app.command("open")
def open_(name: Annotated[str, typer.Argument(help="The study; the index when none is named.")] = "") -> None:
    """Open a built report in the browser."""
    from segkit.report import build as builder

    state = builder.state(builder.OUTPUT, name) if name else {"pages": ["index.html"]}
    page = builder.OUTPUT / next(iter(state.get("pages", [])), "")
    if not state or not page.is_file():
        _fail(f"{name or 'the index'} has not been built\n  → make report S={name}" if name else
              "nothing has been built\n  → make reports")
    typer.launch(page.as_uri())


def _stopped() -> None:
    _echo("\nstopped; every page on disk is whole, and the next build goes on from here", err=True)
    sys.stdout.flush()
    os._exit(130)  # running notebooks are not waited for


def main() -> None:
    """Entry point of the command."""
    for number in (0, 1, 2):  # closed ones, as `>&-` leaves them: the next file must not take their place
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    sys.stdout, sys.stderr = (stream or open(os.devnull, "w") for stream in (sys.stdout, sys.stderr))  # noqa: SIM115
    try:
        app()
    except KeyboardInterrupt:
        _stopped()
    except (MemoryError, ImportError, OSError) as error:
        short = isinstance(error, MemoryError) or "annot allocate memory" in str(error) or "annot map" in str(error)
        if not short:
            raise
        _fail_short()


def _fail_short() -> None:
    """Say in few words, with little memory, that there is too little of it."""
    os.write(2, b"there is too little memory to go on\n  -> close other programs, raise the limit (ulimit -v), or "
                b"build with --jobs 1\n")
    os._exit(2)


if __name__ == "__main__":
    main()
