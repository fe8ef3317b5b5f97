"""Spellings that split a value are told; blanks around a value are gone whatever the format."""

import pandas as pd
import pytest
import yaml

from segkit.data import open as sources
from segkit.data import spellings, tables
from segkit.positioning import leaders
from segkit.words.errors import DataError

BRANDS = ["Coca-Cola"] * 3 + ["coca-cola"] * 2 + ["COCA-COLA", "Coca\u2011Cola", "Pepsi", "Pepsi Max", "Pepsi\u00a0Max", "Fanta"]


def test_spellings_of_one_value_are_found():
    found = spellings.alike(sources.table(pd.DataFrame({"brand": BRANDS})))
    assert list(found.index) == ["Coca-Cola", "Pepsi Max"]
    assert found["n_spellings"].to_list() == [4, 2]
    assert found["n_rows"].to_list() == [7, 2]
    assert found.loc["Coca-Cola", "spellings"] == "Coca-Cola · coca-cola · COCA-COLA · Coca\u2011Cola"


@pytest.mark.parametrize("brands", [["A", "B"], [1, 2]])
def test_one_spelling_each_is_nothing_to_tell(brands):
    assert spellings.alike(sources.table(pd.DataFrame({"brand": brands}))).empty


def sold():
    return pd.DataFrame({"customer_id": [" a", "a\u00a0", "b", "b"], "date": "2024-01-01", "amount": 1.0,
                         "brand": ["Cola", "Cola ", "\u00a0Cola", "Fanta\u202f"], "shop": ["x", "x\u00a0", " x", "\u00a0"]})


@pytest.mark.parametrize("kind", ["csv", "parquet", "jsonl", "xlsx", "frame"])
def test_blanks_around_values_are_gone_in_every_format(tmp_path, kind):
    path = tmp_path / f"sold.{kind}"
    if kind == "csv":
        sold().to_csv(path, index=False)
    elif kind == "jsonl":
        sold().to_json(path, orient="records", lines=True)
    elif kind == "xlsx":
        sold().to_excel(path, index=False)
    elif kind == "parquet":
        sold().to_parquet(path)
    made = tables.load(sold() if kind == "frame" else path, "brands").execute()
    assert set(made["customer_id"]) == {"a", "b"}
    assert made["brand"].value_counts().to_dict() == {"Cola": 3, "Fanta": 1}
    assert made["shop"].dropna().unique().tolist() == ["x"]
    assert made["shop"].isna().sum() == 1


def found(*values, times=()):
    rows = [v for v, n in zip(values, times or [1] * len(values), strict=True) for _ in range(n)]
    return spellings.alike(sources.table(pd.DataFrame({"brand": rows})))


@pytest.mark.parametrize("other", ["coca cola", "COCACOLA", "Coca_Cola", "Coca–Cola", "Cocà-Cola", "Coca. Cola"])
def test_case_accents_blanks_and_marks_are_spellings(other):
    assert found("Coca-Cola", other, times=(3, 2))["spellings"].to_list() == [f"Coca-Cola · {other}"]


@pytest.mark.parametrize(("first", "other"), [("Pepsi", "Pepsy"), ("Vinamilk", "Vinamlik"), ("Vinamilk", "Vinamilkk"),
                                              ("Dutch Lady", "Duch Lady"), ("Trà xanh Không Độ", "Tra xanh Khonng Do")])
def test_one_letter_is_a_spelling(first, other):
    if other == "Duch Lady":
        assert found(first, other, times=(9, 1)).empty  # a word of four letters
    else:
        assert found(first, other, times=(9, 1)).index.to_list() == [first]
        assert found(first, other, times=(9, 8)).empty, "both are common: two names"


@pytest.mark.parametrize("pair", [("Maker A", "Maker B"), ("Brand 12345", "Brand 12346"), ("Coke", "Cake"),
                                  ("Pepsi", "Pepsi Max"), ("Heineken", "Heinz"), ("+", "-"), ("日本", "日木")])
def test_names_that_are_two_are_not_proposed(pair):
    assert found(*pair, times=(90, 1)).empty


def test_lines_to_write_are_yaml_that_merges():
    table = pd.DataFrame({"brand": ["7: Up"] * 5 + ["7-up", "7 UP", "Coca-Cola"]})
    lines = "\n".join(found(*table["brand"])["merge_line"])
    made = spellings.merged(table, {"brand": yaml.safe_load(lines)})
    assert made["brand"].value_counts().to_dict() == {"7: Up": 7, "Coca-Cola": 1}
    assert table["brand"].nunique() == 4
    ibis_made = spellings.merged(sources.table(table), {"brand": yaml.safe_load(lines)}).execute()
    assert sorted(ibis_made["brand"]) == sorted(made["brand"])
    assert spellings.alike(sources.table(made)).empty


def test_merged_data_give_the_leader_of_the_clean_data():
    """Two in five lines of a brand in other spellings turn the leader around."""
    rows = [(c, b, 1.0, pd.Timestamp("2024-01-01") + pd.Timedelta(days=d)) for c in range(200)
            for d, b in enumerate(["Coca-Cola"] * 5 + ["Pepsi"] * 4)]
    clean = pd.DataFrame(rows, columns=["customer_id", "brand", "amount", "date"])
    split = clean.assign(brand=[("COCA COLA", "coca-cola")[i % 2] if b == "Coca-Cola" and i % 5 < 2 else b
                                for i, b in enumerate(clean["brand"])])
    assert leaders.first(clean, "value_share").brand == "Coca-Cola"
    assert leaders.first(split, "value_share").brand == "Pepsi"
    lines = "\n".join(spellings.proposed({"brand": sources.table(split)})["merge_line"])
    merged = spellings.merged(sources.table(split), {"brand": yaml.safe_load(lines)})
    assert leaders.first(merged, "value_share") == leaders.first(clean, "value_share")


def test_values_of_groups_are_proposed_beside_brands():
    people = pd.DataFrame({"age": ["19-24", "19–24", "25-34"]}, index=[1, 2, 3])
    made = spellings.proposed({"brand": sources.table(pd.DataFrame({"brand": BRANDS})), "age": people, "": people})
    assert made["of_column"].to_list() == ["brand", "brand", "age"]
    assert made.loc["19-24", "merge_line"] == "19-24: [19–24]"


@pytest.mark.parametrize(("merge", "told"), [
    ({"brand": {"Pepsi": ["Pepsy"]}}, "which the column has not"), ({"brand": ["Pepsi"]}, "write `merge"),
    ({"brand": {"Pepsi": ["Fanta"], "Coca-Cola": ["Fanta"]}}, "in two ways"),
    ({"brand": {"Pepsi": ["Fanta"], "Fanta": ["Coca-Cola"]}}, "in two ways")])
def test_what_cannot_be_merged_is_told(merge, told):
    table = pd.DataFrame({"brand": BRANDS})
    for of in (table, sources.table(table)):
        with pytest.raises(DataError, match=told):
            spellings.merged(of, merge)


def test_columns_of_another_table_are_left_alone():
    table = pd.DataFrame({"brand": BRANDS})
    assert spellings.merged(table, {"age": {"19-24": ["19–24"]}}) is table
    assert spellings.merged(table, None) is table
