"""The numbers of a page as a reader sees them: columns of its tables, sentences of its findings."""

import re

NUMBER = re.compile(r"(?P<near>[<>] )?(?P<sign>[-−]?)(?P<digits>\d[\d.,]*\d|\d)(?P<share>%?)")
_TAG = re.compile(r"<[^>]+>")


def decimals(text, code):
    """Decimals of a printed number."""
    return len(text.rpartition("." if code == "en" else ",")[2]) if ("." if code == "en" else ",") in text else 0


def text(html):
    """What stands in a piece of HTML."""
    plain = _TAG.sub("", html)
    for name, sign in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"), ("&#34;", '"'), ("&#39;", "'")):
        plain = plain.replace(name, sign)
    return plain.strip()


def tables(page):
    """Each table of a page: its caption, and its columns of numbers: the unit of a cell where it has its own, its text."""
    for figure in re.findall(r'<figure class="table".*?</figure>', page, re.DOTALL):
        rows = [re.findall(r"<t[hd]\b([^>]*)>(.*?)</t[hd]>", row, re.DOTALL)
                for row in re.findall(r"<tr[^>]*>(.*?)</tr>", figure, re.DOTALL)][1:]
        rows = [r for r in rows if len(r) == max(map(len, rows))]
        caption = text(re.search(r"<strong>(.*?)</strong>", figure, re.DOTALL)[1])
        yield caption, [[("".join(re.findall('data-unit="(.*?)"', kind)), text(cell)) for kind, cell in column
                        if "num" in kind] for column in zip(*rows, strict=True)]


def uneven_columns(page, code):
    """Columns whose numbers have different decimals; nothing, all and "less than" are told by words of their own."""
    for caption, columns in tables(page):
        for at, column in enumerate(columns):
            found = {}
            for unit, cell in column:
                number = NUMBER.fullmatch(cell)
                if number and not number["near"] and cell not in ("0%", "100%"):
                    found.setdefault((unit, number["share"]), set()).add(decimals(number["digits"], code))
            if any(len(kinds) > 1 for kinds in found.values()):
                yield caption, at, column


def empty_signs(page):
    """Numbers that are nothing with a sign, and percentages that are nothing or all but not exactly."""
    for match in NUMBER.finditer(text(re.sub(r"<(svg|script|style|code|pre).*?</\1>", "", page, flags=re.DOTALL))):
        nothing = not match["digits"].strip("0.,")
        if (nothing and match["sign"]) or match[0] in ("0.0%", "0,0%", "100.0%", "100,0%"):
            yield match[0]


def unlike_cells(page):
    """Numbers of sentences that are printed otherwise in the cell they lead to: the sentence's, the cell's; a p-value
    may be told as a percentage of deals."""
    cells = {anchor: text(cell) for anchor, cell in
             re.findall(r'<t[hd]\b[^>]*id="(table-\d+-\d+-\d+)"[^>]*>(.*?)</t[hd]>', page, re.DOTALL)}
    for anchor, said in re.findall(r'<a class="cell" href="#(table-\d+-\d+-\d+)">(.*?)</a>', page):
        bare = re.sub(r"[^\d.,%<>\-]", "", text(said)).strip(".,")
        if bare != re.sub(r"[^\d.,%<>\-]", "", cells[anchor]) and (bare[-1:] == "%") == (cells[anchor][-1:] == "%"):
            yield text(said), cells[anchor]


def uneven_sentences(page, code):
    """Findings whose shares have different decimals; one without decimals that leads to no cell was set, not measured."""
    for finding in re.findall(r'<p class="finding".*?</p>', page, re.DOTALL):
        shares = [NUMBER.fullmatch(text(said)) for place, said in
                  re.findall(r'<a class="cell[^>]*href="#(\w+)[^>]*>(.*?)</a>', finding)
                  if place == "table" or decimals(text(said), code)]
        kinds = {decimals(n["digits"], code) for n in shares if n and n["share"] and not n["near"]
                 and n[0] not in ("0%", "100%")}
        if len(kinds) > 1:
            yield text(finding)
