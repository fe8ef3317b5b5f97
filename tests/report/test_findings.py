import json
import re

import numpy as np
import pandas as pd
import pytest

from segkit.plots import customers
from segkit.plots.canvas import metrics
from segkit.report import check, figure, finding, render, source, table
from segkit.report.findings import MIME
from segkit.words import labels
from segkit.words.errors import SegkitError


def html(display, code="en", currency=""):
    return str(render.html(display.payload, code, currency, 1))


def test_finding_is_a_message_with_values_in_its_own_mime_type():
    bundle = finding("{share:percent} of customers", share=np.float64(0.2))._repr_mimebundle_()
    assert bundle[MIME]["values"] == {"share": 0.2}
    assert bundle["text/plain"] == "20% of customers"
    json.dumps(bundle[MIME], allow_nan=False)


@pytest.mark.parametrize(("sentence", "values", "said"), [
    ("{share:percent}", {}, "share"), ("{share:percents}", {"share": 1}, "percents"),
    ("{share:percent}", {"share": "much"}, "cannot be filled"),
])
def test_sentence_that_cannot_be_filled_is_refused(sentence, values, said):
    with pytest.raises(SegkitError, match=said):
        finding(sentence, **values)


@pytest.mark.parametrize(("value", "limits", "status"), [
    (0.5, {"at_least": 0.5}, "PASS"), (0.3, {"at_least": 0.5, "review": 0.2}, "REVIEW"),
    (0.1, {"at_least": 0.5, "review": 0.2}, "FAIL"), (0.4, {"at_least": 0.5}, "REVIEW"), (0.5, {"at_most": 0.5}, "PASS"),
    (0.7, {"at_most": 0.5, "review": 0.8}, "REVIEW"), (0.9, {"at_most": 0.5, "review": 0.8}, "FAIL"),
])
def test_check_status(value, limits, status):
    assert check("ok", value, "percent", **limits).payload["status"] == status


@pytest.mark.parametrize("limits", [{}, {"at_least": 1, "at_most": 2}])
def test_check_needs_one_threshold(limits):
    with pytest.raises(SegkitError, match="either `at_least` or `at_most`"):
        check("ok", 1, **limits)


def test_advice_shows_only_where_a_check_does_not_pass():
    assert "Mend it." not in html(check("ok", 1, at_least=1, advice="Mend it."))
    assert "Mend it." in html(check("ok", 0, at_least=1, advice="Mend it."))


def test_table_shows_labels_units_and_missing_values():
    frame = pd.DataFrame({"penetration": [0.5, np.nan], "monetary": [12.5, 99999.0]}, index=pd.Index(["A", "B"], name="brand"))
    page = html(table("Brands", frame), "vi", "USD")
    for expected in ("Tỷ lệ thâm nhập", "50,0%", "–", "(USD)", "99.999", 'scope="row"', 'scope="col"'):
        assert expected in page


def test_columns_that_differ_after_the_comma_share_a_head():
    frame = pd.DataFrame({"revenue_share": [0.5], "revenue_share_low": [0.4], "revenue_share_high": [0.6], "frequency": [3.0]},
                         index=pd.Index(["A"], name="brand"))
    page = html(table("Sure", frame))
    upper, lower = re.findall("<tr>(.*?)</tr>", page)[:2]
    heads = [re.sub("<[^>]*>", "", head) for head in re.findall("<th.*?</th>", upper)]
    assert heads == ["Brand", "Share of revenue", "Frequency"]
    assert upper.count('rowspan="2"') == 2
    assert 'scope="colgroup" colspan="3"' in upper
    assert [re.sub("<[^>]*>", "", head) for head in re.findall("<th.*?</th>", lower)] == ["value", "low", "high"]
    assert 'data-value="Share of revenue, low"' in lower
    assert 'href="#term-revenue_share"' in upper


def test_heads_of_ones_own_keep_their_commas():
    wide = pd.DataFrame([[1, 2]], columns=pd.Index(["Tea, green", "Tea, black"], name="brand"))
    page = html(table("Teas", wide))
    assert "colspan" not in page
    assert "Tea, green" in page


def test_long_names_in_cells_may_be_broken_and_stay_the_same_text():
    page = html(table("Sources", pd.DataFrame({"source_table": ["complete_journey.demographics", "cdnow.x", "in 1.25 m"]})))
    assert "complete_<wbr>journey.<wbr>demographics" in page
    assert ">cdnow.x<" in page
    assert ">in 1.25 m<" in page


def test_long_table_says_how_much_is_shown():
    page = html(table("Many", pd.DataFrame({"n": range(100)}), max_rows=7))
    assert page.count("<tr>") == 8
    assert "The first 7 of 100 rows." in page


def test_empty_table_says_so():
    assert "Nothing to show." in html(table("None", pd.DataFrame({"n": []})))


def test_unit_of_each_row_can_come_from_a_column():
    frame = pd.DataFrame({"value": [0.25, 120.0], "unit": ["percent", "index"]}, index=pd.Index(["a", "b"], name="measure"))
    page = html(table("Measures", frame, columns=["value"], units={"value": "@unit"}))
    assert "25.0%" in page
    assert ">120<" in page


def test_unknown_unit_is_refused():
    with pytest.raises(SegkitError, match="units"):
        table("t", pd.DataFrame({"x": [1.0]}), units={"x": "percentage"})


@pytest.mark.parametrize("attack", [
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</style><script>", "{{ 7*7 }}", "a\u202eb", "{share:percent}",
])
def test_names_from_data_are_text(attack):
    frame = pd.DataFrame({attack: [attack]}, index=pd.Index([attack], name="name"))
    page = html(table("Names", frame)) + html(finding("{who:text} leads", who=attack))
    for raw in ("<script", "<img", "</style", "\u202e"):
        assert raw not in page


def test_figure_is_the_same_bytes_twice_and_differs_by_language():
    curve = pd.DataFrame({"customer_share": [0, 0.2, 1], "revenue_share": [0, 0.6, 1.0]})
    first, second = (figure("Curve", customers.concentration, curve).payload for _ in range(2))
    assert first == second
    assert first["svg"]["en"] != first["svg"]["vi"]
    assert first["alt"]["en"] != ""


def test_figure_ids_do_not_clash_on_a_page():
    curve = pd.DataFrame({"customer_share": [0, 0.2, 1], "revenue_share": [0, 0.6, 1.0]})
    payload = figure("Curve", customers.concentration, curve).payload
    import re

    ids = [set(re.findall(r'\sid="([^"]+)"', str(render.html(payload, "en", "", n)))) for n in (1, 2)]
    assert ids[0]
    assert not ids[0] & ids[1]


def test_figure_without_data_says_so():
    assert "for want of data" in html(figure("Curve", customers.concentration, pd.DataFrame()))


def test_source_of_bundled_data_says_what_they_are():
    payload = source("complete_journey.baskets").payload
    assert "simulated" in payload["note"]
    assert len(payload["sha256"]) == 64
    assert payload["n_rows"] == 155848


def test_a_check_tells_where_its_threshold_comes_from():
    told = html(check("Agreement", 0.7, "decimal", at_least=0.8, source="Steinley 2004"))
    assert "<summary>(wanted: ≥ 0.8)</summary>Steinley 2004</details>" in told
    assert "<details" not in html(check("Agreement", 0.7, "decimal", at_least=0.8))


def test_source_of_a_file_tells_no_folder(tmp_path):
    path = tmp_path / "secret-folder" / "sales.csv"
    path.parent.mkdir()
    path.write_text("a\n1\n")
    assert "secret-folder" not in json.dumps(source(str(path)).payload)


def test_what_has_no_data_is_neither_found_nor_checked():
    assert finding("{share:percent} of customers", share=float("nan")).payload["kind"] == "text"
    assert "Not checked" in html(check("Enough", None, at_least=1))


def test_money_of_a_column_has_one_precision():
    shown = html(table("Spending", pd.DataFrame({"monetary": [12_345.6, 42.25], "average_basket": [3.5, 9.25]})))
    assert "12,346" in shown
    assert ">42<" in shown
    assert ">3.50<" in shown


def test_words_in_a_column_of_numbers_are_those_of_the_data():
    labels.give({"vi": {"Under 15K": "dưới 15 nghìn USD"}})
    frame = pd.DataFrame({"n": [12]}, index=pd.MultiIndex.from_tuples([("A", "Under 15K")], names=["segment", "value"]))
    shown = html(table("Who", frame), "vi")
    assert '<th scope="row">dưới 15 nghìn USD</th>' in shown
    assert '<td data-value="12" class="num">12</td>' in shown


def wrapped(words, room):
    """Lines of a text in bold letters, in a room of so many sizes of the font."""
    lines = [""]
    for word in words.split():
        longer = f"{lines[-1]} {word}".strip()
        lines[-1:] = [longer] if metrics.width(longer, 1, bold=True) <= room else [lines[-1], word]
    return lines


def test_a_head_needs_three_lines_at_most():
    words = "Share of the customers whose characteristics are known in this segment"
    frame = pd.DataFrame([[0.5]], columns=[words])
    width = float(re.search(r'min-width: ([\d.]+)em', html(table("Known", frame)))[1])
    assert len(wrapped(words, width)) == 3
    assert len(wrapped(words, width - 2)) > 3
    assert "min-width" not in html(table("Known", pd.DataFrame({"n": [1]})))


def test_numbers_under_a_name_that_the_glossary_has_words_for_are_rounded_in_both_languages():
    shown = table("Means", pd.DataFrame({"income": [4215.241935483871, 1996.9642857142858]}))
    for code in ("en", "vi"):
        assert max(map(len, re.findall(r">([\d.,]+)</td>", str(render.html(shown.payload, code, "", 1))))) <= 8
