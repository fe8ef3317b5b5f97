"""Notebooks are read as data: nothing in them runs before a build, and what cannot be read is told with its line."""

import json

import pytest

from segkit.report import notebook, study
from segkit.words.errors import StudyError

LINE = "a: int = 1  # how many"


@pytest.fixture
def made(tmp_path):
    def put(*cells, **metadata):
        code = [{"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": cell} for cell in cells]
        path = tmp_path / "own.ipynb"
        path.write_text(json.dumps({"cells": code, "metadata": metadata}, indent=1), encoding="utf-8")
        return path

    return put


@pytest.mark.parametrize("annotation", [
    "().__class__.__base__.__subclasses__()", "__import__('os').system('touch {0}')", "int if open('{0}', 'w') else str",
    "[open('{0}', 'w')][0]", "Literal[open('{0}', 'w')]", "Literal[()]", "list[int]", "Any", "int | 5", "int or str", "1 + 1", "lambda: 0",
])
def test_an_annotation_is_read_and_never_evaluated(made, tmp_path, annotation):
    victim = tmp_path / "victim"
    path = made(f"a: {annotation.replace('{0}', str(victim))} = 1  # how many")
    with pytest.raises(StudyError, match=r"own\.ipynb, parameters cell"):
        notebook.parameters(path)
    assert not victim.exists()


@pytest.mark.parametrize(("annotation", "good", "bad"), [
    ("int", 3, "3"), ("int | None", None, "3"), ("None | str", "a", 1), ("str | int | None", 4, 4.5), ("Literal['a', 'b']", "b", "c"),
    ("Literal['a'] | None", None, "b"), ("float", 2, "2"), ("dict", {}, []), ("list", [], {}), ("bool", True, 1),
])
def test_an_annotation_says_what_a_parameter_takes(annotation, good, bad):
    parameter = notebook.Parameter("x", annotation, None, "")
    assert parameter.faults(good, "here") == []
    assert parameter.faults(bad, "here") != []


@pytest.mark.parametrize("value", [10**4000, -(10**4000), 2**53 + 1])
def test_a_number_too_large_to_be_written_is_told(value):
    (fault,) = notebook.Parameter("seed", "int", 7, "").faults(value, "shop.yaml:4")
    assert "too large" in str(fault)
    assert len(str(fault)) < 200


CONFLICT = '{\n "cells": [\n<<<<<<< HEAD\n {}\n=======\n {}\n>>>>>>> other\n ]\n}'


@pytest.mark.parametrize(("content", "words"), [
    (CONFLICT, "own.ipynb:3: holds a merge conflict"), ('{\n "cells": [,\n', "own.ipynb:2: is not valid JSON"),
    ("", "own.ipynb:1: is not valid JSON"), ("[]", "the file holds no object"), ("{}", "`cells` or `metadata` is missing"),
    ('{"cells": [5], "metadata": {}}', "cell 1 is neither"), ('{"cells": [], "metadata": {}, "nbformat": 3}', "`nbformat` is 3"),
    ('{"cells": [{"cell_type": "code", "metadata": {}, "source": 5}], "metadata": {}}', "cell 1 has no source"),
    ('{"cells": [{"cell_type": "code", "metadata": {"tags": 5}, "source": ""}], "metadata": {}}', "cell 1 has metadata"),
    ('{"cells": [{"cell_type": "code", "metadata": {}, "source": "\\ud800"}], "metadata": {}}', "half a character"),
    ('{"cells": [], "metadata": {"segkit": []}}', "`segkit`"), ('{"cells": [], "metadata": {"segkit": {"files": "x"}}}', "`segkit`"),
    ("[" * 100_000, "cannot be read"), ("\xff".encode("latin-1"), "is not UTF-8 text"), (None, "cannot be read"),
])
def test_a_notebook_that_cannot_be_read_is_told(tmp_path, content, words):
    path = tmp_path / "own.ipynb"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(StudyError) as raised:
        notebook.parameters(path)
    assert words in str(raised.value)


@pytest.mark.parametrize("name", ["{0}/evil", "../elsewhere/evil", "{0}/evil.ipynb", "01-customers.ipynb", "./01-customers", "../notebooks/01-customers"])
def test_a_study_runs_no_notebook_from_elsewhere(tmp_path, name):
    (tmp_path / "evil.ipynb").write_text(json.dumps({"metadata": {}, "nbformat": 4, "nbformat_minor": 5, "cells": [
        {"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": LINE, "outputs": [], "execution_count": None}]}))
    path = tmp_path / "shop.yaml"
    path.write_text(f"notebook: {name.format(tmp_path)}\ntitle: T\n", encoding="utf-8")
    with pytest.raises(StudyError, match="there is no notebook"):
        study.load(path)


def test_texts_are_parsed_one_at_a_time(monkeypatch):
    """Python 3.11 raises SystemError, now and then, where two threads make syntax trees at once."""
    import time
    from concurrent.futures import ThreadPoolExecutor

    inside, most = [], []

    def slowly(code, mode):
        inside.append(code)
        most.append(len(inside))
        time.sleep(0.01)
        inside.remove(code)

    monkeypatch.setattr(notebook.ast, "parse", slowly)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(notebook.parsed, map(str, range(8))))
    assert most == [1] * 8
