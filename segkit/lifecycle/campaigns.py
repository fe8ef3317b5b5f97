"""Campaigns of a study: what each brought beside the control group that was kept apart from it, and where (P1 step 3).

Who answered stands in the table, or is who bought within some days. Groups are told of the day before the campaign:
a group made from what came after would hold those whom the campaign moved. What overlaps with another campaign is told,
and so is a campaign without a control group, of which nothing can be said.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, NamedTuple

import ibis.expr.types as ir
import pandas as pd

from segkit.data import open as sources
from segkit.data.contract import days
from segkit.lifecycle import stages, uplift
from segkit.words.errors import DataError, Fault, check_columns
from segkit.words.language import N_

YES, NO = frozenset({"yes", "y", "true", "t", "1", "1.0", "có", "co"}), frozenset(
    {"no", "n", "false", "f", "0", "0.0", "không", "khong"})
NO_CONTROL = N_("no control group: what came anyway is not known")
_NONE = N_("The study names no campaigns (`campaign_data`).")
NOTHING_KNOWN = N_("What the campaigns brought cannot be told: none of them kept a control group of ten people or "
                   "more.")
BROUGHT = N_("The campaign “{name:value}” brought answers that would not have come anyway: {share:percent} of those "
             "who got it answered and {anyway:percent} of those kept apart by lot, a difference of {uplift:points} "
             "(95% interval {low:points} to {high:points}).")
OPEN = N_("Of the campaign “{name:value}” nothing can be said yet: {share:percent} of those who got it answered, "
          "{anyway:percent} of those kept apart by lot, and the interval of the difference, {low:points} to "
          "{high:points}, holds 0.")
LESS = N_("The campaign “{name:value}” brought fewer answers than came anyway: {share:percent} of those who got it "
          "answered, {anyway:percent} of those kept apart by lot. The difference is {uplift:points} (95% interval "
          "{low:points} to {high:points}).")
SHOWN = ["n_treated", "n_control", "treated_share", "control_share", "uplift", "uplift_low", "uplift_high",
         "overlap_share", "uplift_verdict"]
BY_GROUP = ["n_treated", "n_control", "treated_share", "control_share", "uplift", "uplift_low", "uplift_high",
            "uplift_verdict"]


class Campaigns(NamedTuple):
    """`table`: a row per campaign, by day. `by_group`: a row for all and one per group, of the campaign with the most
    people and a control group, `name`; `differs_p`: how easily like groups would differ as far. `said`: the sentence of
    that campaign and its values."""

    table: pd.DataFrame
    by_group: pd.DataFrame
    name: str
    differs_p: float
    said: tuple[str, dict[str, Any]]


def read(source: Any, columns: Mapping[str, str] | None, purchases: ir.Table, answer_days: int = 30,
         groups: pd.Series | None = None, rules: Mapping[str, Any] | None = None) -> Campaigns:
    """What the campaigns of a table brought.

    Parameters
    ----------
    source : a row per person and campaign, with `customer_id`, `campaign`, `date`, `treated` (yes for who got it, no
        for who was kept apart by lot) and, where it is known, `responded`; "" for none.
    columns : role → column.
    purchases : where `responded` is not known, who bought within the days after the campaign has answered.
    answer_days : days after a campaign in which answers count, and around it in which another one overlaps.
    groups : group of each customer, known before the campaigns; the lifecycle stage of the day before by default.
    rules : of the stages, see `stages.assign`.

    Returns
    -------
    Campaigns. `table` has the columns of `uplift.of_campaign` and `overlap_share` (of those it reached, who got another
    one within `answer_days`). A campaign without a control group has no uplift, and its verdict says so.

    Raises
    ------
    DataError
        When a column is missing, a value is neither yes nor no, a person stands twice in a campaign, or the days after
        a campaign are not in the data.

    Examples
    --------
    >>> from segkit.data import tables
    >>> sales = tables.load("vietnamese_shop.purchases", "transactions", {"customer_id": "account"})
    >>> roles = {"customer_id": "account", "treated": "invited", "responded": "came"}
    >>> made = read("vietnamese_shop.campaigns", roles, sales, 14)
    >>> made.name, made.table["uplift"].round(3).to_dict()
    ('tasting', {'tasting': 0.039, 'letter': 0.018, 'pilot': nan})
    """
    if source is None or (isinstance(source, str) and not source):
        return _nothing()
    if isinstance(answer_days, bool) or not isinstance(answer_days, int) or answer_days < 1:
        raise DataError([Fault("`answer_days`", f"is {answer_days!r}", "give a whole number of days, at least 1")])
    people = _people(source, columns, purchases, answer_days)
    rows, kept = {}, {}
    for name, part in people.groupby("campaign", sort=False):
        table = part.set_index("customer_id")
        got = table["treated"].nunique() == 2
        row = uplift.of_campaign(table, "treated", "responded").iloc[0].to_dict() if got else _without(table)
        reached = people[people["treated"]]
        both = uplift.overlapping(reached, name, answer_days) if row["n_treated"] else 0.0
        rows[name] = {**row, "overlap_share": both}
        kept[name] = table
    uplifts = _guarded(pd.DataFrame.from_dict(rows, orient="index").rename_axis("campaign"))
    known = uplifts[uplifts["uplift"].notna()]
    if known.empty:
        return Campaigns(uplifts, _left_out(NOTHING_KNOWN), "", float("nan"), (NOTHING_KNOWN, {}))
    name = (known["n_treated"] + known["n_control"]).idxmax()
    table = kept[name]
    own = _stages(purchases, table["date"].min(), rules) if groups is None else groups
    by_group = uplift.of_campaign(table.assign(group=own.reindex(table.index).astype(object)), "treated", "responded",
                                  "group")
    row = uplifts.loc[name]
    sentence = {uplift.VERDICTS["more"]: BROUGHT, uplift.VERDICTS["less"]: LESS}.get(row["uplift_verdict"], OPEN)
    values = {"name": str(name), "share": row["treated_share"], "anyway": row["control_share"],
              "low": row["uplift_low"], "high": row["uplift_high"]}
    values |= {} if sentence is OPEN else {"uplift": row["uplift"]}
    return Campaigns(uplifts, _guarded(by_group), str(name), by_group.attrs["differs_p"], (sentence, values))


def _people(source: Any, columns: Mapping[str, str] | None, purchases: ir.Table, answer_days: int) -> pd.DataFrame:
    table = sources.table(source, dict(columns or {}))
    needed = ["customer_id", "campaign", "date", "treated"]
    check_columns(needed, table.columns, "the campaigns")
    answers = ["responded"] if "responded" in table.columns else []
    people = table.select(*needed, *answers).execute().dropna(subset=needed)
    people = people.assign(date=pd.to_datetime(people["date"]).dt.normalize(), campaign=people["campaign"].astype(str))
    faults = []
    for column in ("treated", *answers):
        texts = people[column].astype("string").str.strip().str.lower()
        strange = people.loc[~texts.isin(YES | NO).fillna(False).astype(bool), column]
        if len(strange):
            faults.append(Fault(f"the campaigns, `{column}`", f"has {len(strange):,} values that are neither yes nor "
                                f"no, such as {strange.iloc[0]!r}", "write yes and no, or 1 and 0"))
        people[column] = texts.isin(YES).fillna(False).astype(bool)
    twice = people.duplicated(["customer_id", "campaign"]).sum()
    if twice:
        faults.append(Fault("the campaigns", f"name a person twice in one campaign in {twice:,} rows",
                            "give one row per person and campaign; who was kept apart is in no other row of it"))
    if not answers and not faults:
        bought = _bought(purchases, answer_days, people)
        late = people.loc[people["date"] + pd.Timedelta(days=answer_days) > bought.attrs["last"], "campaign"]
        if len(late):
            faults.append(Fault("the campaigns", f"{late.iloc[0]!r} went out less than {answer_days} days before the "
                                f"last purchase, {bought.attrs['last']:%Y-%m-%d}: its answers are not all in the data",
                                "take fewer `answer_days`, or leave the campaign out"))
        people = people.assign(responded=bought)
    if faults:
        raise DataError(faults)
    return people.sort_values(["date", "campaign"], kind="stable")


def _bought(purchases: ir.Table, answer_days: int, people: pd.DataFrame) -> pd.Series:
    """Whether each person bought on the days after the campaign; ``attrs["last"]`` is the last day of the data."""
    moment = days.moments(purchases).date()
    dated = purchases.mutate(day=moment).filter(moment.notnull(), purchases.customer_id.notnull())
    buyer_days = dated.filter(dated.amount > 0).select("customer_id", "day").distinct().execute()
    buyer_days = buyer_days.assign(day=pd.to_datetime(buyer_days["day"]))
    both = people[["customer_id", "date"]].reset_index().merge(buyer_days, on="customer_id")
    within = both[(both["day"] > both["date"]) & (both["day"] <= both["date"] + pd.Timedelta(days=answer_days))]
    bought = pd.Series(people.index.isin(within["index"]), index=people.index)
    bought.attrs["last"] = buyer_days["day"].max()
    return bought


def _stages(purchases: ir.Table, day: pd.Timestamp, rules: Mapping[str, Any] | None) -> pd.Series:
    before: dt.date = (day - pd.Timedelta(days=1)).date()
    try:
        return stages.assign(purchases, before, rules)["stage"]
    except DataError:  # nobody had bought by then
        return pd.Series(dtype=object)


def _without(table: pd.DataFrame) -> dict[str, Any]:
    n = int(table["treated"].sum())
    share = float(table.loc[table["treated"], "responded"].mean()) if n else float("nan")
    nothing = dict.fromkeys(("control_share", "uplift", "uplift_low", "uplift_high", "extra_responses"), float("nan"))
    return {"n_treated": n, "n_control": len(table) - n, "treated_share": share, **nothing,
            "uplift_verdict": NO_CONTROL}


def _guarded(made: pd.DataFrame) -> pd.DataFrame:
    """No share of a handful of people: it would tell what single ones did."""
    few = {f"{side}_share": made[f"{side}_share"].where(made[f"n_{side}"] >= uplift.SMALLEST)
           for side in ("treated", "control")}
    return made.assign(**few)


def _left_out(reason: str) -> pd.DataFrame:
    empty = pd.DataFrame()
    empty.attrs["left_out"] = reason
    return empty


def _nothing() -> Campaigns:
    return Campaigns(_left_out(_NONE), _left_out(_NONE), "", float("nan"), (NOTHING_KNOWN, {}))
