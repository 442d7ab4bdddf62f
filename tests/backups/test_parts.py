"""A dossier, an employer or an employee into an archive, and out of any archive into a new dossier."""

import sqlite3
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.db import connections
from tests.backups.archives import new_key
from tests.backups.bureau import bring_in, fill
from tests.child_processes import SERVER
from tests.dossiers.small_files import ALAIN, ASSOCIATION, BRIGITTE, OTHER_ASSOCIATION, declaration, envoi

from scarabee.accounts.models import Membership, PortalBinding, User
from scarabee.accounts.services.users import create_user
from scarabee.backups import archive, keys, parts, pulling, received_parts, writing
from scarabee.backups.errors import ArchiveUnreadable, Reason
from scarabee.dossiers.digests import dossier_digest
from scarabee.dossiers.models import Act, Content, Declaration, Dossier, Employee, EmployeeMonth, Employer
from scarabee.dossiers.services.deletion import delete_employer
from scarabee.dossiers.services.undo import undo_act
from scarabee.filings.models import Filing
from scarabee.maintenance import journal
from scarabee.maintenance.errors import NotAllowed, NotVisible, Refusal
from scarabee.maintenance.journal import Actor
from scarabee.returns.models import PasRate

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("folder")]
OWNER = Actor.owner()


@pytest.fixture
def val() -> Dossier:
    """« Associations du Val »: two employers, three people, a typed name, a rate."""
    fill()
    return Dossier.objects.get(name="Associations du Val")


def saved(val: Dossier, **asked: Any) -> Path:
    return Path(parts.save(actor=OWNER, dossier=val, reason="essai", **asked).path)


def pull(path: Path, **asked: Any) -> pulling.Pulled:
    return pulling.pull(actor=OWNER, path=path, **asked)


def stand() -> dict[str, str]:
    return {one.name: dossier_digest(one) for one in Dossier.objects.all()}


def declaring() -> dict[str, str]:
    return dict(Employer.objects.filter(declaring=True).values_list("siret", "dossier__name"))


def tables_of(path: Path, tmp_path: Path) -> dict[str, int]:
    """How many rows each table of an archive holds, those without any left out."""
    with archive.reading(path, keys.identities()) as found:
        for member in found.members():
            archive.save(member, tmp_path / "base.sqlite3")
        assert set(found.proof["members"]) == {"LISEZMOI.txt", "manifeste.json", "base.sqlite3"}
        return {name: rows for name, rows in found.proof["rows"].items() if rows and name != "django_migrations"}


def test_a_dossier_comes_back_as_a_new_one_that_equals_it_and_declares_nothing(val: Dossier) -> None:
    path = saved(val)
    before, declared, deposits = stand(), declaring(), Filing.objects.count()
    bring_in(val, envoi(declaration((ALAIN,), month="2026-04")))
    done = pull(path)
    made = received_made(path)
    assert done.dossier.name == f"Associations du Val (sauvegarde du {made:%d/%m/%Y})"
    assert dossier_digest(done.dossier) == before["Associations du Val"] != stand()["Associations du Val"]
    assert declaring() == declared and not done.takeovers
    assert done.rows["pas_rates"] == 1 and PasRate.objects.filter(dossier=done.dossier).count() == 1
    assert Filing.objects.count() == deposits
    assert journal.verify() == []
    again = pull(path)
    assert again.dossier.name.endswith(" 2") and dossier_digest(again.dossier) == before["Associations du Val"]


def received_made(path: Path) -> Any:
    with archive.reading(path, keys.identities()) as found:
        from datetime import datetime

        return datetime.fromisoformat(found.manifest["made_at"])


def test_what_is_pulled_can_be_taken_back_to_the_last_row(val: Dossier) -> None:
    before, people = stand(), Employee.objects.count()
    done = pull(saved(val))
    assert Employee.objects.count() > people
    report = undo_act(actor=OWNER, act=done.act)
    assert report.is_whole and report.removes_dossier
    assert stand() == before and Employee.objects.count() == people


def test_an_archive_of_one_employer_holds_nothing_of_the_others(val: Dossier, tmp_path: Path) -> None:
    employer = Employer.objects.get(dossier=val, siret=OTHER_ASSOCIATION)
    path = saved(val, employers=[employer])
    held = tables_of(path, tmp_path)
    acts = Act.objects.filter(pk__in=Declaration.objects.filter(employer=employer).values("act")).count()
    assert held == {
        "dossiers_dossier": 1, "dossiers_employer": 1, "dossiers_employee": 1, "dossiers_identifier": 1,
        "dossiers_contract": 1, "dossiers_envoi": 1, "dossiers_declaration": 1, "dossiers_employeemonth": 1,
        "dossiers_content": 2, "dossiers_act": acts,
    }  # fmt: skip
    assert BRIGITTE.nir.encode() not in (tmp_path / "base.sqlite3").read_bytes()
    done = pull(path)
    (copy,) = Employer.objects.filter(dossier=done.dossier)
    assert copy.siret == OTHER_ASSOCIATION and not copy.declaring
    assert digests(copy) == digests(employer)


def digests(employer: Employer) -> list[bytes]:
    return sorted(bytes(one) for one in Declaration.objects.filter(employer=employer).values_list("digest", flat=True))


def test_one_employee_comes_out_of_an_archive_of_everything_or_of_their_own(val: Dossier) -> None:
    everything = Path(writing.back_up(actor=OWNER, reason="essai").path)
    person = Employee.objects.get(dossier=val, nir=BRIGITTE.nir)
    alone = saved(val, employee=person)
    for path, name in ((everything, "Associations du Val"), (alone, "")):
        done = pull(path, dossier=name, person=(ASSOCIATION, BRIGITTE.nir))
        (copy,) = Employee.objects.filter(dossier=done.dossier)
        assert (copy.family_name, copy.nir) == (person.family_name, person.nir)
        months = list(EmployeeMonth.objects.filter(employee=copy).values_list("content_id", flat=True))
        assert months == list(EmployeeMonth.objects.filter(employee=person).values_list("content_id", flat=True))
        assert Declaration.objects.get(dossier=done.dossier).is_partial


def test_employers_of_an_archive_of_everything_are_chosen_by_siret_and_seen_beside_those_here(val: Dossier) -> None:
    path = Path(writing.back_up(actor=OWNER, reason="essai").path)
    bring_in(val, envoi(declaration((ALAIN,), month="2026-04")))
    seen = received_parts.look(actor=OWNER, path=path, dossier="associations du val")
    (asked,) = [one for one in seen.dossiers if one.listed]
    (first,) = [one for one in asked.listed if one.siret == ASSOCIATION]
    (here,) = [one for one in first.here if one.dossier == "Associations du Val"]
    assert (here.only_there, here.only_here) == (0, 1)
    done = pull(path, dossier="Associations du Val", sirets=[OTHER_ASSOCIATION], name="Repris")
    assert done.dossier.name == "Repris"
    assert [one.siret for one in Employer.objects.filter(dossier=done.dossier)] == [OTHER_ASSOCIATION]
    with pytest.raises(NotVisible, match="ne contient pas"):
        pull(path, dossier="Associations du Val", sirets=["11111111100011"])
    with pytest.raises(NotVisible, match="plusieurs dossiers"):
        pull(path)


def test_when_the_original_is_gone_the_new_dossier_declares(val: Dossier) -> None:
    path = saved(val)
    gone = Employer.objects.get(dossier=val, siret=OTHER_ASSOCIATION)
    delete_employer(actor=OWNER, employer=gone)
    done = pull(path)
    assert declaring()[OTHER_ASSOCIATION] == done.dossier.name
    assert [one.siret for one in done.takeovers] == [OTHER_ASSOCIATION]


def test_a_sealed_package_opens_with_the_key_of_the_other_bureau_and_with_no_other(
    val: Dossier, tmp_path: Path, settings: Any
) -> None:
    theirs, public = new_key()
    nobody, _ = new_key()
    digest = dossier_digest(val)
    path = saved(val, others=[f"# Cabinet Dune\n{public}\n"])
    settings.BACKUP_KEY_FILE = tmp_path / "autre-cle"
    settings.BACKUP_KEY_FILE.write_text(f"{nobody}\n")
    with pytest.raises(ArchiveUnreadable) as refused:
        pull(path)
    assert refused.value.reason is Reason.KEY
    settings.BACKUP_KEY_FILE.write_text(f"{theirs}\n")
    assert dossier_digest(pull(path).dossier) == digest


@pytest.mark.parametrize(
    ("key", "said"), [("age1abc", "clé publique"), ("AGE-SECRET-KEY-1QQQ", "clé secrète"), ("", "clé publique")]
)
def test_what_is_no_public_key_is_refused_before_anything_is_written(
    val: Dossier, folder: Path, key: str, said: str
) -> None:
    with pytest.raises(Refusal, match=said):
        saved(val, others=[key])
    assert not list(folder.glob("sauvegardes/*.age"))


def test_rates_of_another_portal_are_left_out_and_it_is_said(val: Dossier) -> None:
    path = saved(val)
    PortalBinding.objects.update(portal="test")
    done = pull(path)
    assert done.left_out == ["pas_rates"]
    assert not PasRate.objects.filter(dossier=done.dossier).exists()


def test_a_gestionnaire_saves_and_takes_back_their_dossier_and_no_other(val: Dossier) -> None:
    everything = Path(writing.back_up(actor=OWNER, reason="essai").path)
    lucie = Actor.of(User.objects.get(username="Lucie"))
    path = Path(parts.save(actor=lucie, dossier=val, reason="essai").path)
    assert pulling.pull(actor=lucie, path=path).dossier.memberships.get().user_id == lucie.user_id
    assert pulling.pull(actor=lucie, path=everything, dossier=val.name, name="Encore").dossier.name == "Encore"
    hidden = Dossier.objects.get(name="Repli")
    for asked in (everything, saved(hidden)):
        with pytest.raises(NotVisible):
            pulling.pull(actor=lucie, path=asked, dossier="Repli")
    with pytest.raises(NotVisible):
        parts.save(actor=lucie, dossier=hidden, reason="essai")
    reader = create_user(actor=OWNER, username="Paul")
    Membership.objects.create(user=reader, dossier=val, role="lecture")
    with pytest.raises(NotAllowed):
        parts.save(actor=Actor.of(reader), dossier=val, reason="essai")
    with pytest.raises(NotAllowed):
        pulling.pull(actor=Actor.of(reader), path=path)


def spoiled(path: Path, tmp_path: Path, change: str) -> Path:
    """The same archive, in good order from end to end, after its author wrote something else into its base."""
    base = tmp_path / "base.sqlite3"
    with archive.reading(path, keys.identities()) as found:
        for member in found.members():
            archive.save(member, base)
        manifest, proof = found.manifest, found.proof
    database = sqlite3.connect(base)
    database.executescript(change)
    database.close()
    content = base.read_bytes()
    archive.write(
        tmp_path / "forgee.age",
        recipients=[keys.recipient(keys.writing_identity())],
        manifest=manifest,
        members=[archive.Member.of_bytes("base.sqlite3", content)],
        findings=lambda: {name: proof[name] for name in ("rows", "dossiers", "journal")},
    )
    return tmp_path / "forgee.age"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE dossiers_content SET compressed = (SELECT compressed FROM dossiers_content ORDER BY id LIMIT 1), "
        "sha256 = randomblob(32) WHERE id = (SELECT MAX(id) FROM dossiers_content)",
        "UPDATE dossiers_content SET size = 2000000000, sha256 = randomblob(32)",
        "UPDATE dossiers_declaration SET digest = randomblob(32)",
        "UPDATE dossiers_employee SET family_name = printf('%.*c', 5000, 'x')",
        "UPDATE dossiers_employee SET typed = '[1]'",
        "UPDATE dossiers_employee SET typed = '{\"x\": 1}'",
        "UPDATE dossiers_employee SET employer_id = 'x'",
        "UPDATE dossiers_employeemonth SET employee_id = 99999 WHERE id = (SELECT MIN(id) FROM dossiers_employeemonth)",
        "UPDATE dossiers_employeemonth SET content_id = 99999",
        "CREATE VIEW v AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT * FROM n",
        "ALTER TABLE dossiers_contract RENAME TO autre",
    ],
)
def test_a_base_that_somebody_changed_is_refused_and_nothing_of_it_stays(
    val: Dossier, tmp_path: Path, change: str
) -> None:
    path = spoiled(saved(val), tmp_path, f"PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON; {change};")
    before, contents = stand(), set(Content.objects.values_list("pk", flat=True))
    with pytest.raises(ArchiveUnreadable):
        pull(path)
    assert stand() == before
    assert set(Content.objects.values_list("pk", flat=True)) == contents
    assert "default" in connections and connections["default"].is_usable()


def test_a_truncated_archive_is_refused(val: Dossier) -> None:
    path = saved(val)
    path.write_bytes(path.read_bytes()[:-100])
    before = stand()
    with pytest.raises(ArchiveUnreadable) as refused:
        pull(path)
    assert refused.value.reason is Reason.TRUNCATED and stand() == before


@pytest.mark.skipif(not SERVER, reason="the memory database of SQLite is one connection's")
def test_the_same_archive_taken_twice_at_once_gives_whole_dossiers_only(val: Dossier) -> None:
    path, digest, before = saved(val), dossier_digest(val), Dossier.objects.count()
    said: list[str] = []

    def take() -> None:
        try:
            said.append(pull(path).dossier.name)
        except Refusal as refusal:  # both chose the same name at the same moment: the second is told so
            said.append(f"refusé : {refusal.message}")
        finally:
            connections.close_all()

    threads = [Thread(target=take) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    made = Dossier.objects.filter(name__startswith="Associations du Val (")
    done = [one for one in said if not one.startswith("refusé : Un dossier s’appelle déjà")]
    assert sorted(one.name for one in made) == sorted(done) and done
    assert all(dossier_digest(one) == digest for one in made)
    assert Dossier.objects.count() == before + len(done)
