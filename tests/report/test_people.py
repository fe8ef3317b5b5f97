"""What pages tell of people: ids that could find someone are masked, groups of a few are left out, and a study can say otherwise."""

import nbformat
import pandas as pd
import pytest

from segkit.plots import customers as draw
from segkit.report import MIME, findings, people, render, story


@pytest.mark.parametrize(("text", "shown"), [
    ("0912345678", "…78"), ("0912 345 678", "…78"), ("0912.345.678", "…78"), ("+84 91 234 56 78", "…78"), ("84912345678", "…78"),
    ("(028) 3822 1234", "…34"), ("079201001234", "…34"), ("123456789", "…89"), ("123-45-6789", "…89"), ("19900112-1234", "…34"),
    ("an.tran+x@mail.example.vn", "a…@…"), ("lan@shop.vn, 0987654321, k3", "l…@…, …21, k3"), ("(0912345678)", "(…78)"), ("tel:0912345678.", "tel:…78."),
])
def test_what_could_find_someone_is_masked(text, shown):
    assert people.masked(text) == shown
    assert people.masked(shown) == shown


@pytest.mark.parametrize("text", [
    "2373", "k1042", "2024-01-31", "31/12/2024", "20240131", "1998-01-01 1998-12-31", "1,234,567,890", "1.234.567.890", "0.123456789", "12.5 13.5 14.5",
    "1 2 3 4 5 6 7 8 9", "10.1007/s11002-010-9109-x", "Maker A", "K-2024-0001", "abc0123456789def", "50–60 tuổi", "8934567890123", "a @ b",
])
def test_what_could_not_stays(text):
    assert people.masked(text) == text


def notebook(*displays):
    outputs = [nbformat.v4.new_output("display_data", {MIME: d.payload}) for d in displays]
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x", outputs=outputs)])


def shown(made):
    return "\n".join(str(render.html(p, "en")) for p in story.payloads(made))


SEGMENTS = pd.DataFrame({"size": [400, 30, 3], "revenue": [4000.0, 300.0, 123456.0]}, index=pd.Index(["many", "some", "few"], name="segment"))


def test_a_group_of_a_few_is_left_out_wherever_it_is_named():
    spent = pd.DataFrame({"rank": [1, 2, 3], "score": [98765, 50, 20]}, index=pd.Index(["few", "many", "some"], name="segment"))
    other = pd.DataFrame({"score": [7]}, index=pd.Index(["few"], name="word"))
    made = notebook(findings.table("Segments", SEGMENTS), findings.table("Ranking", spent), findings.table("Words", other),
                    findings.finding("{segment:segment} comes first.", segment="few"), findings.finding("{segment:segment} is large.", segment="many"))
    before, after = shown(made), shown(people.guarded(made))
    assert "123,456" in before
    for told in ("123,456", "123456", "98,765", "98765", "few” comes first"):
        assert told not in after
    assert after.count("Rows of groups of fewer than 10 people, not shown: 1.") == 2
    assert "tells of a group of fewer than 10 people" in after
    assert "“many” is large" in after
    assert '>few<' in after  # the table of words, whose index is no segment
    assert shown(made) == before


def test_a_figure_is_drawn_without_groups_of_a_few():
    worth = SEGMENTS.assign(customer_share=SEGMENTS["size"] / 433, revenue_share=SEGMENTS["revenue"] / SEGMENTS["revenue"].sum())
    made = notebook(findings.figure("Segments", draw.by_segment, worth))
    assert "few" in shown(made)
    after = shown(people.guarded(made))
    assert "many" in after
    assert "few" not in after


def test_a_figure_without_sizes_is_not_shown_where_a_table_says_that_one_of_its_groups_is_small():
    spent = pd.DataFrame({"segment": ["many", "some", "few"], "effect": [1.0, 2, 3], "effect_low": 0.0, "effect_high": 4.0})
    shares = spent.set_index("segment")

    def plot(table):
        return draw.by_segment(SEGMENTS.drop(index="few").assign(customer_share=0.5, revenue_share=0.5))

    plot.__module__ = draw.__name__
    for frame in (spent, shares):
        hidden = people.guarded(notebook(findings.table("Sizes", SEGMENTS), findings.figure("Means", plot, frame)))
        assert [p["kind"] for p in story.payloads(hidden)] == ["table", "text"]
        large = people.guarded(notebook(findings.table("Sizes", SEGMENTS), findings.figure("Means", plot, frame[["few" not in str(r) for r in frame.reset_index().to_numpy()]])))
        assert [p["kind"] for p in story.payloads(large)] == ["table", "figure"]
        alone = people.guarded(notebook(findings.figure("Means", plot, frame)))  # no table says how many they are
        assert [p["kind"] for p in story.payloads(alone)] == ["figure"]
    other = people.guarded(notebook(findings.table("Sizes", SEGMENTS), findings.figure("Means", plot, spent.rename(columns={"segment": "brand"}))))
    assert [p["kind"] for p in story.payloads(other)] == ["table", "figure"]


def test_labels_in_several_languages_are_no_groups_to_hide():
    assert people.named([pd.DataFrame({"label": [{"en": "a", "vi": "b"}], "value": [1]})]) == [["label", "{'en': 'a', 'vi': 'b'}"]]


def test_a_figure_that_needs_all_of_its_groups_is_not_shown():
    def plot(table):
        if len(table) < 3:
            raise ValueError("needs three")
        return draw.by_segment(table.assign(customer_share=0.3, revenue_share=0.3))

    plot.__module__ = draw.__name__
    made = people.guarded(notebook(findings.figure("Segments", plot, SEGMENTS)))
    assert [p["kind"] for p in story.payloads(made)] == ["text"]


def test_ids_are_masked_in_tables_sentences_figures_and_plain_outputs():
    phone, mail = "0912345678", "an@shop.vn"
    frame = pd.DataFrame({"note": [mail, "ok"], "monetary": [9123456789.0, 912345678.0], "account_id": [912345678, 1]},
                         index=pd.Index([phone, "k2"], name="customer_id"))
    curve = pd.DataFrame({"size": [40, 50], "customer_share": [0.4, 0.6], "revenue_share": [0.5, 0.5]}, index=pd.Index([phone, mail], name="segment"))
    made = notebook(findings.table("Who", frame), findings.finding("{who:text} leads.", who=phone), findings.figure("All", draw.by_segment, curve))
    made.cells[0].outputs += [nbformat.v4.new_output("stream", name="stdout", text=f"{phone}\n"), nbformat.v4.new_output("execute_result", {"text/plain": mail})]
    after = people.guarded(made)
    text = shown(after) + str(after.cells[0].outputs[3:])
    assert phone not in text
    assert mail not in text
    assert "…78" in text
    assert "9123456789" in text  # money is no phone
    assert ">912,345,678<" in text
    assert "k2" in text


@pytest.mark.parametrize(("frame", "few"), [
    (pd.DataFrame({"n_customers": [3]}, index=pd.Index(["bought only"], name="side")), [False]),
    (pd.DataFrame({"n_customers": [3, 10]}, index=pd.Index(["a", "b"], name="cohort")), [True, False]),
    (pd.DataFrame({"size": ["a", "b"]}), [False, False]), (pd.DataFrame({"size": [9, 10, 0, None]}), [True, False, False, False]),
    (pd.DataFrame({"n": [3]}), [False]), (pd.DataFrame(), []),
])
def test_which_rows_are_groups_of_a_few(frame, few):
    assert people.small(frame).tolist() == few
