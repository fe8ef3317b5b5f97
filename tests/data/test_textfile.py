"""Delimited text: encodings, delimiters, line ends, quotes, headers, and files that cannot be read."""

import subprocess
import sys
import tempfile
import unicodedata

import pytest

from segkit.data import open as sources
from segkit.data import tables
from segkit.data.readers import textfile
from segkit.words.errors import DataError

VIETNAMESE = "mã khách;họ tên;số tiền\nK1;Nguyễn Thị Hường;12,50\nK2;Đỗ Văn Quyết;7,25\n"
VOWELS = "aăâeêioôơuưy"
TONES = "\u0300\u0301\u0303\u0309\u0323"
LETTERS = sorted({unicodedata.normalize("NFC", c) for v in VOWELS for c in (v, *(v + t for t in TONES))} | {"đ"})


def windows_1258(text):
    """Bytes of Windows-1258: a base letter, then its tone mark where the page has no single letter."""
    made = b""
    for letter in unicodedata.normalize("NFC", text):
        try:
            made += letter.encode("cp1258")
        except UnicodeEncodeError:
            parts = unicodedata.normalize("NFD", letter)
            base = unicodedata.normalize("NFC", "".join(c for c in parts if c not in TONES))
            made += (base + "".join(c for c in parts if c in TONES)).encode("cp1258")
    return made


def rows(path, **read):
    return sources.table(path, read=read).execute()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_found(save, delimiter):
    text = "id,name,city\n1,An,Huế\n2,Bi,Vinh\n".replace(",", delimiter)
    frame = rows(save(text))
    assert list(frame.columns) == ["id", "name", "city"]
    assert frame["city"].to_list() == ["Huế", "Vinh"]


def test_decimal_commas_do_not_win_over_semicolons(save):
    frame = rows(save("id;paid;back\nA1;1,5;2,5\nA2;3,5;4,5\n"))
    assert frame["paid"].to_list() == [1.5, 3.5]
    assert frame["back"].to_list() == [2.5, 4.5]


def test_a_given_delimiter_is_kept(save):
    assert rows(save("id,x|name\n1,2|An\n"), delimiter="|")["name"].to_list() == ["An"]


@pytest.mark.parametrize("content", [
    pytest.param(VIETNAMESE.encode(), id="utf-8"),
    pytest.param(VIETNAMESE.encode("utf-8-sig"), id="utf-8 with a mark"),
    pytest.param(VIETNAMESE.encode("utf-16"), id="utf-16 with a mark"),
    pytest.param(b"\xfe\xff" + VIETNAMESE.encode("utf-16-be"), id="utf-16 big-endian with a mark"),
    pytest.param(VIETNAMESE.encode("utf-16-le"), id="utf-16 little-endian"),
    pytest.param(VIETNAMESE.encode("utf-16-be"), id="utf-16 big-endian"),
    pytest.param(windows_1258(VIETNAMESE), id="windows-1258"),
])
def test_vietnamese_reads_alike_in_every_encoding(save, content):
    frame = rows(save(content))
    assert list(frame.columns) == ["mã khách", "họ tên", "số tiền"]
    assert frame["họ tên"].to_list() == ["Nguyễn Thị Hường", "Đỗ Văn Quyết"]
    assert frame["số tiền"].to_list() == [12.5, 7.25]


def test_every_vietnamese_letter_survives_windows_1258(save):
    both = [*LETTERS, *(c.upper() for c in LETTERS)]
    assert len(both) == 146
    frame = rows(save(windows_1258("id,letter\n" + "".join(f"K{i},{c}\n" for i, c in enumerate(both)))))
    assert frame["letter"].to_list() == both


def test_windows_1258_survives_the_border_of_a_chunk(save):
    head, line = windows_1258("mã,tên\n"), b"0123456789abcdef,aaaaaaaaaaaaaaaa\n"
    left = textfile._CHUNK - 1 - len(head)
    content = head + line * (left // len(line) - 1)
    content += b"K," + b"z" * (textfile._CHUNK - 1 - len(content) - 2) + windows_1258("ế") + b"\n"
    assert rows(save(content))["tên"].iloc[-1].endswith("zế")


def test_composed_and_decomposed_ids_are_one_customer(save):
    name = "Trần Thị Hà"
    text = f"customer_id,amount\n{unicodedata.normalize('NFC', name)},1\n{unicodedata.normalize('NFD', name)},2\n"
    assert rows(save(text))["customer_id"].nunique() == 1


def test_blanks_around_a_text_stay(save):
    assert rows(save("name,amount\nAn ,1\n An,2\n"))["name"].to_list() == ["An ", " An"]


@pytest.mark.parametrize("text", [
    "id;nom\n1;Hélène\n2;André\n", "id;nom;prix\n1;Café;5 €\n2;Thé;4 €\n", "id;nombre\n1;Muñoz\n2;Peña\n",
    "id;nome\n1;João\n2;São Paulo\n",
    "id;nom\n1;forêt\n2;âge\n3;hôtel\n", "id;nom\n1;crêpe à la façon du chef\n2;bœuf\n", "id;Stück\n1;Müller\n2;Größe\n",
    "id;ville\n1;Québec\n2;Montréal\n",
], ids=["french", "prices", "spanish", "portuguese", "circumflex", "ligature", "german", "cities"])
def test_windows_1252_is_not_taken_for_vietnamese_or_czech(save, text):
    frame = rows(save(text, encoding="cp1252"))
    assert [list(frame.columns), *frame.iloc[:, 1:2].values.tolist()] == [
        text.split("\n")[0].split(";"), *([line.split(";")[1]] for line in text.split("\n")[1:-1])]


@pytest.mark.parametrize("encoding", ["klingon", "rot13", "ascii"])
def test_wrong_encoding_says_how_to_name_another(save, encoding):
    with pytest.raises(DataError, match=rf"(?s)purchases\.csv: cannot be read as {encoding}.*read: {{encoding"):
        rows(save(VIETNAMESE), encoding=encoding)


def test_half_a_utf16_letter_is_reported(save):
    with pytest.raises(DataError, match="cannot be read as utf-16"):
        rows(save(VIETNAMESE.encode("utf-16")[:-1]))


def test_quotes_hold_delimiters_quotes_and_newlines(save):
    frame = rows(save('name;said\n"An; Bi";"he said ""hi"""\n"two\nlines";-\n'))
    assert frame["name"].to_list() == ["An; Bi", "two\nlines"]
    assert frame["said"].iloc[0] == 'he said "hi"'


def test_stray_quotes_inside_a_value_stay(save):
    assert rows(save('id,name\n1,5" pipe\n2,Nguyen "Bo" An\n'))["name"].to_list() == ['5" pipe', 'Nguyen "Bo" An']


@pytest.mark.parametrize("text", [
    pytest.param("id,name\r\n1,An\r\n2,Bi\r\n", id="windows"),
    pytest.param("id,name\n1,An\n2,Bi", id="no last line end"),
    pytest.param("id,name\r\n1,An\r\n2,Bi\r\n\r\n\r\n", id="blank lines at the end"),
    pytest.param("id,name\r1,An\r2,Bi\r", id="old mac"),
    pytest.param("id,name\r\n1,An\n2,Bi\r\n", id="mixed"),
    pytest.param("\n\nid,name\n1,An\n2,Bi\n", id="blank lines first"),
    pytest.param("sep=,\nid,name\n1,An\n2,Bi\n", id="excel's sep line"),
])
def test_line_ends(save, text):
    frame = rows(save(text))
    assert list(frame.columns) == ["id", "name"]
    assert frame["name"].to_list() == ["An", "Bi"]


def test_blank_lines_after_one_column_are_not_customers(save):
    assert len(rows(save("customer_id\nA1\nA2\n\n\n"))) == 2


def test_blank_header_name_is_numbered(save):
    assert list(rows(save("id,,name\n1,2,An\n")).columns) == ["id", "column_2", "name"]


@pytest.mark.parametrize("name", [
    'say "cheese"', "`tick`", "x'); DROP TABLE t; --", "💶 paid", "<script>alert(1)</script>", "a" * 3000, "số tiền (₫)",
], ids=["quotes", "backticks", "sql", "emoji", "script", "long", "vietnamese"])
def test_odd_column_names_survive(save, name):
    head = '"' + name.replace('"', '""') + '"'
    frame = sources.table(save(f"id,{head}\nA1,5\nA2,6\n"), {"amount": name}).execute()
    assert list(frame.columns) == ["id", "amount"]
    assert frame["amount"].to_list() == [5, 6]


@pytest.mark.parametrize(("content", "words"), [
    pytest.param(b"", "purchases.csv: the file is empty", id="empty"),
    pytest.param(b"id,paid,id,paid\n1,2,3,4\n", "same name: id, paid", id="names twice"),
    pytest.param(b"id,,column_2\n1,2,3\n", "same name: column_2", id="blank name meets its number"),
    pytest.param(b"id,name\n1,An,5\n2,Bi\n", "Original Line: 1,An,5", id="a field too many"),
    pytest.param(b"id,name,paid\n1,An\n2,Bi,5\n", "Expected Number of Columns: 3 Found: 2", id="a field too few"),
    pytest.param(b'id,name\n1,"An\n2,Bi\n', 'Original Line: 1,"An', id="a quote not closed"),
    pytest.param(b"ID,id\n1,2\n", "same name", id="names that differ by case"),
    pytest.param(b"\n\n\n", "empty", id="blank lines only"),
    pytest.param(b"\xef\xbb\xbf", "empty", id="a mark only"),
    pytest.param(b"id,amount\nA,5\x00\nB,6\nC,7\nD,8", "NUL", id="one NUL byte"),
])
def test_unreadable_files_are_reported(save, content, words):
    with pytest.raises(DataError) as raised:
        rows(save(content))
    assert words in str(raised.value)
    assert "→" in str(raised.value)


def test_a_very_long_field_is_read_or_reported(save):
    assert len(rows(save(f"id,note\nA1,{'x' * 200_000}\n"))["note"].iloc[0]) == 200_000


def test_header_alone_has_no_rows(save):
    faults = tables.check(save("customer_id,date,amount\n"), "transactions")
    assert [f.found for f in faults] == ["has no rows"]


@pytest.mark.parametrize("name", [
    "đơn hàng tháng 1.csv", "it's mine.csv", 'the "new" one.csv', "SALES.CSV", "sales.tsv", "sales;--.txt",
    "sales[1].csv", "sales*.csv", "year=2024/sales.csv", "region=north/sales.csv",
])
def test_the_file_named_is_the_file_read(save, name):
    save("id,paid\nother,9\n", "sales1.csv")
    frame = rows(save("id,paid\nA1,5\nA2,6\n", name))
    assert frame.to_dict("list") == {"id": ["A1", "A2"], "paid": [5, 6]}


def test_reading_leaves_no_copy_behind(save, tmp_path, monkeypatch):
    path = save(VIETNAMESE, encoding="utf-16")
    spare = tmp_path / "spare"
    spare.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(spare))
    assert len(rows(path)) == 2
    assert list(spare.iterdir()) == []


def test_no_copy_outlives_the_process(save, tmp_path):
    path, spare = save(VIETNAMESE, encoding="utf-16"), tmp_path / "spare"
    spare.mkdir()
    code = f"import tempfile; tempfile.tempdir = {str(spare)!r}; from segkit.data import open as sources; " \
           f"print(sources.table({str(path)!r}).count().execute())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "2"
    assert list(spare.iterdir()) == []


def test_a_wide_file_is_read_in_seconds(save, within):
    head = ",".join(f"q{i}" for i in range(150))
    path = save(f"{head}\n" + f"{','.join('1' * 150)}\n" * 2)
    with within(30):
        assert rows(path).shape == (2, 150)
