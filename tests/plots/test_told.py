"""What marks say under the pointer is true, and in the language of the page."""

from segkit.plots import customers, segmentation
from segkit.plots.canvas import Picture
from segkit.words import language
from tests.plots.test_canvas import elements, on_canvas


def test_marks_tell_their_values(tiers, months, plots):
    with language.use("en"):
        bars = [e.text for e in elements(on_canvas(customers.by_segment, tiers), "title")]
        line = [e.text for e in elements(on_canvas(customers.over_time, months, currency="USD"), "title")]
        cells = [e.text for e in elements(on_canvas(*plots["heatmap"]), "title")]
    assert "Top customers\nShare of revenue: 60%" in bars
    assert "Base customers\nShare of customers: 80%" in bars
    assert len(bars) == 4
    assert "Month: 03/2024\nRevenue (USD), month only partly in the data: 20" in line
    assert cells == [f"R score: {r}\nF score: {f}\n{n}" for r, f, n in ((2, 1, 1), (2, 2, 2), (1, 1, 3), (1, 2, 4))]
    with language.use("vi"):
        told = [e.text for e in elements(on_canvas(customers.by_segment, tiers), "title")]
    assert not set(told) & set(bars)


def test_a_stacked_bar_tells_its_length_not_its_end(shares):
    told = [e.text for e in elements(on_canvas(segmentation.descriptor, shares), "title")]
    assert told == [f"{segment} (n\u00a0=\u00a010)\n{value}" for value, segment in (
        ("rent: 30%", 1), ("rent: 60%", 2), ("own: 70%", 1), ("own: 40%", 2))]


def test_areas_and_boxes_tell_what_they_stand_for(tiers, stability_plots):
    with language.use("en"):
        tiles = [e.text for e in elements(on_canvas(customers.treemap, tiers.assign(monetary=[30.0, 5.0])), "title")]
        mosaic = [e.text for e in elements(on_canvas(*stability_plots["mosaic"]), "title")]
        boxes = [e.text for e in elements(on_canvas(*stability_plots["within"]), "title")]
        flows = [e.text for e in elements(on_canvas(*stability_plots["flows"]), "title")]
    assert tiles[0] == "Base customers\nShare of customers: 80.0%\nMonetary value: 5.00"
    assert "Segment 1, rent: 30%, 30 customers" in mosaic
    assert boxes[1] == "Segment 2: median 0.550, half of the samples 0.500 to 0.600"
    assert "3 segments, segment 3: 30 customers" in flows


def test_lines_at_one_place_tell_all_their_values(plots):
    with language.use("en"):
        told = [e.text for e in elements(on_canvas(*plots["tracking"]), "title")]
    assert told[0] == told[3] == ("Week: 1\nRepeat purchases\nActual purchases so far: 2\n"
                                  "Expected purchases so far: 2")  # 2.5 as the axis writes it


def test_points_of_lines_do_not_reach_over_each_other():
    panel = Picture((2, 2)).add_subplot()
    panel.plot(range(100), range(100), label="a line")
    left = [float(e.get("cx")) for e in elements(panel, "circle")]
    reach = {float(e.get("r")) for e in elements(panel, "circle")}
    assert 2 * max(reach) <= max(left[1] - left[0], 2.0) + 0.02


def test_points_above_each_other_are_drawn():
    panel = Picture((2, 2)).add_subplot()
    panel.plot([1, 1, 1], [0, 1, 2], "o", label="three")
    assert len([e for e in elements(panel, "circle") if e.get("r") == "3"]) == 3


def test_areas_without_axes_tell_nothing_wrong():
    panel = Picture((2, 2)).add_subplot()
    panel.bar([0.3], [0.4], color="#000")
    panel.set(xticks=[], yticks=[])
    assert elements(panel, "title") == []


