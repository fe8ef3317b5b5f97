"""The page on sources says what the contracts and rules are."""

import re
from pathlib import Path

from segkit.data.contract import rows
from segkit.data.contract.contracts import CONTRACTS
from segkit.data.readers import reading

PAGE = (Path(__file__).parents[2] / "docs" / "sources.md").read_text(encoding="utf-8")


def test_the_page_lists_every_kind_with_its_roles():
    told = {}
    for line in PAGE.splitlines():
        cells = line.split("|")
        if len(cells) == 6 and (kind := re.fullmatch(r" `(\w+)` ", cells[1])) and kind[1] in CONTRACTS:
            told[kind[1]] = re.findall(r"`(\w+)`", cells[2]), re.findall(r"`(\w+)`", cells[3])
    assert told == {kind: ([r.name for r in c.roles if r.required], [r.name for r in c.roles if not r.required]) for kind, c in CONTRACTS.items()}


def test_the_page_lists_every_rule_and_option():
    told = re.findall(r"^\| `(\w+)`", PAGE.partition("## What becomes of rows")[2].partition("##")[0], re.MULTILINE)
    assert told == list(rows.NAMES)
    said = PAGE.partition("## Reading options")[2].partition("##")[0]
    assert all(f"`{option}`" in said for option in reading.READ_OPTIONS)


def test_keys_of_several_columns_are_roles_that_are_needed():
    for contract in CONTRACTS.values():
        assert set(contract.key) <= {r.name for r in contract.roles}  # in the wide form of a survey one of them is missing
        assert contract.role(contract.counted).required
