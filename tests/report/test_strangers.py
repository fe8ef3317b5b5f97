"""What strangers may hand over beside data: states, prose, translations. Nothing of it reaches further than its page."""

import json
import re

import pytest

from segkit.report import build_state, fingerprint, mathematics, page, story

GOOD = {"key": "k", "name": "shop", "notebook": "01-customers", "title": {"en": "Shop"}, "languages": ["en"], "statuses": ["PASS"],
        "decision": {"en": "Keep them."}, "picture": {"en": "<svg><text>a</text></svg>"}, "findings": {"en": ["One."]}}


def left(folder, name="shop", **changes):
    """A folder with a page and a state that says so, but for the changes."""
    build_state.keep(folder, name, {f"{name}.en.html": "<p>page</p>"}, {**GOOD, "name": name}, [0.1])
    path = folder / build_state.STATE / f"{name}.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes), encoding="utf-8")
    return path


@pytest.mark.parametrize("page", ["../victim.txt", "/{0}/victim.txt", "..\\victim.txt", "other.en.html", "index.html", ".build/other.json", ""])
@pytest.mark.parametrize("shape", [dict.fromkeys, list])
def test_a_state_reaches_nothing_outside_its_pages(tmp_path, page, shape):
    folder = tmp_path / "html"
    folder.mkdir()
    for victim in (tmp_path / "victim.txt", folder / "other.en.html", folder / "index.html"):
        victim.write_text("mine", encoding="utf-8")
    left(folder, pages=shape([page.format(tmp_path)]))
    assert build_state.state(folder, "shop") == {}
    build_state.sweep(folder, [])
    assert not list((folder / build_state.STATE).glob("shop*"))
    for victim in (tmp_path / "victim.txt", folder / "other.en.html", folder / "index.html"):
        assert victim.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("content", [
    "5", "[]", "null", '"x"', "{}", "{", "[" * 10_000, '{"pages": 5}', '{"pages": {}}', '{"pages": {"shop.en.html": 5}}', "\x00", "NaN",
    *(json.dumps({**GOOD, "pages": {}, key: value}) for key in GOOD for value in (5, None, {}, ["x"], {"en": 5})
      if not (key in ("picture", "decision") and value == {})),
])
def test_a_state_of_an_unknown_shape_is_ignored_with_a_word(tmp_path, capsys, content):
    path = left(tmp_path)
    path.write_text(content, encoding="utf-8")
    assert build_state.state(tmp_path, "shop") == {}
    assert build_state.entries(tmp_path) == []
    with build_state.held(tmp_path):
        pass
    assert f"{path} is not the state of a study" in capsys.readouterr().err


@pytest.mark.parametrize("svg", [
    "<svg><script>alert(1)</script></svg>", '<svg onload="x()"></svg>', '<svg><a href="https://x.org"><text>a</text></a></svg>', "<svg></svg><meta>",
    '<svg><foreignObject><meta http-equiv="refresh" content="0"/></foreignObject></svg>', '<svg><use href="https://x.org#a"/></svg>',
    '<svg><rect fill="url(https://x.org)"/></svg>', "<svg><style>@import 'x'</style></svg>", "<!DOCTYPE x><svg/>", "text", 5,
])
def test_a_picture_of_a_state_is_a_drawing(tmp_path, svg):
    left(tmp_path, picture={"en": svg})
    assert build_state.state(tmp_path, "shop") == {}


def test_a_good_state_is_kept(tmp_path, capsys):
    left(tmp_path)
    assert build_state.state(tmp_path, "shop")["title"] == {"en": "Shop"}
    with build_state.held(tmp_path):
        pass
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("known", [5, [], {"{0}": 5}, {"{0}": [1]}, {"{0}": [1, 2, 3, 4, 5]}, {"{0}": None}])
def test_digests_of_an_unknown_shape_are_ignored(tmp_path, known):
    file = tmp_path / "a"
    file.write_text("a", encoding="utf-8")
    known = {str(file): v for v in known.values()} if isinstance(known, dict) else known
    assert fingerprint.Digests(known).of(file) == fingerprint.Digests().of(file)


@pytest.mark.parametrize("seconds", ["5", "[null]", "[-1]", "[1e999]", "[NaN]", '["x"]'])
def test_seconds_of_an_unknown_shape_are_ignored(tmp_path, seconds):
    left(tmp_path)
    (tmp_path / build_state.STATE / "shop.cells").write_text(seconds, encoding="utf-8")
    assert build_state.cells(tmp_path, "shop") == []


ATTACKS = [
    r"\text{<meta http-equiv=refresh content=0;url=https://x.org>}", r"\text{&lt;script&gt;alert(1)&lt;/script&gt;}", r"\href{javascript:alert(1)}{x}",
    r"\style{background:url(https://x.org)}{x}", r"\mathrm{</math><img src=x onerror=alert(1)>}", r"\operatorname{<x onload=a>}", r"\class{a}{b}",
    r"\color{red;x:url(a)}{y}", r"\begin{<b>}x\end{<b>}", r"\text{\unicode{x3c}script}", r"\mbox{<iframe srcdoc=x>}", r"\text{'\"><svg onload=x>}",
]
TAG = re.compile(r"<(/?)([a-zA-Z]+)((?:\s[^<>]*)?)>")


def tags(html: str) -> list[tuple[str, str]]:
    """(element, attributes) of everything that a browser would take for a tag."""
    found = [(name, rest) for _, name, rest in TAG.findall(html)]
    assert html.count("<") == len(found)
    return found


@pytest.mark.parametrize("latex", [*ATTACKS, "{" * 3000, r"\frac{", "x" * 3000, r"\left(" * 500])
def test_a_formula_is_mathematics_and_text(latex):
    for name, rest in tags(str(mathematics.mathml(latex))):
        assert name in mathematics._ELEMENTS | {"code"}
        assert not re.search(r"(?i)href|\bstyle=|class|on\w+=|src|url", rest)


@pytest.mark.parametrize("latex", ATTACKS)
def test_prose_and_its_translation_bring_no_elements(latex, monkeypatch):
    allowed = mathematics._ELEMENTS | {"code", "p", "h2", "a", "em", "strong", "ul", "li", "ol", "span", "div", "section"}
    monkeypatch.setattr(story, "_", lambda message, code, **values: f"${latex}$ <meta http-equiv=refresh> [a](javascript:x)")
    for source in (f"${latex}$", f"$$\n{latex}\n$$", f"## ${latex}$ <b>", f"- {latex}\n- [x](javascript:alert(1))"):
        written = str(story.Story("vi", "", "student", []).prose(source))
        assert {name for name, _ in tags(written)} <= allowed
        assert 'href="javascript' not in written


def test_addresses_of_pages_are_encoded():
    assert page.address("a b ü", "vi") == "a%20b%20%C3%BC.vi.html"


@pytest.mark.parametrize(("file", "own"), [("list-call-back.csv", True), ("control-2-call.xlsx", True), ("segments.csv", True),
                                           ("../list.csv", False), ("list/a.csv", False), ("-.csv", False), (".csv", False)])
def test_lists_of_departments_are_files_of_a_study_and_paths_are_not(file, own):
    state = {**GOOD, "pages": {}, "files": {file: "0" * 64}}
    assert build_state.is_state(state, "shop") == own
