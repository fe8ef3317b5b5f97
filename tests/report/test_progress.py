"""The time left comes from what each cell took last time; bars on a terminal only."""

import json
import sys

import pytest

from segkit.report import build, progress


def test_time_left_counts_seconds_not_cells():
    now = [0.0]
    work = progress.Work({"short": [1, 1, 1, 1], "long": [1, 1, 17, 1]}, 2, lambda: now[0])
    assert work.all_left() == 20  # the longest study, though the sum over two jobs is 12
    work.step("long", 0)
    work.step("long", 1)
    assert work.left("long") == 18
    now[0] = 10.0
    assert work.left("long") == 8
    now[0] = 100.0  # slower than last time: the cell counts as nearly done, no more
    assert work.left("long") == pytest.approx(1)
    work.finished.add("long")
    assert (work.left("long"), work.all_left()) == (0, 4.0)
    assert work.all_share() == pytest.approx(20 / 24)


def test_never_run_study_has_an_estimate():
    pepsi = build.studies.load("pepsi")
    first = build._expected(pepsi, [])
    cells = json.loads(pepsi.notebook.read_text(encoding="utf-8"))["cells"]
    assert len(first) == len(cells) + 1 + 2  # the cell with the parameters, the kernel, the pages
    before = [float(n) for n in range(len(first))]
    assert build._expected(pepsi, before) == before
    assert sum(build._expected(pepsi, [3.0] * 10)) == pytest.approx(30)  # the notebook has other cells now


@pytest.mark.parametrize(("terminal", "ci", "kind"), [(True, "", progress.Bars), (True, "true", progress.Lines),
                                                      (True, "false", progress.Bars), (False, "", progress.Lines)])
def test_bars_on_a_terminal_only(monkeypatch, terminal, ci, kind):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
    monkeypatch.setenv("CI", ci)
    with progress.shown() as watcher:
        assert type(watcher) is kind
        watcher.started({"a": [1.0, 1.0]}, 1)
        watcher.step("a", 0, 1.0)
        watcher.done("a", 2.0, build.Failure("why"))
