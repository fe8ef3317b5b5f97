"""The brands with most buyers; all others of the category count together.

Every measure of competition has a cell for each pair of brands: hundreds of brands fill a page that nobody reads.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from segkit.data.contract.orderlines import Note
from segkit.words import labels
from segkit.words.language import LANGUAGES, N_, translate

MOST = 24
"""Brands that are told apart."""
OTHERS = N_("Other brands")
GATHERED = N_("The {most:count} brands with most buyers are told apart. The other {n:count} count together as "
              "“{name:value}”: keep the rows of the brands that matter to tell more of them apart.")


def gathered(purchases: ir.Table, most: int = MOST) -> tuple[ir.Table, tuple[Note, ...]]:
    """The purchases with the brands beyond the largest as one, and what to say of it; as they are with few brands.

    Parameters
    ----------
    purchases : rows of `customer_id` and `brand`, without missing ones.
    most : brands that are told apart, those with most customers; ties: the first by name.

    Examples
    --------
    >>> t = ibis.memtable({"customer_id": [1, 2, 2, 3], "brand": ["a", "a", "b", "c"]})
    >>> made, notes = gathered(t, 1)
    >>> sorted(made.brand.execute()), notes[0].values["n"]
    (['Other brands', 'Other brands', 'a', 'a'], 2)
    """
    sizes = purchases.group_by("brand").aggregate(n=purchases.customer_id.nunique())
    n = int(sizes.count().execute())
    if n <= most:
        return purchases, ()
    first = sizes.order_by(ibis.desc("n"), "brand").limit(most).brand.execute().to_list()
    labels.give({code: {OTHERS: translate(OTHERS, code)} for code in LANGUAGES})
    merged = purchases.mutate(brand=ibis.ifelse(purchases.brand.isin(first), purchases.brand, OTHERS))
    return merged, (Note(GATHERED, {"most": most, "n": n - most, "name": OTHERS}),)
