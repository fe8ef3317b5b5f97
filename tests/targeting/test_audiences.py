"""Audiences: the compiled query against brute force in plain Python on random rules, on DuckDB and on local Spark."""

import datetime as dt
import random

import ibis
import pandas as pd
import pytest

from segkit.targeting import audience_lint, audience_rules, audiences, funnels, membership
from segkit.words.errors import DataError, SegkitError

AS_OF = dt.date(2024, 6, 30)
N_RULES = 500


def shop(n=60, seed=5):
    """Customers, purchases by day and events by minute, with missing values; some ids are of nobody."""
    rng = random.Random(seed)
    maybe = lambda value: None if rng.random() < 0.15 else value  # noqa: E731
    people = [{"customer_id": f"c{i:02d}", "age": maybe(rng.randint(18, 70)), "city": maybe(rng.choice(["Huế", "Hà Nội", "Vinh"])),
               "since": maybe(AS_OF - dt.timedelta(rng.randint(0, 200)))} for i in range(n)]
    ids = [p["customer_id"] for p in people[: n - 8]] + ["stranger"]
    bought = [{"customer_id": rng.choice(ids), "date": AS_OF - dt.timedelta(rng.randint(-10, 180)), "amount": maybe(rng.randint(-500, 9000) / 100),
               "kind": maybe(rng.choice(["milk", "tea", "Milk tea"])), "price": rng.randint(1, 9)} for _ in range(500)]
    seen = [{"customer_id": rng.choice(ids), "date": dt.datetime(2024, 6, 1) + dt.timedelta(minutes=rng.randint(0, 43000)),
             "event": rng.choice(["visit", "search", "cart", "order"]), "term": maybe(rng.choice(["sữa chua", "Trà", "sữa tươi"]))} for _ in range(400)]
    made = {"customers": people, "purchases": bought, "events": seen}
    return made | {("of", name, i): [r for r in made[name] if r["customer_id"] == i] for name in ("purchases", "events") for i in {*ids, *(p["customer_id"] for p in people)}}


# --- brute force: three-valued logic over lists of rows -----------------------------------------------------------------


def meets(row, condition):
    """True, False or None (unknown)."""
    return conjunction([_meets_one(row, key, value) for key, value in condition.items()])


def _meets_one(row, key, value):
    if key == "all":
        return conjunction([meets(row, c) for c in value])
    if key == "any":
        return negation(conjunction([negation(meets(row, c)) for c in value]))
    if key == "not":
        return negation(meets(row, value))
    have = row[key]
    if have is None:
        return None
    if isinstance(have, dt.datetime) and not isinstance(value, dt.datetime):
        have = have.date()
    if isinstance(value, dict):
        tests = {"at_least": lambda v: have >= v, "above": lambda v: have > v, "at_most": lambda v: have <= v, "below": lambda v: have < v,
                 "contains": lambda v: v.lower() in have.lower()}
        return all(tests[b](v) for b, v in value.items())
    return have in value if isinstance(value, list) else have == value


def conjunction(values):
    return False if any(v is False for v in values) else None if any(v is None for v in values) else True


def negation(value):
    return None if value is None else not value


def as_day(moment):
    return moment.date() if isinstance(moment, dt.datetime) else moment


def rows_of(data, who, given):
    found = []
    for row in data["of", given["of"], who]:
        day = as_day(row["date"])
        if day > AS_OF:
            continue
        ago = (AS_OF - day).days
        if ago >= given.get("within_days", 10**6) or ago < given.get("before_days", 0):
            continue
        if day < given.get("from", dt.date.min) or day > given.get("to", dt.date.max):
            continue
        if meets(row, given.get("where", {})) is True:
            found.append(row)
    return found


def within_bounds(value, given):
    return meets({"x": value}, {"x": {b: given[b] for b in audience_rules.BOUNDS if b in given}})


def follows(data, who, given):
    """Whether some chain of rows goes through all steps: every chain is tried."""
    def further(i, moment):
        if i == len(given["steps"]):
            return True
        for row in rows_of(data, who, given["steps"][i]):
            then = row["date"] if isinstance(row["date"], dt.datetime) else dt.datetime.combine(row["date"], dt.time())
            if moment is not None and not (moment < then and ("within_days" not in given or then <= moment + dt.timedelta(given["within_days"]))):
                continue
            if further(i + 1, then):
                return True
        return False

    return further(0, None)


def holds(data, person, condition, named):
    results = []
    for key, value in condition.items():
        who = person["customer_id"]
        if key in ("all", "any"):
            parts = [holds(data, person, c, named) for c in value]
            results.append(conjunction(parts) if key == "all" else negation(conjunction([negation(p) for p in parts])))
        elif key == "not":
            results.append(negation(holds(data, person, value, named)))
        elif key == "audience":
            results.append(any(is_member(data, person, named[n], named) for n in (value if isinstance(value, list) else [value])))
        elif key == "count":
            rows = rows_of(data, who, value)
            results.append(within_bounds(len({r[value["distinct"]] for r in rows} - {None}) if "distinct" in value else len(rows), value))
        elif key == "sum":
            cents = sum(round(100 * r[value["column"]]) for r in rows_of(data, who, value) if r[value["column"]] is not None)
            results.append(within_bounds(cents / 100, value))
        elif key == "days_since":
            days = [as_day(r["date"]) for r in rows_of(data, who, value)]
            end = (min if value.get("which") == "first" else max)(days, default=None)
            results.append(None if end is None else within_bounds((AS_OF - end).days, value))
        elif key in ("first", "last"):
            rows = rows_of(data, who, value)
            end = (min if key == "first" else max)((r["date"] for r in rows), default=None)
            results.append(any(meets(r, value["is"]) is True for r in rows if r["date"] == end))
        elif key == "sequence":
            results.append(follows(data, who, value))
        else:
            results.append(meets(person, value if key == "customer" else {key: value}))
    return conjunction(results)


def is_member(data, person, rule, named):
    inside = holds(data, person, rule["who"], named) is True
    return inside and not ("except" in rule and holds(data, person, rule["except"], named) is True)


# --- random rules -------------------------------------------------------------------------------------------------------


def bounds(rng, low, high):
    a, b = sorted([rng.randint(low, high), rng.randint(low, high)])
    return rng.choice([{"at_least": max(1, a)}, {"above": a}, {"at_most": b}, {"below": b + 1}, {"at_least": max(1, a), "at_most": max(1, b) + 1}])


def window(rng):
    made = {}
    if rng.random() < 0.5:
        made["within_days"] = rng.randint(20, 150)
    if rng.random() < 0.25:
        made["before_days"] = rng.randint(1, 19)
    if rng.random() < 0.25:
        made["from"] = (AS_OF - dt.timedelta(rng.randint(60, 170))).isoformat() if rng.random() < 0.5 else AS_OF - dt.timedelta(100)
    if rng.random() < 0.2:
        made["to"] = AS_OF - dt.timedelta(rng.randint(0, 50))
    return made


def row_condition(rng, table):
    if table == "events":
        return rng.choice([{"event": rng.choice(["visit", "search", "cart", "order"])}, {"term": {"contains": "SỮA"}}, {"event": ["cart", "order"]},
                           {"not": {"term": "Trà"}}, {"any": [{"event": "search", "term": {"contains": "trà"}}, {"event": "order"}]}])
    return rng.choice([{"kind": rng.choice(["milk", "tea"])}, {"kind": ["milk", "Milk tea"]}, {"price": {"at_least": rng.randint(2, 6), "below": 9}},
                       {"amount": {"above": rng.randint(0, 60)}}, {"not": {"kind": "tea"}}, {"date": {"at_least": "2024-04-01"}},
                       {"kind": "milk", "price": {"at_most": 5}}, {"any": [{"kind": "tea"}, {"price": 3}]}])


def rows(rng, table=None):
    table = table or rng.choice(["purchases", "purchases", "events"])
    made = {"of": table, **window(rng)}
    return made | ({"where": row_condition(rng, table)} if rng.random() < 0.6 else {})


def leaf(rng, earlier):
    kind = rng.choice(["column", "column", "count", "count", "sum", "days_since", "first", "last", "sequence", "audience"])
    if kind == "column" or (kind == "audience" and not earlier):
        return rng.choice([{"age": bounds(rng, 18, 70)}, {"city": rng.choice(["Huế", "Hà Nội"])}, {"city": ["Vinh", "Huế"], "age": {"below": 50}},
                           {"since": {"at_least": "2024-03-01"}}, {"customer": {"city": "Vinh"}}, {"since": {"below": dt.date(2024, 5, 1)}}])
    if kind == "audience":
        return {"audience": rng.choice([rng.choice(earlier), rng.sample(earlier, min(2, len(earlier)))])}
    if kind == "count":
        of = rows(rng)
        distinct = {"distinct": "kind" if of["of"] == "purchases" else "event"} if rng.random() < 0.3 else {}
        return {"count": {**of, **distinct, **bounds(rng, 0, 6)}}
    if kind == "sum":
        return {"sum": {**rows(rng, "purchases"), "column": rng.choice(["amount", "price"]), **bounds(rng, -5, 200)}}
    if kind == "days_since":
        return {"days_since": {**rows(rng), **({"which": rng.choice(["first", "last"])} if rng.random() < 0.7 else {}), **bounds(rng, 0, 150)}}
    if kind in ("first", "last"):
        of = rows(rng)
        return {kind: {**of, "is": row_condition(rng, of["of"])}}
    steps = [rows(rng, rng.choice(["events", "events", "purchases"])) for _ in range(rng.choice([2, 2, 3]))]
    return {"sequence": {"steps": steps, **({"within_days": rng.randint(1, 12)} if rng.random() < 0.7 else {})}}


def tree(rng, earlier, depth=2):
    if depth == 0 or rng.random() < 0.3:
        return leaf(rng, earlier)
    kind = rng.choice(["all", "any", "not"])
    if kind == "not":
        return {"not": tree(rng, earlier, depth - 1)}
    return {kind: [tree(rng, earlier, depth - 1) for _ in range(rng.randint(2, 3))]}


def rulebook(seed, n):
    """Named rules, of which later ones may build on earlier ones."""
    rng, made = random.Random(seed), {}
    for i in range(n):
        rule = {"who": tree(rng, list(made))}
        if rng.random() < 0.3:
            rule["except"] = tree(rng, list(made), 1)
        made[f"a{i}"] = rule
    return made


def opened(data, engine=None, folder=None):
    frames = {name: pd.DataFrame(part) for name, part in data.items() if isinstance(name, str)}
    frames["customers"]["age"] = frames["customers"]["age"].astype("Int64")
    for name in ("customers", "purchases"):
        column = "since" if name == "customers" else "date"
        frames[name][column] = pd.Series(frames[name][column], dtype="date32[pyarrow]")
    if engine is None:
        return {name: ibis.memtable(frame) for name, frame in frames.items()}
    for name, frame in frames.items():
        frame.to_parquet(folder / f"{name}.parquet", coerce_timestamps="us")
    return {name: engine.read_parquet(str(folder / f"{name}.parquet")) for name in frames}


def as_python(rulebook):
    return audience_rules.plain(rulebook)


def compared(tables, data, rulebook):
    told = audiences.members(tables, rulebook, AS_OF).execute().set_index("customer_id")
    plain = as_python(rulebook)
    for name in rulebook:
        expected = {p["customer_id"] for p in data["customers"] if is_member(data, p, plain[name], plain)}
        assert set(told.index[told[name]]) == expected, (name, rulebook[name])
    assert sorted(told.index) == sorted(p["customer_id"] for p in data["customers"])
    return told


@pytest.mark.parametrize("n_rules", [50, pytest.param(N_RULES, marks=pytest.mark.sweep)])
def test_random_rules_equal_brute_force(n_rules):
    data = shop()
    tables = opened(data)
    sizes = []
    for seed in range(n_rules // 5):
        made = rulebook(seed, 5)
        assert audience_rules.check(made) == [], made
        sizes += compared(tables, data, made).sum().to_list()
    assert len(sizes) == n_rules
    assert sum(0 < n < 60 for n in sizes) > 0.6 * n_rules, "too many rules that tell nothing apart"


def test_random_rules_equal_brute_force_on_spark(spark, tmp_path):
    data = shop()
    tables = opened(data, spark, tmp_path)
    for seed in (1, 2):
        compared(tables, data, rulebook(seed, 10))


# --- faults, and what a rule is ------------------------------------------------------------------------------------------

PEOPLE = pd.DataFrame({"customer_id": ["a", "b", "c"], "age": [20, 30, None], "count": [1, 2, 3]})
BOUGHT = pd.DataFrame({"customer_id": ["a", "a", "b", "x"], "date": pd.to_datetime(["2024-01-01", "2024-03-01", "2024-02-10", "2024-03-05"]),
                       "amount": [0.1, 0.2, 5.0, 1.0]})
SHOP = {"customers": PEOPLE, "purchases": BOUGHT}


def selected(rule, named=None, tables=SHOP, **given):
    return audiences.select(tables, rule, named, **given).execute()["customer_id"].to_list()


def test_all_faults_are_told_at_once_with_where_and_how_to_mend():
    rules = {"one": {"who": {"ag": 20, "count": {"of": "purchase", "at_least": 1}}},
             "two": {"who": {"sum": {"of": "purchases", "column": "amont", "above": 1}}},
             "three": {"who": {"any": [{"first": {"of": "purchases", "is": {"day": 3}}}, {"cuont": {"of": "purchases"}}]}}}
    with pytest.raises(SegkitError) as raised:
        selected("one", {k: v for k, v in rules.items() if k != "three"})
    told = str(raised.value)
    assert "asks for the column 'ag'" in told
    assert "did you mean `age`?" in told
    assert "`purchase" in told
    assert "did you mean `purchases`?" in told
    assert "asks for the column 'amont'" in told
    assert "did you mean `amount`?" in told
    assert len(raised.value.faults) == 3
    with pytest.raises(SegkitError, match="unknown bound `of`"):
        selected("three", rules)


@pytest.mark.parametrize(("rule", "told"), [
    ({"count": {"of": "purchases"}}, "has no bound"),
    ({"count": {"of": "purchases", "at_least": 5, "below": 5}}, "can hold for nobody"),
    ({"count": {"of": "purchases", "below": 0}}, "can hold for nobody"),
    ({"count": {"of": "purchases", "at_least": 0}}, "holds for everybody"),
    ({"sum": {"of": "purchases", "column": "amount", "above": 5, "at_most": 5}}, "can hold for nobody"),
    ({"count": {"of": "purchases", "at_least": 1, "within_days": 0}}, "at least 1"),
    ({"count": {"of": "purchases", "at_least": 1, "within_days": 30, "before_days": 30}}, "has to be smaller"),
    ({"count": {"of": "purchases", "at_least": 1, "from": "2024-02-01", "to": "2024-01-01"}}, "after its end"),
    ({"count": {"of": "purchases", "at_least": 1, "from": "yesterday"}}, "give a day"),
    ({"count": {"of": "purchases", "at_least": 1.5}}, "whole number"),
    ({"count": {"of": "purchases", "atleast": 1}}, "did you mean `at_least`"),
    ({"days_since": {"of": "purchases", "which": "latest", "at_most": 3}}, "there are: first, last"),
    ({"first": {"of": "purchases"}}, "has no `is`"),
    ({"sequence": {"steps": [{"of": "purchases"}]}}, "write {steps"),
    ({"sequence": {"steps": [{"of": "purchases"}, {"of": "purchases"}], "within": 3}}, "did you mean `within_days`"),
    ({"all": []}, "list conditions"), ({}, "not a condition"), ({"not": 3}, "not a condition"), ({"age": None}, "missing value"),
    ({"audience": 3}, "name of an audience"), ({"audience": "nobody"}, "which there is not"),
    ({"age": {"contains": ""}}, "give a part of a text"),
])
def test_faults_of_a_condition(rule, told):
    with pytest.raises(SegkitError, match=None) as raised:
        selected(rule)
    assert told in str(raised.value)


def test_circles_are_refused_however_long():
    rules = {"a": {"who": {"audience": "b"}}, "b": {"who": {"age": 3}, "except": {"any": [{"audience": "c"}]}},
             "c": {"who": {"not": {"audience": ["a"]}}}, "alone": {"who": {"audience": "alone"}}}
    told = [f.found for f in audience_rules.check(rules)]
    assert told == ["goes round in a circle: a → b → c → a", "goes round in a circle: alone → alone"]


def test_unknown_meets_no_condition_and_no_opposite_but_is_not_left_out():
    assert selected({"not": {"age": 20}}) == ["b"]
    assert selected({"who": {"count": {"of": "purchases", "at_most": 1}}, "except": {"age": 30}}) == ["c"]
    assert selected({"customer": {"count": 2}}) == ["b"]


def test_money_is_summed_in_cents_and_windows_end_on_the_day():
    assert selected({"sum": {"of": "purchases", "column": "amount", "at_least": 0.3, "at_most": 0.3}}) == ["a"]
    assert selected({"count": {"of": "purchases", "within_days": 1, "at_least": 1}}, as_of="2024-03-01") == ["a"]
    assert selected({"days_since": {"of": "purchases", "at_most": 20, "at_least": 20}}, as_of="2024-03-01") == ["b"]


def test_a_table_alone_and_the_query_as_sql():
    assert selected({"count": {"of": "purchases", "at_least": 2}}, tables=BOUGHT) == ["a"]
    assert selected({"age": {"below": 25}}, tables=PEOPLE) == ["a"]
    sql = audiences.to_sql(SHOP, {"count": {"of": "purchases", "at_least": 2}})
    con = ibis.duckdb.connect()
    con.create_table("customers", PEOPLE)
    con.create_table("purchases", BOUGHT)
    assert con.raw_sql(sql).fetchall()[0][0] == "a"
    assert "`purchases`" in audiences.to_sql(SHOP, {"count": {"of": "purchases", "at_least": 2}}, "bigquery")


def test_tables_without_their_columns_and_days_that_are_none():
    with pytest.raises(DataError, match="has no column 'date'"):
        selected({"age": 20}, tables={"customers": PEOPLE, "events": PEOPLE})
    with pytest.raises(DataError, match="write a day such as"):
        selected({"age": 20}, as_of="last week")


def test_lint_finds_what_the_data_say():
    many = pd.DataFrame({"customer_id": range(40), "age": range(40)})
    rules = {"none": {"who": {"age": {"above": 99}}}, "all": {"who": {"age": {"at_least": 0}}}, "few": {"who": {"age": {"below": 3}}},
             "long": {"who": {"age": {"above": 9}, "not": {"count": {"of": "purchases", "within_days": 100, "at_least": 1}}}}}
    found = audience_lint.lint({"customers": many, "purchases": BOUGHT.assign(customer_id=range(38, 42))}, rules)
    assert found[["problem", "audience", "n"]].values.tolist() == [
        ["nobody", "none", 0], ["everybody", "all", 40], ["few", "few", 3], ["window", "long", 35], ["strangers", "purchases", 2]]
    broken = audience_lint.lint({"customers": many}, {"x": {"who": {"agee": 1}}})
    assert broken[["problem", "audience"]].values.tolist() == [["form", "x"]]


def test_each_step_of_a_funnel_is_a_rule_of_its_own():
    rule = {"who": {"age": {"at_least": 10}, "all": [{"count": {"of": "purchases", "at_least": 1}}, {"any": [{"age": 20}, {"age": 30}]}]},
            "except": {"sum": {"of": "purchases", "column": "amount", "above": 4}}}
    made = funnels.steps(SHOP, {"x": rule})
    assert made[["size", "n_dropped"]].values.tolist() == [[3, 0], [2, 1], [2, 0], [2, 0], [1, 1]]
    assert made["condition"].iloc[-1]["en"] == "left out: purchases: sum of amount > 4"
    assert selected(rule) == ["a"]


def test_overlaps_and_priorities():
    told = pd.DataFrame({"a": [1, 1, 1, 0], "b": [0, 1, 1, 0], "c": [0, 0, 0, 0]}, dtype=bool)
    assert funnels.overlaps(told).loc["b", ["size", "a", "b"]].to_list() == [2, 1, 1]
    made = funnels.claims(told, ["b", "a", "c"])
    assert made[["size", "n_first", "n_elsewhere"]].values.tolist() == [[2, 2, 0], [3, 1, 2], [0, 0, 0]]
    with pytest.raises(SegkitError, match="which there is not"):
        funnels.order(["a", "b"], ["bb"])
    with pytest.raises(SegkitError, match="twice"):
        funnels.order(["a", "b"], ["b", "b"])


def test_duration_of_membership_is_a_rule_on_earlier_memberships():
    earlier = pd.DataFrame({"vip": ["2024-01-01", None, "2024-03-01"]}, index=pd.Index(["a", "b", "c"], name="customer_id"))
    tables = SHOP | {"memberships": membership.rows(earlier)}
    long = {"days_since": {"of": "memberships", "where": {"audience": "vip"}, "which": "first", "at_least": 30}}
    assert selected(long, tables=tables, as_of="2024-03-05") == ["a"]
    assert selected(long, tables=SHOP | {"memberships": membership.rows(None)}, as_of="2024-03-05") == []
