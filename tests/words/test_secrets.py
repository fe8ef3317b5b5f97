"""No secret and no terminal escape leaves by way of a message."""

import pytest

from segkit.words.errors import Fault
from segkit.words.secrets import printable, without_secrets

SECRET = "hunter2-Zq"


@pytest.mark.parametrize("text", [
    f"postgres://an:{SECRET}@host/shop", f"postgres://an:two {SECRET}@host/shop", f"postgres://an:a@b {SECRET}@host/shop",
    f"postgres://an:it's{SECRET}@host/shop", f"postgres://an@host/shop?password={SECRET}", f"PGPASSWORD={SECRET}",
    f"Server=db;Pwd={SECRET};Database=x", f"Server=db;Pwd=two {SECRET};Database=x", f"md:shop?motherduck_token={SECRET}",
    f"api_key: {SECRET}", f"api-key={SECRET}", f'{{"apiKey": "{SECRET}"}}', f"read is {{'api_key': '{SECRET}'}}",
    f"password='a {SECRET}' host=x", f"password=a {SECRET} host=x", f"AWS_SECRET_ACCESS_KEY=abc/{SECRET}", f"client_secret = {SECRET}",
    f"sslpassword={SECRET}&x=1", f"passphrase: {SECRET}", f"token={SECRET}", f"https://an:{SECRET}@host and http://b:{SECRET}@c",
])
def test_a_secret_is_left_out(text):
    assert SECRET not in without_secrets(text)
    assert SECRET not in str(Fault(text, text, text))
    assert without_secrets(without_secrets(text)) == without_secrets(text)


@pytest.mark.parametrize("text", [
    "postgres://host:5432/shop", "postgres://host:5432/shop, or write to an@shop.vn", "postgres://an@host/shop#orders", "unexpected token: ':'",
    "put it into ~/.pgpass, a service file, or the variable PGPASSWORD", "`segkit new` wrote it", "passes: 3", "columns: {date: day}",
    "tokens are words", "password:", "https://docs.segkit.org/a:b", "a secret: none",
])
def test_the_rest_stays(text):
    assert without_secrets(text) == text


def test_what_a_terminal_would_obey_is_written_out():
    told = str(Fault("column '\x1b]0;owned\x07'", "is \u202ereversed\x9b31m \ud800", "one\ntwo\tthree"))
    assert told == "column '\\x1b]0;owned\\x07': is \\u202ereversed\\x9b31m \\ud800\n  → one\ntwo\tthree"
    assert printable("cà phê ☕ 咖啡") == "cà phê ☕ 咖啡"
