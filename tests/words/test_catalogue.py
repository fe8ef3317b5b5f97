"""The catalogues hold every sentence; translations keep every value."""

import re
import string

import pytest

from segkit.words import catalogue
from segkit.words.language import LANGUAGES


def translations(code: str) -> dict[str, str]:
    from babel.messages.pofile import read_po

    with catalogue.path(code).open("rb") as file:
        read = [m for m in read_po(file, locale=code) if m.id and not m.fuzzy]
    one = {m.id: m.string for m in read if isinstance(m.id, str)}
    return one | {sentence: m.string[-1] for m in read if not isinstance(m.id, str) for sentence in m.id}


FORMULA = re.compile(r"\$\$.+?\$\$|\$[^$\n]+\$")


def fields(text: str) -> set[tuple[str, str]]:
    plain = FORMULA.sub("", text)
    return {(name, spec) for _, name, spec, _ in string.Formatter().parse(plain) if name is not None}


@pytest.mark.parametrize("code", LANGUAGES[1:])
def test_every_sentence_is_translated(code):
    known = translations(code)
    wanted = [m for message, _ in catalogue.messages() for m in ([message] if isinstance(message, str) else message)]
    missing = [m for m in wanted if not known.get(m)]
    assert not missing, f"run `make catalogue` and translate: {missing[:5]}"


@pytest.mark.parametrize("code", LANGUAGES[1:])
def test_translations_keep_every_value(code):
    wrong = {m: s for m, s in translations(code).items() if s and fields(m) != fields(s)}
    assert not wrong


@pytest.mark.parametrize("code", LANGUAGES[1:])
def test_translations_keep_formulas_code_and_links(code):
    kept = re.compile(FORMULA.pattern + r"|`[^`]+`|\]\(http[^)]+\)")
    wrong = {m: s for m, s in translations(code).items() if s and sorted(kept.findall(m)) != sorted(kept.findall(s))}
    assert not wrong


@pytest.mark.parametrize("code", LANGUAGES[1:])
def test_translations_keep_headings(code):
    wrong = {m: s for m, s in translations(code).items() if s and m.startswith("#") != s.startswith("#")}
    assert not wrong


def test_sentences_come_from_every_kind_of_source():
    places = {place for found in catalogue.messages().values() for place in found}
    for part in ("notebooks/01-customers.ipynb", "segkit/plots/customers.py", "segkit/report/template/page.html",
                 "data/datapackage.json", "segkit/segmentation/specs/rfm.yaml"):
        assert part in places


def test_parts_of_learn_boxes_have_one_name_each_in_vietnamese():
    names = {"What it does": "Cách làm", "Assumptions": "Giả định", "Pitfalls": "Cạm bẫy", "Read more": "Đọc thêm"}
    boxes = {english: told for english, told in translations("vi").items() if english.startswith("### Learn: ")}
    assert len(boxes) > 20
    assert [told for told in boxes.values() if not told.startswith("### Học thêm: ")] == []
    parts = [(english.split(".**")[0].strip("*"), told) for english, told in translations("vi").items()
             if english.split(".**")[0].strip("*") in names]
    assert len(parts) > 80
    assert [told[:40] for part, told in parts if not told.startswith(f"**{names[part]}.**")] == []
