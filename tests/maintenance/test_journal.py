import uuid
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError

from scarabee.accounts.models import User
from scarabee.maintenance import journal
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import JournalEntry

pytestmark = pytest.mark.django_db


def _write_three(owner: Actor) -> None:
    for count in range(3):
        journal.record(owner, "essai", dossier_uuid=uuid.uuid4(), count=count, name="Été")


def _change(sql: str, *params: object) -> None:
    """Somebody with a database tool, around the model."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


def test_entries_are_numbered_and_chained(owner: Actor) -> None:
    _write_three(owner)
    entries = list(JournalEntry.objects.order_by("sequence"))
    assert [entry.sequence for entry in entries] == [1, 2, 3]
    assert entries[0].previous_hash == journal.FIRST_HASH
    assert [entry.previous_hash for entry in entries[1:]] == [entry.hash for entry in entries[:2]]
    assert entries[2].facts == {"count": 2, "name": "Été"}
    assert journal.verify() == []


def test_a_changed_fact_shows(owner: Actor) -> None:
    _write_three(owner)
    _change("UPDATE maintenance_journalentry SET facts = %s WHERE sequence = 2", '{"count": 9}')
    assert journal.verify() == [2]


def test_a_changed_line_with_its_hash_made_anew_shows_in_the_next(owner: Actor) -> None:
    _write_three(owner)
    entry = JournalEntry.objects.get(sequence=2)
    entry.facts = {"count": 9}
    _change(
        "UPDATE maintenance_journalentry SET facts = %s, hash = %s WHERE sequence = 2",
        '{"count": 9}',
        journal.entry_hash(entry),
    )
    assert journal.verify() == [3]


@pytest.mark.parametrize(("removed", "broken"), [(1, [2]), (2, [3])])
def test_a_removed_line_shows_in_the_next(owner: Actor, removed: int, broken: list[int]) -> None:
    _write_three(owner)
    _change("DELETE FROM maintenance_journalentry WHERE sequence = %s", removed)
    assert journal.verify() == broken


def test_a_changed_time_shows(owner: Actor) -> None:
    _write_three(owner)
    _change("UPDATE maintenance_journalentry SET at = %s WHERE sequence = 3", datetime(2026, 1, 1, tzinfo=UTC))
    assert journal.verify() == [3]


def test_the_model_refuses_change_and_deletion(owner: Actor) -> None:
    _write_three(owner)
    entry = JournalEntry.objects.get(sequence=2)
    with pytest.raises(TypeError):
        entry.save()
    with pytest.raises(TypeError):
        entry.delete()
    with pytest.raises(TypeError):
        JournalEntry.objects.update(code="autre")
    with pytest.raises(TypeError):
        JournalEntry.objects.all().delete()
    assert journal.verify() == []


def test_an_act_undone_by_its_transaction_leaves_no_line(owner: Actor) -> None:
    with transaction.atomic():
        journal.record(owner, "essai")
        transaction.set_rollback(True)
    assert not JournalEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_line_outside_a_transaction_is_refused(owner: Actor) -> None:
    with pytest.raises(TransactionManagementError):
        journal.record(owner, "essai")


def test_secrets_and_nir_stay_out(owner: Actor) -> None:
    with pytest.raises(ValueError, match="password"):
        journal.record(owner, "essai", password="corail dune sextant")
    entry = journal.record(
        owner,
        "essai",
        file="paie 185057512345678.dsn",
        people=["2850575123456", "99700523600102"],
        siret="12345678900012",
    )
    assert entry.facts == {
        "file": "paie [numéro masqué].dsn",
        "people": ["[numéro masqué]", "99700523600102"],
        "siret": "12345678900012",
    }


def test_the_owner_sees_everything_and_names_the_system_account(owner: Actor) -> None:
    assert owner.is_administrator
    assert owner.user_id is None
    assert owner.via == "commande"
    assert owner.system_account


def test_an_actor_has_the_rights_of_its_user(administrator: User) -> None:
    clerk = User.objects.create(username="Lucie")
    assert Actor.of(clerk) == Actor(clerk.pk, "Lucie", False, "web", Actor.owner().system_account)
    assert Actor.of(administrator, via="commande").is_administrator
    assert Actor.of(administrator, via="commande").via == "commande"


def test_a_hash_is_kept_whole_though_it_holds_thirteen_digits(owner: Actor) -> None:
    sha256 = "a" * 20 + "1850575123456" + "b" * 31
    assert journal.record(owner, "essai", sha256=sha256).facts == {"sha256": sha256}
