"""A study of a database: its page accounts for every row, tells nothing of who asked, and is built each time."""

import json

import psycopg

STUDY = """notebook: 01-customers
title: Shop
parameters:
  data: "{url}#sales"
  columns: {{}}
  customer_data: ""
  as_of: "2024-12-31"
  rows: {{returns: set_aside, after_as_of: set_aside}}
"""


def test_a_study_of_postgresql(project, postgres):
    with psycopg.connect(postgres, autocommit=True) as con:
        con.execute("DROP TABLE IF EXISTS sales")
        con.execute("CREATE TABLE sales AS SELECT 'K' || (n % 40) AS customer_id, timestamp '2024-01-01' + (n * 7919 % 366) * interval '1 day' "
                    "AS date, (n % 90 + 1)::numeric(12, 2) AS amount FROM generate_series(1, 900) AS n")
        con.execute("INSERT INTO sales VALUES ('test', '2024-05-01', 5), ('K1', '2024-05-01', -5), ('K1', '2025-05-01', 5)")
    project.study("shop-of-postgres", STUDY.format(url=postgres))
    try:
        for _ in range(2):
            told = project.segkit("build", "shop-of-postgres", "--json")
            assert told.returncode == 0, told.stderr
            last = json.loads(told.stdout.splitlines()[-1])
            assert ([b["study"] for b in last["built"]], last["unchanged"]) == (["shop-of-postgres"], [])
            assert "segkit@" not in told.stdout
        page = (project.pages / "shop-of-postgres.en.html").read_text(encoding="utf-8")
        assert "903 = 900 used + 1 of test accounts + 1 after the last day of the study + 1 returns and corrections" in page
        assert f"127.0.0.1:{postgres.rpartition(':')[2].partition('/')[0]}/postgres#sales" in page
        assert "segkit@" not in page
    finally:
        (project.path / "reports" / "shop-of-postgres.yaml").unlink()
