import io
import json
import re
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.sizes import sized

from scarabee.accounts.models import User
from scarabee.dossiers import contents
from scarabee.dossiers.digests import recompute
from scarabee.dossiers.models import Declaration, Dossier, EmployeeMonth, Employer, ImportFile
from scarabee.dossiers.search_keys import search_key
from scarabee.dossiers.services import exporting
from scarabee.dossiers.services.importing import import_file, open_import
from scarabee.dsn.figures import person_figures
from scarabee.dsn.identifiers import matching_nir
from scarabee.dsn.invention import random_declarations
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import NotVisible, Refusal
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import JournalEntry

SAMPLES = Path(__file__).parents[3] / "shared/data/dsn/conformes"
NAMES = sorted(path.stem for path in SAMPLES.glob("*.dsn"))
needs_samples = pytest.mark.skipif(not NAMES, reason="no sample DSN files beside the repository")
BATCHES, FILES_PER_BATCH, DECLARATIONS_PER_BATCH = sized(2, 9), 60, 112  # in a long run more than a thousand

_REAL = re.compile(rb"^S10\.G00\.00\.005,'(\d\d)'", re.MULTILINE)
_S20 = re.compile(rb"^S20\.G00\.05\.001,.*?(?=^S20\.G00\.05\.001,|^S90\.)", re.MULTILINE | re.DOTALL)


def new_dossier(name: str) -> Dossier:
    return Dossier.objects.create(name=name, name_key=search_key(name), created_at=now())


def bring_in(actor: Actor, dossier: Dossier, *files: bytes) -> None:
    act = open_import(actor=actor, dossier=dossier)
    for number, data in enumerate(files):
        row = import_file(actor=actor, act=act, stream=io.BytesIO(data), name=f"{number}.dsn")
        assert row.status != ImportFile.Status.REFUSED, row.report["errors"]


def declarations_in(*files: bytes) -> list[bytes]:
    """The declarations of files, each after what its envoi says: essai or réel."""
    return sorted(
        _REAL.search(data)[1] + declaration
        for data in files
        for declaration in _S20.findall(data)  # type: ignore[index]
    )


def written(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted(folder.iterdir())]


def sums(part: bytes) -> dict[str, Decimal]:
    found = person_figures(part)
    return {"pas": found.pas, "brut": found.gross, "nf": found.net_fiscal, "net": found.net}


@needs_samples
@pytest.mark.django_db
@pytest.mark.parametrize("name", NAMES)
def test_a_sample_imports_with_its_figures_and_comes_back_byte_identical(
    name: str, owner: Actor, tmp_path: Path
) -> None:
    data = (SAMPLES / f"{name}.dsn").read_bytes()
    told = json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    dossier = new_dossier(name)
    bring_in(owner, dossier, data)

    held = list(Declaration.objects.filter(dossier=dossier).select_related("employer").order_by("pk"))
    assert [one.employer.siret for one in held] == [one["siret"] for one in told["declarations"]]
    for declaration, facts in zip(held, told["declarations"], strict=True):
        months = list(EmployeeMonth.objects.filter(declaration=declaration).order_by("position"))
        parts = contents.load(month.content_id for month in months)
        found = sums(b"".join(parts[month.content_id] for month in months))
        assert len(months) == declaration.held == declaration.individus == facts["individus"]
        assert found == {key: Decimal(str(facts[key])) for key in found}
        people = b"".join(parts[month.content_id] for month in months)
        nirs = re.findall(rb"S21\.G00\.30\.001,'(\w+)'", people)
        assert sorted(matching_nir(nir.decode()) for nir in nirs) == sorted(facts["nirs"])

    files = exporting.export(actor=owner, dossier=dossier, folder=tmp_path)
    assert [(file.declarations, file.lines, file.partial) for file in files] == [(told["s20"], told["lines"], False)]
    assert Path(files[0].path).read_bytes() == data


@needs_samples
@pytest.mark.django_db
def test_all_samples_together_come_back_grouped_by_envoi(owner: Actor, tmp_path: Path) -> None:
    files = [(SAMPLES / f"{name}.dsn").read_bytes() for name in NAMES]
    dossier = new_dossier("tous")
    bring_in(owner, dossier, *files)
    exported = exporting.export(actor=owner, dossier=dossier, folder=tmp_path)
    assert declarations_in(*written(tmp_path)) == declarations_in(*files)
    headings = [data[: data.index(b"S20.")] for data in written(tmp_path)]
    assert len(headings) == len(set(headings)) == len(exported)


@pytest.mark.django_db
@settings(
    max_examples=BATCHES,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(min_value=0, max_value=10**9))
def test_invented_declarations_come_back_byte_identical(
    seed: int, owner: Actor, tmp_path_factory: pytest.TempPathFactory
) -> None:
    files = list(random_declarations(seed, FILES_PER_BATCH))
    wanted = declarations_in(*files)
    assert len(set(wanted)) >= DECLARATIONS_PER_BATCH
    dossier = new_dossier(f"graine {seed}")
    bring_in(owner, dossier, *files)
    folder = tmp_path_factory.mktemp("export")
    exporting.export(actor=owner, dossier=dossier, folder=folder)
    back = declarations_in(*written(folder))
    assert back == sorted(set(wanted))  # the same S20 in two files is one declaration
    for data in written(folder):
        assert b"S90.G00.90.001,'%d'" % data.count(b"\n") in data


@pytest.fixture
def filled(db: None, owner: Actor) -> Dossier:
    dossier = new_dossier("Rempli")
    bring_in(owner, dossier, *random_declarations(7, 8))
    return dossier


def test_a_choice_keeps_one_employer_one_month_or_what_is_in_force(
    filled: Dossier, owner: Actor, tmp_path: Path
) -> None:
    declaration = Declaration.objects.filter(dossier=filled).exclude(month="").select_related("employer")[0]
    siret, month = declaration.employer.siret, declaration.month
    for name, choice, rows in (
        ("siret", {"siret": siret}, Declaration.objects.filter(employer=declaration.employer)),
        ("month", {"month": month}, Declaration.objects.filter(dossier=filled, month=month)),
        ("force", {"in_force_only": True}, Declaration.objects.filter(dossier=filled, in_force=True)),
    ):
        files = exporting.export(actor=owner, dossier=filled, folder=tmp_path / name, **choice)  # type: ignore[arg-type]
        assert sum(file.declarations for file in files) == rows.count()
        assert len(declarations_in(*written(tmp_path / name))) == rows.count()


def test_a_second_export_overwrites_nothing(filled: Dossier, owner: Actor, tmp_path: Path) -> None:
    first = exporting.export(actor=owner, dossier=filled, folder=tmp_path)
    kept = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    second = exporting.export(actor=owner, dossier=filled, folder=tmp_path)
    assert {file.path for file in first}.isdisjoint(file.path for file in second)
    assert len(list(tmp_path.iterdir())) == 2 * len(kept)
    assert all((tmp_path / name).read_bytes() == data for name, data in kept.items())


def test_the_zip_holds_the_same_bytes(filled: Dossier, owner: Actor, tmp_path: Path) -> None:
    exporting.export(actor=owner, dossier=filled, folder=tmp_path)
    archive, files = exporting.export_zip(actor=owner, dossier=filled)
    with archive, zipfile.ZipFile(archive) as pack:
        assert pack.namelist() == [file.path for file in files]
        assert {name: pack.read(name) for name in pack.namelist()} == {
            path.name: path.read_bytes() for path in tmp_path.iterdir()
        }


def test_a_partial_declaration_goes_into_a_file_of_its_own(filled: Dossier, owner: Actor, tmp_path: Path) -> None:
    declaration = Declaration.objects.filter(dossier=filled, held__gte=2).order_by("-held")[0]
    gone = EmployeeMonth.objects.filter(declaration=declaration).order_by("position")[0]
    missing = contents.load([gone.content_id])[gone.content_id]
    whole = exporting.export(actor=owner, dossier=filled, folder=tmp_path / "whole")
    gone.delete()
    recompute([declaration.pk])
    files = exporting.export(actor=owner, dossier=filled, folder=tmp_path / "partial")
    partial = [file for file in files if file.partial]
    assert [(file.declarations, file.path.endswith("-partielle.dsn")) for file in partial] == [(1, True)]
    assert not any("partielle" in file.path for file in files if not file.partial)
    assert sum(file.declarations for file in files) == sum(file.declarations for file in whole)
    alone = declarations_in(Path(partial[0].path).read_bytes())[0]
    originals = declarations_in(*written(tmp_path / "whole"))
    assert any(alone == original.replace(missing, b"", 1) for original in originals if missing in original)


def test_people_who_leave_during_the_export_stop_it_and_leave_no_file(
    filled: Dossier, owner: Actor, tmp_path: Path
) -> None:
    declaration = Declaration.objects.filter(dossier=filled, held__gte=1)[0]
    EmployeeMonth.objects.filter(declaration=declaration)[0].delete()  # `held` still counts the person
    with pytest.raises(Refusal, match="a changé pendant l’export"):
        exporting.export(actor=owner, dossier=filled, folder=tmp_path)
    assert not [path for path in tmp_path.iterdir() if path.suffix != ".dsn"]


def test_an_export_of_nothing_and_one_of_a_stranger_are_refused(filled: Dossier, owner: Actor, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="aucune déclaration"):
        exporting.export(actor=owner, dossier=filled, folder=tmp_path, month="1999-01")
    with pytest.raises(Refusal, match="n’a pas d’employeur"):
        exporting.export(actor=owner, dossier=filled, folder=tmp_path, siret="00000000000000")
    stranger = Actor.of(User.objects.create(username="étrangère"))
    with pytest.raises(NotVisible):
        exporting.export(actor=stranger, dossier=filled, folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_gives_a_clear_refusal(filled: Dossier, owner: Actor, tmp_path: Path) -> None:
    obstacle = tmp_path / "fichier"
    obstacle.write_text("déjà là", encoding="utf-8")
    with pytest.raises(Refusal, match="L’export s’est arrêté"):
        exporting.export(actor=owner, dossier=filled, folder=obstacle)


def test_an_export_is_written_down_in_the_journal_without_naming_anybody(
    filled: Dossier, owner: Actor, tmp_path: Path
) -> None:
    files = exporting.export(actor=owner, dossier=filled, folder=tmp_path)
    entry = JournalEntry.objects.order_by("-sequence")[0]
    assert (entry.code, entry.dossier_uuid) == ("export", filled.uuid)
    assert entry.facts == {"files": len(files), "declarations": sum(file.declarations for file in files)}


def test_one_employer_is_read_by_chunks(
    filled: Dossier, owner: Actor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exporting.export(actor=owner, dossier=filled, folder=tmp_path / "large")
    monkeypatch.setattr(exporting, "PEOPLE_AT_ONCE", 2)
    monkeypatch.setattr(exporting, "DECLARATIONS_AT_ONCE", 2)
    exporting.export(actor=owner, dossier=filled, folder=tmp_path / "small")
    assert written(tmp_path / "large") == written(tmp_path / "small")
    assert Employer.objects.filter(dossier=filled).count() > 1
