import numpy as np
import pandas as pd
import pytest

from segkit.data import open as sources
from segkit.lifecycle import value


def make_purchases(seed=0, n_customers=60, n_days=200):
    """Purchase lines of customers who come, pause, return and go: times of day, tenths of a cent, returns, holes."""
    rng = np.random.default_rng(seed)
    rows = []
    for customer in range(n_customers):
        pace, day, end = rng.integers(1, 30), rng.integers(0, n_days), rng.integers(0, n_days + 60)
        while day < min(end, n_days):
            rows += [(customer + 100, day)] * rng.integers(1, 4)
            day += 1 + rng.poisson(pace) * (8 if rng.random() < 0.08 else 1)
        rows += [(customer + 100, min(day, n_days - 1))] if rng.random() < 0.7 else []
    sales = pd.DataFrame(rows, columns=["customer_id", "day"]).sample(frac=1, random_state=seed, ignore_index=True)
    n = len(sales)
    amount = rng.lognormal(2, 1, n).round(3) * np.where(rng.random(n) < 0.08, -1, 1)
    amount[rng.random(n) < 0.03] = 0.0
    amount[rng.random(n) < 0.02] = np.nan
    sales["date"] = pd.Timestamp("2023-11-20") + pd.to_timedelta(sales["day"], unit="D") + pd.to_timedelta(
        rng.integers(0, 86400, n), unit="s")
    return sales.drop(columns="day").assign(amount=amount)


@pytest.fixture
def purchases():
    return make_purchases()


@pytest.fixture
def on_spark(spark):
    """Puts a DataFrame into the local Spark and gives its Ibis table."""
    def put(frame):
        spark._session.createDataFrame(frame).createOrReplaceTempView("lines")
        return spark.table("lines")

    return put


@pytest.fixture(scope="session")
def cdnow():
    sales = sources.table("cdnow.transactions")
    sample = sales.semi_join(sources.table("cdnow.sample"), "customer_id")
    return value.summarise(sample, calibration_end="1997-09-30")


@pytest.fixture(scope="session")
def fitted(cdnow):
    columns = [cdnow[c] for c in ("repeat_frequency", "last_purchase_age", "customer_age")]
    return {name: value.fit(name, *columns) for name in ("bg_nbd", "mbg_nbd", "pareto_nbd")}


@pytest.fixture(scope="session")
def spend(cdnow):
    return value.fit("gamma_gamma", cdnow["repeat_frequency"], monetary=cdnow["repeat_monetary"])
