"""Everything that can be said about a study before it runs: its file, and its data."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from segkit.data.readers import place
from segkit.report import audience_faults, chain, exports, notebook, survey_faults
from segkit.report import study as studies
from segkit.report.study import Study
from segkit.words import language
from segkit.words.errors import DataError, Fault, SegkitError, check_columns

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd


class Examined(NamedTuple):
    """What is wrong with a study, and what its owner should know though nothing is wrong."""

    faults: list[Fault]
    notes: list[Fault]


def examine(name: str) -> Examined:
    """A study's file; when that is good, the data it names; when they are good, whether their ids are the same ones.

    A customer table that knows nobody who bought is a fault, and so are sources of which none does; that some
    customers stand in one of the two tables only is a note.

    What kind of table each source is stands in the notebook's metadata, see `segkit.report.inputs`. Each of `sources`
    is a table of records, which stand in for the customers.
    """
    try:
        study = studies.load(name)
    except SegkitError as error:
        return Examined(error.faults, [])
    if new_faults := [f for f in map(language.fault, study.languages) if f] or chain.faults(study):
        return Examined(new_faults, [])
    from segkit.data import surveys, tables
    from segkit.data.contract.contracts import CONTRACTS
    from segkit.segmentation import how_many, naming, rfm
    from segkit.segmentation.regroup import regrouping
    from segkit.targeting import attractiveness, editorial, market_size

    kinds = notebook.metadata(study.notebook)
    values = study.values
    faults: list[Fault] = naming.faults(values["names"]) if values.get("names") else []
    if "split" in values:
        faults += regrouping.faults(values["merge"], values["split"], values["names"])
    if not chain.keeps(study) and (segment_kinds := exports.of_segments(study)):
        faults.append(exports.without(study, segment_kinds))
    if "k_values" in values:
        faults += how_many.faults(values["k"], values["k_values"])
    try:
        if kinds.get("rules") == "stages":
            from segkit.lifecycle import stages

            stages.Rules.of(values["rules"])
        if "bands" in values:
            rfm.segment_rules(values["n_bins"], values["cuts"], values["bands"])
    except SegkitError as error:
        faults += error.faults
    faults += market_size.check(values["market"]) if values.get("market") else []
    for key in ("criteria", "fit"):
        if isinstance(values.get(key), list):
            faults += attractiveness.form(editorial.split(values[key])[0])
    for name, source in (values.get("sources") or {}).items():
        spec = source if isinstance(source, dict) else {"data": source}
        new_faults = tables.check(spec.get("data"), "records", spec.get("columns"), read=spec.get("read"))
        faults += [Fault(f"source {name!r}, {f.where}", f.found, f.fix, f.rows) for f in new_faults]
    stands_alone = any(table.optional and not values.get(table.parameter) for table in study.inputs)
    for table in study.inputs:
        parts = table.given(values)
        if not table.contract or not parts["data"] or (table.contract == "customers" and values.get("sources")):
            continue
        if table.contract == "survey" and table.parameter == "data" and "dont_know" in values:
            faults += survey_faults.form(study)
            continue
        if table.contract == "survey":
            faults += surveys.check(parts["data"], parts["columns"], parts["read"])
            continue
        if table.contract == "usage":
            from segkit.positioning import usage

            faults += usage.check(parts["data"], values["brands"], parts["columns"], parts["read"], values["groups"],
                                  values["merge"])
            continue
        if table.contract == "customers" and stands_alone:
            faults += surveys.check_customers(parts["data"], parts["columns"], parts["read"])
            continue
        dated = CONTRACTS[table.contract].role("date") is not None
        faults += tables.check(parts["data"], table.contract, parts["columns"], values.get("as_of") if dated else None,
                               parts["read"], parts["rows"])
    for key in ("brand", "beside"):
        if values.get(key) and f"{{{key}}}" in kinds.get("files", []):
            from segkit.positioning import cases

            try:
                cases.facts(values[key])
            except DataError as error:
                faults += error.faults
    faults += audience_faults.form(study) if "audiences" in values else []
    faults += _of_people(study) if stands_alone and not faults else []
    main = next((t.contract for t in study.inputs if t.parameter == "data"), "") if values.get("data") else ""
    is_sales = main in ("transactions", "brands")
    if not faults and is_sales:
        faults += _without_revenue(study, main) or _other_customers(study, main)
    if not faults and main == "transactions" and "method" in values:
        faults += _features(study)
    if not faults and "audiences" in values and values.get("data"):
        faults += audience_faults.columns(study)
    if faults or not is_sales or not (values.get("sources") or values.get("customer_data")):
        return Examined(study.in_words(dict.fromkeys(faults)), _to_build(study))  # what tables share is told once
    same = _same_ids(study, main)
    return Examined(study.in_words(same.faults), [*_to_build(study), *study.in_words(same.notes)])


def outdated(name: str) -> list[Fault]:
    """What a study writes in the way of earlier releases, and how to write it; [] where it cannot be loaded."""
    try:
        note = studies.load(name).note()
    except SegkitError:
        return []
    return [note] if note else []


def _to_build(study: Study) -> list[Fault]:
    """That a study whose segments this one starts from was not built yet."""
    return [Fault(f"`{parameter}`", f"{name!r} was not built yet; a build of this study builds it first")
            for parameter, name in chain.sources(study).items()
            if not (place.PAGES / place.BUILD / f"{name}.parquet").is_file()]


def _without_revenue(study: Study, kind: str) -> list[Fault]:
    """What a notebook says of purchases that come to nothing or less; the sum is looked at first."""
    from segkit.data import occasions, spellings, summary, tables
    from segkit.segmentation import concentration, rfm

    values = study.values
    try:
        purchases = tables.load(values["data"], kind, values.get("columns"), values.get("as_of"), values.get("read"),
                                values.get("rows"))
        spellings.merged(purchases, values.get("merge") if kind == "brands" else None)
        if not {"customer_id", "date", "amount"} <= set(purchases.columns):
            return []
        total = occasions.lines(purchases).cents.sum().to_pyarrow().as_py()
        if total is None or total > 0:
            return []
        summary.overview(purchases)
        if "top_share" in values:
            concentration.revenue_share(rfm.scores(purchases, values.get("as_of"))["monetary"], values["top_share"])
    except DataError as error:
        return error.faults
    return []


def _features(study: Study) -> list[Fault]:
    """What a notebook that forms segments from features says of its method and of the names of its variables."""
    from segkit.data import tables
    from segkit.segmentation import behaviour, feature_methods

    values = study.values
    faults = feature_methods.faults(values["method"])
    try:
        purchases = tables.load(values["data"], "transactions", values.get("columns"), values.get("as_of"),
                                values.get("read"), values.get("rows"))
        check_columns(values["variables"], behaviour.features(purchases, values.get("as_of")).columns[1:],
                      "the features of the customers")
    except SegkitError as error:
        faults += error.faults
    return faults


def _other_customers(study: Study, kind: str) -> list[Fault]:
    """What a notebook says of segments of other customers than those of its data, where they are kept already."""
    from segkit.data import tables
    from segkit.segmentation import handover

    name, values = chain.source(study), study.values
    if not name or not (place.PAGES / place.BUILD / f"{name}.parquet").is_file():
        return []
    try:
        purchases = tables.load(values["data"], kind, values.get("columns"), values.get("as_of"), values.get("read"),
                                values.get("rows"))
        ids = purchases.select("customer_id").filter(purchases.customer_id.notnull()).distinct().order_by("customer_id")
        handover.labels(name, ids.execute().set_index("customer_id").index)
    except DataError as error:
        return error.faults
    return []


def _of_people(study: Study) -> list[Fault]:
    """What a notebook says of people without purchases: whether they are those of the segments, and whether its rules,
    criteria and evidence read columns that there are."""
    from segkit.data import customers
    from segkit.segmentation import handover
    from segkit.targeting import people

    values, name = study.values, chain.source(study)
    try:
        at_hand = people.load("", {}, values["customer_data"], values["customer_columns"],
                              customer_read=values["customer_read"], dont_know=values["dont_know"], required=not name)
        if name and (place.PAGES / place.BUILD / f"{name}.parquet").is_file():
            handover.labels(name, at_hand.known.index)
        customers.descriptors(at_hand.known, values["descriptors"])
        customers.column(at_hand.known, values["income"])
    except DataError as error:
        return error.faults
    counted = list(people.COUNTED)
    return _unread(study, at_hand.known, counted, "is not in the customer data", [*people.BOUGHT, *counted])


def _same_ids(study: Study, kind: str) -> Examined:
    """Whether the customer table, or the sources together, are of the customers who bought."""
    import pandas as pd

    from segkit.data import customers, tables
    from segkit.data.people import persons

    values = study.values
    sources = values.get("sources")
    where = "`sources`" if sources else "`customer_data`"
    try:
        purchases = tables.load(values["data"], kind, values.get("columns"), values.get("as_of"),
                                values.get("read"), values.get("rows"))
        buyers = purchases.select("customer_id").filter(purchases.customer_id.notnull()).distinct().order_by(
            "customer_id")
        ids = buyers.execute().set_index("customer_id").index
        if sources:  # who bought under another source's id is found by unifying them, so one side alone is compared
            ids = ids.map(str)
            customer_table = pd.DataFrame(index=persons.ids(sources))
        else:
            customer_table = customers.load(values["customer_data"], values.get("customer_columns"),
                                            values.get("customer_read"))
        customers.match(customer_table, ids, where)
        if values.get("groups") and not chain.source(study):
            customers.column(customer_table, values["groups"])
        if faults := _unknown_columns(study, customer_table, purchases):
            return Examined(faults, [])
    except DataError as error:
        return Examined(error.faults, [])
    unmatched = customers.unmatched(customer_table, ids).iloc[:1 if sources else 2]
    unmatched = unmatched[unmatched["n_customers"] > 0]
    notes = []
    for side, row in zip(unmatched.index, unmatched.itertuples(), strict=True):
        stand = "customer stands" if row.n_customers == 1 else "customers stand"
        notes.append(Fault(where, f"{row.n_customers:,} {stand} in one of the two tables only "
                           f"({row.customer_share:.1%}; {side}): {row.examples}"))
    return Examined([], notes)


def _unknown_columns(study: Study, known: pd.DataFrame, sold: ir.Table) -> list[Fault]:
    """Columns that a study's rules, criteria or evidence read and the report has not: neither known nor computed."""
    from segkit.segmentation import behaviour

    values = study.values
    if not isinstance(values.get("rules"), dict) or "criteria" not in values or chain.source(study):
        return []
    computed = [*behaviour.features(sold, values.get("as_of")).columns[1:], "r", "f", "m", "n_contacts", "n_responses",
                "income_from"]
    return _unread(study, known, computed, "is neither in the customer data nor computed from the purchases")


def _unread(study: Study, known: pd.DataFrame, computed: list[str], why: str, left_out: list[str] | None = None
            ) -> list[Fault]:
    """Columns that a study's rules, criteria or evidence read, which are neither known of people nor computed; criteria
    and evidence that read those of `left_out` are told on the page."""
    from segkit.segmentation import rules
    from segkit.segmentation.rulebook import templates
    from segkit.words.errors import did_you_mean

    values, by_rules = study.values, not chain.source(study)
    try:
        spec = rules.resolve(values["rules"]) if by_rules else {}
        if by_rules and (faults := rules.check(spec)):
            return faults
        used = templates.reads(spec) if by_rules else []
    except SegkitError as error:
        return error.faults
    have, named = {*map(str, known.columns), *computed}, {*map(str, known.columns), *(left_out or computed)}
    fix = ("give the customer data this column, or take another one of theirs or of what is computed here: "
           + ", ".join(computed))
    faults = [Fault("`rules`", f"reads the column {c!r}, which {why}", fix) for c in used if c not in have]
    measured = {*named, "size", "customer_share", "revenue", "revenue_share"}
    columns_read = {"criteria": [s.get("column") for s in values["criteria"] if isinstance(s, dict)],
                    "knock_out": list(values.get("knock_out") or {}),
                    "evidence": [s.get("column") for s in (values.get("evidence") or {}).values()
                                 if isinstance(s, dict)]}
    for name, columns in columns_read.items():
        at = named if name == "evidence" else measured
        faults += [Fault(f"`{name}`", f"reads the column {c!r}, which is neither known nor computed here",
                         did_you_mean(str(c), sorted(at))) for c in columns if c is not None and c not in at]
    return faults
