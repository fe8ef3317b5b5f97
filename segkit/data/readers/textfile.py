"""Delimited text files as people really have them: encodings, delimiters, byte-order marks, line ends."""

from __future__ import annotations

import codecs
import csv
import io
import re
import tempfile
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import ibis.expr.types as ir
from ibis.util import gen_name

from segkit.data.readers import scratch
from segkit.words.errors import DataError, Fault

DELIMITERS = (",", ";", "\t", "|")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_CHUNK = 1 << 20
_MAYBE_BLANK = re.compile(rb"\n[ \t\r\n]")
_BLANK_LINE = re.compile(rb"(?:\A|\n)[ \t\r]*\n|(?:\A|\n)[ \t\r]+\Z")
_HEAD_LINES = 50
_MANY_NULS = 0.25
_MAX_FIELD = 1 << 26


def encoding_of(path: Path) -> str:
    """The encoding of a text file: by its byte-order mark, UTF-8, UTF-16, Windows-1258, else Windows-1252.

    Windows-1258 is chosen when the text then holds vowels with a tone mark, or đ, as only Vietnamese has
    them, and no tone mark is left without its vowel. Other encodings have to be named.

    Examples
    --------
    >>> file = Path(tempfile.mkdtemp()) / "a.csv"
    >>> _ = file.write_bytes("mã,tên\\n1,Đinh".encode("utf-16"))
    >>> encoding_of(file)
    'utf-16'
    """
    with path.open("rb") as file:
        head = file.read(_CHUNK)
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    for name, part in (("utf-16-le", head[1::2]), ("utf-16-be", head[::2])):
        if part.count(0) > _MANY_NULS * len(part):
            return name
    if _decodes(path, "utf-8"):
        return "utf-8"
    return "cp1258" if _is_vietnamese(path) else "cp1252"


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while part := file.read(_CHUNK):
                decoder.decode(part)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _is_vietnamese(path: Path) -> bool:
    seen = False
    try:
        with path.open(encoding="cp1258") as file:
            for line in file:
                text = line if line.isascii() else unicodedata.normalize("NFC", line)
                if any(unicodedata.combining(c) for c in text):
                    return False
                seen = seen or any(c in "đĐ" or "\u1ea0" <= c <= "\u1ef9" for c in text)
    except UnicodeDecodeError:
        return False
    return seen


def delimiter_of(head: str) -> str:
    """The delimiter that splits the first lines into the most columns, the same number in each.

    Examples
    --------
    >>> delimiter_of("a;b;c\\n1,5;2;3\\n")
    ';'
    """
    def score(delimiter: str) -> tuple[bool, int]:
        widths = [len(row) for row in csv.reader(io.StringIO(head), delimiter=delimiter) if row]
        return (len(set(widths)) == 1 and widths[0] > 1, widths[0] if widths else 0)

    return max(DELIMITERS, key=score)


def _clean(path: Path, encoding: str, folder: Path) -> Path:
    """The file itself where DuckDB can take it as it is, else a copy: UTF-8, composed letters, plain line ends."""
    if encoding in ("utf-8", "utf-8-sig") and _is_clean(path):
        return path
    copy = folder / "clean.csv"
    with path.open(encoding=encoding) as source, copy.open("w", encoding="utf-8", newline="\n") as target:
        blank = None  # blank lines are kept between lines, not before the first and after the last
        for line in source:
            if not line.strip("\ufeff \t\n"):
                blank = None if blank is None else blank + line
            else:
                target.write((blank or "") + unicodedata.normalize("NFC", line))
                blank = ""
    return copy


def _is_clean(path: Path) -> bool:
    """Whether a UTF-8 file has composed letters, one kind of line end, and no blank lines."""
    windows = plain = False
    with path.open("rb") as file:
        first = file.read(len(codecs.BOM_UTF8))
        part = (b"" if first == codecs.BOM_UTF8 else first) + file.read(_CHUNK) + file.readline()
        while part:
            if not part.isascii() and not unicodedata.is_normalized("NFC", part.decode()):
                return False
            pairs = part.count(b"\r\n") if b"\r" in part else 0
            windows, plain = windows or pairs > 0, plain or part.count(b"\n") > pairs
            if (windows and plain) or (b"\r" in part and part.count(b"\r") > pairs):
                return False
            maybe = part[:1] in b" \t\r\n" or _MAYBE_BLANK.search(part)  # quick, where the whole pattern is slow
            if maybe and _BLANK_LINE.search(part):
                return False
            part = file.read(_CHUNK) + file.readline()
    return True


def read(path: Path, connection, encoding: str | None = None, delimiter: str | None = None) -> ir.Table:
    """All columns of a delimited text file as text, in the file's order.

    Parameters
    ----------
    path : the file.
    connection : Ibis DuckDB connection the table lives in.
    encoding, delimiter : where the user says so; found out otherwise.

    Raises
    ------
    DataError
        When the file is empty, holds NUL bytes or two columns of one name, or a row has too many or too few fields.
    """
    if path.stat().st_size == 0:
        raise DataError([Fault(path.name, "the file is empty", "save the table again with a header and rows")])
    encoding = encoding or encoding_of(path)
    with tempfile.TemporaryDirectory(dir=scratch.folder()) as folder:
        try:
            clean = _clean(path, encoding, Path(folder))
            with clean.open(encoding="utf-8-sig", newline="") as file:
                head = "".join(line for line, _ in zip(file, range(_HEAD_LINES), strict=False))
        except (UnicodeError, LookupError) as error:
            raise DataError([Fault(path.name, f"cannot be read as {encoding}: {error}",
                                   "give the encoding it was saved with under `read: {encoding: …}`")]) from None
        return _load(path, clean, head, delimiter, connection)


def _load(path: Path, clean: Path, head: str, delimiter: str | None, connection) -> ir.Table:
    if "\0" in head:
        raise DataError([Fault(path.name, "holds NUL bytes; it is not a text file", "save the table as CSV")])
    match = re.match(r"sep=(.)\r?\n", head)
    if match:
        delimiter, head = delimiter or match[1], head[match.end():]
    csv.field_size_limit(_MAX_FIELD)
    try:
        delimiter = delimiter or delimiter_of(head)
        header = next(csv.reader(io.StringIO(head), delimiter=delimiter), [])
    except csv.Error as error:
        raise DataError([Fault(path.name, f"cannot be read: {error}",
                               "look for a quotation mark that is never closed")]) from None
    if not any(h.strip() for h in header):
        raise DataError([Fault(path.name, "the file is empty", "save the table again with a header and rows")])
    names = column_names(list[object](header), path.name)
    options = {"delim": delimiter, "header": True, "quote": '"', "escape": '"', "auto_detect": False,
               "columns": dict.fromkeys(names, "VARCHAR"), "hive_partitioning": False, "skip": 1 if match else 0}
    try:
        try:
            return _created(clean, options, connection)
        except duckdb.Error as error:
            if "Maximum line size" not in str(error):
                raise
            # long lines need large buffers, which are slow where no line is long
            return _created(clean, options | {"max_line_size": _MAX_FIELD, "buffer_size": 4 * _MAX_FIELD}, connection)
    except duckdb.Error as error:
        raise DataError([Fault(path.name, _in_plain_words(error),
                               "every row needs the header's number of fields; put text with a "
                               f"{delimiter!r} in it between double quotes")]) from None


def _created(clean: Path, options: Mapping[str, Any], connection) -> ir.Table:
    return connection.create_table(gen_name("text"), connection.read_csv(literal(clean), **options), temp=True)


def column_names(header: list[object], name: str) -> list[str]:
    """The names of a header's columns: composed letters, no blanks around, a number for a blank one.

    Raises
    ------
    DataError
        When two names are the same, upper and lower case aside.
    """
    names = [unicodedata.normalize("NFC", str("" if h is None else h)).strip() or f"column_{i}"
             for i, h in enumerate(header, 1)]
    folded = [n.casefold() for n in names]
    repeated = sorted({n for n, f in zip(names, folded, strict=True) if folded.count(f) > 1})
    if repeated:
        raise DataError([Fault(name, f"two columns have the same name: {', '.join(repeated)}",
                               "rename one of them in the header")])
    return names


def literal(path: Path) -> str:
    """A path as DuckDB takes it: its pattern characters mean themselves."""
    return re.sub(r"([\[*?])", r"[\1]", str(path))


def _in_plain_words(error: duckdb.Error) -> str:
    lines = [line.strip() for line in str(error).splitlines()]
    wanted = [line for line in lines if line.startswith(("CSV Error on Line", "Expected Number", "Original Line"))]
    return "; ".join(w[:200] for w in wanted) or lines[0][:200]
