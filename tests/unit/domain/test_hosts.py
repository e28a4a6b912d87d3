"""Which hosts are this machine, which are public, and which are neither."""

from __future__ import annotations

import ipaddress
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wan_tui.domain.hosts import (
    FAKE_NETWORKS,
    is_loopback,
    is_public,
    is_public_address,
    loopback,
    network_of,
)

LOOPBACK = {
    "localhost": "localhost",
    "LOCALHOST": "localhost",
    "localhost.": "localhost",
    "127.0.0.1": "127.0.0.1",
    "127.9.9.9": "127.9.9.9",
    "127.1": "127.0.0.1",
    "127.0.1": "127.0.0.1",
    "0x7f.1": "127.0.0.1",
    "0X7F.0.0.1": "127.0.0.1",
    "127.256": "127.0.1.0",
    "0177.0.0.01": "127.0.0.1",
    "017700000001": "127.0.0.1",
    "0x7f000001": "127.0.0.1",
    "2130706433": "127.0.0.1",
    "2130706433.": "127.0.0.1",
    "::1": "::1",
    "0:0:0:0:0:0:0:1": "::1",
    "0000::0001": "::1",
    "::1%lo": "::1",
    "::ffff:127.0.0.1": "127.0.0.1",
    "::FFFF:7f00:2": "127.0.0.2",
}
PUBLIC = (
    "films.example",
    "films.example.",
    "under_score.example",
    "127.0.0.1.example",
    "8.8.8.8",
    "2606:4700::1111",
)
NEITHER = (
    "", ".", "x", "nas", "nas.local", "db.internal", "a.localhost",
    "localhost..", "127.1.1.1.1", "0x7f.0x1ffffff", "2130706432.1",
    "1.2.3", "0x", "08.0.0.1",  "١٢٧.0.0.1", "127.0.0.1 ", "::127.0.0.1", "::", "ⓛocalhost", "198.18.0.1",
    "10.0.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "fe80::1%eth0", "fd00::1",
    "64:ff9b::7f00:1", "2002:7f00:1::", "::ffff:10.0.0.1", "a..example", "-a.example", "zz::", "ex\u0430mple.com",
)  # fmt: skip


@pytest.mark.parametrize("host", LOOPBACK)
def test_this_machine(host: str) -> None:
    """By name and by every address of its own, however it is written; none of them is public."""
    assert is_loopback(host)
    assert loopback(host) == LOOPBACK[host]
    assert loopback(LOOPBACK[host]) == LOOPBACK[host]
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


@given(st.integers(0, 2**32 - 1))
def test_numbers_are_read_as_resolvers_read_them(number: int) -> None:
    """``inet_aton`` is what connects."""
    spellings = (str(number), hex(number), f"0{number:o}", f"{number >> 24}.{number & 0xFFFFFF}")
    ours = [is_loopback(spelling) for spelling in spellings]
    theirs = [socket.inet_aton(spelling)[0] == 127 for spelling in spellings]
    assert ours == theirs


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("198.18.0.7", "198.18.0.0/15"),
        ("198.19.255.255", "198.18.0.0/15"),
        ("::ffff:198.18.0.7", "198.18.0.0/15"),
        ("100.127.0.1", "100.64.0.0/10"),
        ("198.20.0.1", None),
        ("10.0.0.1", None),
        ("fd00::1", None),
        ("films.example", None),
    ],
)
def test_networks_of_made_up_addresses(address: str, found: str | None) -> None:
    """By the address itself, however it is written."""
    network = network_of(address, FAKE_NETWORKS)
    assert (network and str(network)) == found


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "::1", "169.254.169.254", "fe80::1", "0.0.0.0", "::ffff:127.0.0.1"]
)
def test_no_network_holds_this_machine_and_its_link(address: str) -> None:
    """Not even the one that holds everything."""
    everything = [ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0")]
    assert network_of(address, everything) is None
    assert network_of("10.0.0.1", everything) == everything[0]


@given(st.text())
def test_any_text_has_an_answer(text: str) -> None:
    """Nothing is raised, and nothing is both."""
    assert not (is_loopback(text) and is_public(text))
    assert is_public(text) or not is_public_address(text)
