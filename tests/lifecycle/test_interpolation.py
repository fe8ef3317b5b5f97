"""Functions of frequency and age read from a grid."""

import numpy as np
import pandas as pd
import pytest

from segkit.lifecycle import lifetime, value
from segkit.lifecycle.interpolation import ACCURACY, Grid


@pytest.fixture
def customers():
    rng = np.random.default_rng(5)
    return rng.negative_binomial(0.5, 0.03, 4000).astype(float), rng.uniform(0, 60, 4000)


def smooth(frequency, age):
    return (1.3 + frequency) * np.log1p(26 / (2 + age)) / (3 + frequency) ** 0.2


def test_a_smooth_function_is_read_as_it_is(customers):
    values = smooth(*customers)
    grid = Grid.fitting(*customers, values, smooth, 2.0)
    assert len(grid.age) < len(values) / 2
    assert np.abs(grid.read(smooth(grid.frequency, grid.age)) / values - 1).max() < ACCURACY


def test_a_point_of_the_grid_has_its_own_value(customers):
    grid = Grid(*customers, 8, 6, 2.0)
    there = Grid(grid.frequency, grid.age, 1, 1, 2.0)
    assert len(there.age) == 1
    values = smooth(grid.frequency, grid.age)
    again = Grid(np.append(grid.frequency, customers[0]), np.append(grid.age, customers[1]), 8, 6, 2.0)
    assert again.read(smooth(again.frequency, again.age))[:48] == pytest.approx(values, rel=1e-9)


def test_a_rough_function_is_not_read_from_a_grid(customers):
    def rough(frequency, age):
        return 2 + np.sin(frequency * 50 + age * 7)

    assert Grid.fitting(*customers, rough(*customers), rough, 2.0) is None


def test_few_customers_need_no_grid(customers):
    few = [c[:40] for c in customers]
    assert Grid.fitting(*few, smooth(*few), smooth, 2.0) is None


def test_all_of_one_age_is_one_point_of_age(customers):
    frequency, _ = customers
    age = np.full(len(frequency), 30.0)
    grid = Grid.fitting(frequency, age, smooth(frequency, age), smooth, 2.0)
    assert set(grid.age) == {30.0}


@pytest.mark.parametrize("model", ["bg_nbd", "mbg_nbd", "pareto_nbd"])
def test_draws_of_lifetime_values_are_the_same_with_and_without(model, monkeypatch):
    rng = np.random.default_rng(8)
    n = 1500
    age = rng.uniform(10, 60, n)
    stays = np.minimum(age, rng.exponential(25 / rng.gamma(1, 1, n)))
    x = rng.poisson(rng.gamma(0.8, 0.3, n) * stays).astype(float)
    recency = np.where(x > 0, stays * rng.beta(x + 1e-9, 1), 0.0)
    summary = np.column_stack([x, recency, age, np.where(x > 0, rng.gamma(6, 5, n), 0.0)])
    table = pd.DataFrame(summary, columns=lifetime.NEEDED)
    fitted = value.fit(model, x, recency, age)
    spend = value.fit("gamma_gamma", x[x > 0], recency[x > 0], age[x > 0], monetary=summary[x > 0, 3])
    tables = []
    for how in ("grid", "every customer"):
        if how != "grid":
            monkeypatch.setattr(Grid, "fitting", classmethod(lambda *_: None))
        tables.append(lifetime.lifetime(fitted, spend, table, 52, n_draws=20, random_state=1))
    for column in ("lifetime_value_low", "lifetime_value_high"):
        assert tables[0][column].to_numpy() == pytest.approx(tables[1][column].to_numpy(), rel=1e-3)
    assert tables[0]["lifetime_value"].equals(tables[1]["lifetime_value"])


@pytest.mark.parametrize("model", ["bg_nbd", "mbg_nbd"])
@pytest.mark.parametrize("a", [0.05, 0.8, 5.0])
@pytest.mark.parametrize("b", [0.3, 2.5, 40.0])
def test_six_digits_are_six_digits(model, a, b):
    from segkit.lifecycle.models.fitted import PurchaseModel

    rng = np.random.default_rng(3)
    age = rng.uniform(10, 60, 400)
    x = rng.poisson(rng.gamma(0.8, 0.3, 400) * age).astype(float)
    fitted: PurchaseModel = value.fit(model, x, np.where(x > 0, age * 0.7, 0.0), age)
    often, old = (g.ravel() for g in np.meshgrid([0.0, 1, 3, 10, 40, 150, 400], [1.0, 8, 30, 300]))
    params = np.array([0.6, 4.0, a, b])
    full, coarse = (fitted.at(params, digits).discounted_if_alive(52, 0.002, often, old) for digits in (10, lifetime.DIGITS))
    assert coarse == pytest.approx(full, rel=3e-6)
