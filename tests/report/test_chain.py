"""From a segmentation to names, lists, new people and the next study: built in order, refused in plain words."""

import hashlib
import io
import json
import os
import re
import zipfile

import duckdb
import numpy as np
import openpyxl
import pandas as pd
import pyreadstat
import pytest
import yaml

from segkit.report import build_state, chain
from segkit.report import study as studies
from segkit.segmentation import saved

COLUMNS = {"customer_id": "customer", "date": "day", "amount": "spent"}


def shop(seed: int = 1, n: int = 240) -> pd.DataFrame:
    """Purchases of three kinds of customers; some ids look like formulas, some like phone numbers."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(n):
        gap, basket = [(5, 10), (12, 90), (45, 25)][i % 3]
        ids = {0: f"=K{i}", 1: f"+8491234{i:04d}"}.get(i % 10, f"K{i:04d}")
        day = pd.Timestamp("2024-01-01") + pd.Timedelta(days=int(rng.integers(0, 30)))
        while day < pd.Timestamp("2024-12-31"):
            rows.append((ids, day.date(), round(float(rng.gamma(9, basket / 9)), 2)))
            day += pd.Timedelta(days=int(rng.integers(1, 2 * gap)))
    return pd.DataFrame(rows, columns=["customer", "day", "spent"])


def write(project, name: str, notebook: str, export: list[str] | None = None, **parameters) -> None:
    project.study(name, yaml.safe_dump({
        "notebook": notebook, "title": {"en": name, "vi": name}, "languages": ["en", "vi"],
        **({"export": export} if export else {}), "parameters": parameters}, allow_unicode=True))


SEGMENTS = {"data": "shop.csv", "columns": COLUMNS, "customer_data": "", "k": 3, "k_values": [3], "currency": "",
            "variables": ["frequency", "average_basket"],
            "names": {1: {"en": "First", "vi": "Thứ nhất"}, 2: "Second", 3: "Third"}}
ALL = ["csv", "xlsx", "parquet", "sav", "sql", "json"]


@pytest.fixture(scope="module")
def chained(project):
    """A shop whose segments are named, exported, and taken by three other studies."""
    shop().to_csv(project.path / "shop.csv", index=False)
    write(project, "shop-segments", "02-segmentation", ALL, **SEGMENTS)
    write(project, "shop-target", "03-target-market", ["xlsx"], data="shop.csv", columns=COLUMNS, customer_data="", segments="shop-segments",
          contacts_data="", responses_data="", income="", evidence={}, currency="", knock_out={},
          criteria=[{"column": "monetary", "weight": 1, "better": "higher"}])
    write(project, "shop-life", "06-lifecycle", data="shop.csv", columns=COLUMNS, segments="shop-segments", currency="")
    shop().assign(brand=lambda t: np.where(t["spent"] > 40, "Large", "Small")).to_csv(project.path / "brands.csv", index=False)
    write(project, "shop-brands", "04-competitors", data="brands.csv", columns={**COLUMNS, "brand": "brand"}, customer_data="",
          groups="", segments="shop-segments", currency="")
    told = project.segkit("build", "shop-target", "shop-life", "shop-brands")
    assert told.returncode == 0, told.stdout + told.stderr
    return project, told


def page(project, name: str, code: str = "en") -> str:
    return (project.pages / f"{name}.{code}.html").read_text(encoding="utf-8")


def held(project) -> saved.Saved:
    return saved.read(project.pages / ".build" / "shop-segments.parquet")


def test_the_build_knows_the_order_and_builds_what_is_needed(chained):
    project, told = chained
    assert "4 built" in told.stdout
    assert told.stdout.index("building 1: shop-segments") < told.stdout.index("building 3:")
    assert "4 unchanged" in project.segkit("build", "shop-target", "shop-life", "shop-brands").stdout


@pytest.mark.parametrize("name", ["shop-segments", "shop-target", "shop-life", "shop-brands"])
def test_the_names_are_on_every_page_in_its_language(chained, name):
    for code, names in (("en", ("First", "Second", "Third")), ("vi", ("Thứ nhất", "Second", "Third"))):
        text = re.sub(r"<pre>.*?</pre>|<section[^>]*provenance.*", "", page(chained[0], name, code), flags=re.DOTALL)
        for word in names:
            assert text.count(f">{word}<") >= 1, (name, code, word)
    assert ">First<" not in page(chained[0], name, "vi")


def test_a_page_names_the_segments_it_was_made_from(chained):
    assert "<code>shop-segments.parquet</code>" in page(chained[0], "shop-target")


def test_nothing_personal_is_on_a_page(chained):
    for name in ("shop-segments", "shop-target"):
        assert "+8491234" not in page(chained[0], name)
        assert "application/vnd.segkit.segmentation" not in page(chained[0], name)


def test_cards_come_first_and_hold_the_numbers_of_the_tables(chained):
    text = page(chained[0], "shop-segments")
    cards = text.split('id="cards"', 2)[-1].split('id="checks"')[0]
    sizes = held(chained[0]).segmentation.segments["size"]
    assert cards.count('<section class="card">') == 3
    assert re.findall(r"<h3>(\w+)</h3>", cards) == ["First", "Second", "Third"]
    assert [int(n) for n in re.findall(r"<p>(\d+) people, ", cards)] == sizes.to_list()
    assert text.index('id="findings"') < text.index('id="cards"') < text.index("<article>")
    assert "Proposed name" not in cards


def test_exports_are_equal_to_what_was_kept(chained):
    project, _ = chained
    folder = project.pages / "shop-segments.files"
    kept = held(project)
    people = kept.segmentation.assignments
    assert sorted(p.name for p in folder.iterdir()) == ["rule.json", "rule.sql", "segments.csv", "segments.parquet", "segments.sav",
                                                         "segments.xlsx", "tables.xlsx"]
    parquet = pd.read_parquet(folder / "segments.parquet").set_index("customer_id")
    pd.testing.assert_frame_equal(parquet.drop(columns="name"), people, check_dtype=False, check_index_type=False)
    csv = pd.read_csv(folder / "segments.csv", dtype={"customer_id": str}).set_index("customer_id")
    assert csv.index.to_list() == [f"'{i}" if i.startswith("=") else i for i in people.index]
    assert any(i.startswith("+84") for i in csv.index)
    np.testing.assert_array_equal(csv["segment"], people["segment"])
    np.testing.assert_array_equal(csv["distance"], people["distance"])
    sheet = openpyxl.load_workbook(folder / "segments.xlsx")["segments"]
    rows = list(sheet.iter_rows())
    assert [row[0].value for row in rows[1:]] == people.index.to_list()
    assert {row[0].data_type for row in rows[1:]} == {"s"}  # "=K0" is a text, no formula
    assert [row[1].value for row in rows[1:]] == people["segment"].to_list()
    labelled, meta = pyreadstat.read_sav(folder / "segments.sav")
    assert labelled["customer_id"].to_list() == people.index.to_list()
    assert labelled["segment"].to_list() == people["segment"].to_list()
    assert meta.variable_value_labels["segment"] == {1.0: "First", 2.0: "Second", 3.0: "Third"}
    for name in ("segments.csv", "rule.sql", "tables.xlsx"):
        assert f'href="shop-segments.files/{name}"' in page(project, "shop-segments")


def test_the_sql_labels_as_the_kit_does(chained):
    project, _ = chained
    kept = held(project)
    from segkit.data import tables
    from segkit.segmentation import behaviour

    base = behaviour.features(tables.load(str(project.path / "shop.csv"), "transactions", COLUMNS)).execute()
    engine = duckdb.connect()
    engine.register("customers", base)
    sql = (project.pages / "shop-segments.files" / "rule.sql").read_text(encoding="utf-8")
    assert "needs the columns: frequency, average_basket." in sql
    query = sql.replace('"t1"."average_basket",\n', '"t1"."average_basket", "t1"."customer_id",\n', 1)
    told = engine.execute(sql).df()
    assert query is not None
    expected = base.set_index("customer_id").join(kept.named.labels)["segment"]
    assert told["segment"].to_list() == expected.to_list()


def test_the_rule_as_json_holds_nobody(chained):
    text = (chained[0].pages / "shop-segments.files" / "rule.json").read_text(encoding="utf-8")
    told = json.loads(text)
    assert told["rule"] == held(chained[0]).segmentation.rule
    assert told["names"]["1"] == {"en": "First", "vi": "Thứ nhất"}
    assert "K0002" not in text


def test_the_workbook_holds_every_table_of_the_page(chained):
    book = openpyxl.load_workbook(chained[0].pages / "shop-segments.files" / "tables.xlsx")
    n = page(chained[0], "shop-segments").count('<figure class="table"')
    assert book.sheetnames == [str(i) for i in range(n + 1)]
    captions = [row[1].value for row in book["0"].iter_rows()]
    at = str(1 + captions.index("The segments: size and mean of each segmentation variable"))
    rows = [[c.value for c in row] for row in book[at].iter_rows()]
    assert rows[0][:2] == ["Segment", "Customers"]
    assert [row[0] for row in rows[1:]] == ["First", "Second", "Third"]
    assert [row[1] for row in rows[1:]] == held(chained[0]).segmentation.segments["size"].to_list()


def test_a_second_build_gives_the_same_bytes(chained):
    project, _ = chained
    paths = [*(project.pages / "shop-segments.files").iterdir(), project.pages / ".build" / "shop-segments.parquet",
             *project.pages.glob("shop-*.html")]
    before = {p: hashlib.sha256(p.read_bytes()).hexdigest() for p in paths}
    assert project.segkit("build", "shop-target", "shop-segments", "--force").returncode == 0
    assert {p: hashlib.sha256(p.read_bytes()).hexdigest() for p in paths} == before


def test_a_lost_or_changed_file_is_made_again(chained):
    project, _ = chained
    listed, kept = project.pages / "shop-segments.files" / "rule.json", project.pages / ".build" / "shop-segments.parquet"
    old = {path: path.read_bytes() for path in (listed, kept)}
    listed.write_bytes(old[listed][:-1])
    kept.unlink()
    assert "1 built" in project.segkit("build", "shop-segments").stdout
    assert {path: path.read_bytes() for path in old} == old
    kept.write_bytes(old[kept][:-1])  # names cannot be held against it: the study is not built past that
    told = project.segkit("build", "shop-segments")
    kept.write_bytes(old[kept])
    assert told.returncode == 2
    assert "cannot be held against the segments of the last build" in told.stderr
    assert "1 unchanged" in project.segkit("build", "shop-segments").stdout


def test_new_people_get_the_segment_that_the_study_gave_them(chained):
    project, _ = chained
    told = project.segkit("assign", "shop-segments", "--data", "shop.csv", "--to", "again.csv")
    assert told.returncode == 0, told.stderr
    assert "240 people" in told.stdout
    made = pd.read_csv(project.path / "again.csv").set_index("customer_id")
    people = held(project).segmentation.labels
    assert made["segment"].to_list() == people.to_list()
    assert made["name"].to_list() == people.map({1: "First", 2: "Second", 3: "Third"}).to_list()
    assert [i.startswith("'=") for i in made.index] == [i.startswith("=") for i in people.index]
    again = project.segkit("assign", "shop-segments", "--data", "shop.csv", "--to", "again.csv")
    assert again.returncode == 2
    assert "is there already" in again.stderr


def test_a_table_of_the_variables_is_labelled_as_it_is(chained):
    project, _ = chained
    pd.DataFrame({"customer": ["a", "b", "c"], "frequency": [70, 8, None], "average_basket": [9.0, 20, 5]}).to_parquet(
        project.path / "features.parquet")
    told = project.segkit("assign", "shop-segments", "--data", "features.parquet", "--to", "features-out.parquet")
    assert told.returncode == 0, told.stderr
    assert "1 of them have no segment" in told.stdout
    made = pd.read_parquet(project.path / "features-out.parquet")
    assert made["customer_id"].to_list() == ["a", "b", "c"]
    assert made["segment"].isna().to_list() == [False, False, True]


@pytest.mark.parametrize(("arguments", "said"), [
    (("shop-segments", "--data", "lacking.csv", "--to", "x.csv"), "'spent'"),
    (("shop-segments", "--data", "gone.csv", "--to", "x.csv"), "no such file"),
    (("shop-segments", "--data", "shop.csv", "--to", "x.docx"), "take one of .csv, .parquet"),
    (("shop-segments", "--data", "shop.csv", "--to", "nowhere/x.csv"), "is not there"),
    (("shop-segment", "--data", "shop.csv", "--to", "x.csv"), "did you mean `shop-segments`"),
    (("pepsi", "--data", "shop.csv", "--to", "x.csv"), "never built")])
def test_assign_refuses_in_plain_words(chained, arguments, said):
    project, _ = chained
    shop().drop(columns="spent").to_csv(project.path / "lacking.csv", index=False)
    told = project.segkit("assign", *arguments)
    assert told.returncode == 2, told.stdout + told.stderr
    assert said in told.stderr
    assert "Traceback" not in told.stderr
    assert not (project.path / "x.csv").exists()
    assert not list(project.path.glob(".x*"))


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_assign_says_where_it_may_not_write(chained, tmp_path):
    tmp_path.chmod(0o500)
    told = chained[0].segkit("assign", "shop-segments", "--data", "shop.csv", "--to", str(tmp_path / "x.csv"))
    tmp_path.chmod(0o700)
    assert told.returncode == 2
    assert "may not be written to by you" in told.stderr


def test_new_data_are_named_alike_and_the_studies_after_it_follow(chained):
    project, _ = chained
    path = project.path / "shop.csv"
    old = path.read_text(encoding="utf-8")
    before = held(project)
    sizes = before.segmentation.segments
    more = shop(2, 300)
    more.to_csv(path, index=False)
    told = project.segkit("build", "shop-target")
    assert told.returncode == 0, told.stderr
    assert "2 built" in told.stdout
    after = held(project)
    for name in (1, 2, 3):
        np.testing.assert_allclose(after.segmentation.segments.loc[name, ["frequency", "average_basket"]].astype(float),
                                   sizes.loc[name, ["frequency", "average_basket"]].astype(float), rtol=0.2)
    path.write_text(old, encoding="utf-8")
    assert project.segkit("build", "shop-target").returncode == 0


def test_exports_that_are_no_longer_asked_for_go(chained):
    project, _ = chained
    write(project, "shop-exports", "03-target-market", ["json", "csv"], data="shop.csv", columns=COLUMNS, customer_data="",
          segments="shop-segments", contacts_data="", responses_data="", income="", evidence={}, currency="", knock_out={},
          criteria=[{"column": "monetary", "weight": 1, "better": "higher"}])
    folder = project.pages / "shop-exports.files"
    assert project.segkit("build", "shop-exports").returncode == 0
    assert sorted(p.name for p in folder.iterdir()) == ["rule.json", "segments.csv"]
    (folder / "mine.txt").write_text("mine")
    study = project.path / "reports" / "shop-exports.yaml"
    study.write_text(study.read_text(encoding="utf-8").replace("- csv\n", ""), encoding="utf-8")
    assert project.segkit("build", "shop-exports").returncode == 0
    assert sorted(p.name for p in folder.iterdir()) == ["mine.txt", "rule.json"]
    study.unlink()


@pytest.mark.parametrize(("parameters", "said"), [
    ({"segments": "shop-segmnts"}, "there is no study 'shop-segmnts'"), ({"segments": "circle"}, "goes round in a circle: circle → circle"),
    ({"segments": "circle-b"}, "goes round in a circle: circle → circle-b → circle"), ({"segments": "pepsi"}, "keeps no segments")])
def test_a_study_that_cannot_start_from_another_is_refused(chained, parameters, said):
    project, _ = chained
    given = {"data": "shop.csv", "columns": COLUMNS, "customer_data": "", "contacts_data": "", "responses_data": "", "income": "",
             "evidence": {}, "knock_out": {}, "criteria": [{"column": "monetary", "weight": 1, "better": "higher"}]}
    write(project, "circle", "03-target-market", **given, **parameters)
    write(project, "circle-b", "03-target-market", **given, segments="circle")
    told = project.segkit("build", "circle")
    for name in ("circle", "circle-b"):
        (project.path / "reports" / f"{name}.yaml").unlink()
    assert told.returncode == 2, told.stdout + told.stderr
    assert said in told.stderr
    assert "Traceback" not in told.stderr


def test_segments_of_other_customers_are_refused(chained):
    project, _ = chained
    shop().assign(customer=lambda t: "Z" + t["customer"].str[-4:]).to_csv(project.path / "others.csv", index=False)
    write(project, "others", "06-lifecycle", data="others.csv", columns=COLUMNS, segments="shop-segments")
    told = project.segkit("build", "others")
    (project.path / "reports" / "others.yaml").unlink()
    assert told.returncode == 2, told.stdout + told.stderr
    assert "has segmented none of these customers" in told.stderr


def test_two_kept_runs_of_a_study_are_compared(chained):
    project, _ = chained
    write(project, "shop-june", "02-segmentation", **{**SEGMENTS, "as_of": "2024-06-30", "rows": {"after_as_of": "set_aside"}})
    review = {"data": "shop.csv", "columns": COLUMNS, "segments": "shop-segments", "compare_with": "shop-june", "currency": "",
              "variables": ["frequency", "average_basket"], "since": "2024-06-30"}
    write(project, "shop-review", "09-review", **review, notes=[{"segment": "First", "department": "Sales", "note": "ask for packs"}])
    told = project.segkit("build", "shop-review")
    assert told.returncode == 0, told.stdout + told.stderr
    assert told.stdout.index("shop-june") < told.stdout.index("shop-review")
    text = page(project, "shop-review")
    assert "Two builds are compared: the segments that shop-june kept, and those that shop-segments keeps." in text
    assert "ask for packs" in text
    kept = [saved.read(project.pages / ".build" / f"{name}.parquet").named.labels for name in ("shop-june", "shop-segments")]
    both = kept[0].index.intersection(kept[1].index)
    moved = f"{100 * (kept[0][both] != kept[1][both]).mean():.1f}".removesuffix(".0")
    assert f"{moved}% of {len(both)} returning customers" in re.sub(r"</?a[^>]*>", "", text)
    (project.path / "june.parquet").write_bytes((project.pages / ".build" / "shop-june.parquet").read_bytes())
    write(project, "shop-review", "09-review", **{**review, "compare_with": "june.parquet"})
    told = project.segkit("build", "shop-review")
    assert told.returncode == 0, told.stdout + told.stderr
    for given, words in (({"compare_with": "gone.parquet"}, "there is no file gone.parquet"), ({"since": None}, "a kept run does not tell its day"),
                         ({"segments": ""}, "name one of the two runs only"), ({"compare_with": "shop-jun"}, "did you mean `shop-june`")):
        write(project, "shop-review", "09-review", **{**review, **given})
        told = project.segkit("build", "shop-review")
        assert words in told.stderr, told.stderr
    for name in ("shop-review", "shop-june"):
        (project.path / "reports" / f"{name}.yaml").unlink()


def test_a_study_asks_for_a_list_where_there_are_no_segments(chained):
    project, _ = chained
    project.study("nolist", "notebook: 05-brand-case\ntitle: x\nexport: [csv]\nparameters: {brand: pepsi}\n")
    told = project.segkit("build", "nolist")
    project.study("nolist", "notebook: 05-brand-case\ntitle: x\nexport: [cvs]\nparameters: {brand: pepsi}\n")
    wrong = project.segkit("check", "nolist")
    (project.path / "reports" / "nolist.yaml").unlink()
    assert told.returncode == wrong.returncode == 2
    assert "05-brand-case keeps no segments" in told.stderr
    assert "did you mean `csv`" in wrong.stderr


def test_waves_hold_each_study_once_and_what_it_needs_before_it(monkeypatch):
    starts = {"a": "", "b": "a", "c": "b", "d": "a", "x": "y", "y": "x", "z": "gone", "self": "self"}
    monkeypatch.setattr(studies, "names", lambda: list(starts))
    monkeypatch.setattr(chain, "sources", lambda study: dict(enumerate(starts[study].split())))
    waves = chain.waves(["c", "d", "z"], load=lambda name: name)
    assert [sorted(w) for w in waves] == [["a", "z"], ["b", "d"], ["c"]]
    starts["e"] = "a c"  # the later and the earlier run
    assert [sorted(w) for w in chain.waves(["e"], load=lambda name: name)] == [["a"], ["b"], ["c"], ["e"]]
    flat = [n for wave in chain.waves(starts, load=lambda name: name) for n in wave]
    assert sorted(flat) == sorted(starts)
    assert chain.waves([]) == []


def test_a_state_with_a_strange_export_is_no_state(tmp_path):
    good = {"name": "a", "key": "", "notebook": "n", "languages": ["en"], "pages": {}, "title": {"en": "t"}, "findings": {"en": []},
            "statuses": [], "kept": "0", "files": {"segments.csv": "0"}}
    assert build_state.is_state(good, "a")
    for name in ("../x.csv", "a/b.csv", ".hidden", "x"):
        assert not build_state.is_state({**good, "files": {name: "0"}}, "a")


def test_workbooks_are_the_same_bytes_and_hold_no_time():
    from segkit.report import exports

    made = exports.workbook({"s": [["a", "=1+1", "\x07b"], [1, 2.5, None]]})
    assert made == exports.workbook({"s": [["a", "=1+1", "\x07b"], [1, 2.5, None]]})
    with zipfile.ZipFile(io.BytesIO(made)) as book:
        assert {entry.date_time[0] for entry in book.infolist()} == {1980}
    cells = [[c.value for c in row] for row in openpyxl.load_workbook(io.BytesIO(made))["s"].iter_rows()]
    assert cells == [["a", "=1+1", "b"], [1, 2.5, None]]


def test_merged_and_split_segments_go_on_to_lists_new_people_and_the_next_study(project):
    shop().to_csv(project.path / "shop.csv", index=False)
    write(project, "shop-merged", "02-segmentation", ["csv", "sav", "sql", "json", "figures"], **SEGMENTS | {
        "merge": {1: [3]}, "split": {2: {"average_basket": {"at_least": 90}}}, "names": {1: {"en": "Both", "vi": "Cả hai"}, 4: "Part"}})
    write(project, "shop-merged-target", "03-target-market", data="shop.csv", columns=COLUMNS, customer_data="", segments="shop-merged",
          contacts_data="", responses_data="", income="", evidence={}, currency="", knock_out={},
          criteria=[{"column": "monetary", "weight": 1, "better": "higher"}])
    told = project.segkit("build", "shop-merged-target")
    assert told.returncode == 0, told.stdout + told.stderr
    kept = saved.read(project.pages / ".build" / "shop-merged.parquet")
    assert kept.named.segments.index.to_list() == ["Both", "2", "Part"]
    assert kept.segmentation.segments["size"].sum() == 240
    own = kept.named.labels
    listed = pd.read_csv(project.pages / "shop-merged.files" / "segments.csv", encoding="utf-8-sig", dtype=str)
    assert (listed["name"].to_numpy() == own.to_numpy()).all()
    sav, told = pyreadstat.read_sav(project.pages / "shop-merged.files" / "segments.sav")
    assert sav["segment"].value_counts().to_dict() == kept.segmentation.segments["size"].to_dict()
    assert told.variable_value_labels["segment"] == {1.0: "Both", 2.0: "2", 4.0: "Part"}
    again = project.segkit("assign", "shop-merged", "--data", "shop.csv", "--to", "merged.parquet")
    assert again.returncode == 0, again.stdout + again.stderr
    labelled = pd.read_parquet(project.path / "merged.parquet").set_index("customer_id")
    assert (labelled["name"].reindex(own.index) == own).all()
    for name, words in (("shop-merged", ("The study merges or splits some of the 3 segments", "Cả hai")), ("shop-merged-target", (">Part<", ">Cả hai<"))):
        assert words[0] in page(project, name)
        assert words[1] in page(project, name, "vi")
    figures = sorted(p.name for p in (project.pages / "shop-merged.files").glob("figure-*.svg"))
    assert len(figures) == 2 * page(project, "shop-merged").count('<figure class="figure"')
    assert all(f'href="shop-merged.files/{name}"' in page(project, "shop-merged") for name in figures)
    assert project.segkit("check", "shop-merged").returncode == 0
    write(project, "shop-merged", "02-segmentation", **SEGMENTS | {"merge": {1: [3], 3: [2]}, "split": {2: 1}})
    told = project.segkit("check", "shop-merged")
    assert "takes in 3, which takes in others" in told.stdout + told.stderr
    assert "`names`, segment 2: is merged into segment 3" in told.stdout + told.stderr
