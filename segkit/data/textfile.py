"""Delimited text files as people really have them: encodings, delimiters, byte-order marks."""

from __future__ import annotations

import codecs
import csv
import io
import tempfile
import unicodedata
from pathlib import Path

import duckdb
import ibis.expr.types as ir
from ibis.util import gen_name

from segkit.words.errors import DataError, Fault

DELIMITERS = (",", ";", "\t", "|")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_CHUNK = 1 << 20


def encoding_of(path: Path) -> str:
    """The encoding of a text file: a byte-order mark, UTF-8, UTF-16, Windows-1258, or the likeliest.

    Windows-1258 is chosen when the text then holds Vietnamese letters and no tone mark is left
    without its vowel.

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
    if b"\0" in head:
        return "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"
    if _decodes(path, "utf-8"):
        return "utf-8"
    if _is_vietnamese(head):
        return "cp1258"
    from charset_normalizer import from_bytes

    best = from_bytes(head, cp_exclusion=["cp1258"]).best()
    return best.encoding if best else "cp1252"


def _decodes(path: Path, encoding: str) -> bool:
    try:
        with path.open(encoding=encoding) as file:
            while file.read(_CHUNK):
                pass
    except UnicodeDecodeError:
        return False
    return True


def _is_vietnamese(raw: bytes) -> bool:
    try:
        text = unicodedata.normalize("NFC", raw.decode("cp1258"))
    except UnicodeDecodeError:
        return False
    stray = any(unicodedata.combining(c) for c in text)
    return not stray and any(c in "ăâđêôơưĂÂĐÊÔƠƯ" or "\u1ea0" <= c <= "\u1ef9" for c in text)


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


def _as_utf8(path: Path, encoding: str) -> Path:
    if encoding in ("utf-8", "utf-8-sig"):
        return path
    folder = tempfile.TemporaryDirectory(prefix="segkit-")
    _kept.append(folder)
    copy = Path(folder.name) / "utf8.csv"
    with path.open(encoding=encoding, newline="") as source, copy.open("w", encoding="utf-8", newline="") as target:
        while chunk := source.read(_CHUNK):
            target.write(unicodedata.normalize("NFC", chunk))
    return copy


_kept: list[tempfile.TemporaryDirectory] = []


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
        When the file is empty, has no row under its header, or a row has too many or too few fields.
    """
    if path.stat().st_size == 0:
        raise DataError([Fault(path.name, "the file is empty", "save the table again with a header and rows")])
    encoding = encoding or encoding_of(path)
    try:
        utf8 = _as_utf8(path, encoding)
        with utf8.open(encoding="utf-8-sig", newline="") as file:
            head = "".join(line for line, _ in zip(file, range(50), strict=False))
    except (UnicodeDecodeError, LookupError) as error:
        raise DataError([Fault(path.name, f"cannot be read as {encoding}: {error}",
                               "give the encoding it was saved with under `read: {encoding: …}`")]) from None
    delimiter = delimiter or delimiter_of(head)
    header = next(csv.reader(io.StringIO(head), delimiter=delimiter), [])
    names = [unicodedata.normalize("NFC", h).strip() or f"column_{i}" for i, h in enumerate(header, 1)]
    repeated = sorted({n for n in names if names.count(n) > 1})
    if repeated:
        raise DataError([Fault(path.name, f"two columns have the same name: {', '.join(repeated)}",
                               "rename one of them in the header")])
    options = {"delim": delimiter, "header": True, "quote": '"', "escape": '"', "auto_detect": False,
               "columns": dict.fromkeys(names, "VARCHAR")}
    try:
        raw = connection.read_csv(str(utf8), **options)
        table = connection.create_table(gen_name("text"), raw, temp=True)
    except duckdb.Error as error:
        raise DataError([Fault(path.name, _in_plain_words(error),
                               "every row needs the header's number of fields; put text with a "
                               f"{delimiter!r} in it between double quotes")]) from None
    return table


def _in_plain_words(error: duckdb.Error) -> str:
    lines = [line.strip() for line in str(error).splitlines()]
    wanted = [line for line in lines if line.startswith(("CSV Error on Line", "Expected Number", "Original Line"))]
    return "; ".join(wanted) or lines[0]
