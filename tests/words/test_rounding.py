"""Numbers that stand together are rounded alike: columns and sentences of random values."""

import re

import numpy as np
import pandas as pd
import pytest

from segkit.report import crossref, render
from segkit.report.findings import finding, table
from segkit.words import rounding
from segkit.words.formats import fill

UNITS = ("number", "money", "percent", "count", "days", "index", "p_value", "share", "decimal")


def drawn(seed):
    """A column: values of one order of size or of many, some nothing, some all, whole or not, with signs or not."""
    rng = np.random.default_rng(seed)
    values = rng.lognormal(rng.uniform(-8, 12), rng.choice([0.1, 1, 4]), rng.integers(2, 9))
    values = np.where(rng.random(len(values)) < 0.15, rng.choice([0.0, 1.0, -0.0, 0.9996, -1e-9, 0.0004]), values)
    values = values * np.where(rng.random(len(values)) < rng.choice([0, 0.5]), -1, 1)
    return np.round(values) if rng.random() < 0.2 else values


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize(("code", "currency"), [("en", "USD"), ("vi", "USD"), ("vi", "VND"), ("en", "")])
def test_numbers_of_a_column_have_the_same_decimals(printed, unit, code, currency):
    for seed in range(60):
        values = drawn(seed)
        shown = table("Column", pd.DataFrame({"x": values}), units={"x": unit}).payload
        page = str(render.html(shown, code, currency, 1))
        assert next(printed.tables(page))[1][0]
        if unit != "decimal":
            assert list(printed.uneven_columns(page, code)) == [], values
        assert [s for s in printed.empty_signs(page) if s[0] in "-−" or (unit in ("percent", "share")
                and not (values > 1).any())] == [], values


def test_what_is_printed_as_nothing_or_all_is_exactly_that():
    for seed in range(200):
        values = np.clip(np.abs(drawn(seed)), 0, 1)
        said = [fill("{x:share}", {"x": float(v)}, "en") for v in values]
        assert all((text == "0%") == (abs(v) < 1e-9) for text, v in zip(said, values, strict=True))
        assert all((text == "100%") == (abs(v - 1) < 1e-9) for text, v in zip(said, values, strict=True))
        assert not {"0.0%", "100.0%"} & set(said)


@pytest.mark.parametrize("unit", ["number", "money", "percent"])
def test_numbers_of_one_unit_in_a_sentence_have_the_same_decimals(printed, unit):
    for seed in range(200):
        values = drawn(seed)[:4]
        names = "abcd"[:len(values)]
        said = fill("; ".join(f"{{{n}:{unit}}}" for n in names), dict(zip(names, map(float, values), strict=True)), "en")
        own = [printed.NUMBER.search(t) for t in said.split("; ")]
        kinds = {printed.decimals(n["digits"], "en") for n in own if not n["near"] and n[0] not in ("0%", "100%")}
        assert len(kinds) <= 1, said


def test_a_number_is_printed_as_in_the_cell_it_leads_to(printed):
    for seed in range(150):
        values, unit = drawn(seed), ("number", "money", "percent")[seed % 3]
        values = values[np.abs(values) > 1e-6]
        if len(set(values)) < 2:
            continue
        shown = [table("Column", pd.DataFrame({"x": values}), units={"x": unit}).payload,
                 finding(f"It is {{x:{unit}}}.", x=float(values[0])).payload]
        found = crossref.find(shown)
        page = str(render.html(shown[0], "vi", "VND", 1, cells=found.cells[1])) + str(
            render.html(shown[1], "vi", "VND", 1, found.of[1]))
        assert 'class="cell"' in page
        assert list(printed.unlike_cells(page)) == [], values


def test_numbers_of_several_columns_keep_the_decimals_of_their_cells():
    columns = {"bic": ("number", (14_738.3, 18_090.2)), "stability": ("number", (0.939,))}
    said = fill("{bic:decimal}; {stability:number}; {other:number}", {"bic": 14738.32, "stability": 0.939, "other": 2.5}, "en",
                columns=columns)
    assert said == "14,738; 0.939; 2.50"
    assert fill("{sum:money}; {each:money}", {"sum": 25_000, "each": 3.25}, "en", "USD",
                columns={"sum": ("money", (25_000.0,))}) == "$25,000; $3"


def test_a_few_numbers_have_the_rounding_of_all():
    for seed in range(300):
        values = drawn(seed)
        for unit in UNITS:
            for language in ("en", "vi"):
                assert rounding.of(unit, values, language, "VND") == rounding.of(unit, rounding.marks(values), language,
                                                                                 "VND")


def test_millions_and_billions_of_dong_are_told_in_the_head_and_downloaded_as_amounts():
    frame = pd.DataFrame({"monetary": [123_456_700, 25_040_000.0]})
    page = str(render.html(table("Spending", frame).payload, "vi", "VND", 1))
    assert re.search(r'<th[^>]*data-value="[^"]*\(VND\)"[^>]*>.*\(triệu đồng\)', page)
    assert [">123,5<" in page, ">25,0<" in page, 'data-value="123456700.0"' in page] == [True, True, True]
    assert "123,456,700" in str(render.html(table("Spending", frame).payload, "en", "VND", 1))
