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


FIRST = next(i for i, c in enumerate(GOOD["claims"]) if c.get("verdict") == "supported")


@pytest.mark.parametrize(("path", "value", "words"), [
    (("claims", 1, "evidence", "unclear"), ["no-such-figure"], "names 'no-such-figure', which is no figure or document"),
    (("claims", 0, "topic"), "weather", "topic: is weather: should be 'age', 'income'"), (("figures", 0, "value"), "many", "value: is many: should be a valid number"),
    (("figures", 0, "value"), float("nan"), "should be a number"), (("figures", 0, "value"), True, "value: is True"),
    (("figures", 0, "unit"), "litres", "unit: is litres"), (("figures", 0, "id"), "us-soda-2023-pepsi", "'us-soda-2023-pepsi': stands twice"),
    (("claims", 0, "claim", "vi"), KeyError, "claim, vi: is missing"), (("claims", 0, "claim", "en"), "", "should be a text"),
    (("figures", 0, "source"), KeyError, "source: is missing"), (("claims", 0, "verdikt"), "partly", "verdikt: is no key here"),
    (("claims",), [], "claims: is []"), (("figures",), {}, "should be a valid list"), (("brand",), 5, "brand: is 5"), (("claims", 3), 5, "claims, number 4"),
    (("figures", 1, "unit"), "usd", "has several units: percent, usd"), (("documents", 0, "link"), "javascript:alert(1)", "begins with https://"),
    (("documents", 0, "id"), "us-soda-2023-pepsi", "stands twice"), (("documents", 0, "says"), KeyError, "says: is missing"),
    (("claims", FIRST, "verdict"), "contradicted", "no evidence under `contradicts`"), (("claims", FIRST, "verdict"), None, "no `verdict` or no `reading`"),
    (("claims", FIRST, "evidence"), {}, "has the verdict 'supported' without evidence"),
    (("claims", FIRST, "evidence"), {"supports": ["iheart-2017-gladwell"]}, "by evidence of low confidence alone"),
    (("claims", FIRST, "evidence", "contradicts"), ["tass-2020-pandemic"], "although evidence contradicts it"),
    (("claims", FIRST, "evidence", "unclear"), GOOD["claims"][FIRST]["evidence"]["supports"][:1], "names evidence twice"), (("said_by",), KeyError, "said_by: is missing"),
])
def test_each_fault_is_told(path, value, words):
    content = copy.deepcopy(GOOD)
    change(content, path, value)
    assert words in "\n".join(map(str, brandfile.faults_of(content, "pepsi.yaml")))


def test_all_faults_come_at_once():
    content = copy.deepcopy(GOOD)
    content["claims"][0]["evidence"], content["claims"][1]["evidence"] = {"supports": ["a-1"]}, {"unclear": ["b-1"]}
    assert len(brandfile.faults_of(content, "pepsi.yaml")) >= 2


def test_faults_name_their_line(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text("brand: Own\nsaid_by: a page\nclaims:\n- id: a\n  topic: age\n  claim: For the young.\n  evidence:\n    supports: [x]\n"
                    "- id: b\n  topic: weather\n  claim: For the old.\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"own.yaml:10, claims, 'b', topic: is weather"):
        brandfile.read(path)
    path.write_text(path.read_text(encoding="utf-8").replace("weather", "age"), encoding="utf-8")
    with pytest.raises(DataError, match=r"own.yaml:7, claim 'a': names 'x', which is no figure or document"):
        brandfile.read(path)


def test_one_text_is_that_of_both_languages(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text("brand: Own\nsaid_by: a page\nclaims:\n- {id: a, topic: age, claim: For the young.}\n", encoding="utf-8")
    assert brandfile.read(path)["claims"][0]["claim"] == {"en": "For the young.", "vi": "For the young."}


@pytest.mark.parametrize(("text", "words"), [
    ("", "holds no brand"), ("a: &x [1]\nb: *x\n", "line 2 uses the alias *x"), ("brand: A\nbrand: B\n", "`brand` stands twice"), ("- a\n", "holds no brand"), ("brand: Pepsi\n<<<<<<< HEAD\nclaims: []\n", "own.yaml:"), ("a: [1\n", "is not valid YAML"),
    ("brand: !!python/object/apply:os.getcwd []\n", "is not valid YAML"), (b"brand: \xff\n", "cannot be read"), (None, "cannot be read"),
])
def test_a_file_that_cannot_be_read_is_told(tmp_path, text, words):
    path = tmp_path / "own.yaml"
    if text is not None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(DataError, match="own") as raised:
        brandfile.read(path)
    assert words in str(raised.value)
