"""What strangers may hand over, and machines that fail: nothing but plain words may come back.

    python benchmarks/hostile.py                  three fuzzes with fixed seeds, and 20 kills
    python benchmarks/hostile.py studies 185      one of studies, files, notebooks, kills; how many

Each input is mutated from a good one by a seeded generator. It passes when it is taken, or refused with a readable
report; anything else that is raised is a traceback, and what takes longer than 10 s of processor time hangs. A kill
ends a process of a build, its own or a child's, at a random moment; then a second build follows.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from segkit.data import tables
from segkit.data.readers import sandbox
from segkit.report import notebook, preflight, runner, study
from segkit.words.errors import Fault, SegkitError

LIMIT = 10
"""Seconds of processor time after which something hangs; or nine times as many by the clock of a busy machine."""
ODD = [
    "\x1b[2J\x1b]0;owned\x07",
    "\ud800",
    "\u202eevil",
    "\x00",
    "a" * 5000,
    "../../etc/passwd",
    "/etc/passwd",
    "javascript:alert(1)",
    "",
    "<script>alert(1)</script>",
    "{{7*7}}",
    "{x.__class__}",
    "%s%n",
    "'; DROP TABLE x; --",
    "=cmd()",
    "-1",
    "NaN",
    "1e999",
    "0x10",
    "ｆｕｌｌ",
    "\n\n",
    "postgres://[::1/db",
    "postgres://u:p w@h/d",
    "postgres://h:99999/d",
    "https://x.org/a.csv",
    "/**/*.parquet",
    "~",
    "*",
    "null",
    "spark:",
    "sqlite:",
    "duckdb://",
    "con",
    "a#b#c",
    "#",
    "file:///etc/passwd",
    "md:x?motherduck_token=abc",
]
STUDY = {
    "notebook": "01-customers",
    "title": {"en": "T", "vi": "T"},
    "languages": ["en", "vi"],
    "audience": "student",
    "parameters": {
        "data": "good.csv",
        "columns": {"customer_id": "id", "date": "day", "amount": "paid"},
        "customer_data": "",
        "customer_columns": {},
        "sources": {},
        "descriptors": [],
        "as_of": None,
        "top_share": 0.2,
        "currency": "USD",
        "read": {},
        "rows": {},
    },
}
ENDLESS = (
    "CREATE VIEW v AS WITH RECURSIVE t(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM t) "
    "SELECT id, id AS day, id AS paid FROM t"
)
READS = "CREATE VIEW v AS SELECT content AS id, '2024-01-01' AS day, 1 AS paid FROM read_text('/etc/hostname')"
LONG = (
    "CREATE VIEW v AS SELECT sum(a * b) AS id, 1 AS day, 1 AS paid FROM range(9999999999) x(a), range(999999999) y(b)"
)
TABLE = "CREATE TABLE t AS SELECT 'k' AS id, DATE '2024-01-01' AS day, 1.5 AS paid"
SALES = "id,day,paid\n" + "".join(f"k{i % 7},2024-0{1 + i % 6}-1{i % 9},{10 + i}.5\n" for i in range(60))


@contextmanager
def limit(seconds: float) -> Iterator[None]:
    """A block that must end in time."""

    def late(*_: object) -> None:
        raise TimeoutError

    timers = ((signal.ITIMER_PROF, signal.SIGPROF, seconds), (signal.ITIMER_REAL, signal.SIGALRM, 9 * seconds))
    before = [signal.signal(number, late) for _, number, _ in timers]
    for timer, _, length in timers:
        signal.setitimer(timer, length)
    try:
        yield
    finally:
        for (timer, number, _), kept in zip(timers, before, strict=True):
            signal.setitimer(timer, 0)
            signal.signal(number, kept)


def outcome(do: Callable[[], Any]) -> str:
    """taken, refused, hangs, or the traceback."""
    try:
        with limit(LIMIT):
            told = do()
    except SegkitError as error:
        told = error.faults
    except TimeoutError:
        return "hangs"
    except RecursionError:
        return "traceback: RecursionError"
    except BaseException as error:
        return f"traceback: {type(error).__name__}: {str(error)[:150]!r}"
    text = "\n".join(map(str, told or []))
    if re.search("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]", text):
        return "traceback: prints a control character"
    return "refused" if text else "taken"


def value(random: random.Random) -> Any:
    """Something that a study, or a notebook's JSON, should not hold where it stands."""
    return random.choice(
        [
            None,
            True,
            -1,
            0,
            10**4000,
            2**63,
            1.5,
            float("nan"),
            float("inf"),
            [],
            {},
            [[]],
            {"a": 5},
            {"a": {"read": 5}},
            {"a": {"data": None}},
            {"": ""},
            {5: 5},
            ["x", 5],
            *random.sample(ODD, 12),
        ]
    )


def mutated(content: Any, random: random.Random, changes: int = 1) -> Any:
    """JSON with parts replaced, removed, renamed or doubled."""
    content = json.loads(json.dumps(content))
    for _ in range(changes):
        part = content
        while True:
            keys = list(part) if isinstance(part, dict) else list(range(len(part)))
            if not keys:
                break
            key = random.choice(keys)
            if isinstance(part[key], dict | list) and part[key] and random.random() < 0.75:
                part = part[key]
                continue
            what = random.random()
            if what < 0.65:
                part[key] = value(random)
            elif what < 0.8 or isinstance(part, list):
                del part[key]
            else:
                part[random.choice(ODD)] = part.pop(key)
            break
    return content


def as_yaml(content: Any) -> str:
    """JSON is YAML, with what JSON cannot write as YAML writes it."""
    sys.set_int_max_str_digits(0)
    try:
        text = json.dumps({str(k): v for k, v in content.items()} if isinstance(content, dict) else content)
    finally:
        sys.set_int_max_str_digits(4300)
    return text.replace("NaN", ".nan").replace("Infinity", ".inf")


def studies(folder: Path, n: int, seed: int = 15) -> Counter[str]:
    """Mutated study files, examined as `segkit check` does."""
    draw, told = random.Random(seed), Counter()
    (folder / "good.csv").write_text(SALES, encoding="utf-8")
    good = json.loads(json.dumps(STUDY).replace("good.csv", str(folder / "good.csv")))
    for i in range(n):
        text = as_yaml(mutated(good, draw, draw.choice([1, 1, 2, 3])))
        if draw.random() < 0.15:
            cut = draw.randrange(len(text))
            text = (
                text[:cut]
                + draw.choice(["\x00", "\t", "&a", "*a", "!!python/object:x {}", "<<<<<<< HEAD\n", ": ", "'"])
                + text[cut:]
            )
        path = folder / f"shop-{i}.yaml"
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        told[tally("studies", i, outcome(lambda path=path: preflight.examine(str(path)).faults))] += 1
    return told


def files(folder: Path, n: int, seed: int = 16) -> Counter[str]:
    """Mutated data files of every kind, held against the contract of purchases."""
    draw, told = random.Random(seed), Counter()
    frame = pd.DataFrame([line.split(",") for line in SALES.splitlines()[1:]], columns=["id", "day", "paid"])
    kinds = ["csv", "tsv", "json", "jsonl", "parquet", "xlsx", "sqlite", "duckdb", "sav"]
    for i in range(n):
        kind = kinds[i % len(kinds)]
        path = folder / f"data-{i}.{kind}"
        rows = frame.copy()
        odd = [o for o in ODD if "\ud800" not in o and (kind in ("csv", "tsv", "jsonl", "json") or o.isprintable())]
        for _ in range(draw.choice([0, 1, 3])):
            rows.iloc[draw.randrange(len(rows)), draw.randrange(3)] = draw.choice(odd)
        if draw.random() < 0.4:
            rows = rows.rename(columns={draw.choice(list(rows)): draw.choice(odd)})
        write(rows, path, kind, draw)
        content = path.read_bytes()
        if draw.random() < 0.5 and len(content) > 20:
            at = draw.randrange(len(content))
            content = draw.choice(
                [
                    content[:at],
                    content[:at] + draw.randbytes(9) + content[at + 9 :],
                    content[:at] + content[at // 2 :],
                    b"",
                ]
            )
            path.write_bytes(content)
        columns = {"customer_id": "id", "date": "day", "amount": "paid"}
        told[tally("files", i, outcome(lambda p=path, c=columns: tables.check(str(p), "transactions", c)), kind)] += 1
    return told


def write(rows: pd.DataFrame, path: Path, kind: str, draw: random.Random) -> None:
    """A file of a kind, with a view that reaches out or does not end in some databases."""
    if kind in ("csv", "tsv"):
        rows.to_csv(path, index=False, sep="\t" if kind == "tsv" else ",")
    elif kind in ("json", "jsonl"):
        path.write_text("\n".join(json.dumps(r, ensure_ascii=False) for r in rows.to_dict("records")), encoding="utf-8")
    elif kind == "parquet":
        rows.to_parquet(path)
    elif kind == "xlsx":
        rows.to_excel(path, index=False)
    elif kind == "sav":
        path.write_bytes(b"$FL2@(#) SPSS DATA FILE" + draw.randbytes(400))
    elif kind == "sqlite":
        with sqlite3.connect(path) as made:
            if draw.random() < 0.5:
                made.execute(ENDLESS)
            else:
                made.execute("CREATE TABLE t (id, day, paid)")
                made.executemany("INSERT INTO t VALUES (?, ?, ?)", rows.to_numpy().tolist())
        made.close()
    else:
        with duckdb.connect(str(path)) as made:
            made.execute(draw.choice([READS, LONG, TABLE]))


def notebooks(folder: Path, n: int, seed: int = 17) -> Counter[str]:
    """Mutated notebooks, read as a build reads them."""
    draw, told = random.Random(seed), Counter()
    for name in runner._UNUSED:
        sys.modules.setdefault(name, None)
    originals = [
        json.loads((study.NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8")) for name in study.templates()
    ]
    for i in range(n):
        content = mutated(draw.choice(originals), draw, draw.choice([1, 2, 4, 8]))
        if draw.random() < 0.3:  # its parameters cell
            cells = content.get("cells") if isinstance(content.get("cells"), list) else []
            cell = next((c for c in cells if isinstance(c, dict) and "parameters" in str(c.get("metadata"))), None)
            if cell:
                cell["source"] = draw.choice(
                    [
                        "a: __import__('os').system('x') = 1  # a",
                        "a: int = 9**9**9",
                        "a: int = " + "(" * 500,
                        "a = 1",
                        "a: int = '" + "x" * 99,
                        "a: int = b",
                        "\ud800",
                        "a: Literal[open] = 1",
                        "a: int | " * 300 + "int = 1",
                    ]
                )
        text = as_yaml(content) if draw.random() < 0.9 else as_yaml(content)[: -draw.randrange(1, 500)]
        path = folder / f"n{i}.ipynb"
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        told[tally("notebooks", i, outcome(lambda path=path: read(path)))] += 1
    return told


def read(path: Path) -> list[Fault]:
    """What a build does with a notebook before it runs."""
    found = notebook.parameters(path)
    notebook.metadata(path)
    runner._loaded(path)
    return [f for p in found for f in p.faults(p.default, path.name)]


def tally(kind: str, i: int, what: str, more: str = "") -> str:
    """The outcome; a bad one is printed."""
    if what not in ("taken", "refused"):
        print(f"  {kind} {i} {more}: {what}")
    return what.partition(":")[0]


def kills(folder: Path, n: int, seed: int = 18) -> Counter[str]:
    """Builds of which a process is killed at a random moment, each followed by a second build."""
    draw, told = random.Random(seed), Counter()
    names, command = ("coca-cola", "pepsi"), [sys.executable, "-m", "segkit.cli", "build", "--to", str(folder / "html")]
    environment = {**os.environ, "PYTHONPATH": str(study.PROJECT), "SEGKIT_KERNELS": "warm"}

    def built(*more: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*command, *more, *names], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )

    began = time.monotonic()
    built("--force").communicate()
    usual = time.monotonic() - began
    whole = {p.name: p.read_bytes() for p in (folder / "html").glob("*.html")}
    print(f"  a build of {len(names)} studies takes {usual:.1f} s here when nothing is killed")
    for i in range(n):
        running, started = built("--force"), time.monotonic()
        time.sleep(draw.uniform(0.2, usual))
        victims = children(running.pid) or [running.pid]
        victim = draw.choice([*victims, running.pid])
        killed = time.monotonic()
        with suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)
        try:
            said = running.communicate(timeout=usual * 3 + LIMIT)[1]
        except subprocess.TimeoutExpired:
            running.kill()
            running.communicate()
            said = "hangs"
        waited = time.monotonic() - killed
        left = {p: (folder / "html" / p).read_bytes() for p in whole}  # the index marks a study that failed
        half = [p for p, text in left.items() if text != whole[p] and not (
            p.startswith("index.") and text.rstrip().endswith(b"</html>"))]
        again = built()
        try:
            again.communicate(timeout=usual * 2 + LIMIT)
        except subprocess.TimeoutExpired:
            again.kill()
            said = "hangs"
        after = {p.name: p.read_bytes() for p in (folder / "html").glob("*.html")}
        bad = (
            "hangs"
            if said == "hangs"
            else "half page"
            if half
            else "traceback"
            if "Traceback" in said
            else "second build differs"
            if after != whole or again.returncode
            else ""
        )
        told[bad or "whole"] += 1
        who = "itself" if victim == running.pid else "a child"
        if bad:
            print(f"  kill {i}: {who} after {killed - started:.1f} s: {bad}, ended after {waited:.1f} s: {said[-300:]}")
    return told


def children(pid: int) -> list[int]:
    """All processes that came from a process."""
    parents: dict[int, int] = {}
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdigit():
                parents[int(process.name)] = int((process / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found, todo = [], [pid]
    while todo:
        now = todo.pop()
        mine = [p for p, parent in parents.items() if parent == now]
        found += mine
        todo += mine
    return found


USUAL = {"studies": (studies, 185), "files": (files, 156), "notebooks": (notebooks, 300), "kills": (kills, 20)}


def main() -> None:
    """Run what the command line names, all with their usual numbers by default."""
    chosen = {sys.argv[1]: int(sys.argv[2])} if len(sys.argv) > 2 else {name: n for name, (_, n) in USUAL.items()}
    sandbox.SECONDS = 2
    for name, n in chosen.items():
        folder = Path(tempfile.mkdtemp(prefix="segkit-hostile-"))
        began = time.monotonic()
        try:
            told = USUAL[name][0](folder, n)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        print(
            f"{name}: {n} in {time.monotonic() - began:.0f} s: "
            + ", ".join(f"{k} {v}" for k, v in sorted(told.items()))
        )


if __name__ == "__main__":
    main()
