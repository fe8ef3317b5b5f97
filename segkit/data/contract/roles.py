"""Guess which column plays which role, from its name (English or Vietnamese) and its values."""

from __future__ import annotations

import re
import unicodedata

import ibis.expr.types as ir

from segkit.data.contract import identifiers, orderlines, values
from segkit.data.contract.contracts import CONTRACTS

NAMES = {
    "customer_id": "customer_id customer customerid client client_id user user_id household household_id member buyer "
                   "ma_khach ma_khach_hang ma_kh khach_hang khach id_khach id_khach_hang customer_no customer_number "
                   "cust_id id",
    "respondent_id": "respondent_id respondent id response_id ma_phieu phieu nguoi_tra_loi customer_id customerid "
                     "client_id user_id member guest person person_id participant participant_id ma_khach "
                     "ma_khach_hang ma_kh id_khach respid resp_id resp resp_no respno caseid case_id case_no caseno "
                     "serial subject_id subjectid interview_id uuid stt",
    "date": "date day order_date purchase_date transaction_date transaction_timestamp timestamp datetime invoice_date "
            "time ngay ngay_mua ngay_dat ngay_giao_dich ngay_hoa_don thoi_gian",
    "amount": "amount total sales sales_value revenue line_total total_amount value spend order_total total_price "
              "net_amount price so_tien tien tong_tien thanh_tien doanh_thu gia_tri tri_gia",
    "quantity": "quantity qty units so_luong sl lineitem_quantity",
    "unit_price": "unit_price price_per_unit unitprice item_price lineitem_price price price_each don_gia gia_ban gia",
    "discount": "discount discount_amount lineitem_discount chiet_khau giam_gia tien_giam",
    "discount_share": "discount_share discount_rate discount_pct discount ty_le_giam chiet_khau giam_gia",
    "order_status": "order_status status financial_status trang_thai_don trang_thai tinh_trang",
    "basket_id": "basket_id basket order_id order invoice invoice_no receipt transaction_id ma_don ma_don_hang "
                 "don_hang so_don hoa_don ma_hoa_don",
    "product_id": "product_id product item sku item_id product_name ma_hang ma_san_pham san_pham mat_hang",
    "brand": "brand maker manufacturer company make nhan_hieu thuong_hieu hang_san_xuat",
    "event": "event action activity su_kien hanh_dong",
    "weight": "weight survey_weight trong_so",
    "currency": "currency currency_code ccy tien_te loai_tien don_vi_tien",
    "attribute": "attribute statement item thuoc_tinh phat_bieu",
    "rating": "rating score points diem danh_gia",
    "occasion": "occasion occasion_id choice_id choice_set trip lan_mua luot_chon",
    "chosen": "chosen choice selected bought da_chon duoc_chon",
    "campaign": "campaign campaign_id campaign_name chien_dich ma_chien_dich",
    "channel": "channel medium kenh",
    "response": "response responded converted phan_hoi",
    "cost": "cost spend chi_phi",
}
"""Names a column of each role goes by, accents and case aside; the likeliest first."""

_KNOWN = {role: names.split() for role, names in NAMES.items()}
_THINGS = ("customer_id", "respondent_id", "basket_id", "product_id", "brand", "event", "campaign", "channel")


def plain(name: str) -> str:
    """A name without accents, case and punctuation.

    Examples
    --------
    >>> plain("Mã khách (ID)"), plain("Số tiền"), plain("OrderDate")
    ('ma_khach_id', 'so_tien', 'order_date')
    """
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    bare = unicodedata.normalize("NFD", spaced.replace("đ", "d").replace("Đ", "D"))
    letters = "".join(c for c in bare if not unicodedata.combining(c)).casefold()
    return re.sub(r"[^a-z0-9]+", "_", letters).strip("_")


def guess(table: ir.Table, kind: str) -> dict[str, str]:
    """Role → column of a table, for the roles whose column can be told; never one column twice.

    Parameters
    ----------
    table : Ibis table.
    kind : kind of table, see `segkit.data.contract.contracts.CONTRACTS`.

    Examples
    --------
    >>> import ibis
    >>> guess(ibis.memtable({"mã khách": ["a"], "ngày": ["2024-01-02"], "số tiền": [5.0]}), "transactions")
    {'customer_id': 'mã khách', 'date': 'ngày', 'amount': 'số tiền'}
    """
    texts = [c for c in table.columns if table[c].type().is_string()]
    looks = {c: r.looks_like for c, r in values.readings(table, texts).items()}
    guessed: dict[str, str] = {}
    lines = CONTRACTS[kind].role("unit_price") is not None and any(
        _score(plain(c), _KNOWN["quantity"]) and _fits(table, c, "number", looks) for c in table.columns)
    for role in CONTRACTS[kind].roles:
        if role.name in _OF_LINES and not lines:
            continue
        fitting = [c for c in table.columns if c not in guessed.values() and _fits(table, c, role.kind, looks)
                   and not (role.kind == "text" and _names_another(plain(c), role.name))
                   and not (role.name == "amount" and (is_charge(c) or (lines and _is_price(plain(c)))))]
        scored = {c: _score(plain(c), _KNOWN.get(role.name, [role.name])) for c in fitting}
        while (best := max(scored, key=scored.__getitem__, default=None)) is not None and scored[best] > 0:
            if _is_held(table, best, role.name, kind):
                guessed[role.name] = best
                break
            del scored[best]
        else:
            if role.kind == "date" and len(fitting) == 1:
                guessed[role.name] = fitting[0]
    return guessed if "unit_price" in guessed else {r: c for r, c in guessed.items() if r not in _OF_LINES}


_OF_LINES = ("unit_price", "discount", "discount_share")
_NO_ID = frozenset(("type", "segment", "group", "class", "category", "gender", "age", "since", "status", "tier",
                    "level", "count", "loai", "nhom", "hang", "tuoi", "gioi"))
"""Words of columns that say something of a customer, and do not tell one from another."""
_LEAST_ROWS = 20


def is_charge(name: str) -> bool:
    """Whether a column's name is that of tax or shipping.

    Examples
    --------
    >>> is_charge("Shipping Cost"), is_charge("Thuế VAT"), is_charge("Total")
    (True, True, False)
    """
    return bool(set(plain(name).split("_")) & {"tax", "taxes", "vat", "shipping", "freight", "postage", "thue", "ship"})


def _is_price(name: str) -> bool:
    """Whether a name is that of one piece's price, where the line has a quantity."""
    words = set(name.split("_"))
    return bool(words & {"price", "gia", "unitprice"}) and not words & {"total", "tong", "tri", "line", "extended"}


def _is_held(table: ir.Table, column: str, role: str, kind: str) -> bool:
    """Whether the values of a column whose name fits a role can play it."""
    if role == "customer_id":
        words = set(plain(column).split("_"))
        if words & _NO_ID and plain(column) not in _KNOWN[role]:
            return False
        named = words & {"id", "ma", "no", "number", "customerid"}
        if not named and _n_rows(table, column) >= _LEAST_ROWS and _has_few(table, column):
            return False
        # a bare id that never comes again is the row's
        return plain(column) != "id" or kind == "customers" or not _is_never_repeated(table, column)
    if role == "order_status":
        return int(orderlines.is_cancelled(table[column].cast("string")).sum().to_pyarrow().as_py() or 0) > 0
    if role in ("discount", "discount_share"):
        number = _number(table, column)
        ends = table.aggregate(low=number.min(), high=number.max()).to_pyarrow().to_pylist()[0]
        is_share = ends["high"] is not None and ends["low"] >= 0 and ends["high"] <= 1
        return is_share == (role == "discount_share")
    return True


def _number(table: ir.Table, column: str) -> ir.NumericColumn:
    value = table[column]
    return values.to_number(value, ".") if value.type().is_string() else value


def _n_rows(table: ir.Table, column: str) -> int:
    return int(table[column].count().to_pyarrow().as_py())


def _has_few(table: ir.Table, column: str) -> bool:
    """Whether a column has one or two different values: none between the first and the last."""
    value = table[column]
    ends = table.aggregate(low=value.min(), high=value.max()).to_pyarrow().to_pylist()[0]
    if ends["low"] is None:
        return True
    return table.filter(value > ends["low"], value < ends["high"]).limit(1).count().to_pyarrow().as_py() == 0


def _is_never_repeated(table: ir.Table, column: str) -> bool:
    return _n_rows(table, column) == int(table[column].nunique().to_pyarrow().as_py())


def _fits(table: ir.Table, column: str, kind: str, looks: dict[str, str]) -> bool:
    dtype = table[column].type()
    if kind == "date":
        return dtype.is_date() or dtype.is_timestamp() or looks.get(column) == "date"
    if kind == "number":
        return dtype.is_numeric() or looks.get(column) == "number"
    if dtype.is_floating():  # ids are floating-point numbers as soon as one of them is empty
        return identifiers.whole(table, [column])[column].type().is_integer()
    return not (dtype.is_timestamp() or dtype.is_date() or looks.get(column) == "date")


def _names_another(name: str, role: str) -> bool:
    """Whether a name names another thing better: "Product brand" is a brand, no product."""
    own = _score(name, _KNOWN.get(role, [role]))
    persons = ("customer_id", "respondent_id")  # no table has both
    return any(_score(name, _KNOWN[other]) > own for other in _THINGS
               if other != role and not (other in persons and role in persons))


_SIGNS = {"dong": "VND", "dollar": "USD", "euro": "EUR", "pound": "GBP"}


def currency(table: ir.Table, column: str) -> str:
    """The ISO code of a column's currency by its values or its name; "" where neither tells.

    Examples
    --------
    >>> import ibis
    >>> currency(ibis.memtable({"tien": ["560.000 ₫", "25.000 ₫"]}), "tien")
    'VND'
    >>> currency(ibis.memtable({"Amount (EUR)": [5.0]}), "Amount (EUR)"), currency(ibis.memtable({"a": [5]}), "a")
    ('EUR', '')
    """
    named = [code for sign, code in _SIGNS.items() if values.names_currency(column, sign)]
    if len(named) != 1 and table[column].type().is_string():
        named = [_SIGNS[sign] for sign in values.currencies(table, column)]
    return named[0] if len(named) == 1 else ""


def _score(name: str, known: list[str]) -> int:
    """How well a name fits: the whole name, then a part of it, earlier names first."""
    for rank, candidate in enumerate(known):
        if name == candidate:
            return 1000 - rank
    words = set(name.split("_"))
    parts = [500 - rank for rank, c in enumerate(known) if len(c) > 2 and set(c.split("_")) <= words]
    return max(parts, default=0)
