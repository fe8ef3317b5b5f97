"""Spellings that split a value are told; blanks around a value are gone whatever the format."""

import pandas as pd
import pytest

from segkit.data import open as sources
from segkit.data import spellings, tables

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
