import numpy as np
import pandas as pd
import pytest
from ibis.util import gen_name

from segkit.segmentation import rules


def make_purchases(seed=0, n_customers=60, n_rows=600, returns=True):
    """Purchase lines with times of day, tenths of a cent, a few missing amounts and, if wanted, returns."""
    rng = np.random.default_rng(seed)
    amount = rng.lognormal(2, 1, n_rows).round(3)
    if returns:
        amount *= np.where(rng.random(n_rows) < 0.1, -1, 1)
    amount[rng.random(n_rows) < 0.03] = np.nan
    seconds = rng.integers(0, 300 * 86400, n_rows)
    return pd.DataFrame({
        "customer_id": rng.integers(1, n_customers + 1, n_rows),
        "basket_id": rng.integers(1, 300, n_rows),
        "store_id": rng.integers(1, 6, n_rows),
        "date": pd.Timestamp("2024-01-01") + pd.to_timedelta(seconds, unit="s"),
        "amount": amount,
    })


@pytest.fixture
def purchases():
    return make_purchases()


@pytest.fixture
def sales():
    """Purchases without returns."""
    return make_purchases(1, returns=False)


@pytest.fixture
def three_groups():
    """40, 30 and 20 customers around three points."""
    rng = np.random.default_rng(3)
    X = np.r_[rng.normal(0, 1, (40, 3)), rng.normal(5, 1, (30, 3)), rng.normal((0, 9, 4), 1, (20, 3))]
    order = rng.permutation(len(X))
    return pd.DataFrame(X[order], columns=["visits", "spend", "items"], index=[f"c{i:03}" for i in order])


@pytest.fixture
def by_group():
    """A segmentation that takes each customer's group as given."""
    def segment(group):
        table = pd.DataFrame({"customer_id": group.index, "group": group.to_numpy()})
        return rules.segment(table, {"model": "demographic", "by": "group"})
    return segment


@pytest.fixture(scope="session")
def on_spark(spark):
    """A DataFrame as a table of the local Spark."""
    kinds = {"i": "bigint", "f": "double", "M": "timestamp", "b": "boolean"}

    def table(frame):
        schema = ", ".join(f"`{c}` {kinds.get(frame[c].dtype.kind, 'string')}" for c in frame)
        known = frame.astype(object).where(frame.notna(), None)
        rows = [tuple(v.to_pydatetime() if isinstance(v, pd.Timestamp) else v for v in row)
                for row in known.itertuples(index=False)]
        name = gen_name("frame")
        spark._session.createDataFrame(rows, schema).createOrReplaceTempView(name)
        return spark.table(name)

    return table
