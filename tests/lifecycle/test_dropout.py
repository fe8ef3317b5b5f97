"""The integral over the moment a customer was lost, against SciPy's adaptive quadrature and differences."""

import numpy as np
import pytest
from scipy import integrate

from segkit.lifecycle import value
from segkit.lifecycle.models import dropout
from segkit.lifecycle.models.dropout import Dropout


@pytest.fixture
def histories():
    """Days of customers in weeks: many with few purchases, so that they share a table, and some who stand alone."""
    rng = np.random.default_rng(3)
    x = np.concatenate([np.repeat([0, 1, 2, 3], 300), [40, 90]]).astype(float)
    age = rng.integers(100, 140, len(x))
    recency = np.where(x > 0, np.minimum(x + rng.integers(0, 100, len(x)), age), 0)
    recency[5], x[5] = age[5], 1  # lost in no time
    return x, recency / 7, age / 7


def integral(x, recency, age, parameters):
    r, alpha, s, beta = parameters
    found, _ = integrate.quad(lambda u: (alpha + u) ** -(r + x) * (beta + u) ** -(s + 1), recency, age,
                              epsabs=0, epsrel=1e-12, limit=200)
    return np.log(s * found) if found > 0 else -np.inf


@pytest.mark.parametrize("parameters", [(0.55, 10.6, 0.61, 11.7), (1.0, 0.3, 2.0, 96.0), (3.0, 40.0, 0.1, 0.02)])
def test_it_is_the_integral(histories, parameters):
    made = Dropout(*histories)
    assert len(made.shared) > 1000
    assert len(made.own)
    found, _ = made.logarithm(np.array(parameters))
    rows = [*range(0, 1200, 37), 5, 1200, 1201]
    wanted = [integral(*(c[i] for c in histories), parameters) for i in rows]
    np.testing.assert_allclose(found[rows], wanted, atol=1e-9)


def test_slopes_are_those_of_the_value(histories):
    parameters = np.array([0.55, 10.6, 0.61, 11.7])
    made = Dropout(*histories)
    found, slopes = made.logarithm(parameters, with_slopes=True)
    some = np.isfinite(found)
    for i in range(4):
        step = np.eye(4)[i] * parameters[i] * 1e-5
        more, less = (made.logarithm(parameters + sign * step)[0][some] for sign in (1, -1))
        wanted = (more - less) / (2 * step[i])
        np.testing.assert_allclose(slopes[i][some], wanted, rtol=1e-6, atol=1e-9)
    assert np.isfinite(slopes).all()


def test_a_table_says_what_rows_say(histories, monkeypatch):
    parameters = np.array([0.9, 2.0, 1.4, 50.0])
    shared = Dropout(*histories).logarithm(parameters, with_slopes=True)
    monkeypatch.setattr(dropout, "FEW", 0)
    alone = Dropout(*histories)
    assert not len(alone.shared)
    some = np.isfinite(shared[0])  # elsewhere nothing rests on the slopes
    for one, other in zip(shared, alone.logarithm(parameters, with_slopes=True), strict=True):
        np.testing.assert_allclose(one[..., some], other[..., some], rtol=1e-10)


def test_where_the_integrand_falls_steeply_rows_are_taken_alone(histories):
    made, alpha = Dropout(*histories), 1e-4  # from day 0 to day 1 the integrand falls by a factor of 10^9
    found, _ = made.logarithm(np.array([1.0, alpha, 1.0, alpha]))
    never = histories[0] == 0  # of these it is the integral of (alpha + u)^−3
    wanted = np.log((alpha**-2 - (alpha + histories[2][never]) ** -2) / 2)
    np.testing.assert_allclose(found[never], wanted, atol=1e-9)


def test_rows_that_are_the_same_are_asked_once():
    x, recency, age = (np.tile(c, 3000) for c in ([0.0, 2, 5], [0.0, 3, 9], [12.0, 12, 12]))
    fitted = value.fit("mbg_nbd", x, recency, age)
    for ask in (fitted.expected_purchases, fitted.probability_of_purchase):
        assert ask(5.0, x, recency, age)[:3].tolist() == ask(5.0, x[:3], recency[:3], age[:3]).tolist()
