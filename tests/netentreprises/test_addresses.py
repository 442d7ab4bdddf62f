"""Which portal a name stands for, and where its services are (api-dsn §2, §4.1)."""

import pytest

from scarabee.netentreprises.addresses import portal_named
from scarabee.netentreprises.credentials import Regime

GENERAL, AGRICOLE = Regime.GENERAL, Regime.AGRICOLE


def test_the_production_portal_has_the_addresses_of_the_guide() -> None:
    portal = portal_named("production")
    assert portal.authentication == "https://services.net-entreprises.fr"
    for regime, domain, code in (
        (GENERAL, "dsnrg.net-entreprises.fr", "25"),
        (AGRICOLE, "dsnra.net-entreprises.fr", "26"),
    ):
        assert portal.deposit(regime) == f"https://depot.{domain}"
        assert portal.consultation(regime) == f"https://consultation.{domain}"
        assert portal.download(regime) == f"https://telechargement.{domain}"
        assert portal.service_code(regime) == code
    assert portal.is_official and not portal.is_loopback


def test_the_test_portal_has_the_addresses_of_the_guide() -> None:
    portal = portal_named("test")
    assert portal.authentication == "https://test-services.net-entreprises.fr"
    for regime, suffix, code in (
        (GENERAL, "-edit.dsnrg.net-entreprises.fr", "97"),
        (AGRICOLE, "-formation.dsnra.net-entreprises.fr", "94"),
    ):
        assert portal.deposit(regime) == f"https://depot{suffix}"
        assert portal.consultation(regime) == f"https://consultation{suffix}"
        assert portal.download(regime) == f"https://telechargement{suffix}"
        assert portal.service_code(regime) == code


def test_production_and_test_share_no_address() -> None:
    def addresses(name: str) -> set[str]:
        portal = portal_named(name)
        hosts = (portal.general, portal.agricole)
        return {portal.authentication} | {
            value for one in hosts for value in (one.deposit, one.consultation, one.download)
        }

    assert len(addresses("production")) == len(addresses("test")) == 7
    assert not addresses("production") & addresses("test")
    assert all(one.startswith("https://") for name in ("production", "test") for one in addresses(name))


@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("http://127.0.0.1:8700", "http://127.0.0.1:8700"),
        ("http://127.0.0.1:8700/", "http://127.0.0.1:8700"),
        ("HTTP://LocalHost:8700", "http://localhost:8700"),
        ("http://[::1]:8700", "http://[::1]:8700"),
        ("http://127.0.0.1", "http://127.0.0.1"),
        ("http://127.0.0.1:80", "http://127.0.0.1"),
        ("https://bouchon.bureau.example:443/", "https://bouchon.bureau.example"),
        ("https://bouchon.bureau.example.:8443", "https://bouchon.bureau.example:8443"),
    ],
)
def test_a_bouchon_has_one_address_for_everything(name: str, base: str) -> None:
    portal = portal_named(name)
    assert portal.name == base == portal_named(portal.name).name
    for regime in Regime:
        assert {portal.deposit(regime), portal.consultation(regime), portal.download(regime)} == {base}
    assert portal.authentication == base
    assert (portal.service_code(GENERAL), portal.service_code(AGRICOLE)) == ("25", "26")
    assert not portal.is_official
    assert portal.is_loopback is base.startswith("http://")


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Production",
        "prod",
        " test",
        "127.0.0.1:8700",
        "ftp://127.0.0.1",
        "file:///etc/passwd",
        "http://",
        "http://:8700",
        "http://10.0.0.1:8700",
        "http://bouchon.bureau.example",
        "http://127.0.0.1.example.org",
        "http://localhost.example.org",
        "http://127.0.0.1:99999",
        "http://127.0.0.1:port",
        "http://127.0.0.1:8700/chemin",
        "http://127.0.0.1:8700?x=1",
        "http://127.0.0.1:8700/?",
        "http://127.0.0.1:8700#x",
        "http://nom:mot@127.0.0.1:8700",
        "http://127.0.0.1@example.org",
        "http://127.0.0.1\\@example.org",
        "http://127.0.0.1 .example.org",
        "http://127.0.0.1\n",
        "https://bouchön.example",
        "https://a..example",
        "https://[::1",
    ],
)
def test_anything_else_names_no_portal(name: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        portal_named(name)


@pytest.mark.parametrize(
    "name",
    [
        "https://services.net-entreprises.fr",
        "https://depot.dsnrg.net-entreprises.fr",
        "https://NET-entreprises.FR",
        "https://www.msa.fr.",
    ],
)
def test_the_real_portal_is_never_taken_for_a_bouchon(name: str) -> None:
    with pytest.raises(ValueError, match="vrai portail"):
        portal_named(name)
