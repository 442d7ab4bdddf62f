"""Every row arrives as it left, whatever the engines; what differs is refused."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection, connections, transaction
from django.utils.connection import ConnectionDoesNotExist
from tests.backups.bureau import fill

from scarabee.accounts.models import OneTimeLink, Session, User
from scarabee.backups import tables
from scarabee.backups.connecting import connected
from scarabee.dossiers.digests import dossier_digest
from scarabee.dossiers.models import Act, Content, Dossier, Employer
from scarabee.maintenance import journal
from scarabee.returns.models import PasRate
from scarabee.settings import database

pytestmark = pytest.mark.django_db(transaction=True)


def copied(source: str, destination: str) -> list[tables.Table]:
    models = tables.kept_models()
    with transaction.atomic(using=destination):
        tables.empty(destination, models)
        return tables.copy_all(source, destination, models)


def test_there_and_back_every_row_is_the_same(beside: str) -> None:
    fill()
    before = {model: tables.table_of("default", model) for model in tables.kept_models()}
    digests = {one.name: dossier_digest(one) for one in Dossier.objects.all()}
    copied("default", beside)
    Employer.objects.update(name="changé")
    Act.objects.create(kind=Act.Kind.IMPORT, actor_name="après", created_at=Act.objects.latest("pk").created_at)
    copied(beside, "default")
    assert {model: tables.table_of("default", model) for model in tables.kept_models()} == before
    assert {one.name: dossier_digest(one) for one in Dossier.objects.all()} == digests
    assert journal.verify() == []
    assert PasRate.objects.get().rate is not None
    assert sum(one.rows for one in before.values()) > 40


def test_sessions_and_links_do_not_come_back(beside: str) -> None:
    fill()
    copied("default", beside)
    assert not Session.objects.using(beside).exists() and not OneTimeLink.objects.using(beside).exists()
    copied(beside, "default")
    assert not Session.objects.exists() and not OneTimeLink.objects.exists()


def test_a_number_that_people_saw_is_not_given_again(beside: str) -> None:
    fill()
    copied("default", beside)
    last = Act.objects.create(kind=Act.Kind.ENTRY, actor_name="a", created_at=Act.objects.latest("pk").created_at).pk
    copied(beside, "default")
    again = Act.objects.create(kind=Act.Kind.ENTRY, actor_name="b", created_at=Act.objects.latest("pk").created_at).pk
    assert again > last


def test_an_empty_table_stays_empty(beside: str) -> None:
    assert {one.rows for one in copied("default", beside)} == {0}
    assert tables.is_empty(beside, tables.kept_models())


def test_the_copy_of_a_row_that_changes_on_the_way_is_refused_and_nothing_is_kept(beside: str) -> None:
    fill()
    with spoiling(beside), pytest.raises(tables.CopyFailed) as refused:
        copied("default", beside)
    assert "dossiers_employer" in refused.value.message and "empreintes" in refused.value.message
    assert tables.is_empty(beside, [User, Dossier])


@contextmanager
def spoiling(alias: str) -> Iterator[None]:
    """A database that spoils what it is given."""
    with connections[alias].cursor() as cursor:
        cursor.execute(
            "CREATE TRIGGER spoil AFTER INSERT ON dossiers_employer BEGIN "
            "UPDATE dossiers_employer SET town = 'AILLEURS' WHERE id = new.id; END"
        )
        yield
        cursor.execute("DROP TRIGGER spoil")


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite takes any text")
def test_what_the_destination_does_not_take_is_said_with_its_table(beside: str) -> None:
    fill()
    copied("default", beside)
    Employer.objects.using(beside).filter(town="VALENCE").update(town="V" * 61)
    with pytest.raises(tables.CopyFailed) as refused:
        copied(beside, "default")
    assert "dossiers_employer" in refused.value.message
    assert Employer.objects.filter(town="VALENCE").exists()


def test_equal_rows_have_one_digest_and_other_rows_another(beside: str) -> None:
    fill()
    copied("default", beside)
    models = [Employer, Act, Content]
    assert [tables.table_of(beside, one) for one in models] == [tables.table_of("default", one) for one in models]
    Act.objects.using(beside).filter(pk=Act.objects.using(beside).latest("pk").pk).update(receipt={"é": [1.51]})
    assert tables.table_of(beside, Act) != tables.table_of("default", Act)


def test_every_table_either_travels_or_is_listed_as_staying() -> None:
    travelling = {model._meta.label for model in tables.kept_models()}
    every = {model._meta.label for model in apps.get_models(include_auto_created=True)}
    staying = every - travelling
    assert {label for label in staying if label.partition(".")[0] not in tables.OF_THE_SCHEMA} == (
        tables.PASSING | tables.OF_THIS_PLACE
    )


def test_a_connection_beside_is_gone_afterwards(tmp_path: Path) -> None:
    with connected("once", database.sqlite(tmp_path / "once.sqlite3")) as alias:
        connections[alias].ensure_connection()
    with pytest.raises(ConnectionDoesNotExist):
        connections[alias].cursor()
