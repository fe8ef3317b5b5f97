"""Only what depends on a change runs; pages are whole, old or new; two builds give the same bytes."""

import json
import time
from pathlib import Path

import pytest

from segkit.report import build_state

PEPSI = """\
notebook: 05-brand-case
title: {en: Pepsi, vi: Pepsi}
languages: [en, vi]
parameters: {brand: pepsi}
"""


@pytest.fixture(scope="module")
def workplace(project):
    project.study("build-a", PEPSI)
    project.study("build-b", PEPSI.replace("pepsi", "coca-cola").replace("Pepsi", "Coca-Cola"))
    told = project.segkit("build", "build-a", "build-b")
    assert told.returncode == 0, told.stdout + told.stderr
    return project


def test_nothing_changed_nothing_runs(workplace):
    began = time.monotonic()
    told = workplace.segkit("build", "build-a", "build-b")
    assert "2 unchanged" in told.stdout
    assert "building" not in told.stdout
    assert time.monotonic() - began < 10


def test_changed_study_alone_runs(workplace):
    path = workplace.path / "reports" / "build-a.yaml"
    before = path.read_text(encoding="utf-8")
    path.write_text(before.replace("en: Pepsi", "en: Pepsi again"), encoding="utf-8")
    told = workplace.segkit("build", "build-a", "build-b")
    path.write_text(before, encoding="utf-8")
    assert "1 built, 1 unchanged" in told.stdout
    assert "Pepsi again" in (workplace.pages / "build-a.en.html").read_text(encoding="utf-8")


def test_two_builds_are_byte_identical(workplace, tmp_path):
    for jobs in ("1", "2"):
        told = workplace.segkit("build", "build-a", "build-b", "--to", str(tmp_path / jobs), "--jobs", jobs)
        assert told.returncode == 0, told.stderr
    pages = sorted(p.name for p in (tmp_path / "1").glob("*.html"))
    assert len(pages) == 6
    for name in pages:
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes(), name


def test_lost_page_is_built_again(workplace):
    (workplace.pages / "build-b.vi.html").unlink()
    told = workplace.segkit("build", "build-b")
    assert "1 built" in told.stdout
    assert (workplace.pages / "build-b.vi.html").exists()


def test_broken_state_is_built_again(workplace):
    (workplace.pages / ".build" / "build-b.json").write_text("{", encoding="utf-8")
    (workplace.pages / ".build" / "digests").write_text("not json", encoding="utf-8")
    assert "1 built" in workplace.segkit("build", "build-b").stdout


def test_crash_of_a_notebook_names_the_cell_and_keeps_the_old_page(workplace):
    assert workplace.segkit("build", "build-a").returncode == 0
    notebook = workplace.path / "notebooks" / "05-brand-case.ipynb"
    whole = notebook.read_text(encoding="utf-8")
    old = (workplace.pages / "build-a.en.html").read_bytes()
    notebook.write_text(whole.replace("claims = cases.claims(both)", "claims = cases.claims(both) / 0"), encoding="utf-8")
    told = workplace.segkit("build", "build-a")
    notebook.write_text(whole, encoding="utf-8")
    assert told.returncode == 1
    for expected in ("build-a was not built", "cell", "TypeError", "cases.claims(both) / 0", "build-a.log"):
        assert expected in told.stderr
    assert "Traceback" not in told.stderr
    assert (workplace.pages / "build-a.en.html").read_bytes() == old
    assert "TypeError" in (workplace.pages / ".build" / "build-a.log").read_text(encoding="utf-8")
    assert failed_in_index(workplace) == {"build-a"}
    told = workplace.segkit("build", "build-a")  # the change is taken back
    assert "1 unchanged" in told.stdout
    assert failed_in_index(workplace) == set()
    assert not list((workplace.pages / ".build").glob("build-a.[fl]*"))


def failed_in_index(workplace) -> set[str]:
    return {entry["name"] for entry in build_state.entries(workplace.pages) if entry["failed"]}


def test_study_file_at_fault_is_marked_and_mended(workplace):
    path = workplace.path / "reports" / "build-a.yaml"
    before = path.read_text(encoding="utf-8")
    path.write_text(before.replace("brand:", "brandt:"), encoding="utf-8")
    for _ in range(2):
        assert workplace.segkit("build", "build-a").returncode == 2
        assert failed_in_index(workplace) == {"build-a"}
    record = (workplace.pages / ".build" / "build-a.failed").read_text(encoding="utf-8")
    assert "did you mean `brand`" in record
    path.write_text(before, encoding="utf-8")
    assert workplace.segkit("build", "build-b").returncode == 0
    assert failed_in_index(workplace) == {"build-a"}  # it was not built since
    assert workplace.segkit("build", "build-a").returncode == 0
    assert failed_in_index(workplace) == set()


def test_page_changed_by_hand_is_built_again(workplace):
    page = workplace.pages / "build-a.en.html"
    before = page.read_bytes()
    page.write_bytes(before[:-100])
    assert "1 built" in workplace.segkit("build", "build-a").stdout
    assert page.read_bytes() == before


def events(told) -> list[dict]:
    return [json.loads(line) for line in told.stdout.splitlines()]


def test_json_tells_all_and_nothing_else(workplace):
    told = workplace.segkit("build", "--json", "--force", "build-a", "build-b", "nowhere")
    assert told.returncode == 2
    said = events(told)
    assert said[0]["event"] == "started"
    assert said[0]["seconds_expected"] > 0
    last = said[-1]
    assert (last["event"], last["exit"], last["index"]) == ("finished", 2, str(workplace.pages / "index.html"))
    assert [e["study"] for e in last["built"]] == ["build-a", "build-b"]
    assert all(e["seconds"] > 0 and len(e["pages"]) == 2 for e in last["built"])
    assert last["failed"][0]["study"] == "nowhere"
    assert "does not exist" in last["failed"][0]["report"]
    cells = [e["cell"] for e in said if e["event"] == "cell" and e["study"] == "build-a"]
    assert cells == list(range(1, len(cells) + 1))
    assert {e["cells"] for e in said if e["event"] == "cell"} == {len(cells)}
    again = events(workplace.segkit("build", "--json", "build-a"))
    assert [e["event"] for e in again] == ["finished"]
    assert [e["study"] for e in again[0]["unchanged"]] == ["build-a"]


def test_json_names_the_cell_and_the_log_of_a_crash(workplace):
    notebook = workplace.path / "notebooks" / "05-brand-case.ipynb"
    whole = notebook.read_text(encoding="utf-8")
    notebook.write_text(whole.replace("claims = cases.claims(both)", "claims = print('noise') or cases.claims(both) / 0"),
                        encoding="utf-8")
    told = workplace.segkit("build", "--json", "build-a")
    notebook.write_text(whole, encoding="utf-8")
    failed = events(told)[-1]["failed"][0]
    sources = ["".join(c["source"]) for c in json.loads(whole)["cells"]]
    assert "claims = cases.claims(both)" in sources[failed["cell"] - 1]
    assert Path(failed["log"]).is_file()
    assert told.returncode == events(told)[-1]["exit"] == 1
    assert workplace.segkit("build", "build-a").returncode == 0


def test_summary_says_what_was_built_and_what_failed(workplace):
    told = workplace.segkit("build", "--force", "build-a", "nowhere", CI="true")
    assert "1 built, 1 failed" in told.stdout
    assert "  built      build-a (" in told.stdout
    assert "  failed     nowhere" in told.stdout
    assert "build-a  built in" in told.stdout
    assert "━" not in told.stdout


def test_pages_of_a_study_that_is_gone_are_swept(workplace):
    workplace.study("build-gone", PEPSI)
    assert workplace.segkit("build", "build-gone").returncode == 0
    (workplace.path / "reports" / "build-gone.yaml").unlink()
    build_state.sweep(workplace.pages, ["build-a", "build-b"])
    assert not (workplace.pages / "build-gone.en.html").exists()
    assert (workplace.pages / "build-a.en.html").exists()


def test_no_half_written_file_is_left(workplace):
    assert not list(workplace.pages.rglob("*.partial"))
