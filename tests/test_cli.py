"""The command line: a marketer's own file becomes a page; faults are told in plain words with exit code 2."""

import os
import unicodedata

import pytest

VIETNAMESE = """\
mã khách;ngày;số tiền
K01;15/01/2024;150.000
K02;20/01/2024;90.500
K03;31/01/2024;1.250.000
K01;14/02/2024;200.000
K02;28/02/2024;75.000
K04;29/02/2024;310.000
K01;13/03/2024;180.000
K05;16/03/2024;45.000
K03;25/03/2024;2.100.000
K01;18/04/2024;99.000
K06;30/04/2024;500.000
"""
GOOD = "customer_id,date,amount\na,2024-01-05,10\na,2024-02-07,20\nb,2024-01-09,5\nc,2024-03-01,8\n"
STUDY = """\
notebook: 01-customers
title: Shop
parameters:
  data: {data}
  columns: {{}}
  customer_data: ""
"""

BAD_FILES = {
    "missing-column": ("customer_id,day,amount\na,2024-01-05,10\nb,2024-01-06,1\n", ["'date'", "missing", "day"]),
    "empty-file": ("", ["empty"]),
    "header-only": ("customer_id,date,amount\n", ["no rows"]),
    "text-amount": (GOOD + "d,2024-03-02,ten\n", ["'amount'", "not a number", "'ten'", "rows 6"]),
    "ambiguous-dates": ("customer_id,date,amount\na,03/04/2024,10\nb,05/06/2024,5\n", ["day/month", "dates: day-first"]),
    "mixed-dates": ("customer_id,date,amount\na,25/04/2024,10\nb,05/26/2024,5\n", ["mixes", "'date'"]),
    "one-customer": ("customer_id,date,amount\na,2024-01-05,10\na,2024-02-05,5\n", ["1 distinct value", "at least 2"]),
    "no-customer": ("customer_id,date,amount\n,2024-01-05,10\nb,2024-02-05,5\n", ["'customer_id'", "no value", "rows 2"]),
}


@pytest.fixture(scope="module")
def refused(project):
    """One build of many studies that are all at fault."""
    good = project.path / "good.csv"
    good.write_text(GOOD, encoding="utf-8")
    for name, (text, _) in BAD_FILES.items():
        (project.path / f"{name}.csv").write_text(text, encoding="utf-8")
        project.study(f"bad-{name}", STUDY.format(data=f"{name}.csv"))
    project.study("bad-no-file", STUDY.format(data="nowhere.csv"))
    project.study("bad-as-of", STUDY.format(data="good.csv") + "  as_of: 2024-02-28\n")
    project.study("bad-notebook", STUDY.format(data="good.csv").replace("01-customers", "01-customer"))
    project.study("bad-name", STUDY.format(data="good.csv") + "  curency: VND\n")
    project.study("bad-type", STUDY.format(data="good.csv") + "  top_share: much\n")
    project.study("bad-key", "titel: x\n" + STUDY.format(data="good.csv"))
    names = sorted(p.stem for p in (project.path / "reports").glob("bad-*.yaml"))
    return project, project.segkit("build", *names)


def report_of(told, name: str) -> str:
    part = told.stderr.split(f"\n{name} was not built", 1)
    assert len(part) == 2, told.stderr
    return part[1].split(" was not built", 1)[0]


EXPECTED = {f"bad-{name}": words for name, (_, words) in BAD_FILES.items()} | {
    "bad-no-file": ["nowhere.csv", "no such file", "good.csv"], "bad-as-of": ["after `as_of` 2024-02-28", "rows 5"],
    "bad-notebook": ["bad-notebook.yaml:1", "01-customer", "did you mean `01-customers`"],
    "bad-name": ["bad-name.yaml:7", "curency", "did you mean `currency`"],
    "bad-type": ["bad-type.yaml:7", "top_share", "'much'", "float"], "bad-key": ["bad-key.yaml:1", "titel", "`title`"],
}


@pytest.mark.parametrize("name", EXPECTED)
def test_fault_is_told_in_plain_words(refused, name):
    project, told = refused
    report = report_of(told, name)
    for words in EXPECTED[name]:
        assert words in report
    assert not (project.pages / f"{name}.en.html").exists()


def test_faults_end_with_code_2_and_no_traceback(refused):
    _, told = refused
    assert told.returncode == 2
    assert "Traceback" not in told.stderr + told.stdout
    assert f"{len(EXPECTED)} failed" in told.stdout


def test_check_tells_the_same_without_running(refused):
    project, _ = refused
    told = project.segkit("check", "bad-text-amount", "bad-name")
    assert told.returncode == 2
    assert "rows 6" in told.stderr
    assert "currency" in told.stderr


def test_former_page_stays_when_the_data_break(project):
    path = project.path / "breaks.csv"
    path.write_text(GOOD, encoding="utf-8")
    project.study("breaks", STUDY.format(data="breaks.csv"))
    assert project.segkit("build", "breaks").returncode == 0
    page = project.pages / "breaks.en.html"
    before = page.read_bytes()
    path.write_text(GOOD + "d,2024-03-02,ten\n", encoding="utf-8")
    assert project.segkit("build", "breaks").returncode == 2
    assert page.read_bytes() == before


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1258"])
def test_vietnamese_file_becomes_a_study(project, encoding):
    text = VIETNAMESE
    if encoding == "cp1258":
        text = "".join(unicodedata.normalize("NFC", c[0]) + c[1] for c in map(split_tone, text))
    name = f"cua-hang-{encoding}"
    (project.path / f"{name}.csv").write_bytes(text.encode(encoding))
    told = project.segkit("new", name, "--notebook", "01-customers", "--data", f"{name}.csv")
    assert told.returncode == 0, told.stdout + told.stderr
    for role, column in (("customer_id", "mã khách"), ("date", "ngày"), ("amount", "số tiền")):
        assert f"{role:12} = {column}" in told.stdout
    assert project.segkit("check", name).returncode == 0


def split_tone(character: str) -> tuple[str, str]:
    """A letter and its tone mark apart, as Windows-1258 holds them."""
    parts = unicodedata.normalize("NFD", character)
    tones = "".join(c for c in parts if c in "\u0300\u0301\u0303\u0309\u0323")
    return "".join(c for c in parts if c not in tones), tones


def test_vietnamese_study_gives_a_page(project):
    (project.path / "khach.csv").write_text(VIETNAMESE, encoding="utf-8")
    assert project.segkit("new", "khach", "--data", "khach.csv").returncode == 0
    told = project.segkit("build", "khach")
    assert told.returncode == 0, told.stderr
    page = (project.pages / "khach.vi.html").read_text(encoding="utf-8")
    assert "4.999.500" in page  # the sum of the file


def test_new_refuses_what_it_cannot_use(project):
    (project.path / "odd.csv").write_text("x,y\n1,2\n3,4\n", encoding="utf-8")
    told = project.segkit("new", "odd", "--data", "odd.csv", "--notebook", "01-customers")
    assert told.returncode == 0
    assert "could not be told" in told.stdout
    assert "then: make report S=odd" in told.stdout
    (project.path / "reports" / "odd.yaml").unlink()
    assert "07-survey (no column of a day and an amount" in project.segkit("new", "odd", "--data", "odd.csv").stdout
    (project.path / "reports" / "odd.yaml").unlink()
    told = project.segkit("new", "../evil", "--data", "odd.csv")
    assert told.returncode == 2
    assert "letters, digits" in told.stderr
    assert not (project.path / "evil.yaml").exists()


def test_unknown_study_names_the_nearest(project):
    told = project.segkit("build", "coca-colla")
    assert told.returncode == 2
    assert "did you mean `coca-cola`" in told.stderr


@pytest.mark.parametrize("command", [[], ["new"], ["check"], ["build"], ["run"], ["open"]])
def test_every_command_has_help(project, command):
    told = project.segkit(*command, "--help")
    assert told.returncode == 0
    assert len(told.stdout) > 100


@pytest.fixture(scope="module")
def own(project):
    """Studies that `segkit new` wrote for a marketer's own files, built without another edit than it asks for."""
    rows = [(100 + c, f"2024-{m:02d}-{c + 3:02d}", 10 * c + m, "ABC"[(c + m) % 3]) for c in range(1, 13)
            for m in range(1, 9) if (c + m) % (2 + c % 3)]
    lines = "\n".join(",".join(map(str, row)) for row in rows)
    (project.path / "own.csv").write_text(f"customer,day,total,brand\n{lines}\n", encoding="utf-8")
    people = "\n".join(f"{100 + c},Name {c},09{c:08d},{'young' if c % 2 else 'old'}" for c in range(1, 13))
    (project.path / "own-people.csv").write_text(f"customer,name,phone,age\n{people}\n", encoding="utf-8")
    names = []
    for notebook in ("01-customers", "02-segmentation", "03-target-market", "04-competitors"):
        name = f"own-{notebook}"
        assert project.segkit("new", name, "--notebook", notebook, "--data", "own.csv").returncode == 0
        path = project.path / "reports" / f"{name}.yaml"
        text = path.read_text(encoding="utf-8")
        with_people = text.replace("  # customers: {data: …, columns: {customer_id: …}}",
                                   "  customers: {data: own-people.csv, columns: {customer_id: customer}}")
        with_people = with_people.replace('groups: ""', "groups: age")
        rules = "  rules: {model: demographic, by: age}\n" if notebook.startswith("03") else ""
        project.study(f"{name}-people", with_people + rules)
        names += [f"{name}-people"] if rules else [name, f"{name}-people"]
    return project, names, project.segkit("build", *names)


def test_every_template_runs_on_own_files(own):
    project, names, told = own
    assert told.returncode == 0, told.stderr
    for name in names:
        assert (project.pages / f"{name}.vi.html").stat().st_size > 10_000


def test_names_and_phone_numbers_do_not_reach_a_page(own):
    project, names, _ = own
    for name in names:
        page = (project.pages / f"{name}.en.html").read_text(encoding="utf-8")
        assert "Name 1" not in page
        assert "0900000001" not in page


def test_what_a_report_needs_is_said_in_plain_words(own):
    project, _, _ = own
    told = project.segkit("build", "own-03-target-market")
    assert told.returncode == 2
    assert "`data` of `customers`: is empty" in told.stderr


def test_check_passes_on_every_bundled_study(project):
    told = project.segkit("check", "coca-cola", "pepsi", "grocery-customers", "soft-drink-makers")
    assert told.returncode == 0, told.stderr


def test_interrupted_build_stops_at_once_and_the_next_goes_on(project):
    import signal
    import subprocess
    import sys
    import time

    names = ["coca-cola", "pepsi", "grocery-customers", "grocery-target-market", "cdnow-customers", "soft-drink-makers"]
    running = subprocess.Popen([sys.executable, "-m", "segkit.cli", "build", "--force", *names], cwd=project.path,
                               env={**os.environ, "PYTHONPATH": str(project.path)}, stderr=subprocess.PIPE, text=True,
                               # a background job is born deaf to the signal
                               preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    time.sleep(4)
    began = time.monotonic()
    running.send_signal(signal.SIGINT)
    said = running.communicate(timeout=30)[1]
    assert running.returncode == 130
    assert time.monotonic() - began < 5
    assert "the next build goes on" in said
    assert "Traceback" not in said
    assert project.segkit("build", "coca-cola").returncode == 0
