import math
from collections import defaultdict

import ibis
import numpy as np
import pandas as pd
import pytest

from segkit.data import open as sources
from segkit.segmentation import behaviour, rfm
from segkit.words.errors import DataError, SegkitError


def cents(amount):
    """Whole cents, halves away from zero; a missing amount is 0."""
    if math.isnan(amount):
        return 0
    return int(math.copysign(math.floor(abs(amount * 100) + 0.5), amount))


def looped_occasions(sales):
    """(customer, basket or else time stamp) → its lines as (moment, cents)."""
    found = defaultdict(list)
    for row in sales.itertuples():
        basket = getattr(row, "basket_id", None)
        key = ("basket", basket) if pd.notna(basket) else ("moment", row.date)
        found[row.customer_id, key].append((row.date, cents(row.amount)))
    return found


def looped_features(sales, as_of=None):
    as_of = pd.Timestamp(as_of or sales["date"].max()).date()
    days, money, bought = defaultdict(list), defaultdict(int), defaultdict(int)
    for (customer, _), lines in looped_occasions(sales).items():
        paid = sum(c for _, c in lines)
        money[customer] += paid
        if paid >= 0:
            bought[customer] += 1
            days[customer] += [moment.date() for moment, c in lines if c >= 0]
    rows = {c: {"recency_days": (as_of - max(days[c])).days, "frequency": bought[c],
                "monetary": money[c] / 100, "tenure_days": (as_of - min(days[c])).days,
                "average_basket": money[c] / bought[c] / 100} for c in sorted(days)}
    return pd.DataFrame.from_dict(rows, orient="index")


def exact_score(values, n_bins):
    """ceil(n_bins · average rank / n) in whole numbers: twice the average rank is whole."""
    values = np.asarray(values)
    ordered = np.sort(values)
    twice_rank = np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right") + 1
    return -(-n_bins * twice_rank // (2 * len(values)))


def assert_scored(scored, features, n_bins=5):
    columns = ["recency_days", "frequency", "monetary", "tenure_days", "average_basket"]
    pd.testing.assert_frame_equal(scored[columns], features[columns], check_names=False, check_dtype=False,
                                  check_index_type=False, rtol=1e-12)
    for name, values in (("r", -features["recency_days"]), ("f", features["frequency"]), ("m", features["monetary"])):
        np.testing.assert_array_equal(scored[name], exact_score(values, n_bins), err_msg=name)


@pytest.mark.parametrize("n_bins", [2, 3, 5, 10])
@pytest.mark.parametrize("baskets", [True, False])
@pytest.mark.parametrize("as_of", [None, "2025-03-01"])
def test_scores_equal_a_loop_over_purchases(purchases, as_of, baskets, n_bins):
    sales = purchases if baskets else purchases.drop(columns="basket_id")
    assert_scored(rfm.scores(sales, as_of, n_bins), looped_features(sales, as_of), n_bins)


def test_scores_of_cdnow_equal_pandas():
    sales = sources.table("cdnow.transactions").execute()
    last = sales["date"].max()
    grouped = sales.assign(cents=(sales["amount"] * 100).round().astype("int64")).groupby("customer_id")
    expected = pd.DataFrame({
        "recency_days": (last - grouped["date"].max()).dt.days, "frequency": grouped["date"].nunique(),
        "monetary": grouped["cents"].sum() / 100, "tenure_days": (last - grouped["date"].min()).dt.days})
    expected["average_basket"] = expected["monetary"] / expected["frequency"]
    scored = rfm.scores("cdnow.transactions")
    assert len(scored) == 23570
    assert_scored(scored, expected)


@pytest.mark.parametrize(("values", "n_bins", "expected"), [
    ([1, 1, 1, 1], 5, [4, 4, 4, 4]),
    ([1, 2, 3, 4, 5], 5, [1, 2, 3, 4, 5]),
    ([1, 1, 2, 2], 2, [1, 1, 2, 2]),
    ([5], 5, [5]),
    ([-3, 0, 7], 3, [1, 2, 3]),
])
def test_score_by_hand(values, n_bins, expected):
    assert rfm.score(pd.Series(values), n_bins).to_list() == expected


@pytest.mark.parametrize("n", [7, 49, 100, 997])
def test_score_has_no_rounding_error_at_borders(n):
    values = pd.Series(range(n))
    for n_bins in range(2, 12):
        np.testing.assert_array_equal(rfm.score(values, n_bins), exact_score(values, n_bins))


def test_recency_counts_calendar_days_whatever_the_time_of_day():
    sales = pd.DataFrame({"customer_id": ["late", "early", "now"], "amount": 1.0,
                          "date": pd.to_datetime(["2024-03-01 23:59:59", "2024-03-01 00:00:00", "2024-03-02 00:00:01"])})
    assert rfm.scores(sales)["recency_days"].to_dict() == {"early": 1, "late": 1, "now": 0}


def test_cents_of_negative_amounts_round_away_from_zero_and_sum_exactly():
    sales = pd.DataFrame({"customer_id": 1, "date": pd.Timestamp("2024-01-01"), "amount": [0.1] * 30 + [-0.125, -2.0]})
    assert rfm.scores(sales)["monetary"].to_list() == [0.87]


def test_other_column_names():
    sales = pd.DataFrame({"client": ["b", "a"], "day": pd.to_datetime(["2024-01-01", "2024-01-03"]), "paid": [5.0, 7]})
    scored = rfm.scores(sales, customer_id="client", date="day", amount="paid")
    assert scored.index.name == "client"
    assert scored["monetary"].to_dict() == {"a": 7.0, "b": 5.0}


def test_rows_without_customer_or_date_are_left_out(purchases):
    holes = purchases.astype({"customer_id": "Int64"})
    holes.loc[:9, "customer_id"] = pd.NA
    holes.loc[10:19, "date"] = pd.NaT
    pd.testing.assert_frame_equal(rfm.scores(holes), rfm.scores(purchases.iloc[20:]), check_index_type=False)


def test_named_segments_follow_the_rule_table_in_order(purchases):
    scored = rfm.scores(purchases)
    named = rfm.segment(scored).labels

    def name(r, f, frequency):
        if r >= 4:
            return "New customers" if frequency == 1 else "Champions" if f >= 4 else "Potential loyalists"
        if r == 3:
            return "Loyal customers" if f >= 4 else "Need attention" if f == 3 else "About to lapse"
        return "Cannot lose them" if f == 5 else "At risk" if f == 4 else "Hibernating"

    expected = [name(*row) for row in scored[["r", "f", "frequency"]].itertuples(index=False)]
    assert named.reindex(scored.index).to_list() == expected


def test_a_rule_table_with_a_gap_is_refused():
    scored = pd.DataFrame({"r": [1, 2], "f": [1, 2]}, index=pd.Index([1, 2], name="customer_id"))
    spec = {"model": "value-based", "domain": {"r": [1, 2]}, "segments": [{"name": "one", "when": {"r": 1}}]}
    with pytest.raises(SegkitError, match="1 combination of scores without a segment"):
        rfm.segment(scored, spec)


@pytest.mark.parametrize("baskets", [True, False])
def test_behaviour_equals_a_loop(purchases, baskets):
    """Shares are of baskets, each at its first line; stores are of all lines."""
    sales = purchases.assign(n_products=np.random.default_rng(1).integers(1, 9, len(purchases)))
    sales = sales if baskets else sales.drop(columns="basket_id")
    found = behaviour.features(sources.table(sales)).execute().set_index("customer_id")
    sales = sales.assign(cents=sales["amount"].map(cents))
    sales["paid"] = sales.groupby(["customer_id", "basket_id" if baskets else "date"])["cents"].transform("sum")
    for customer, rows in sales.groupby("customer_id"):
        bought = rows[rows["paid"] >= 0]
        first = list(bought[bought["cents"] >= 0].groupby("basket_id" if baskets else "date")["date"].min())
        expected = [sum(d.weekday() >= 5 for d in first) / len(first), sum(d.hour >= 18 for d in first) / len(first),
                    rows.loc[rows["cents"] >= 0, "store_id"].nunique(), bought["n_products"].sum() / len(first)]
        columns = ["weekend_share", "evening_share", "n_stores", "products_per_basket"]
        assert found.loc[customer, columns].to_list() == pytest.approx(expected)


@pytest.mark.parametrize(("arguments", "words"), [
    ({"n_bins": 1}, ["`n_bins`", "at least 2", "got 1"]),
    ({"as_of": "2024-02-01"}, ["column 'date'", "purchases are after `as_of` 2024-02-01", "later day"]),
    ({"amount": "amont"}, ["column 'amont'", "did you mean `amount`"]),
    ({"as_of": "2024-13-01"}, ["`as_of`", "2024-13-01"]),
    ({"n_bins": 2.5}, ["`n_bins`", "whole number"]),
])
def test_bad_arguments_are_explained(purchases, arguments, words):
    with pytest.raises(SegkitError) as error:
        rfm.scores(purchases, **arguments)
    assert all(word in str(error.value) for word in words)


def test_purchases_without_a_usable_row_are_explained(purchases):
    with pytest.raises(DataError, match="no row with a customer and a date"):
        rfm.scores(purchases.head(0))


@pytest.mark.parametrize("amount", [["five", "six"], [1.0, np.inf]])
def test_amounts_that_are_not_money_are_explained(amount):
    sales = pd.DataFrame({"customer_id": [1, 2], "date": pd.Timestamp("2024-01-01"), "amount": amount})
    with pytest.raises(DataError, match="amount"):
        rfm.scores(sales)


def test_rows_without_a_basket_id_are_occasions_by_their_moment():
    sales = pd.DataFrame({"customer_id": [1, 1, 1, 1, 2], "amount": [1.0, 2, 6, 1, 3],
                          "date": pd.to_datetime(["2024-01-01 09:00"] * 2 + ["2024-01-01 17:30"] * 3),
                          "basket_id": [None, None, None, 7.0, 7]})
    scored = rfm.scores(sales)
    assert scored["frequency"].to_list() == [3, 1]
    assert scored["average_basket"].to_list() == pytest.approx([10 / 3, 3])


def test_lines_of_one_minute_are_one_purchase():
    """200 customers, 150 with one order of four lines at one minute, 50 with two orders: a quarter came back."""
    minute = pd.Timestamp("2024-03-01 10:00")
    lines = [(c, minute + pd.Timedelta(minutes=c), 5.0) for c in range(150) for _ in range(4)]
    lines += [(c, minute + pd.Timedelta(minutes=c + 60 * i), 5.0) for c in range(150, 200) for i in range(2)]
    scored = rfm.scores(pd.DataFrame(lines, columns=["customer_id", "date", "amount"]))
    assert len(scored) == 200
    assert (scored["frequency"] > 1).mean() == 0.25
    by_day = pd.DataFrame(lines, columns=["customer_id", "date", "amount"])
    by_day["date"] = by_day["date"].dt.normalize()
    assert (rfm.scores(by_day)["frequency"] > 1).sum() == 0


def test_money_given_back_is_no_purchase():
    sales = pd.DataFrame([("back", "2024-01-10", 100.0), ("back", "2024-06-30", -100.0), ("other", "2024-06-01", 5.0),
                          ("never", "2024-05-01", -30.0)], columns=["customer_id", "date", "amount"])
    scored = rfm.scores(sales.assign(date=pd.to_datetime(sales["date"])))
    assert scored[["recency_days", "frequency", "monetary"]].to_dict("index") == {
        "back": {"recency_days": 172, "frequency": 1, "monetary": 0}, "other": {"recency_days": 29, "frequency": 1, "monetary": 5}}


def test_money_given_back_in_its_own_basket_does_not_move_the_purchase():
    sales = pd.DataFrame({"customer_id": "a", "basket_id": [1, 1], "amount": [100.0, -100.0],
                          "date": pd.to_datetime(["2024-01-10", "2024-06-30"])})
    assert rfm.scores(sales)[["recency_days", "frequency", "monetary"]].to_numpy().tolist() == [[172, 1, 0]]


def test_refunded_purchases_do_not_make_customers_come_back():
    """300 customers, one purchase or two; 60 of those with one send it back later."""
    rng = np.random.default_rng(5)
    n_bought = np.where(np.arange(300) < 90, 1, 2)
    rows = [(c, pd.Timestamp("2024-01-01") + pd.Timedelta(days=int(100 * i + rng.integers(0, 90))), 20.0)
            for c, n in enumerate(n_bought) for i in range(n)]
    rows += [(c, pd.Timestamp("2024-10-01"), -20.0) for c in range(60)]
    scored = rfm.scores(pd.DataFrame(rows, columns=["customer_id", "date", "amount"]))
    assert (scored["frequency"] > 1).mean() == 210 / 300
    assert scored["monetary"].sum() == 20 * (90 + 420 - 60)
    assert scored["recency_days"].min() > 0


def test_behaviour_counts_the_occasions_of_frequency():
    sales = pd.DataFrame({"customer_id": 1, "basket_id": [None, None, 7.0, 8], "amount": [1.0, 1, 1, -1],
                          "n_products": [1, 2, 3, 9], "store_id": [1, 1, 2, 3],
                          "date": pd.to_datetime(["2024-06-01"] * 2 + ["2024-06-03", "2024-06-08"])})
    found = behaviour.features(sources.table(sales)).execute().iloc[0]
    columns = ["frequency", "weekend_share", "products_per_basket", "n_stores"]
    assert found[columns].to_list() == pytest.approx([2, 1 / 2, 3, 2])


def test_weekend_share_counts_baskets_not_lines():
    sales = pd.DataFrame({"customer_id": 1, "basket_id": [1, 1, 1, 2], "amount": 1.0,
                          "date": pd.to_datetime(["2024-06-01"] * 3 + ["2024-06-03"])})
    assert behaviour.features(ibis.memtable(sales)).execute()["weekend_share"].to_list() == [0.5]


@pytest.fixture(scope="module")
def lines():
    """2,000 purchase lines: half cents, returns, missing amounts, baskets and products, purchases at midnight."""
    rng = np.random.default_rng(11)
    n = 2000
    amount = (rng.integers(-4000, 40000, n) / 800).round(3)
    amount[:40] = np.nan
    basket, product = rng.integers(1, 700, n).astype(float), rng.integers(1, 60, n).astype(float)
    basket[40:90] = np.nan
    product[90:160] = np.nan
    seconds = rng.integers(0, 400 * 86400, n)
    seconds[:5] = np.arange(5) * 86400
    return pd.DataFrame({"customer_id": rng.integers(1, 120, n), "basket_id": basket, "product_id": product,
                         "amount": amount, "store_id": rng.integers(1, 6, n), "n_products": rng.integers(1, 9, n),
                         "date": pd.Timestamp("2023-01-01") + pd.to_timedelta(seconds, unit="s")})


def test_scores_are_the_same_on_duckdb_on_spark_and_in_a_loop(lines, on_spark):
    expected = looped_features(lines)
    bought = lines[lines["amount"].map(cents) >= 0].dropna(subset="product_id").groupby("customer_id")["product_id"].nunique()
    expected["distinct_products"] = bought.reindex(expected.index, fill_value=0)
    for scores, column in (("r", -expected["recency_days"]), ("f", expected["frequency"]), ("m", expected["monetary"])):
        expected[scores] = exact_score(column, 5)
    there = on_spark(lines)
    for found in (rfm.scores(lines, product_id="product_id"), rfm.scores(there, product_id="product_id"),
                  rfm.scored(rfm.features(sources.table(lines), product_id="product_id")).execute().set_index("customer_id"),
                  rfm.scored(rfm.features(there, product_id="product_id")).execute().set_index("customer_id")):
        pd.testing.assert_frame_equal(found.sort_index(), expected, check_exact=True, check_names=False, check_dtype=False,
                                      check_index_type=False)


def test_behaviour_is_the_same_on_spark(lines, on_spark):
    here, there = (behaviour.features(t).execute().set_index("customer_id") for t in (sources.table(lines), on_spark(lines)))
    assert {"weekend_share", "evening_share", "n_stores", "products_per_basket"} <= set(here)
    pd.testing.assert_frame_equal(here, there, check_exact=True)


CUTS = {"recency_days": [3, 9, 20], "monetary": [60, 120.5]}


def test_limits_of_ones_own_make_bands_and_the_rest_is_ranked(purchases):
    found = rfm.scores(purchases, cuts=CUTS)
    for row in found.itertuples():
        assert row.r == 4 - sum(row.recency_days >= c for c in CUTS["recency_days"])
        assert row.m == 1 + sum(row.monetary >= c for c in CUTS["monetary"])
    assert found["r"].nunique() > 1
    assert set(found["m"]) == {1, 2, 3}
    np.testing.assert_array_equal(found["f"], exact_score(found["frequency"], 5))
    engine = rfm.scored(rfm.features(sources.table(purchases)), cuts=CUTS).execute().set_index("customer_id").sort_index()
    pd.testing.assert_frame_equal(engine, found, check_dtype=False)


def test_limits_documented_by_the_rfm_package_give_its_bands():
    """R's rfm prints lower bounds of its scores (R 1/115/181/297.4/482, F 1/4/5/6/8, M 12/255.8/382/506.4/666)."""
    cuts = {"recency_days": [115, 181, 297.4, 482], "frequency": [4, 5, 6, 8], "monetary": [255.8, 382, 506.4, 666]}
    at = ibis.memtable({"recency_days": [1, 114, 115, 180, 181, 297, 298, 481, 482, 977],
                        "frequency": [1, 3, 4, 5, 6, 7, 8, 9, 14, 14],
                        "monetary": [12, 255.79, 255.8, 381.99, 382, 506.39, 506.4, 665.99, 666, 1488]})
    found = rfm.scored(at, cuts=cuts).execute().sort_values("recency_days")
    assert found["r"].to_list() == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]
    assert found["f"].to_list() == [1, 1, 2, 3, 4, 4, 5, 5, 5, 5]
    assert found["m"].to_list() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]


@pytest.mark.parametrize(("cuts", "words"), [
    ({"recency": [1]}, ["'recency'", "has no score", "recency_days, frequency, monetary"]),
    ({"monetary": [5, 1]}, ["'monetary'", "[5, 1]", "smallest first"]),
    ({"monetary": []}, ["'monetary'", "list the limits"]),
    ({"monetary": "5"}, ["'monetary'", "list the limits"]),
    ({"frequency": [1, "2"]}, ["'frequency'", "list the limits"]),
])
def test_faulty_limits_are_explained(purchases, cuts, words):
    with pytest.raises(SegkitError) as error:
        rfm.scores(purchases, cuts=cuts)
    assert all(word in str(error.value) for word in words)


def test_an_infinite_amount_behind_a_missing_one_is_found(tmp_path):
    """Statistics of a Parquet file leave NaN out, and the check asks them first."""
    path = tmp_path / "sales.parquet"
    pd.DataFrame({"customer_id": [1, 2, 3], "date": pd.Timestamp("2024-01-01"), "amount": [1.0, np.nan, -np.inf]}).to_parquet(path)
    with pytest.raises(DataError, match="1 amounts that are infinite"):
        rfm.scores(path)


def test_scores_that_the_rules_do_not_know_are_refused(purchases):
    with pytest.raises(SegkitError, match=r"score 'r'.*6, 7, 8, 9, 10\n.*as many bands"):
        rfm.segment(rfm.scores(purchases, n_bins=10))


def test_a_variable_that_is_the_same_for_everybody_forms_no_segments():
    """Every amount 9.99: sums of several differ from 9.99 times their number in the last bit of a float, baskets do not."""
    sales = pd.DataFrame({"customer_id": np.repeat(np.arange(40), np.arange(40) % 7 + 1), "amount": 9.99})
    sales["date"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(len(sales)) * 37 % 300, unit="D")
    base = behaviour.features(sources.table(sales)).execute().set_index("customer_id")
    assert base["average_basket"].nunique() == 1
    names = ["recency_days", "frequency", "average_basket"]
    assert list(behaviour.variables(base, names)) == ["recency_days", "frequency"]
    with pytest.raises(DataError, match=r"(?s)same for every customer: average_basket.*name other features"):
        behaviour.variables(base, ["average_basket"])


@pytest.mark.parametrize(("given", "words"), [
    ({"n_bins": 4}, "those of the kit are for five of each"),
    ({"cuts": {"recency_days": [30, 90]}}, "no names for 3 scores of recency and 5 of frequency"),
    ({"n_bins": 1}, "whole number of at least 2"),
    ({"n_bins": 2, "bands": [{"name": "Recent", "when": {"r": 2}}]}, "leaves 1 combination of scores without a segment"),
    ({"n_bins": 2, "bands": [{"name": "All", "when": {"r": [1, 2]}}, {"name": "Away", "when": {"r": 1}}]}, "'Away': can never be reached: All come first"),
    ({"n_bins": 4, "bands": [{"name": "Best", "when": {"r": 5}}, {"name": "Rest", "when": {"r": {"at_least": 1}}}]}, "'Best': can never be reached"),
    ({"bands": [{"name": "Near", "when": {"rr": 5}}]}, "'Near': names 'rr'\n  → did you mean `r`?"),
    ({"bands": [{"name": "", "when": {"r": 5}}]}, "`bands`"),
    ({"bands": [{"when": {"r": 5}}]}, "`bands`")])
def test_names_that_do_not_fit_the_scores_are_refused(given, words):
    with pytest.raises(SegkitError) as told:
        rfm.segment_rules(**given)
    assert words in str(told.value)


def test_names_of_ones_own_on_four_scores(purchases):
    scored = rfm.scores(purchases, n_bins=4)
    bands = [{"name": "Once", "when": {"frequency": 1}}, {"name": "Here", "when": {"r": {"at_least": 3}}}, {"name": "Gone", "when": {"r": {"at_most": 2}}}]
    found = rfm.segment(scored, rfm.segment_rules(4, bands=bands)).labels
    wanted = np.where(scored["frequency"] == 1, "Once", np.where(scored["r"] >= 3, "Here", "Gone"))
    assert found.reindex(scored.index).to_list() == list(wanted)
