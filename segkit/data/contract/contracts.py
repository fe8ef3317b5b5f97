"""What each kind of table must hold: its roles, their kinds of value, units and ranges, its key."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True)
class Role:
    """A column's role in a table.

    Attributes
    ----------
    name : how the analysis calls the column.
    kind : text, number or date.
    required : whether the analysis needs it.
    key : whether no two rows may have the same.
    unit : what a number counts: money, units, share, points.
    at_least, at_most : the range of a number; of a date, days outside are placeholders and typing errors.
    """

    name: str
    kind: str = "text"
    required: bool = False
    key: bool = False
    unit: str = ""
    at_least: float | dt.date | None = None
    at_most: float | dt.date | None = None


@dataclass(frozen=True)
class Contract:
    """What a kind of table must hold, and how few distinct customers make it useless.

    Attributes
    ----------
    roles : its roles.
    counted : the role whose distinct values are counted.
    at_least : how many of them there must be.
    key : roles that together name one row, where one role alone does not.
    """

    roles: tuple[Role, ...]
    counted: str = "customer_id"
    at_least: int = 1
    key: tuple[str, ...] = ()

    def role(self, name: str) -> Role | None:
        return next((r for r in self.roles if r.name == name), None)


FIRST_DAY, LAST_DAY = dt.date(1950, 1, 1), dt.date(2100, 12, 31)

CUSTOMER = Role("customer_id", required=True)
DATE = Role("date", "date", required=True, at_least=FIRST_DAY, at_most=LAST_DAY)
AMOUNT = Role("amount", "number", required=True, unit="money")
QUANTITY, BASKET, PRODUCT = Role("quantity", "number", unit="units"), Role("basket_id"), Role("product_id")
UNIT_PRICE, DISCOUNT = Role("unit_price", "number", unit="money"), Role("discount", "number", unit="money")
DISCOUNT_SHARE = Role("discount_share", "number", unit="share", at_least=0, at_most=1)
LINES = (UNIT_PRICE, DISCOUNT, DISCOUNT_SHARE, Role("order_status"))
CURRENCY, WEIGHT = Role("currency"), Role("weight", "number", unit="persons", at_least=0)
RESPONDENT, BRAND = Role("respondent_id", required=True, key=True), Role("brand", required=True)

CONTRACTS = {
    "transactions": Contract((CUSTOMER, DATE, AMOUNT, QUANTITY, BASKET, PRODUCT, CURRENCY, *LINES), at_least=2),
    "customers": Contract((Role("customer_id", required=True, key=True), WEIGHT)),
    "survey": Contract((RESPONDENT, WEIGHT), "respondent_id", 2),
    "brands": Contract((CUSTOMER, DATE, AMOUNT, BRAND, QUANTITY, BASKET, PRODUCT, CURRENCY, *LINES), at_least=2),
    "ratings": Contract((Role("respondent_id", required=True), BRAND, Role("attribute", required=True),
                         Role("rating", "number", required=True, unit="points"), WEIGHT), "respondent_id", 2,
                        ("respondent_id", "brand", "attribute")),
    "usage": Contract((Role("respondent_id", required=True), Role("brand"),
                       Role("times", "number", unit="units", at_least=0), WEIGHT), "respondent_id", 2,
                      ("respondent_id", "brand")),
    "choices": Contract((CUSTOMER, Role("occasion", required=True), BRAND,
                         Role("chosen", "number", required=True, at_least=0, at_most=1)),
                        key=("customer_id", "occasion", "brand")),
    "records": Contract((Role("customer_id", required=True, key=True), *map(Role, (
        "name", "phone", "email", "gender", "address", "city")), Role("birth_date", "date"), Role("updated", "date"))),
    "events": Contract((CUSTOMER, DATE, Role("event", required=True), Role("channel"))),
    "campaigns": Contract((CUSTOMER, Role("campaign", required=True), Role("date", "date", at_least=FIRST_DAY,
                                                                           at_most=LAST_DAY),
                           Role("channel"), Role("response", "number", at_least=0, at_most=1),
                           Role("cost", "number", unit="money", at_least=0))),
}
"""Contract of each kind of table: transactions, customers, survey, brands, ratings, usage, choices, records
(of people in one of several systems), events, campaigns."""
