"""Whether a name exists cannot be told from how long its refusal takes: work is measured, not the clock."""

import time
from statistics import median

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, make_password
from django.test import override_settings

from scarabee.accounts.backends import AccountBackend
from scarabee.accounts.models import User

pytestmark = pytest.mark.django_db
ARGON = ["django.contrib.auth.hashers.Argon2PasswordHasher"]


def work(name: str, times: int = 7) -> float:
    """Seconds of processor that one refused attempt takes, by the middle one of several."""
    found = []
    for _ in range(times):
        begun = time.process_time()
        assert AccountBackend().authenticate(None, username=name, password="pas le bon mot de passe") is None
        found.append(time.process_time() - begun)
    return median(found)


@override_settings(PASSWORD_HASHERS=ARGON)
def test_a_name_that_does_not_exist_takes_as_long_as_a_wrong_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Argon2PasswordHasher, "memory_cost", 16 << 10)  # a small part of the usual work, to be quick
    User.objects.create(username="Lucie", password=make_password("corail dune sextant 47"))
    User.objects.create(username="Paul", password=make_password("corail dune sextant 47"), is_active=False)
    User.objects.create(username="Zoé", password=make_password(None))  # was reset, has not chosen yet
    spent = {name: work(name) for name in ("Lucie", "Paul", "Zoé", "Personne")}
    assert min(spent.values()) > 0.002, spent
    assert max(spent.values()) < 1.5 * min(spent.values()), spent
