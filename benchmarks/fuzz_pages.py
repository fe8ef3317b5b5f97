"""Odd and mangled purchases through every notebook that takes them: plain words or a whole page, and every row told.

    python benchmarks/fuzz_pages.py [builds] [seconds]     as many as there is time for; 450 by default
    python benchmarks/fuzz_pages.py only NUMBER            one of them, with its traceback

Each build has a small shop of its own with up to three oddities (one day, refunds only, columns and brands named like
the kit's, amounts of 1e300, …), written in one of eight formats, one in seven with changed bytes. It goes through a
study file, one in three through `segkit check`, and through a notebook to the pages in both languages. The notebook's
cells run in a process forked from one that has imported everything, as those of a build do, but without Jupyter's
messages, which take as long as the cells of so small a shop. Each build has its own seed: its number makes it again.

It passes as a whole page, on which the rows of the source are those used and those set aside and there are as many as
were written, or as a report of faults. All else is counted apart and printed: a traceback, a page that is not whole or
has warnings on it, lost rows, a refusal in the notebook of what `check` let pass (`late`), and what takes longer than
`LIMIT` seconds.
"""

from __future__ import annotations

import ast
import contextlib
import datetime as dt
import importlib
import io
import json
import os
import re
import resource
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from fuzz import FORMATS, mangled, write

NOTEBOOKS = ("01-customers", "02-segmentation", "03-target-market", "04-competitors", "06-lifecycle")
OURS = (
    "frequency",
    "stage",
    "segment",
    "brand_",
    "month",
    "monetary",
    "recency_days",
    "customer",
    "n_customers",
    "size",
    "index",
    "segkit_aside",
    "row",
    "count",
    "r",
    "f",
    "label",
    "n_occasions",
    "Date",
    "cents",
    "day",
    "first",
    "is_purchase",
)
WORDS = (
    "brand",
    "n_occasions",
    "Source",
    "Rows",
    "Data",
    "nan",
    "None",
    "<b>x</b>",
    "{name}",
    "%s",
    "Total",
    "0",
    "$a$",
    "all",
    "customer_id",
)
IDS = (
    "Nguyễn Văn Á",
    "😀",
    "שלום",
    "a,b",
    'say "x"',
    "line\nbreak",
    " blank ",
    "x" * 300,
    "=1+1",
    "*bold*",
    "0912 345 678",
    "an@example.vn",
    "-5",
    "1e5",
    "00012",
    "<script>alert(1)</script>",
    "{x}",
    "NULL",
)
LIMIT = 120
"""Seconds of processor time that a build may take."""
NOTHING = re.compile(r".{,80}<td[^>]*>\s*(nan|NaN|None|inf|-inf|&lt;NA&gt;)\s*</td>", re.DOTALL)
"""A cell of a table that says so in the words of a program."""
Shop = pd.DataFrame
Draw = np.random.Generator


def shop(draw: Draw) -> Shop:
    """Purchases of a small shop, most of whose customers come back."""
    n = int(draw.integers(20, 70))
    bought = draw.geometric(0.25, n).clip(1, 15)
    who = np.repeat(np.arange(n), bought)
    days = draw.integers(0, 400, len(who))
    return pd.DataFrame(
        {
            "customer_id": [f"K{i:03d}" for i in who],
            "date": [str(dt.date(2023, 6, 1) + dt.timedelta(int(d))) for d in days],
            "amount": draw.gamma(2, 15, len(who)).round(2),
            "brand": draw.choice(["Ala", "Bel", "Cer", "Dor"], len(who), p=[0.4, 0.3, 0.2, 0.1]),
        }
    )


def people(sales: Shop, draw: Draw) -> pd.DataFrame:
    """What is known of most customers of a shop."""
    ids = pd.unique(sales["customer_id"].dropna().astype(str))
    known = pd.DataFrame(
        {
            "customer_id": ids,
            "region": draw.choice(["north", "south", "west"], len(ids)),
            "age": draw.choice(["18-34", "35-54", "55+", None], len(ids)),
            "children": draw.integers(0, 4, len(ids)),
        }
    )
    return known[draw.random(len(known)) < draw.choice([0.5, 0.9, 1.0])] if len(known) > 1 else known


def _set(column: str, value: Callable[[Shop, Draw], Any], share: float = 1.0) -> Callable[[Shop, Draw], Shop]:
    """An oddity that sets a column, or a share of its rows."""

    def odd(sales: Shop, draw: Draw) -> Shop:
        made = sales.astype({column: object})
        rows = draw.random(len(made)) < share
        made.loc[rows, column] = np.asarray(pd.Series(value(sales, draw), index=made.index, dtype=object))[rows]
        return made

    return odd


def _named(sales: Shop, draw: Draw) -> Shop:
    names = draw.choice(OURS, 4, replace=False)
    return sales.assign(
        **{
            names[0]: draw.integers(0, 9, len(sales)),
            names[1]: draw.choice(["a", "b"], len(sales)),
            names[2]: draw.random(len(sales)),
            names[3]: None,
        }
    )


def _renamed(sales: Shop, draw: Draw) -> Shop:
    """A role's own name is that of another column of ours: the study says which is which."""
    return sales.rename(
        columns={
            "customer_id": draw.choice(["segment", "stage", "Date", "label"]),
            "amount": draw.choice(["monetary", "f", "n_customers"]),
        }
    )


def _refunders(sales: Shop, draw: Draw) -> Shop:
    more = pd.DataFrame(
        {
            "customer_id": [f"R{i}" for i in range(60)],
            "date": "2024-01-05",
            "amount": -draw.gamma(2, 10, 60).round(2),
            "brand": "Ala",
        }
    )
    return pd.concat([sales, more], ignore_index=True)


def _returned(sales: Shop, draw: Draw) -> Shop:
    back = sales.sample(frac=0.5, random_state=int(draw.integers(99)))
    return pd.concat(
        [sales, back.assign(amount=[-a if isinstance(a, int | float) else a for a in back["amount"]])],
        ignore_index=True,
    )


def _wide(sales: Shop, draw: Draw) -> Shop:
    return pd.concat(
        [sales, pd.DataFrame(draw.random((len(sales), 60)), index=sales.index).add_prefix("extra")], axis=1
    )


def _totals(sales: Shop, draw: Draw) -> Shop:
    rows = [
        {"customer_id": w, "date": draw.choice(["2024-01-01", ""]), "amount": 999.0}
        for w in ("Total", "K001 Total", "Grand total", "Subtotal")
    ]
    return pd.concat([sales, pd.DataFrame(rows[: int(draw.integers(1, 5))])], ignore_index=True)


ODDITIES: dict[str, Callable[[Shop, Draw], Shop]] = {
    "none": lambda s, d: s,
    "one day": _set("date", lambda s, d: "2024-02-29"),
    "two days": _set("date", lambda s, d: d.choice(["2024-02-28", "2024-02-29"], len(s))),
    "one customer": _set("customer_id", lambda s, d: "K1"),
    "two customers": _set("customer_id", lambda s, d: d.choice(["K1", "K2"], len(s))),
    "one row": lambda s, d: s.head(1),
    "three rows": lambda s, d: s.head(3),
    "no rows": lambda s, d: s.head(0),
    "refunds only": lambda s, d: s.assign(amount=-pd.to_numeric(s["amount"], errors="coerce").abs()),
    "refunders beside buyers": _refunders,
    "half sent back": _returned,
    "more back than spent": _set("amount", lambda s, d: -80.0, 0.5),
    "equal amounts": _set("amount", lambda s, d: 9.99),
    "amounts of 0": _set("amount", lambda s, d: 0),
    "some of 0": _set("amount", lambda s, d: 0.0, 0.4),
    "heavy tail": _set("amount", lambda s, d: (d.pareto(0.4, len(s)) + 0.01).clip(0, 1e12).round(2)),
    "1e300": _set("amount", lambda s, d: 1e300, 0.05),
    "-1e300": _set("amount", lambda s, d: -1e300, 0.05),
    "1e15 each": _set("amount", lambda s, d: 1e15),
    "1e-9 each": _set("amount", lambda s, d: 1e-9),
    "infinite": _set("amount", lambda s, d: float("inf"), 0.05),
    "yes and no": _set("amount", lambda s, d: d.choice(["yes", "no", "True"], len(s))),
    "some True": _set("amount", lambda s, d: "True", 0.1),
    "currency signs": _set("amount", lambda s, d: [f"${a}" for a in s["amount"]]),
    "accounts": _set("amount", lambda s, d: "(12.50)", 0.3),
    "decimal commas": _set("amount", lambda s, d: [str(a).replace(".", ",") for a in s["amount"]]),
    "dashes": _set("amount", lambda s, d: "–", 0.1),
    "odd ids": _set("customer_id", lambda s, d: d.choice(IDS, len(s)), 0.7),
    "numbers as ids": _set("customer_id", lambda s, d: [int(str(c)[-3:], 36) for c in s["customer_id"]]),
    "floats as ids": _set("customer_id", lambda s, d: [float(int(str(c)[-3:], 36)) for c in s["customer_id"]]),
    "large ids": _set("customer_id", lambda s, d: [2**62 + int(str(c)[-3:], 36) for c in s["customer_id"]]),
    "phones as ids": _set("customer_id", lambda s, d: [f"09{int(str(c)[-3:], 36):08d}" for c in s["customer_id"]]),
    "damaged ids": _set("customer_id", lambda s, d: "8.49E+11", 0.2),
    "no id": _set("customer_id", lambda s, d: None, 0.2),
    "yes as id": _set("customer_id", lambda s, d: d.choice([True, False], len(s))),
    "missing everywhere": lambda s, d: s.astype(object).mask(d.random(s.shape) < 0.15, None),
    "blanks everywhere": lambda s, d: s.astype(object).mask(d.random(s.shape) < 0.1, "  "),
    "empty columns": lambda s, d: s.assign(empty=None, **{"": None}),
    "all rows twice": lambda s, d: pd.concat([s, s], ignore_index=True),
    "one row many times": lambda s, d: pd.concat([s, *[s.head(1)] * 80], ignore_index=True),
    "named like ours": _named,
    "roles named like ours": _renamed,
    "brands named like ours": _set("brand", lambda s, d: d.choice(WORDS, len(s))),
    "one brand": _set("brand", lambda s, d: "Only"),
    "many brands": _set("brand", lambda s, d: [f"brand {i}" for i in d.integers(0, 90, len(s))]),
    "a brand each": _set("brand", lambda s, d: [f"own {c}" for c in s["customer_id"]]),
    "spellings": _set("brand", lambda s, d: d.choice(["Ala", "ala", "ALA", "Ala "], len(s))),
    "no brand": _set("brand", lambda s, d: None, 0.3),
    "centuries": _set("date", lambda s, d: d.choice(["1951-01-01", "2099-12-31"], len(s)), 0.3),
    "outside the calendar": _set(
        "date", lambda s, d: d.choice(["0001-01-01", "9999-12-31", "1900-01-00"], len(s)), 0.1
    ),
    "30 years": _set(
        "date", lambda s, d: [str(dt.date(1994, 1, 1) + dt.timedelta(int(x))) for x in d.integers(0, 11000, len(s))]
    ),
    "times": _set("date", lambda s, d: [f"{x}T{d.integers(24):02d}:{d.integers(60):02d}:00" for x in s["date"]]),
    "zones": _set("date", lambda s, d: [f"{x}T23:30:00+07:00" for x in s["date"]]),
    "days in words": _set("date", lambda s, d: "5-Jan-24", 0.5),
    "either order": _set("date", lambda s, d: "03/04/2024", 0.5),
    "serial days": _set("date", lambda s, d: 45000, 0.2),
    "all once": lambda s, d: s.drop_duplicates("customer_id"),
    "daily": lambda s, d: pd.DataFrame(
        {
            "customer_id": np.repeat(["K1", "K2", "K3"], 200),
            "date": np.tile([str(dt.date(2024, 1, 1) + dt.timedelta(i)) for i in range(200)], 3),
            "amount": 5.0,
            "brand": "Ala",
        }
    ),
    "backwards": lambda s, d: s.iloc[::-1],
    "totals": _totals,
    "wide": _wide,
    "capitals": lambda s, d: s.rename(columns=str.upper),
}


def study(number: int, folder: Path) -> tuple[Path, str, int | None]:
    """The study file of a build and its data; what they are, and the rows written (None where bytes were changed)."""
    draw = np.random.default_rng(number)
    notebook, kind = NOTEBOOKS[number % len(NOTEBOOKS)], FORMATS[number // len(NOTEBOOKS) % len(FORMATS)]
    sales, told = shop(draw), []
    known = people(sales, draw)
    for name in draw.choice(list(ODDITIES), int(draw.choice([1, 1, 1, 2, 3])), replace=False):
        with contextlib.suppress(ValueError, KeyError, TypeError, IndexError):  # two oddities may not go together
            sales = ODDITIES[name](sales, draw)
            told.append(name)
    names = dict(zip(["customer_id", "date", "amount", "brand"], sales.columns[:4], strict=False))
    if "customer_id" in sales and draw.random() < 0.5:
        known = people(sales, draw)
    path = folder / f"shop-{number}.{kind}"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            write(sales, path)
    except Exception:  # a shop that this format cannot hold
        path = path.with_suffix(".csv")
        write(sales, path)
    rows: int | None = len(sales)
    if draw.random() < 0.15:
        path.write_bytes(mangled(path.read_bytes(), draw))
        rows = None
        told.append("mangled")
    parameters: dict[str, Any] = {
        "data": str(path) + ("#sales" if path.suffix in (".sqlite", ".duckdb") else ""),
        "columns": {r: c for r, c in names.items() if (r != "brand" or notebook == "04-competitors")},
        "currency": str(draw.choice(["USD", "VND", ""])),
    }
    if draw.random() < 0.8:
        parameters["rows"] = {
            "no_customer": "set_aside",
            "duplicates": str(draw.choice(["keep", "set_aside"])),
            "returns": str(draw.choice(["keep", "set_aside"])),
            "after_as_of": "set_aside",
        }
    if draw.random() < 0.2:
        parameters["as_of"] = "2024-01-31"
    if draw.random() < 0.15:
        parameters["read"] = {"dates": str(draw.choice(["day-first", "month-first", "year-first"]))}
    if notebook != "06-lifecycle":
        parameters |= {"customer_data": "", "customer_columns": {}}
        if notebook == "03-target-market" or draw.random() < 0.6:
            known.rename(columns={"children": str(draw.choice(OURS))} if draw.random() < 0.3 else {}).to_csv(
                folder / f"people-{number}.csv", index=False
            )
            parameters["customer_data"] = str(folder / f"people-{number}.csv")
    if notebook == "02-segmentation":
        parameters["k_values"] = [2, 3]
    if notebook == "03-target-market":
        ready = [
            {"model": "demographic", "by": "region"},
            {"template": "rfm"},
            {"template": "behavioural"},
            {"model": "demographic", "by": "age"},
        ]
        parameters |= {
            "rules": ready[int(draw.choice(4))],
            "contacts_data": "",
            "responses_data": "",
            "income": "",
            "criteria": [
                {"column": "customer_share", "weight": 1, "better": "higher"},
                {"column": "monetary", "weight": 1, "better": "higher"},
            ],
            "evidence": {},
        }
    if notebook == "04-competitors":
        parameters["groups"] = str(draw.choice(["age", "region"])) if parameters["customer_data"] else ""
    file = folder / f"study-{number}.yaml"
    file.write_text(
        yaml.safe_dump(
            {
                "notebook": notebook,
                "title": "A shop",
                "languages": ["en", "vi"],
                "parameters": parameters,
                "audience": "researcher",
            },
            allow_unicode=True,
        ),
        encoding="utf-8",
    )
    return file, f"{notebook}, {path.suffix[1:]}, {' + '.join(told)}", rows


def executed(made: Any) -> dict[str, Any]:
    """The notebook of a study with its outputs, cell by cell as a kernel runs it."""
    from segkit.report import notebook

    content = notebook.read(made.notebook)
    space: dict[str, Any] = {"__name__": "__main__"}
    for cell in content["cells"]:
        cell["source"] = "".join(cell["source"])
        if cell["cell_type"] != "code":
            continue
        body = ast.parse(cell["source"]).body
        last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
        exec(compile(ast.Module(body, []), "<cell>", "exec"), space)
        shown = eval(compile(ast.Expression(last.value), "<cell>", "eval"), space) if last else None
        if "parameters" in cell["metadata"].get("tags", []):
            space |= made.parameters
        if shown is not None:
            data = shown._repr_mimebundle_() if hasattr(shown, "_repr_mimebundle_") else {"text/plain": repr(shown)}
            cell["outputs"] = [{"output_type": "execute_result", "data": json.loads(json.dumps(data)), "metadata": {}}]
    return content


def build(number: int, folder: Path) -> tuple[str, str]:
    """What became of a build, and more of it where it is no good."""
    import nbformat

    from segkit.report import packages, page, preflight, runner
    from segkit.report import people as privacy
    from segkit.report import study as studies
    from segkit.report.story import payloads
    from segkit.words.errors import SegkitError

    file, about, rows = study(number, folder)
    passed = False
    try:
        made = studies.load(str(file))
        if number % 3 == 0:
            if faults := preflight.examine(str(file)).faults:
                return "refused", f"{about}: " + "\n".join(map(str, faults))
            passed = True
        noise = io.StringIO()
        with warnings.catch_warnings(), contextlib.redirect_stderr(noise):
            warnings.resetwarnings()  # as Python's own: those meant for developers are not shown
            for ignored in (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning):
                warnings.simplefilter("ignore", ignored)
            warnings.showwarning = lambda message, kind, file, line, *_: noise.write(
                f"{kind.__name__}: {message}, {file}:{line}\n"
            )
            done = nbformat.from_dict(executed(made))
        done = privacy.guarded(runner._told(made, done))
        told = page.Provenance("x", packages.versions(made.notebook, done))
        pages = {code: page.write(made, done, code, told) for code in made.languages}
    except SegkitError as error:
        return ("late" if passed else "refused"), f"{about}: {error}"
    except BaseException as error:
        return (
            "TRACEBACK",
            f"{about}: {type(error).__name__}: {str(error)[:200]}\n"
            + "".join(traceback.format_exc().splitlines(True)[-5:]),
        )
    for code, text in pages.items():
        found = None
        if not text.rstrip().endswith("</html>") or "Traceback (most recent" in text or (found := NOTHING.search(text)):
            return "NOT WHOLE", f"{about}: {code} {found[0] if found else ''}"
    source = next(p for p in payloads(done) if p["kind"] == "source")
    if source["n_rows"] != source["n_used"] + sum(source["set_aside"].values()) or rows not in (None, source["n_rows"]):
        return (
            "ROWS LOST",
            f"{about}: {rows} written, {source['n_rows']} told, {source['n_used']} used, {source['set_aside']}",
        )
    if noise.getvalue():
        return "page, with warnings", f"{about}: {noise.getvalue()[:300]}"
    return "page", ""


def forked(number: int, folder: Path) -> tuple[str, str]:
    """`build` in a process of its own."""
    out, into = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(out)
        os.setsid()
        resource.setrlimit(resource.RLIMIT_CPU, (LIMIT, LIMIT + 5))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        try:
            answer = build(number, folder)
        except BaseException:
            answer = "BROKEN FUZZ", traceback.format_exc()
        with os.fdopen(into, "w") as file:
            json.dump(answer, file)
        os._exit(0)
    os.close(into)
    with os.fdopen(out) as file:
        text = file.read()
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if text:
        return tuple(json.loads(text))
    return ("HANGS" if code == -signal.SIGXCPU else "DIED"), f"{study(number, folder)[1]}: exit code {code}"


def fuzz(numbers: Any, folder: Path, seconds: float = float("inf")) -> Counter[str]:
    """What became of builds, by kind; the bad ones are printed."""
    told: Counter[str] = Counter()
    until = time.monotonic() + seconds
    for number in numbers:
        if time.monotonic() > until:
            break
        what, more = forked(number, folder)
        told[what] += 1
        if what not in ("page", "refused") or os.environ.get("FUZZ_ALL"):
            print(f"build {number}: {what}: {more.strip()}", flush=True)
        for left in folder.glob(f"*-{number}.*"):
            left.unlink()
    return told


def prepare() -> None:
    """Import what builds need, with the variables and threads of a kernel."""
    from segkit.data.readers.place import THREADS
    from segkit.report import runner, warm

    os.environ.update(runner.environment())
    os.environ.setdefault(THREADS, "1")
    warm._end_with_builder = lambda: None  # nobody holds the other end of an input here
    warm.preload()
    importlib.import_module("nbformat")
    for name in (
        "report.preflight",
        "report.page",
        "report.runner",
        *(f"segmentation.kernel.{n}" for n in ("bootstrap", "em", "lloyd", "medians", "seeding")),
    ):
        importlib.import_module(f"segkit.{name}")


def main() -> None:
    """Build what the command line asks for, and sum up."""
    prepare()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if sys.argv[1:2] == ["only"]:
            print(*study(int(sys.argv[2]), folder), build(int(sys.argv[2]), folder), sep="\n")
            return
        n = int(sys.argv[1]) if len(sys.argv) > 1 else 450
        began = time.monotonic()
        told = fuzz(range(n), folder, float(sys.argv[2]) if len(sys.argv) > 2 else float("inf"))
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        print(
            f"{sum(told.values())} builds in {time.monotonic() - began:.0f} s, "
            f"{used.ru_utime + used.ru_stime:.0f} s of processor time: "
            + ", ".join(f"{k} {v}" for k, v in sorted(told.items()))
        )


if __name__ == "__main__":
    main()
