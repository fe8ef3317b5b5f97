"""Only what depends on a change runs; pages are whole, old or new; two builds give the same bytes."""

import time

import pytest

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
    notebook = workplace.path / "notebooks" / "05-brand-case.ipynb"
    whole = notebook.read_text(encoding="utf-8")
    old = (workplace.pages / "build-a.en.html").read_bytes()
    notebook.write_text(whole.replace("claims = cases.claims(brand)", "claims = cases.claims(brand) / 0"), encoding="utf-8")
    told = workplace.segkit("build", "build-a")
    notebook.write_text(whole, encoding="utf-8")
    assert told.returncode == 1
    for expected in ("build-a was not built", "cell", "TypeError", "cases.claims(brand) / 0", "build-a.log"):
        assert expected in told.stderr
    assert "Traceback" not in told.stderr
    assert (workplace.pages / "build-a.en.html").read_bytes() == old
    assert "TypeError" in (workplace.pages / ".build" / "build-a.log").read_text(encoding="utf-8")


def test_pages_of_a_study_that_is_gone_are_swept(workplace):
    workplace.study("build-gone", PEPSI)
    assert workplace.segkit("build", "build-gone").returncode == 0
    (workplace.path / "reports" / "build-gone.yaml").unlink()
    from segkit.report import shelf

    shelf.sweep(workplace.pages, ["build-a", "build-b"])
    assert not (workplace.pages / "build-gone.en.html").exists()
    assert (workplace.pages / "build-a.en.html").exists()


def test_no_half_written_file_is_left(workplace):
    assert not list(workplace.pages.rglob("*.partial"))
