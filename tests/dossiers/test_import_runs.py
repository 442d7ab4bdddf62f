import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from tests.dossiers.small_files import ALAIN, ASSOCIATION, OTHER_ASSOCIATION, declaration, envoi, small_file

from scarabee.accounts.models import Membership, User
from scarabee.dossiers.digests import dossier_digest
from scarabee.dossiers.models import Act, Declaration, Dossier, Employer, ImportFile
from scarabee.dossiers.services import import_runs, import_surveys, importing, uploads
from scarabee.dossiers.services.undo import undo_act
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import NotVisible, Refusal
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import JournalEntry

pytestmark = pytest.mark.django_db

Prepare = Callable[..., Act]
TWO = envoi(declaration(), declaration(siret=OTHER_ASSOCIATION))


@pytest.fixture
def prepare(owner: Actor, dossier: Dossier) -> Prepare:
    """An import of some files, surveyed: `prepare(data, data, …)`."""

    def make(*data: bytes, actor: Actor = owner, into: Dossier = dossier) -> Act:
        files = [ContentFile(one, name=f"{rank}.dsn") for rank, one in enumerate(data)]
        return import_runs.prepare_import(actor=actor, dossier=into, files=files)

    return make


def test_preparing_surveys_the_files_and_imports_nothing(prepare: Prepare, dossier: Dossier) -> None:
    before = dossier_digest(dossier)
    act = prepare(TWO, small_file(month="2026-04"))
    assert act.state == Act.State.PREPARED
    assert import_surveys.is_surveyed(act)
    first, second = act.files.all()
    assert [one["siret"] for one in first.survey["employers"]] == [OTHER_ASSOCIATION, ASSOCIATION]
    assert second.survey["employers"][0]["months"] == ["2026-04"]
    assert act.progress == act.progress_total == len(TWO) + len(small_file(month="2026-04"))
    assert dossier_digest(dossier) == before
    assert not Declaration.objects.exists()


def test_starting_imports_every_file_and_adds_up_what_was_new(prepare: Prepare, owner: Actor, dossier: Dossier) -> None:
    act = import_runs.start(actor=owner, act=prepare(small_file(), b"Bonjour\n", small_file()))
    assert act.state == Act.State.DONE
    assert [row.status for row in act.files.all()] == ["imported", "refused", "known"]
    assert act.receipt == {
        "files": 3,
        "statuses": {"imported": 1, "refused": 1, "known": 1},
        "counts": {"employers": 1, "employees": 2, "declarations": 1, "employee_months": 2},
        "warnings": 0,
    }
    assert act.finished_at is not None
    codes = JournalEntry.objects.filter(code__startswith="import.").order_by("sequence")
    assert list(codes.values_list("code", flat=True)) == ["import.start", "import.file", "import.file", "import.end"]


def test_an_import_of_refused_files_only_is_refused(prepare: Prepare, owner: Actor) -> None:
    act = import_runs.start(actor=owner, act=prepare(b"", b"Bonjour\n"))
    assert act.state == Act.State.REFUSED
    assert not Declaration.objects.exists()


def test_what_goes_where_is_obeyed(prepare: Prepare, owner: Actor, dossier: Dossier, other: Dossier) -> None:
    act = prepare(TWO)
    import_runs.choose(actor=owner, act=act, routes={OTHER_ASSOCIATION: other.pk})
    import_runs.start(actor=owner, act=act)
    assert list(Employer.objects.filter(dossier=dossier).values_list("siret", flat=True)) == [ASSOCIATION]
    assert list(Employer.objects.filter(dossier=other).values_list("siret", flat=True)) == [OTHER_ASSOCIATION]


def test_a_choice_can_be_changed_until_the_start(prepare: Prepare, owner: Actor, other: Dossier) -> None:
    act = prepare(TWO)
    import_runs.choose(actor=owner, act=act, routes={ASSOCIATION: None, OTHER_ASSOCIATION: other.pk})
    import_runs.choose(actor=owner, act=act, routes={OTHER_ASSOCIATION: act.dossier_id})
    act = import_runs.start(actor=owner, act=act)
    assert list(Employer.objects.values_list("siret", flat=True)) == [OTHER_ASSOCIATION]
    assert act.files.get().report["left_out"] == 1
    with pytest.raises(Refusal, match="terminé"):
        import_runs.choose(actor=owner, act=act, routes={ASSOCIATION: None})


def test_an_employer_goes_only_to_a_dossier_the_actor_may_change(
    prepare: Prepare, dossier: Dossier, other: Dossier, user_with: Callable[..., Actor]
) -> None:
    zoe = user_with("Zoé", {dossier: "gestionnaire", other: "lecture"})
    act = prepare(TWO, actor=zoe)
    with pytest.raises(Refusal):
        import_runs.choose(actor=zoe, act=act, routes={ASSOCIATION: other.pk})
    assert act.files.get().routes == {}


def test_a_reader_prepares_nothing_and_leaves_no_file(
    prepare: Prepare, dossier: Dossier, user_with: Callable[..., Actor]
) -> None:
    with pytest.raises(Refusal, match="droit"):
        prepare(TWO, actor=user_with("Paul", {dossier: "lecture"}))
    assert not Act.objects.exists()


def test_an_import_shows_itself_only_to_those_who_see_its_dossier(
    prepare: Prepare, owner: Actor, dossier: Dossier, other: Dossier, user_with: Callable[..., Actor]
) -> None:
    act = prepare(TWO)
    assert import_runs.find_import(actor=user_with("Paul", {dossier: "lecture"}), number=act.pk) == act
    with pytest.raises(NotVisible):
        import_runs.find_import(actor=user_with("Zoé", {other: "gestionnaire"}), number=act.pk)
    with pytest.raises(NotVisible):
        import_runs.find_import(actor=owner, number=act.pk + 1)


def test_the_import_runs_with_the_rights_its_user_has_by_then(
    prepare: Prepare, dossier: Dossier, user_with: Callable[..., Actor]
) -> None:
    zoe = user_with("Zoé", {dossier: "gestionnaire"})
    act = prepare(small_file(), actor=zoe)
    Act.objects.filter(pk=act.pk).update(state=Act.State.QUEUED)
    Membership.objects.filter(user_id=zoe.user_id).update(role="lecture")
    import_runs.run(act.pk)
    act.refresh_from_db()
    assert act.state == Act.State.REFUSED
    assert "droit" in act.files.get().report["errors"][0]["message"]


def test_an_account_closed_meanwhile_imports_nothing(
    prepare: Prepare, dossier: Dossier, user_with: Callable[..., Actor]
) -> None:
    zoe = user_with("Zoé", {dossier: "gestionnaire"})
    act = prepare(small_file(), actor=zoe)
    Act.objects.filter(pk=act.pk).update(state=Act.State.QUEUED)
    User.objects.filter(pk=zoe.user_id).update(is_active=False)
    import_runs.run(act.pk)
    act.refresh_from_db()
    assert act.state == Act.State.REFUSED
    assert "plus actif" in act.files.get().report["errors"][0]["message"]
    assert not Declaration.objects.exists()


def test_a_dossier_archived_meanwhile_is_left_alone(prepare: Prepare, owner: Actor, dossier: Dossier) -> None:
    act = prepare(small_file())
    Dossier.objects.filter(pk=dossier.pk).update(archived_at=now())
    with pytest.raises(Refusal, match="archivé"):
        import_runs.start(actor=owner, act=act)
    Act.objects.filter(pk=act.pk).update(state=Act.State.QUEUED)
    import_runs.run(act.pk)
    act.refresh_from_db()
    assert act.state == Act.State.REFUSED
    assert "archivé" in act.files.get().report["errors"][0]["message"]


def test_running_twice_does_no_harm(prepare: Prepare, owner: Actor, dossier: Dossier) -> None:
    act = import_runs.start(actor=owner, act=prepare(small_file()))
    before, receipt = dossier_digest(dossier), act.receipt
    import_runs.run(act.pk)
    act.refresh_from_db()
    assert (dossier_digest(dossier), act.receipt, act.state) == (before, receipt, Act.State.DONE)
    assert JournalEntry.objects.filter(code="import.end").count() == 1


def test_a_run_under_way_is_not_taken_by_another(prepare: Prepare) -> None:
    act = prepare(small_file())
    Act.objects.filter(pk=act.pk).update(state=Act.State.RUNNING, heartbeat=now())
    import_runs.run(act.pk)
    assert import_runs.resume_stale_imports() == []
    assert not Declaration.objects.exists()


def test_a_run_without_a_sign_of_life_for_a_minute_is_resumed(prepare: Prepare) -> None:
    act = prepare(small_file(month="2026-01"), small_file(month="2026-02"))
    Act.objects.filter(pk=act.pk).update(state=Act.State.RUNNING, heartbeat=now() - timedelta(seconds=61))
    assert import_runs.resume_stale_imports() == [act.pk]
    act.refresh_from_db()
    assert act.state == Act.State.DONE
    assert Declaration.objects.count() == 2


def test_a_bell_that_was_lost_is_rung_again(prepare: Prepare) -> None:
    act = prepare(small_file())
    Act.objects.filter(pk=act.pk).update(state=Act.State.QUEUED, heartbeat=now() - timedelta(minutes=2))
    assert import_runs.resume_stale_imports() == [act.pk]
    assert Declaration.objects.count() == 1


def test_an_import_at_the_command_line_is_nobody_elses_to_resume(owner: Actor, dossier: Dossier) -> None:
    act = importing.open_import(actor=owner, dossier=dossier)
    assert import_runs.resume_stale_imports() == []
    act.refresh_from_db()
    assert act.state == Act.State.RUNNING


def test_a_file_that_kills_its_worker_again_and_again_is_refused(prepare: Prepare) -> None:
    act = prepare(small_file(month="2026-01"), small_file(month="2026-02"))
    stuck = {"tried": {"waiting": 2, "times": import_runs.MAX_ATTEMPTS}}
    Act.objects.filter(pk=act.pk).update(state=Act.State.QUEUED, receipt=stuck)
    import_runs.run(act.pk)
    act.refresh_from_db()
    assert act.state == Act.State.DONE
    first, second = act.files.all()
    assert (first.status, second.status) == (ImportFile.Status.REFUSED, ImportFile.Status.IMPORTED)
    assert "arrêté 5 fois" in first.report["errors"][0]["message"]


def test_a_fault_of_ours_refuses_the_file_and_logs_no_value(
    prepare: Prepare, owner: Actor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    act = prepare(small_file())

    def broken(**_: object) -> None:
        raise ValueError(ALAIN.nir)

    monkeypatch.setattr(importing, "land", broken)
    act = import_runs.start(actor=owner, act=act)
    assert act.state == Act.State.REFUSED
    assert "erreur imprévue" in act.files.get().report["errors"][0]["message"]
    assert "ValueError" in caplog.text
    assert ALAIN.nir not in caplog.text


def test_bytes_that_vanished_are_said(prepare: Prepare, owner: Actor) -> None:
    act = prepare(small_file())
    uploads.remove_folder(uploads.imports_folder() / str(act.pk))
    act = import_runs.start(actor=owner, act=act)
    assert "n’est plus là" in act.files.get().report["errors"][0]["message"]


def test_abandoning_imports_nothing_and_comes_too_late_after_the_start(prepare: Prepare, owner: Actor) -> None:
    act = prepare(small_file())
    import_runs.abandon(actor=owner, act=act)
    act.refresh_from_db()
    assert act.state == Act.State.INTERRUPTED
    import_runs.run(act.pk)
    assert not Declaration.objects.exists()
    done = import_runs.start(actor=owner, act=prepare(small_file()))
    with pytest.raises(Refusal):
        import_runs.abandon(actor=owner, act=done)


def test_large_files_are_surveyed_in_the_background(
    prepare: Prepare, owner: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[int] = []
    monkeypatch.setattr(import_runs, "SURVEY_AT_ONCE_BYTES", 10)
    monkeypatch.setattr(import_runs, "_ring_survey", rung.append)
    act = prepare(small_file())
    assert rung == [act.pk]
    assert not import_surveys.is_surveyed(act)
    with pytest.raises(Refusal, match="pas encore tous lus"):
        import_runs.start(actor=owner, act=act)
    told: list[int] = []
    monkeypatch.setattr(import_surveys.Heartbeat, "beat", lambda self, done, **_: told.append(done))
    import_surveys.survey_files(act.pk)
    import_surveys.survey_files(act.pk)
    assert told[-1] == act.progress_total
    monkeypatch.undo()
    assert import_surveys.is_surveyed(act)
    assert import_runs.start(actor=owner, act=act).state == Act.State.DONE


def test_undo_takes_back_an_import_and_the_dossier_made_for_it(owner: Actor, dossier: Dossier) -> None:
    files = [ContentFile(small_file(), name="mars.dsn")]
    act = import_runs.prepare_import(actor=owner, dossier=dossier, files=files, created_dossier=True)
    act = import_runs.start(actor=owner, act=act)
    undo_act(actor=owner, act=act)
    assert not Declaration.objects.exists()
    assert not Dossier.objects.filter(pk=dossier.pk).exists()


def test_an_import_of_a_command_that_was_killed_is_closed_by_a_worker(owner: Actor, dossier: Dossier) -> None:
    killed, running = (importing.open_import(actor=owner, dossier=dossier) for _ in range(2))
    importing.import_file(actor=owner, act=killed, stream=io.BytesIO(small_file()), name="mars.dsn")
    Act.objects.filter(pk=killed.pk).update(created_at=now() - timedelta(hours=1), heartbeat=None)
    assert import_runs.resume_stale_imports() == []
    killed.refresh_from_db()
    running.refresh_from_db()
    assert (killed.state, killed.receipt["files"]) == (Act.State.DONE, 1)
    assert killed.message == "Arrêté brutalement avant la fin."
    assert running.state == Act.State.RUNNING
