"""What each kind of table must hold: its roles, their kinds of value, its key."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Role:
    """A column's role in a table: its kind of value and whether the analysis needs it."""

    name: str
    kind: str = "text"  # text, number, date
    required: bool = False
    key: bool = False


@dataclass(frozen=True)
class Contract:
    """What a kind of table must hold, and how few distinct customers make it useless."""

    roles: tuple[Role, ...]
    counted: str = "customer_id"
    at_least: int = 1

    def role(self, name: str) -> Role | None:
        return next((r for r in self.roles if r.name == name), None)


CUSTOMER = Role("customer_id", required=True)
DATE, AMOUNT = Role("date", "date", required=True), Role("amount", "number", required=True)
QUANTITY, BASKET, PRODUCT = Role("quantity", "number"), Role("basket_id"), Role("product_id")

CONTRACTS = {
    "transactions": Contract((CUSTOMER, DATE, AMOUNT, QUANTITY, BASKET, PRODUCT), at_least=2),
    "customers": Contract((Role("customer_id", required=True, key=True), Role("weight", "number"))),
    "survey": Contract((Role("respondent_id", required=True, key=True), Role("weight", "number")), "respondent_id", 2),
    "brands": Contract((CUSTOMER, DATE, AMOUNT, Role("brand", required=True), QUANTITY, BASKET, PRODUCT), at_least=2),
    "records": Contract((Role("customer_id", required=True, key=True), *map(Role, (
        "name", "phone", "email", "gender", "address", "city")), Role("birth_date", "date"), Role("updated", "date"))),
    "events": Contract((CUSTOMER, DATE, Role("event", required=True))),
}
"""Contract of each kind of table: transactions, customers, survey, brands, records (of
people in one of several systems), events."""
