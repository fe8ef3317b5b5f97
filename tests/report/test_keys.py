"""Studies that differ in anything they depend on have different keys, and none writes over another's pages."""

import json
import os
import shutil
import sqlite3
from pathlib import Path

import duckdb
import nbformat
import pytest

from segkit.data import samples, tables
from segkit.report import build, build_state, fingerprint, runner, study, summary
from segkit.words.errors import StudyError

SHOP = "notebook: {notebook}\ntitle: Shop\nparameters: {{data: {data}, customer_data: \"\"{more}}}\n"


@pytest.fixture
def shop(tmp_path):
    """Makes a study of a file of its own; gives its key."""
    data = tmp_path / "shop.csv"
    data.write_text("customer_id,date,amount\na,2024-01-05,10\n", encoding="utf-8")

    def key(more="", name="shop", source=data, notebook="01-customers", code="code"):
        path = tmp_path / f"{name}.yaml"
        path.write_text(SHOP.format(data=source, more=more, notebook=notebook), encoding="utf-8")
        return fingerprint.key(study.load(path), code, fingerprint.Digests())

    key.data = data
    return key


def test_every_difference_gives_another_key(shop, tmp_path):
    found = [shop(), shop(", top_share: 0.3"), shop(", read: {decimal: ','}"), shop(name="other"), shop(code="other"),
             shop(notebook="02-segmentation")]
    shop.data.write_text(shop.data.read_text(encoding="utf-8").replace("10", "11"), encoding="utf-8")
    found.append(shop())
    shop.data.rename(tmp_path / "moved.csv")
    found += [shop(), shop(source=tmp_path / "moved.csv")]
    assert len(set(found)) == len(found)
    assert shop() == shop()


def test_key_does_not_know_how_kernels_start(shop, monkeypatch):
    before = shop()
    monkeypatch.setenv("SEGKIT_KERNELS", "plain")
    assert shop() == before


def test_bundled_data_and_files_of_the_metadata_count(tmp_path, monkeypatch):
    def names(path):
        return {p.name for p in fingerprint.dependencies(study.load(path))}

    assert "pepsi.yaml" in names("pepsi")
    assert "baskets.parquet" in {p.name for p in fingerprint.dependencies(study.load("grocery-customers"))}
    assert {p.name for p in fingerprint.dependencies(study.load("grocery-customers"))} >= {"demographics.parquet"}
    assert names("vietnamese-shop") >= {"purchases.parquet", "shop.parquet", "loyalty.parquet", "web.parquet"}
    notebooks = tmp_path / "notebooks"
    shutil.copytree(study.NOTEBOOKS, notebooks)
    monkeypatch.setattr(study, "NOTEBOOKS", notebooks)
    case = notebooks / "05-brand-case.ipynb"
    text = json.loads(case.read_text(encoding="utf-8"))
    text["metadata"]["segkit"]["files"] = ["data/brands/{brandt}.yaml"]
    case.write_text(json.dumps(text), encoding="utf-8")
    with pytest.raises(StudyError, match=r"did you mean `brand`"):
        names("pepsi")


def test_full_tables_of_the_extra_count(shop, tmp_path, monkeypatch):
    table = tmp_path / "transactions.parquet"
    table.write_bytes(b"1")
    monkeypatch.setattr(samples, "_full_path", lambda name: table)
    before = shop(source="complete_journey_full.transactions")
    table.write_bytes(b"2")
    assert shop(source="complete_journey_full.transactions") != before


@pytest.mark.parametrize("change", ["a module", "a translation", "a new file", "the lock"])
def test_code_and_versions_count(tmp_path, monkeypatch, change):
    shutil.copytree(samples.PROJECT / "segkit", tmp_path / "segkit", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(samples.PROJECT / "uv.lock", tmp_path)
    monkeypatch.setattr(samples, "PROJECT", tmp_path)
    monkeypatch.setattr(fingerprint, "LOCK", tmp_path / "uv.lock")
    monkeypatch.setattr(fingerprint, "__file__", str(tmp_path / "segkit" / "report" / "fingerprint.py"))
    before = fingerprint.code(fingerprint.Digests())
    assert fingerprint.code(fingerprint.Digests()) == before
    path = {"a module": "segkit/words/terms/term.py", "a new file": "segkit/words/new.csv", "the lock": "uv.lock",
            "a translation": "segkit/words/locale/vi/LC_MESSAGES/segkit.po"}[change]
    with (tmp_path / path).open("a", encoding="utf-8") as file:
        file.write("\n")
    assert fingerprint.code(fingerprint.Digests()) != before


def test_compiled_code_does_not_count():
    before = fingerprint.code(fingerprint.Digests())
    kept = Path(fingerprint.__file__).parent / "__pycache__" / "kept-by-a-test.nbi"
    kept.parent.mkdir(exist_ok=True)
    kept.write_text("machine code", encoding="utf-8")
    try:
        assert fingerprint.code(fingerprint.Digests()) == before
    finally:
        kept.unlink()


def test_installed_versions_count(tmp_path, monkeypatch):
    before = fingerprint.code(fingerprint.Digests())
    (tmp_path / "pandas-9.9.dist-info").mkdir()
    monkeypatch.setattr(fingerprint.sysconfig, "get_path", lambda kind: str(tmp_path))
    assert fingerprint.code(fingerprint.Digests()) != before


def test_change_in_place_with_the_same_size_and_time_is_seen(tmp_path):
    file, digests = tmp_path / "data.csv", fingerprint.Digests()
    file.write_text("1", encoding="utf-8")
    first, stat = digests.of(file), file.stat()
    file.write_text("2", encoding="utf-8")  # within the grain of the clock
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert digests.of(file) != first


def test_old_file_is_not_read_again_unless_it_changed(tmp_path, monkeypatch):
    file, digests = tmp_path / "data.csv", fingerprint.Digests()
    file.write_text("1", encoding="utf-8")
    monkeypatch.setattr(fingerprint, "_SETTLED", 0)
    first = digests.of(file)
    monkeypatch.setattr(samples, "sha256", lambda path: "read again")
    assert digests.of(file) == first
    stat = file.stat()
    file.write_text("2", encoding="utf-8")
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))  # its ctime tells
    assert digests.of(file) == "read again"


@pytest.mark.parametrize("source", ["data/*.csv", "https://example.org/a.csv", "data", "a" * 5000, "a\\0b"])
def test_sources_that_are_no_file_are_no_dependency(shop, source):
    assert shop(source=f'"{source}"') is not None


def test_sources_that_are_no_file_are_refused(project):
    for n, source in enumerate(["*.csv", "https://example.org/a.csv", "data"]):
        project.study(f"odd-{n}", SHOP.format(data=f'"{source}"', more="", notebook="01-customers"))
    told = project.segkit("build", "odd-0", "odd-1", "odd-2")
    assert told.returncode == 2
    for said in ("`*.csv`: there is no such file or bundled table", "`data`: is a folder without Parquet files",
                 "`https://example.org/a.csv`: addresses of the kind https:// cannot be opened"):
        assert said in told.stderr
    for n in range(3):
        (project.path / "reports" / f"odd-{n}.yaml").unlink()


CASE = "notebook: 05-brand-case\ntitle: {title}\nparameters: {{brand: pepsi}}\n"


def test_names_that_are_the_same_but_for_case_are_refused(project, tmp_path):
    paths = [project.study(name, CASE.format(title=name)) for name in ("Case", "case", "index", "a b ü", "x.failed", "x")]
    (tmp_path / "pepsi.yaml").write_text(CASE.format(title="Mine"), encoding="utf-8")
    told = project.segkit("build", "--json", "Case", "case", "index", "a b ü", "x.failed", "x", str(tmp_path / "pepsi.yaml"))
    for path in paths:
        path.unlink()
    last = json.loads(told.stdout.splitlines()[-1])
    assert told.returncode == last["exit"] == 2
    assert sorted(e["study"] for e in last["built"]) == ["Case", "a b ü", "x", "x.failed"]
    assert {Path(e["study"]).stem for e in last["failed"]} == {"case", "index", "pepsi"}
    for name in ("Case", "a b ü", "x", "x.failed"):
        assert name in (project.pages / f"{name}.en.html").read_text(encoding="utf-8")
        assert build_state.state(project.pages, name)["title"]["en"] == name
    assert 'href="a%20b%20%C3%BC.en.html"' in (project.pages / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["a#b", "a?b", "a%62", "a:b", "javascript:alert(1)", "a\\b", "a\nb", "a;b", "$(a)", "-a", ".a", "a ", "a\x1b[2J", "a'b"])
def test_a_name_that_an_address_cannot_have_is_refused(tmp_path, name):
    from segkit.report import study

    path = tmp_path / f"{name}.yaml"
    path.write_text(CASE.format(title="T"), encoding="utf-8")
    with pytest.raises(StudyError, match="holds characters that a page's address cannot have"):
        study.load(path)


def test_a_database_is_never_held_to_be_unchanged(shop):
    source = "postgres://127.0.0.1:1/shop#orders"
    assert shop(source=source) != shop(source=source)
    assert shop(source="spark:local#cdnow.transactions") == shop(source="spark:local#cdnow.transactions")  # a file


def test_sheets_tables_and_folders_count_by_their_files(shop, tmp_path):
    import pandas as pd

    folder = tmp_path / "lines"
    folder.mkdir()
    frame = pd.DataFrame({"customer_id": ["a"], "date": ["2024-01-05"], "amount": [1]})
    frame.to_parquet(folder / "jan.parquet")
    frame.to_excel(tmp_path / "book.xlsx", index=False)
    before = shop(source=folder), shop(source=f"{tmp_path}/book.xlsx#Sheet1")
    assert before == (shop(source=folder), shop(source=f"{tmp_path}/book.xlsx#Sheet1"))
    frame.to_parquet(folder / "feb.parquet")
    frame.assign(amount=2).to_excel(tmp_path / "book.xlsx", index=False)
    assert shop(source=folder) != before[0]
    assert shop(source=f"{tmp_path}/book.xlsx#Sheet1") != before[1]


@pytest.mark.parametrize("more", [", read: {a: [\"postgres://an:s3cret@host/b\"]}", ", as_of: \"postgres://an:s3cret@host/b\""])
def test_a_password_in_a_study_is_refused_and_told_nowhere(project, more):
    project.study("leaky", SHOP.format(data='"postgres://an:s3cret@127.0.0.1:1/shop#orders"', more=more, notebook="01-customers"))
    for command in (["build", "leaky", "--json"], ["build", "leaky"], ["check", "leaky"]):
        told = project.segkit(*command)
        assert told.returncode == 2
        assert "holds a password" in told.stdout + told.stderr
        assert "s3cret" not in told.stdout + told.stderr
    left = [p for p in (project.path / "reports").rglob("*") if p.is_file() and p.name != "leaky.yaml"]
    assert not [p for p in left if b"s3cret" in p.read_bytes()]
    (project.path / "reports" / "leaky.yaml").unlink()


INSERT = "WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last}) INSERT INTO sales SELECT 'k' || (i % 50), '2024-01-31', i FROM n"


def writer(kind, path):
    """A program that has a database file open, writes rows to it, and has not yet put them into the file itself."""
    if kind == "duckdb":
        con = duckdb.connect(path)
        con.execute("SET checkpoint_threshold = '1GB'; CREATE TABLE sales (customer_id TEXT, date TEXT, amount INTEGER)")
    else:
        con = sqlite3.connect(path, isolation_level=None)
        con.execute("PRAGMA journal_mode = wal")
        con.execute("CREATE TABLE sales (customer_id TEXT, date TEXT, amount INTEGER)")
    con.execute(INSERT.format(first=1, last=1789))
    return con


@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
def test_rows_that_are_not_yet_in_the_file_of_a_database_count(shop, tmp_path, kind):
    here = tmp_path / f"shop.{kind}"
    con = writer(kind, here)

    def seen():
        """What another program finds: DuckDB lets none in, so that it is given a copy of all files."""
        there = tmp_path / "there"
        shutil.rmtree(there, ignore_errors=True)
        there.mkdir()
        for path in tmp_path.glob(f"shop.{kind}*"):
            shutil.copy(path, there)
        source = f"{there / here.name}#sales" if kind == "duckdb" else f"{here}#sales"
        return shop(source=source), tables.load(source, "transactions", as_of="2024-12-31").count().execute()

    before, n_before = seen()
    assert seen() == (before, n_before)
    unchanged = here.read_bytes()
    con.execute(INSERT.format(first=1790, last=2289))
    assert here.read_bytes() == unchanged
    after, n_after = seen()
    assert (n_before, n_after) == (1789, 2289)
    assert before != after
    con.close()


def test_a_file_that_changes_while_a_page_is_built_is_told(shop, tmp_path, monkeypatch):
    shop()
    made = study.load(tmp_path / "shop.yaml")

    def run(*_):
        with shop.data.open("a", encoding="utf-8") as file:
            file.write("b,2024-01-06,20\n")
        notebook = nbformat.read(made.notebook, 4)
        notebook.cells = [c for c in notebook.cells if c.cell_type == "markdown" and not c.metadata.get("tags")]
        return notebook

    monkeypatch.setattr(runner, "run", run)
    pages, outcome, digests = tmp_path / "pages", build.Outcome(), fingerprint.Digests()
    now = fingerprint.key(made, "code", digests)
    build._run({"shop": (made, now)}, pages, 1, build.Watcher(), outcome, digests)
    assert outcome.changed == {"shop": ["shop.csv"]}
    assert "changed    shop.csv while shop was built" in summary.text(outcome, pages, 1.0, True)[1]
    assert build_state.state(pages, "shop")["key"] == ""
    page = (pages / "shop.en.html").read_text(encoding="utf-8")
    assert "changed while the page was built" in page
    assert samples.sha256(shop.data) not in page
    monkeypatch.setattr(runner, "run", lambda *_: nbformat.v4.new_notebook(metadata={"segkit": {}}))
    outcome = build.Outcome()
    build._run({"shop": (made, now)}, pages, 1, build.Watcher(), outcome, digests)
    assert outcome.changed == {}
    assert samples.sha256(shop.data) in (pages / "shop.en.html").read_text(encoding="utf-8")
