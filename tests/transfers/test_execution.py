"""A transfer as a person makes it: the proof, the refusals, the rights, and what a new kind of row asks."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.apps.registry import Apps
from django.db import connection, models
from tests.dossiers.small_files import ASSOCIATION, OTHER_ASSOCIATION, small_file
from tests.transfers import scenes

from scarabee.dossiers import registry
from scarabee.dossiers.models import Act, Dossier, Employee, Employer
from scarabee.dossiers.registry import RowKind
from scarabee.dossiers.services import safety
from scarabee.dossiers.services.dossiers import archive_dossier, delete_dossier
from scarabee.dossiers.services.exporting import export
from scarabee.dsn.invention import invent_bureau, month_file, signalement_files
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor
from scarabee.transfers.enums import Declaring
from scarabee.transfers.models import Transfer
from scarabee.transfers.selection import Selection
from scarabee.transfers.services import drafts, execution
from scarabee.transfers.services.execution import transfer_now

pytestmark = pytest.mark.django_db
MARCH, APRIL = small_file(), small_file(month="2026-04")
UserWith = Callable[..., Actor]


@pytest.fixture
def a(db: None) -> Dossier:
    return scenes.dossier_of("A", [MARCH, APRIL])


@pytest.fixture
def b(db: None, a: Dossier) -> Dossier:
    return scenes.dossier_of("B")


def refused(match: str | None, source: Dossier, destination: Dossier | None, **options: object) -> str:
    """A refused transfer wrote nothing; its words."""
    before = [scenes.seen(one) for one in Dossier.objects.order_by("pk")]
    with pytest.raises(Refusal, match=match) as caught:
        transfer_now(
            **{
                "actor": scenes.OWNER,
                "source": source,
                "destination": destination,
                "selection": scenes.everything(source),
                **options,
            }
        )
    assert [scenes.seen(one) for one in Dossier.objects.order_by("pk")] == before
    assert not Act.objects.filter(kind=Act.Kind.TRANSFER, state=Act.State.RUNNING).exists()
    scenes.check_invariants()
    return str(caught.value)


def test_the_export_of_a_copy_is_that_of_the_original(db: None, tmp_path: Path) -> None:
    bureau = invent_bureau(11, employers=6, months=3)
    files = [month_file(bureau, month) for month in bureau.all_months]
    files += signalement_files(bureau, bureau.all_months[1])
    source = scenes.dossier_of("A", files)
    before = scenes.seen(source)
    destination = scenes.transfer(source, None, name="B").act.dossier
    assert destination is not None
    scenes.assert_same(scenes.seen(source), before)
    scenes.assert_same(scenes.seen(destination), before)
    written = []
    for dossier in (source, destination):
        folder = tmp_path / str(dossier.pk)
        export(actor=scenes.OWNER, dossier=dossier, folder=folder)
        written.append(sorted(path.read_bytes() for path in folder.iterdir()))
    assert written[0] == written[1]


def test_refusals_before_anything(a: Dossier, b: Dossier) -> None:
    refused("est le dossier d’origine", a, a)
    refused("Rien n’est coché", a, b, selection=Selection())
    refused("Aucun dossier de destination", a, None)
    refused("existe déjà", a, None, destination_name="b")
    stale = Dossier.objects.get(pk=b.pk)
    archive_dossier(actor=scenes.OWNER, dossier=b)
    refused("archivé", a, stale)
    gone = scenes.dossier_of("Parti")
    stale = Dossier.objects.get(pk=gone.pk)
    delete_dossier(actor=scenes.OWNER, dossier=gone)
    refused("n’existe pas", a, stale)
    refused("n’existe pas", stale, scenes.dossier_of("Autre"), selection=scenes.everything(a))


@pytest.mark.parametrize("where", ["source", "destination", "source of a new one"])
def test_what_changed_since_the_preview_stops_it(a: Dossier, b: Dossier, where: str) -> None:
    a, b = scenes.fresh(a), scenes.fresh(b)
    changed = b if where == "destination" else a
    scenes.take(changed, small_file(month="2026-05"))
    if where == "source of a new one":
        refused("ont changé", a, None, destination_name="Neuf")
        assert not Dossier.objects.filter(name="Neuf").exists()
    else:
        refused("ont changé", a, b)


def test_a_damaged_copy_is_found_and_rolled_back(a: Dossier, b: Dossier) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("the damage is done by a trigger of SQLite")
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TRIGGER damage AFTER INSERT ON dossiers_employeemonth WHEN NEW.position = 1 BEGIN "
            "UPDATE dossiers_employeemonth SET insert_at = insert_at + 1 WHERE id = NEW.id; END"
        )
    words = refused("ne correspondait pas", a, b)
    assert "intactes" in words
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER damage")
    scenes.transfer(a, b)


def draft(a: Dossier, b: Dossier, actor: Actor = scenes.OWNER) -> Transfer:
    made = drafts.start_draft(actor=actor, source=a)
    drafts.save_ticks(actor=actor, transfer=made, selection=scenes.everything(a))
    made = drafts.choose_destination(actor=actor, transfer=made, destination=b)
    drafts.draft_plan(actor=actor, transfer=made)
    return Transfer.objects.get(pk=made.pk)


def test_a_confirmed_draft_is_carried_out_once(
    a: Dossier, b: Dossier, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    made = draft(a, b)
    with django_capture_on_commit_callbacks(execute=True):
        execution.confirm(actor=scenes.OWNER, transfer=made)
    made.act.refresh_from_db()
    assert made.act.state == Act.State.DONE
    assert made.act.receipt["identical"] == made.act.receipt["expected"] > 0
    execution.run(made.pk)
    with pytest.raises(Refusal, match="déjà parti"):
        execution.confirm(actor=scenes.OWNER, transfer=made)
    scenes.assert_same(scenes.seen(b), scenes.seen(a))


def test_a_draft_whose_destination_is_gone_makes_no_new_dossier(a: Dossier, b: Dossier) -> None:
    made = draft(a, b)
    delete_dossier(actor=scenes.OWNER, dossier=b)
    with pytest.raises(Refusal, match="n’existe plus"):
        execution.confirm(actor=scenes.OWNER, transfer=Transfer.objects.get(pk=made.pk))
    with pytest.raises(Refusal, match="n’existe plus"):
        execution.carry_out(actor=scenes.OWNER, transfer=Transfer.objects.get(pk=made.pk))
    assert not Dossier.objects.filter(name="B").exists()


def test_a_killed_transfer_is_closed(a: Dossier, b: Dossier) -> None:
    made = draft(a, b)
    Act.objects.filter(pk=made.pk).update(state=Act.State.RUNNING, heartbeat=None)
    assert execution.close_interrupted() == [made.pk]
    made.act.refresh_from_db()
    assert made.act.state == Act.State.INTERRUPTED
    assert "intactes" in made.act.message


def test_a_transfer_taken_for_dead_while_its_safety_copy_was_made_copies_nothing(
    a: Dossier, b: Dossier, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenes.take(b, APRIL)
    closed: list[int] = []

    def slow(actor: Actor, dossier: Dossier, employers: list[Employer], reason: str) -> None:
        Act.objects.filter(state=Act.State.RUNNING).update(heartbeat=None)
        closed.extend(execution.close_interrupted())

    monkeypatch.setattr(safety, "KEEPERS", [slow])
    refused("déclaré interrompu", a, scenes.fresh(b))
    assert closed == list(Act.objects.filter(kind=Act.Kind.TRANSFER).values_list("pk", flat=True))


# -- rights -----------------------------------------------------------------------------------------------------


def test_rights_on_both_dossiers_are_needed(a: Dossier, b: Dossier, user_with: UserWith) -> None:
    for rank, (on_a, on_b) in enumerate(
        [("gestionnaire", None), (None, "gestionnaire"), ("lecture", "gestionnaire"), ("gestionnaire", "lecture")]
    ):
        roles = {dossier: role for dossier, role in ((a, on_a), (b, on_b)) if role}
        words = refused(None, a, b, actor=user_with(f"Zoé {rank}", roles))
        for dossier, role in ((a, on_a), (b, on_b)):
            assert role or f"« {dossier.name} »" not in words or dossier == a
    done = scenes.transfer(a, b, actor=user_with("Ali", {a: "gestionnaire", b: "gestionnaire"}))
    assert done.act.state == Act.State.DONE


def test_the_name_of_a_hidden_source_is_not_told(b: Dossier, user_with: UserWith) -> None:
    hidden = scenes.dossier_of("Très secret", [small_file(siret=OTHER_ASSOCIATION)])
    actor = user_with("Zoé", {b: "gestionnaire"})
    assert "Très secret" not in refused(None, hidden, b, actor=actor)


def test_lecture_on_an_archived_source_is_not_enough(a: Dossier, b: Dossier, user_with: UserWith) -> None:
    archive_dossier(actor=scenes.OWNER, dossier=a)
    refused("droit", a, b, actor=user_with("Zoé", {a: "lecture", b: "gestionnaire"}))
    scenes.transfer(a, b, actor=user_with("Ali", {a: "gestionnaire", b: "gestionnaire"}))


def test_a_hidden_dossier_keeps_its_siret(user_with: UserWith, db: None) -> None:
    hidden = scenes.dossier_of("Très secret", [MARCH])
    a, b = scenes.dossier_of("A", [MARCH]), scenes.dossier_of("B")
    actor = user_with("Zoé", {a: "gestionnaire", b: "gestionnaire"})
    words = refused("troisième dossier", a, b, actor=actor, declaring=Declaring.DESTINATION)
    assert "secret" not in words
    scenes.transfer(a, b, actor=actor)
    assert Employer.objects.get(siret=ASSOCIATION, declaring=True).dossier == hidden
    assert "secret" not in str(Act.objects.get(transfer__isnull=False, state=Act.State.DONE).receipt)


# -- a new kind of row ------------------------------------------------------------------------------------------


BIG_SERIAL = {"sqlite": "integer", "postgresql": "bigserial"}


class Badge(models.Model):
    """A fake kind of row that hangs on a person."""

    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="+")
    employee = models.ForeignKey(Employee, on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=10)
    act = models.ForeignKey(Act, on_delete=models.PROTECT, related_name="+")

    class Meta:
        app_label = "dossiers"
        apps = Apps()  # its own: no other test meets it
        constraints = [models.UniqueConstraint(fields=["employee", "number"], name="badge_once")]


@pytest.fixture
def badges(db: None) -> Iterator[None]:
    kind = RowKind("badges", Badge, "employee", {"employee_id": "employees"}, ("employee_id", "number"))
    with connection.cursor() as cursor:  # by hand: SQLite has no schema editor inside a transaction
        cursor.execute(
            f"CREATE TABLE dossiers_badge (id {BIG_SERIAL[connection.vendor]} PRIMARY KEY, dossier_id bigint, "
            "employee_id bigint, number varchar(10), act_id bigint, UNIQUE (employee_id, number))"
        )
    registry.register(kind)
    yield
    del registry._KINDS["badges"]


def test_a_new_kind_of_row_travels_and_is_undone(a: Dossier, b: Dossier, badges: None) -> None:
    act = Act.objects.create(kind=Act.Kind.ENTRY, actor_name="x", created_at=a.created_at, dossier=a)
    people = list(a.employees.order_by("pk"))
    for person in people:
        Badge.objects.create(dossier=a, employee=person, number="7", act=act)
    first = scenes.transfer(a, b, scenes.some(people[0])).act
    assert Badge.objects.filter(dossier=b).count() == 1
    second = scenes.transfer(a, b).act
    assert Badge.objects.filter(dossier=b, employee__dossier=b).count() == 2
    Badge.objects.create(dossier=a, employee=people[0], number="8", act=act)
    third = scenes.transfer(a, b).act
    assert Badge.objects.filter(dossier=b).count() == 3
    for done, left in ((third, 2), (second, 1), (first, 0)):
        assert scenes.undo(done).is_whole
        assert Badge.objects.filter(dossier=b).count() == left
    assert Badge.objects.filter(dossier=a).count() == 3
