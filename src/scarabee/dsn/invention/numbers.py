"""Numbers of invented employers and people, with right keys: siren, siret, nir, iban, amounts."""

from random import Random


def luhn_key(digits: str) -> int:
    """Return the digit that makes ``digits + key`` pass the Luhn check."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if position % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return -total % 10


def siren_of(root: int) -> str:
    """Return the siren whose first eight digits are ``root`` (10_000_000 to 99_999_999)."""
    digits = f"{root:08d}"
    return f"{digits}{luhn_key(digits)}"


def nic_of(siren: str, rank: int) -> str:
    """Return the nic of the ``rank``-th établissement (1 to 9999): siren + nic passes the Luhn check."""
    digits = f"{rank:04d}"
    return f"{digits}{luhn_key(siren + digits)}"


def invent_siren(rng: Random) -> str:
    return siren_of(rng.randrange(30_000_000, 99_000_000))


def nir_of(*, man: bool, year: int, month: int, department: str, commune: int, order: int) -> str:
    """Return the 13 characters of a nir, without its key (a DSN never holds the key)."""
    return f"{1 if man else 2}{year % 100:02d}{month:02d}{department}{commune:03d}{order:03d}"


def nir_key(nir: str) -> int:
    """Return the two-digit key: 97 − (nir mod 97), Corsica's 2A and 2B read as 19 and 18."""
    return 97 - int(nir.replace("2A", "19").replace("2B", "18")) % 97


def invent_iban(rng: Random) -> str:
    account = f"{rng.randrange(10**23):023d}"
    key = 98 - int(f"{account}152700") % 97
    return f"FR{key:02d}{account}"


def money(cents: int) -> str:
    """Return an amount in cents as a DSN writes it: dot, two decimals, minus sign if needed."""
    sign = "-" if cents < 0 else ""
    euros, rest = divmod(abs(cents), 100)
    return f"{sign}{euros}.{rest:02d}"


def share(cents: int, rate: int) -> int:
    """Return ``rate`` hundredths of a percent of an amount in cents, rounded half away from zero."""
    half_up = (abs(cents) * rate + 5_000) // 10_000
    return half_up if cents >= 0 else -half_up
