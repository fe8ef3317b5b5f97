"""The people among whom a target market is chosen: customers who bought, or a table of people without purchases, such
as the survey whose segments are the candidates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from segkit.data import customers, occasions, summary, surveys, tables
from segkit.data.contract.rows import Account
from segkit.segmentation import behaviour, respondents, responses, rfm
from segkit.segmentation.partition import coded_answers, coding
from segkit.targeting import attractiveness
from segkit.words.errors import DataError, Fault
from segkit.words.language import N_

BOUGHT = ("recency_days", "frequency", "monetary", "average_basket", "r", "f", "m")
"""What purchases tell of a customer; missing of everybody where there are none."""
COUNTED = ("n_contacts", "n_responses", "income_from")
"""What other tables tell, or bands of income."""
DOINGS = ("monetary", "frequency", "average_basket", "n_contacts", "n_responses")
_NO_PURCHASES = N_("This study names no purchases: what each person bought, and what a group brings, is not known. The "
                   "candidates are compared by what the table says of people; criteria that need purchases are left "
                   "out. Columns of numbers that could be criteria: {columns:message}.")


class People(NamedTuple):
    """The people, with what is known of each.

    Attributes
    ----------
    source : the table whose rows `account` counts: the purchases, or the people without them.
    account : the account of its rows.
    known : what is known of each person, by `customer_id`.
    bought : what each bought, by customer; without purchases those of `BOUGHT` that `known` does not hold, all missing.
    became : what became of answers that say nothing, and of words among numbers, by column.
    doings : numeric columns that say what people do.
    weights : how many people each row stands for; None where all count alike.
    sentence, values : what a purchase is here, or that there are none.
    """

    source: Any
    account: Account
    known: pd.DataFrame
    bought: pd.DataFrame
    became: pd.DataFrame
    doings: list[str]
    weights: pd.Series | None
    sentence: str
    values: dict[str, Any]

    def numbers(self, base: pd.DataFrame) -> pd.DataFrame:
        """The table for what is counted: where there are no purchases, yes is 1 and no is 0, and answers in an order
        are their places from 1 on, so that criteria and evidence can rest on them."""
        if "monetary" in self.doings:
            return base
        kinds = respondents.columns(base)["kind"]
        words = [c for c in base if kinds[c] == respondents.YES_NO and not pd.api.types.is_numeric_dtype(base[c])]
        numbers = {c: base[c].map(lambda v: coding.answer(v) in coded_answers.YES, na_action="ignore").astype(float)
                   for c in words}
        numbers |= {c: base[c].cat.codes.where(base[c].notna()) + 1.0 for c in base
                    if isinstance(base[c].dtype, pd.CategoricalDtype) and base[c].cat.ordered}
        return base.assign(**numbers)

    def measured(self, base: pd.DataFrame) -> list[str]:
        """The columns of `doings` that a table has: contacts and answers are counted where there are such tables."""
        return [c for c in self.doings if c in base]

    def compared_by(self, base: pd.DataFrame, traits: Sequence[str]) -> list[str]:
        """What to compare groups of these people by: what they do; without purchases what else is known of them, too.

        Parameters
        ----------
        base : a row per person, what is known of them beside what was counted.
        traits : columns that describe people.
        """
        beside = [] if "monetary" in self.doings else [c for c in traits if c not in self.doings]
        return [*beside, *self.measured(base)]


def load(data: Any, columns: Mapping[str, str] | None, customer_data: Any = "",
         customer_columns: Mapping[str, str] | None = None, *, as_of: str | None = None,
         read: Mapping[str, Any] | None = None, rows: Mapping[str, Any] | None = None,
         customer_read: Mapping[str, Any] | None = None, dont_know: Sequence[Any] = (),
         required: bool = True) -> People:
    """The customers who bought, with what is known of them; the people of the customer table where `data` is empty.

    Parameters
    ----------
    data, columns, as_of, read, rows : the purchases, as in `segkit.data.tables.load`; "" for none.
    customer_data, customer_columns, customer_read : a row per customer. Without purchases its rows are the people; they
        are numbered from 1 where no column is `customer_id`, and `weight` says how many people a row stands for.
    dont_know : answers that say nothing, as in `responses.tidied`.
    required : whether the purchases alone will not do.

    Returns
    -------
    People.

    Raises
    ------
    DataError
        With the faults of either table, when the two are of other customers, and when there is neither.

    Examples
    --------
    >>> guests = pd.DataFrame({"customer_id": ["a", "b", "c"], "spend": [9.0, 4.0, 2.5]})
    >>> people = load("", {}, guests)
    >>> people.doings, bool(people.bought["monetary"].isna().all()), people.known.index.to_list()
    (['spend'], True, ['a', 'b', 'c'])
    """
    if not (isinstance(data, str) and not data):
        return _who_bought(data, columns, as_of, read, rows, customers.load(
            customer_data, customer_columns, customer_read, required=required), dont_know)
    if isinstance(customer_data, str) and not customer_data:
        raise DataError([Fault("`data`", "is empty, and so is `customer_data`: there is nobody to choose among",
                               "give the purchases, or a table with a row per person")])
    opened = surveys.account_customers(customer_data, customer_columns, customer_read)
    everybody = surveys.people(opened, customer_data, customer_read)
    known, became = responses.tidied(surveys.answers(everybody), dont_know)
    known = known.rename_axis("customer_id")
    bought = pd.DataFrame(float("nan"), known.index, [c for c in BOUGHT if c not in known])
    doings = [c for c in known if pd.api.types.is_numeric_dtype(known[c]) and known[c].nunique() > 2]
    return People(customer_data, opened, known, bought, became, doings, surveys.weights(everybody), _NO_PURCHASES,
                  {"columns": attractiveness.listed(doings)})


def _who_bought(data: Any, columns: Mapping[str, str] | None, as_of: str | None, read: Mapping[str, Any] | None,
                rows: Mapping[str, Any] | None, known: pd.DataFrame, dont_know: Sequence[Any]) -> People:
    opened = tables.account(data, "transactions", columns, as_of, read, rows)
    became = customers.became(known)
    known, said = responses.numbered(known, dont_know)
    bought = rfm.scored(behaviour.features(opened.table, as_of)).execute().set_index("customer_id")
    refunds = summary.overview(opened.table)["n_only_refunds"].iloc[0]
    return People(data, opened, customers.of_buyers(known, bought.index), bought,
                  pd.concat([became, said]), list(DOINGS), None,
                  "what_a_purchase_is", {"what": occasions.rule(opened.table), "refunds": refunds})
