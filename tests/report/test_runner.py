"""A study runs as its notebook does by hand: warm or plain, and nothing leaks from one run to another."""

import json
import re
import sys

import pytest
import yaml

from segkit.report import kernel_server, runner, study
from segkit.words.errors import DataError, Fault, SegkitError

LEAKS = """\
import builtins, decimal, locale, os, random, sys, time, warnings
import matplotlib, numpy, pandas, ibis
from segkit.data import open as sources
from segkit.words import language
assert 'fractions_of_a_probe' not in sys.modules and not hasattr(builtins, 'leak')
assert 'LEAK' not in os.environ and os.path.basename(os.getcwd()) != 'tmp'
assert (os.environ['TZ'], os.environ['LC_ALL'], time.tzname[0]) == ('UTC', 'C.UTF-8', 'UTC')
assert matplotlib.rcParams['font.size'] == 10 and pandas.get_option('display.precision') == 6
assert locale.setlocale(locale.LC_NUMERIC) == 'C' and decimal.getcontext().prec == 28
assert random.getstate() != random.Random(1).getstate()
assert numpy.random.get_state()[1][0] != numpy.random.RandomState(1).get_state()[1][0]
assert not any(f[0] == 'always' and f[1] is None and f[2] is Warning for f in warnings.filters)
assert 'leak' not in sources.connection().list_tables() and language.current() == 'en'
sys.modules['fractions_of_a_probe'] = builtins.leak = sys
os.environ['LEAK'] = '1'
os.environ['TZ'] = 'Asia/Ho_Chi_Minh'
time.tzset()
matplotlib.rcParams['font.size'] = 99
pandas.set_option('display.precision', 2)
decimal.getcontext().prec = 3
random.seed(1)
numpy.random.seed(1)
warnings.simplefilter('always')
sources.connection().create_table('leak', pandas.DataFrame({'a': [1]}))
os.chdir('/tmp')
"""
PROBE = {
    "first": LEAKS,
    "second": LEAKS + "pass",  # whichever runs first, the other must find nothing of it
    "dies": "import os\nos._exit(3)",
}


def notebook(source: str) -> dict:
    def cell(text, **metadata):
        return {"cell_type": "code", "id": f"c{len(text)}", "metadata": metadata, "source": text, "outputs": [],
                "execution_count": None}

    return {"cells": [cell("k: int = 1  # number", tags=["parameters"]), cell(source)], "nbformat": 4, "nbformat_minor": 5,
            "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}}


@pytest.fixture(scope="module")
def probed(project):
    for name, source in PROBE.items():
        (project.path / "notebooks" / f"probe-{name}.ipynb").write_text(json.dumps(notebook(source)), encoding="utf-8")
        project.study(f"probe-{name}", f"notebook: probe-{name}\ntitle: {name}\n")
    yield project
    for name in PROBE:
        (project.path / "notebooks" / f"probe-{name}.ipynb").unlink()
        (project.path / "reports" / f"probe-{name}.yaml").unlink()


@pytest.mark.parametrize("kind", ["warm", "plain"])
def test_nothing_leaks_from_one_study_to_the_next(probed, kind):
    told = probed.segkit("build", "--force", "--jobs", "1", "probe-first", "probe-second", SEGKIT_KERNELS=kind)
    assert told.returncode == 0, told.stderr


@pytest.mark.parametrize("kind", ["warm", "plain"])
def test_kernel_that_dies_is_told_in_plain_words_and_the_others_go_on(probed, kind):
    told = probed.segkit("build", "--force", "probe-dies", "probe-second", SEGKIT_KERNELS=kind)
    assert told.returncode == 1
    assert "the kernel ended before the notebook did" in told.stderr
    assert "Traceback" not in told.stderr
    assert "1 built, 1 failed" in told.stdout


def test_warm_and_plain_kernels_give_the_same_page(project, tmp_path):
    for kind in ("warm", "plain"):
        told = project.segkit("build", "coca-cola", "--to", str(tmp_path / kind), SEGKIT_KERNELS=kind)
        assert told.returncode == 0, told.stderr
    for code in ("en", "vi"):
        warm, plain = ((tmp_path / kind / f"coca-cola.{code}.html").read_bytes() for kind in ("warm", "plain"))
        assert warm == plain
    named = re.search(r"<dt>Packages</dt><dd>([^<]*)", (tmp_path / "warm" / "coca-cola.en.html").read_text(encoding="utf-8"))[1]
    assert [p.split()[0] for p in named.split(", ")] == [
        "segkit", "pandas", "numpy", "scipy", "ibis-framework", "duckdb", "papermill"]


def test_papermill_by_hand_gives_the_same_outputs_cell_by_cell(project, tmp_path):
    """The notebook a user gets from papermill on the command line is the one a build writes its pages from."""
    chosen = study.load("pepsi")
    parameters, output = tmp_path / "parameters.yaml", tmp_path / "out.ipynb"
    parameters.write_text(yaml.safe_dump(chosen.parameters), encoding="utf-8")
    told = project.run(sys.executable, "-m", "papermill", "--no-progress-bar", "-f", str(parameters),
                       str(project.path / "notebooks" / chosen.notebook.name), str(output))
    assert told.returncode == 0, told.stderr
    by_hand = json.loads(output.read_text(encoding="utf-8"))
    script = ("import json, sys\nfrom segkit.report import runner, study\nrunner.prepare()\n"
              "json.dump(runner.run(study.load('pepsi')), open(sys.argv[1], 'w'))")
    told = project.run(sys.executable, "-c", script, str(tmp_path / "ours.json"))
    assert told.returncode == 0, told.stderr
    ours = json.loads((tmp_path / "ours.json").read_text(encoding="utf-8"))
    there = {cell["id"] for cell in ours["cells"]}
    alike = [c for c in by_hand["cells"] if c["id"] in there or "injected-parameters" in c["metadata"]["tags"]]
    left = [c for c in by_hand["cells"] if c not in alike]  # of what the study does not use
    assert all(any(t.startswith(("when-", "with-next")) for t in c["metadata"]["tags"]) for c in left)
    for one, other in zip(ours["cells"], alike, strict=True):
        assert one["source"] == "".join(other["source"])
        shown = [[{k: "".join(v) if isinstance(v, list) else v for k, v in o.get("data", {}).items()}
                  for o in cell.get("outputs", [])] for cell in (one, other)]
        assert shown[0] == shown[1]


def test_faults_travel_as_data(monkeypatch):
    """Two faults stay two, whatever their words hold: arrows, hyphens, lines."""
    faults = [Fault("column 'a'", "is: missing\n- or not", "add it\n  → here"), Fault("column 'b'", "is empty", "", (3, 4))]
    monkeypatch.setenv("SEGKIT_FAULTS", "data")
    assert runner._faults("".join(SegkitError(faults)._render_traceback_())) == faults
    about = runner._faults("".join(DataError(faults, "x.csv (transactions)")._render_traceback_()))
    assert [f.where for f in about] == ["x.csv (transactions), column 'a'", "x.csv (transactions), column 'b'"]
    monkeypatch.delenv("SEGKIT_FAULTS")
    assert "\n".join(SegkitError(faults)._render_traceback_()) == str(SegkitError(faults))  # for a reader in JupyterLab


def test_kernels_are_plain_where_forking_is_not_safe(monkeypatch):
    monkeypatch.delenv("SEGKIT_KERNELS", raising=False)
    monkeypatch.setattr(sys, "platform", "darwin")
    assert kernel_server.provisioner() == kernel_server.PLAIN


def test_a_study_alone_imports_for_itself_unless_told_otherwise(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("SEGKIT_KERNELS", raising=False)
    assert [kernel_server.provisioner(several) for several in (True, False)] == [kernel_server.NAME, kernel_server.PLAIN]
    for kind, named in (("warm", kernel_server.NAME), ("plain", kernel_server.PLAIN)):
        monkeypatch.setenv("SEGKIT_KERNELS", kind)
        assert {kernel_server.provisioner(several) for several in (True, False)} == {named}


def test_cells_for_a_parameter_stand_only_where_it_is_set():
    import nbformat

    told = study.load("vietnamese-shop")
    whole = nbformat.read(told.notebook, as_version=4)
    tagged = [c.source for c in whole.cells if "when-sources" in c.metadata.get("tags", [])]
    assert len(tagged) > 8
    for name, stays in (("vietnamese-shop", True), ("cdnow-customers", False)):
        kept = [c.source for c in runner._told(study.load(name), nbformat.from_dict(whole)).cells]
        assert set(tagged) <= set(kept) if stays else not set(tagged) & set(kept)
        assert any(source.startswith("unified = unify.load") for source in kept)


def test_cells_for_either_of_two_parameters_go_where_neither_is_set():
    import nbformat

    whole = nbformat.read(study.load("cdnow-customers").notebook, as_version=4)
    for name, stays in (("vietnamese-shop", True), ("grocery-customers", True), ("cdnow-customers", False)):
        kept = [c.source for c in runner._told(study.load(name), nbformat.from_dict(whole)).cells]
        assert any(source.startswith("## Who they are") for source in kept) == stays


def test_faults_of_each_source_come_before_a_run(tmp_path):
    from segkit.report import preflight

    (tmp_path / "web.csv").write_text("id,phone\n1,0912345678\n", encoding="utf-8")
    path = tmp_path / "shop.yaml"
    path.write_text("notebook: 01-customers\ntitle: Shop\nparameters:\n  data: vietnamese_shop.purchases\n  columns: {customer_id: account}\n"
                    f"  sources: {{web: {{data: {tmp_path / 'web.csv'}}}, till: {{data: nothing.csv}}}}\n", encoding="utf-8")
    found = [str(f) for f in preflight.examine(str(path)).faults]
    assert any("source 'web'" in f and "customer_id" in f for f in found)
    assert any("source 'till'" in f and "nothing.csv" in f for f in found)


@pytest.mark.parametrize("failures", [0, 2, 3])
def test_kernel_that_does_not_start_is_started_again(monkeypatch, failures):
    import nbformat
    from papermill.engines import papermill_engines

    from segkit.report import engine

    made = []

    def execute(*_, **__):
        made.append(1)
        if len(made) <= failures:
            raise engine.NotStarted("Kernel died before replying to kernel_info")
        return nbformat.v4.new_notebook()

    monkeypatch.setattr(papermill_engines, "execute_notebook_with_engine", execute)
    if failures < runner.STARTS:
        assert runner.run(study.load("pepsi")).cells == []
    else:
        with pytest.raises(engine.NotStarted):
            runner.run(study.load("pepsi"))
    assert len(made) == min(failures + 1, runner.STARTS)
