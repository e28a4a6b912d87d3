"""Which hosts are this machine, which are public, and which are neither."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wan_tui.domain.hosts import is_loopback, is_public, is_public_address

LOOPBACK = ("localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1")
PUBLIC = (
    "films.example",
    "films.example.",
    "under_score.example",
    "127.0.0.1.example",
    "8.8.8.8",
    "2606:4700::1111",
)
NEITHER = (
    "", ".", "x", "nas", "nas.local", "db.internal", "a.localhost", "localhost.", "127.1", "0x7f.0.0.1", "2130706433",
    "10.0.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "fe80::1%eth0", "fd00::1",
    "64:ff9b::7f00:1", "2002:7f00:1::", "::ffff:10.0.0.1", "a..example", "-a.example", "zz::", "ex\u0430mple.com",
)  # fmt: skip


@pytest.mark.parametrize("host", LOOPBACK)
def test_this_machine(host: str) -> None:
    """By name and by every address of its own; none of them is public."""
    assert is_loopback(host)
    assert not is_public(host)


@pytest.mark.parametrize("host", PUBLIC)
def test_the_open_internet(host: str) -> None:
    """Names with a dot, and global addresses."""
    assert is_public(host)
    assert not is_loopback(host)


@pytest.mark.parametrize("host", NEITHER)
def test_what_is_neither(host: str) -> None:
    """Private networks, names that stay inside them, and what only looks like a host."""
    assert not is_public(host)
    assert not is_loopback(host)


@pytest.mark.parametrize("address", ["films.example", "localhost", "x", "", *NEITHER])
def test_an_address_must_be_one(address: str) -> None:
    """Where an address is asked for, no name will do."""
    assert not is_public_address(address)


@given(st.text())
def test_any_text_has_an_answer(text: str) -> None:
    """Nothing is raised, and nothing is both."""
    assert not (is_loopback(text) and is_public(text))
    assert is_public(text) or not is_public_address(text)
