"""One account of the portal is one identity, however it is written; nobody dodges the count by a space."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.accounts.conftest import Clock
from tests.accounts.portal.conftest import RIGHT, Holder

from scarabee.accounts.models import ConnectionTest, PortalIdentity
from scarabee.accounts.portal.connection_tests import Shown, next_check, run_all, shown, start_test
from scarabee.accounts.portal.identifiers import save_identifiers
from scarabee.accounts.portal.identities import identity_key
from scarabee.accounts.services.users import create_user
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.bouchon.server import Bouchon

pytestmark = pytest.mark.django_db

Ball = Callable[..., Shown]
WRITTEN_OTHERWISE = [
    ("D'HERVAULT", "Noémie"),
    ("d'hervault", "NOEMIE"),
    ("DHERVAULT", "Noemie "),
    ("D\u2019Hervault", "No émie"),
    ("D HERVAULT", "noe\u0301mie"),
    ("D\u200bHERVAULT", "No-émie"),
]


@pytest.mark.parametrize(("nom", "prenom"), WRITTEN_OTHERWISE)
def test_case_accents_spaces_and_punctuation_make_no_other_identity(nom: str, prenom: str) -> None:
    assert identity_key(" 732 829 320 00074", nom, prenom) == identity_key("73282932000074", "D'HERVAULT", "Noémie")


def test_another_siret_or_person_is_another_identity() -> None:
    keys = {
        identity_key(*values)
        for values in [
            ("73282932000074", "MARTIN", "Paul"),
            ("73282932000075", "MARTIN", "Paul"),
            ("73282932000074", "MARTIN", "Paule"),
            ("73282932000074", "PAUL", "Martin"),
            ("73282932000074", "MARTINP", "aul"),
        ]
    }
    assert len(keys) == 5


def test_five_users_who_write_one_account_differently_have_two_free_refusals_in_all(
    bouchon: Bouchon, owner: Actor
) -> None:
    """Each with a wrong password of his own: a count kept per user, or per writing, would send ten."""
    for number, (nom, prenom) in enumerate(WRITTEN_OTHERWISE[:5]):
        user = create_user(actor=owner, username=f"Personne {number}")
        entry = replace(RIGHT, nom=nom, prenom=prenom, motdepasse=f"Essai.{number}")
        save_identifiers(actor=owner, user=user, entry=entry)
        for again in range(2):
            test = start_test(actor=owner, user=user, entry=replace(entry, motdepasse=f"{entry.motdepasse}.{again}"))
            run_all(actor=owner, test=test)
    assert [one.status for one in bouchon.authentications] == [401, 401]
    assert PortalIdentity.objects.count() == 1


def test_what_never_leaves_makes_no_identity(bouchon: Bouchon, owner: Actor) -> None:
    """Each slip tested from a form would otherwise leave a row for ever."""
    user = create_user(actor=owner, username="Lucie")
    for siret in ("7328293200007", "", "abc"):
        run_all(actor=owner, test=start_test(actor=owner, user=user, entry=replace(RIGHT, siret=siret)))
    bouchon.start_incident("maintenance")
    run_all(actor=owner, test=start_test(actor=owner, user=user, entry=RIGHT))
    assert not PortalIdentity.objects.exists()


@pytest.mark.parametrize("name", ["siret", "nom", "prenom", "motdepasse"])
def test_values_no_portal_would_take_are_neither_kept_nor_tested(
    bouchon: Bouchon, owner: Actor, holder: Holder, name: str
) -> None:
    user = holder("Lucie")
    for value in ("é" * 201, "\udcff"):
        with pytest.raises(Refusal):
            save_identifiers(actor=owner, user=user, entry=replace(RIGHT, **{name: value}))
        with pytest.raises(Refusal):
            start_test(actor=owner, user=user, entry=replace(RIGHT, **{name: value}))


def test_the_longest_values_that_are_kept_fit_their_columns(owner: Actor) -> None:
    user = create_user(actor=owner, username="Lucie")
    long = replace(RIGHT, siret="ß" * 200, nom="æ" * 200, prenom="œ" * 200)
    save_identifiers(actor=owner, user=user, entry=long)
    limit = PortalIdentity._meta.get_field("key").max_length or 0
    assert len(PortalIdentity.objects.get().key) <= limit


def test_a_clock_set_back_frees_the_turn_of_a_process_that_died(
    bouchon: Bouchon, owner: Actor, holder: Holder, clock: Clock
) -> None:
    """Its end was written by a clock a year ahead: nobody waits a year."""
    user = holder("Lucie")
    PortalIdentity.objects.update(busy_until=clock() + timedelta(days=365), busy_token="mort")
    test = start_test(actor=owner, user=user, entry=None)
    ConnectionTest.objects.update(running_until=clock() + timedelta(days=365))
    assert shown(run_all(actor=owner, test=test)).lines[0].state != "waiting"
    test = start_test(actor=owner, user=user, entry=None)
    assert shown(run_all(actor=owner, test=test)).ok


def test_the_turn_of_a_living_process_is_waited_for(
    bouchon: Bouchon, owner: Actor, holder: Holder, clock: Clock
) -> None:
    user = holder("Lucie")
    PortalIdentity.objects.update(busy_until=clock() + timedelta(seconds=100), busy_token="vivant")
    test = start_test(actor=owner, user=user, entry=None)
    ConnectionTest.objects.update(running_until=clock() + timedelta(seconds=100))
    assert next_check(actor=owner, test=test).checks == []
    ConnectionTest.objects.update(running_until=None)
    lines = shown(run_all(actor=owner, test=test)).lines
    assert [line.cause for line in lines if line.state == "red"] == ["deja_en_cours"]
    assert bouchon.authentications == []
