"""Records of people in one of several systems, brought to the form in which they are compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from segkit.data import tables
from segkit.data.contract import identifiers
from segkit.data.people import names, phones, placeholders
from segkit.data.readers import frames
from segkit.words.errors import DataError, Fault, SegkitError, did_you_mean

FIELDS = ("name", "phone", "email", "birth_date", "gender", "address", "city")
_GENDERS = {"m": "m", "male": "m", "man": "m", "nam": "m", "trai": "m",
            "f": "f", "female": "f", "woman": "f", "nu": "f", "gai": "f"}
_TOWN = "^(thanh pho|tp|tinh|thi xa|tx) "
_RARE = 40
"""Records that a name may have for all of them to be compared with each other."""
_COMMON, _COMMON_SHARE = 8, 5e-4
"""Number and share of records from which a given name is no typing error of another."""
_KEYS = ("data", "columns", "read")


def open_sources(sources: Mapping[str, Any]) -> tuple[dict[str, ir.Table], Any]:
    """Each source as a table of records, sorted by name, and the Spark session where all live in one."""
    if not isinstance(sources, Mapping) or not sources:
        raise DataError([Fault("`sources`", "names no table", "give name: {data: …, columns: {…}} for each")])
    opened, faults = {}, []
    for name in sorted(sources, key=str):
        spec = sources[name] if isinstance(sources[name], Mapping) else {"data": sources[name]}
        for key in spec:
            if key not in _KEYS:
                faults.append(Fault(f"source {name!r}", f"has no key {key!r}", did_you_mean(str(key), _KEYS)))
        if "data" not in spec:
            faults.append(Fault(f"source {name!r}", "names no data", "give the table under `data:`"))
            continue
        try:
            opened[str(name)] = tables.load(spec["data"], "records", spec.get("columns"), read=spec.get("read"))
        except SegkitError as error:
            faults += [Fault(f"source {name!r}, {f.where}", f.found, f.fix, f.rows) for f in error.faults]
    if faults:
        raise DataError(faults, "sources")
    backends = {id(t._find_backend(use_default=True)): t._find_backend(use_default=True) for t in opened.values()}
    alone = next(iter(backends.values())) if len(backends) == 1 else None
    return opened, getattr(alone, "_session", None) if alone is not None and alone.name == "pyspark" else None


def ids(sources: Mapping[str, Any]) -> pd.Index:
    """The ids of all sources together, as text, each once."""
    opened = open_sources(sources)[0].values()
    return pd.Index(sorted({i for t in opened for i in t.customer_id.cast("string").to_pyarrow().to_pylist()}))


def prepare(opened: Mapping[str, ir.Table],
            shared_ids: Sequence[str]) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """All records in the order of source and id: as they are compared, as they stand, and placeholders set aside."""
    parts, values = [], []
    for source, t in opened.items():
        plain = t.mutate(customer_id=t.customer_id.cast("string"))
        values.append(plain.order_by("customer_id").to_pandas().assign(segkit_source=source))
        parts.append(_texts(plain, shared_ids).mutate(source=ibis.literal(source)))
    stands = pd.concat(values, ignore_index=True)
    records = _compared(_together(parts), shared_ids).order_by("source", "customer_id").to_pandas()
    for column in FIELDS:
        records[f"raw_{column}"] = stands.get(column)
    aside = placeholders.take_out(records, shared_ids)
    often = records.groupby("letters")["letters"].transform("size")
    given_counts = records.groupby("given")["given"].transform("size")
    records["given_common"] = (given_counts >= max(_COMMON, _COMMON_SHARE * len(records))).fillna(False)
    records["rare_letters"] = records["letters"].where(often <= _RARE)
    records.insert(0, "record", range(len(records)))
    return records, stands, aside


def _texts(t: ir.Table, shared_ids: Sequence[str]) -> ir.Table:
    """What records are compared by, as text; null where a source does not have it."""
    def text(column: str) -> ir.StringValue:
        return t[column].cast("string") if column in t.columns else ibis.null("string")

    def day(column: str) -> ir.StringValue:
        return t[column].cast("timestamp").strftime("%Y-%m-%d") if column in t.columns else ibis.null("string")

    return t.select("customer_id", birth_date=day("birth_date"),
                    **{c: text(c) for c in FIELDS if c != "birth_date"},
                    **{c: identifiers.text(t[c]) if c in t.columns else ibis.null("string") for c in shared_ids})


def _together(parts: Sequence[ir.Table]) -> ir.Table:
    """One table of all sources: in their engine where all live in one, else in the embedded DuckDB."""
    if len({id(t._find_backend(use_default=True)) for t in parts}) > 1:
        schema = pa.schema([(name, pa.string()) for name in parts[0].columns])
        return frames.create(pa.concat_tables(t.to_pyarrow().cast(schema) for t in parts))
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def _compared(t: ir.Table, shared_ids: Sequence[str]) -> ir.Table:
    """The columns that records are compared by, from their texts; others are kept."""
    nobody = names.folded(t.name).re_search(placeholders.NOBODY).fill_null(False)
    s = names.add(t.mutate(name=ibis.ifelse(nobody, ibis.null("string"), t.name),
                           phone=phones.national(t.phone), email=phones.mailbox(t.email),
                           **{c: names.folded(t[c]) for c in ("gender", "address", "city")},
                           **{c: names.trimmed(t[c]).nullif("") for c in shared_ids}))
    gender = s.gender.cases(*_GENDERS.items(), else_=ibis.null("string"))
    return s.mutate(gender=gender, city=s.city.re_replace(_TOWN, ""),
                    mailbox=s.email.re_extract("^([^@]*)@", 1).nullif(""),
                    mail_digits=s.email.re_replace("@.*$", "").re_replace("[^0-9]", ""),
                    birth_year=s.birth_date.substr(0, 4), phone_head=s.phone.substr(0, 7),
                    phone_tail=s.phone.substr(6, 5))
