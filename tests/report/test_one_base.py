"""A page has one base of customers and money for all of its shares, also beside customers who only got money back."""

import re

import pandas as pd

STUDY = """\
notebook: 01-customers
title: Refunds
parameters: {data: refunds.csv, columns: {}, customer_data: "", customer_columns: {}, currency: ""}
"""


def test_customers_with_refunds_only_are_in_no_share(project):
    """Buyer i of 200 spends 2 i, so all spend 40,200 and the best 40 bring 2 (161 + … + 200) = 14,440; 60 more people sent
    back 50 each and bought nothing."""
    rows = [(f"B{i:03d}", f"2024-0{month}-1{i % 9}", float(i)) for i in range(1, 201) for month in (1, 4)]
    rows += [(f"R{i:02d}", "2024-03-05", -50.0) for i in range(60)]
    pd.DataFrame(rows, columns=["customer_id", "date", "amount"]).to_csv(project.path / "refunds.csv", index=False)
    project.study("refunds", STUDY)
    told = project.segkit("build", "refunds")
    assert told.returncode == 0, told.stderr
    page = (project.pages / "refunds.en.html").read_text(encoding="utf-8")
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", page))
    assert "Customers who only got money back count as no buyers; their number here: 60." in text
    assert "All shares below rest on the same 200 customers and the 40,200" in text
    assert "The best 20.0% of customers bring 35.9% of revenue" in text
    tiers = next(t for t in re.findall(r"<table.*?</table>", page, re.DOTALL) if 'data-value="14440' in t)
    shares = [float(v) for v in re.findall(r'data-value="([0-9.e-]+)"', tiers)]
    assert any(abs(v - 14440 / 40200) < 1e-9 for v in shares)
    assert any(abs(v - 0.2) < 1e-12 for v in shares)
    assert not any(abs(v - 14440 / 37200) < 1e-4 for v in shares)  # nor of what is left after the refunds
