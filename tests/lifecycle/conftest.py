import pytest

from segkit.data import open as sources
from segkit.lifecycle import value


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
