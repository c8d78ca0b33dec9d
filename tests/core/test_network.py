"""One function says whether others can reach the page, and everything that depends on it goes by that."""

from __future__ import annotations

from itertools import product

import pytest

from app import Config, create_app
from artworks.cli import check
from artworks.config import ConfigError
from artworks.core.network import is_loopback, reached_by

HOSTS = {"127.0.0.1": False, "::1": False, "localhost": False, "0.0.0.0": True, "10.0.0.7": True, "box": True}
PROXIES = {0: False, 1: True}
NAMES = {
    ("localhost", "127.0.0.1", "[::1]"): False,
    ("LOCALHOST", "art.localhost"): False,
    (): False,
    ("localhost", "art.example"): True,
    ("10.0.0.7",): True,
}
WAYS = ("auto", "required", "off")
PLACES = [
    (host, proxies, names, HOSTS[host] or PROXIES[proxies] or NAMES[names])
    for host, proxies, names in product(HOSTS, PROXIES, NAMES)
]


@pytest.mark.parametrize(("host", "proxies", "names", "others"), PLACES)
def test_every_way_to_the_page_counts(host: str, proxies: int, names: tuple[str, ...], others: bool) -> None:
    assert bool(reached_by(host, proxies, names)) == others
    for sign_in in WAYS:
        config = Config(host=host, trusted_proxies=proxies, allowed_hosts=names, sign_in=sign_in)
        said = check._who_gets_in(config)
        assert said.startswith(f"reached from {'other computers' if others else 'this computer only'}")
        assert ("with sign-in" in said) == (others or sign_in == "required")
        if others and sign_in == "off":
            with pytest.raises(ConfigError, match="SIGN_IN is off, but"):
                config.check()
        else:
            config.check()


def test_every_reason_is_named() -> None:
    said = reached_by("0.0.0.0", 2, ("localhost", "art.example", "b.example"))
    assert said == "HOST is 0.0.0.0 and TRUSTED_PROXIES is 2 and ALLOWED_HOSTS names art.example"


@pytest.mark.parametrize("environment", [{"TRUSTED_PROXIES": "1"}, {"ALLOWED_HOSTS": "art.example"}])
def test_a_short_secret_is_refused_wherever_others_can_reach_the_page(environment: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="FLASK_SECRET_KEY is too short"):
        Config.from_env({**environment, "FLASK_SECRET_KEY": "short"})


def test_the_application_goes_by_the_same(database_url: str) -> None:
    config = Config(database_url=database_url, flask_secret_key="x" * 32, allowed_hosts=("art.example",))
    assert create_app(config).config["REACHED_BY"] == "ALLOWED_HOSTS names art.example"


@pytest.mark.parametrize(
    ("name", "here"),
    [
        ("Art.LOCALHOST", True),
        ("127.8.8.8", True),
        ("[::1]", True),
        ("localhost.", True),
        ("art.LocalHost.", True),
        ("[::ffff:127.0.0.1]", True),
        ("[::ffff:10.0.0.7]", False),
        ("localhost.evil.example", False),
        ("evillocalhost", False),
        ("127.0.0.1.nip.io", False),
        ("", False),
        ("0", False),
        ("2130706433", False),
    ],
)
def test_only_names_of_this_computer_are_its_own(name: str, here: bool) -> None:
    assert is_loopback(name) is here
