"""A brand's file is checked before it counts as evidence, and all its faults come at once."""

import copy

import pytest

from segkit.data import samples
from segkit.positioning import brandfile, cases
from segkit.words import yamltext
from segkit.words.errors import DataError

GOOD = yamltext.load((samples.DATA / "brands" / "pepsi.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("brand", cases.names())
def test_the_bundled_brands_are_whole(brand):
    content = yamltext.load((samples.DATA / "brands" / f"{brand}.yaml").read_text(encoding="utf-8"))
    assert brandfile.faults_of(content, brand) == []


def change(content, path, value):
    part = content
    for step in path[:-1]:
        part = part[step]
    if value is KeyError:
        del part[path[-1]]
    else:
        part[path[-1]] = value


@pytest.mark.parametrize(("path", "value", "words"), [
    (("claims", 0, "figures"), ["no-such-figure"], "names the figure 'no-such-figure', which does not exist"),
    (("claims", 0, "topic"), "weather", "topic: is weather: should be 'age', 'income'"), (("figures", 0, "value"), "many", "value: is many: should be a valid number"),
    (("figures", 0, "value"), float("nan"), "should be a number"), (("figures", 0, "value"), True, "value: is True"),
    (("figures", 0, "unit"), "litres", "unit: is litres"), (("figures", 0, "id"), "us-soda-2023-pepsi", "figure 'us-soda-2023-pepsi': stands twice"),
    (("claims", 0, "claim", "vi"), KeyError, "claim, vi: is missing"), (("claims", 0, "claim", "en"), "", "should be a text"),
    (("figures", 0, "source"), KeyError, "source: is missing"), (("claims", 0, "verdikt"), "partly", "verdikt: is no key here"),
    (("claims",), [], "claims: is []"), (("figures",), {}, "should be a valid list"), (("brand",), 5, "brand: is 5"), (("claims", 3), 5, "claims, number 4"),
    (("figures", 1, "unit"), "usd", "has several units: percent, usd"),
])
def test_each_fault_is_told(path, value, words):
    content = copy.deepcopy(GOOD)
    change(content, path, value)
    assert words in "\n".join(map(str, brandfile.faults_of(content, "pepsi.yaml")))


def test_a_case_needs_two_charts():
    content = copy.deepcopy(GOOD)
    for n, figure in enumerate(content["figures"]):
        figure["series"] = f"series-{n // 2}"
    assert "has 0 series of 3 figures or more, and 2 are drawn" in "\n".join(map(str, brandfile.faults_of(content, "pepsi.yaml")))


def test_all_faults_come_at_once():
    content = copy.deepcopy(GOOD)
    content["claims"][0]["figures"], content["claims"][1]["figures"] = ["a-1"], ["b-1"]
    assert len(brandfile.faults_of(content, "pepsi.yaml")) >= 2


@pytest.mark.parametrize(("text", "words"), [
    ("", "holds no brand"), ("- a\n", "holds no brand"), ("brand: Pepsi\n<<<<<<< HEAD\nclaims: []\n", "own.yaml:"), ("a: [1\n", "is not valid YAML"),
    ("brand: !!python/object/apply:os.getcwd []\n", "is not valid YAML"), (b"brand: \xff\n", "cannot be read"), (None, "cannot be read"),
])
def test_a_file_that_cannot_be_read_is_told(tmp_path, text, words):
    path = tmp_path / "own.yaml"
    if text is not None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(DataError, match="own") as raised:
        brandfile.read(path)
    assert words in str(raised.value)
