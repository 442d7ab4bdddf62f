"""Files of returns added by hand: recognised, joined to what is known, kept whatever they are, refused when hostile."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.accounts.conftest import Clock
from tests.filings.factories import small_files
from tests.netentreprises.documents.corpora import SAMPLES
from tests.returns.portal.scenes import caught_up, documents, sent

from scarabee.accounts.models import User
from scarabee.dossiers import contents
from scarabee.dossiers.models import Dossier
from scarabee.dossiers.services.dossiers import create_dossier
from scarabee.maintenance.errors import NotAllowed
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.models import JournalEntry
from scarabee.netentreprises.bouchon.server import Bouchon
from scarabee.netentreprises.listings import ListedReturn
from scarabee.returns.enums import FetchState, Origin
from scarabee.returns.models import Return
from scarabee.returns.services import arrivals, collecting
from scarabee.returns.services.manual import Status, Taken, take_files

pytestmark = pytest.mark.django_db

AEE = "exemple_retour_10_AEE.xml"
BOMB = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>'


def add(actor: Actor, *files: tuple[str, bytes]) -> list[Taken]:
    sent_in: list[Any] = [SimpleUploadedFile(name, data) for name, data in files]
    return take_files(actor=actor, files=sent_in)


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def test_a_return_is_recognised_by_what_it_holds_whatever_its_name(owner: Actor) -> None:
    (taken,) = add(owner, ("n’importe quoi.bin", sample(AEE)))
    assert taken.status == Status.ADDED
    assert taken.item is not None
    assert (taken.item.nature, taken.item.origin, taken.item.fetch) == ("10", Origin.FILE, FetchState.FETCHED)
    assert taken.item.family == "rapport"
    assert taken.item.idflux
    assert JournalEntry.objects.get(code="retours.ajoutes").facts == {"returns": [taken.item.pk]}


def test_every_official_example_is_taken_to_the_byte(owner: Actor) -> None:
    files = sorted(SAMPLES.glob("*.xml"))
    taken = add(owner, *((one.name, one.read_bytes()) for one in files))
    for path, one in zip(files, taken, strict=True):
        assert one.status != Status.REFUSED, path.name
        assert one.item is not None
        kept = contents.load(version.content_id for version in one.item.versions.all())
        assert path.read_bytes() in kept.values(), path.name


def test_the_same_bytes_are_known(owner: Actor) -> None:
    add(owner, ("a.xml", sample(AEE)))
    (taken,) = add(owner, ("b.xml", sample(AEE)))
    assert taken.status == Status.KNOWN
    assert Return.objects.count() == 1
    assert JournalEntry.objects.filter(code="retours.ajoutes").count() == 1


def test_what_is_about_other_employers_under_one_flux_is_another_return(owner: Actor) -> None:
    told = sample("exemple_retour_20_BIS_mensuelle.xml")
    elsewhere = told.replace(b"<SIREN>333000180", b"<SIREN>333000181")
    first, second = (one.item for one in add(owner, ("un.xml", told), ("deux.xml", elsewhere)))
    assert first is not None and second is not None and first.pk != second.pk
    assert first.idflux == second.idflux != ""
    assert [one.versions.count() for one in (first, second)] == [1, 1]
    (again,) = add(owner, ("deux, corrigé.xml", elsewhere + b"\n"))
    assert (again.status, again.item) == (Status.VERSION, second)
    assert [one.versions.count() for one in (first, second)] == [1, 2]


def test_an_archive_of_the_portal_is_opened(owner: Actor) -> None:
    taken = add(owner, ("retours.zip", zipped(un=sample(AEE), deux=sample("exemple_retour_11_CCO.xml"))))
    assert [one.status for one in taken] == [Status.ADDED, Status.ADDED]
    assert [one.item.nature for one in taken if one.item] == ["10", "11"]


@pytest.mark.parametrize(
    ("name", "data", "family"),
    [
        ("note.txt", "Le retour a été traité.".encode(), "texte"),
        ("autre.xml", b"<inconnu><a>1</a></inconnu>", "inconnue"),
        ("avis.pdf", b"%PDF-1.7\n\x00\xff binaire", "inconnue"),
    ],
)
def test_what_nobody_knows_is_kept_as_it_is(owner: Actor, name: str, data: bytes, family: str) -> None:
    (taken,) = add(owner, (name, data))
    assert taken.status == Status.ADDED
    assert taken.item is not None
    assert taken.item.family == family
    version = taken.item.versions.get()
    assert version.file_name == name
    assert contents.load([version.content_id])[version.content_id] == data


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (BOMB, "DOCTYPE"),
        (sample(AEE)[:400], "coupé"),
        (b"", "vide"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "ni du XML ni du texte"),
        (next(small_files()), "est une DSN"),
        (zipped(bombe=bytes(8 << 20)), "se gonfle"),
    ],
    ids=["bomb", "truncated", "empty", "image", "dsn", "zip bomb"],
)
def test_what_is_hostile_or_damaged_is_refused_in_words_and_the_others_are_taken(
    owner: Actor, data: bytes, words: str
) -> None:
    refused, taken = add(owner, ("un.xml", data), ("deux.xml", sample(AEE)))
    assert (refused.status, taken.status) == (Status.REFUSED, Status.ADDED)
    assert words in refused.message
    assert Return.objects.count() == 1


def test_a_file_joins_the_return_that_the_portal_listed(
    bouchon: Bouchon, lucie: User, clock: Clock, owner: Actor
) -> None:
    filing = sent(next(small_files(real=True)), lucie)
    caught_up()
    clock.advance(minutes=5)
    (deposit,) = bouchon.state.store.deposits()
    rates = next(one for one in deposit.returns if one.nature == "94")
    data = documents(bouchon)[rates.id]
    (taken,) = add(owner, ("taux.xml", data))
    assert taken.status == Status.ADDED
    assert taken.item is not None
    assert (taken.item.filing, taken.item.idflux) == (filing, filing.idflux)
    clock.advance(minutes=60)
    collecting.run_due()
    (item,) = Return.objects.filter(nature="94")
    assert item.pk == taken.item.pk
    assert item.versions.count() == 1
    assert item.return_id == rates.id


def test_a_file_gives_its_document_to_a_return_that_is_gone_from_the_portal(
    bouchon: Bouchon, lucie: User, clock: Clock, owner: Actor
) -> None:
    sent(next(small_files(real=True)), lucie)
    caught_up()
    clock.advance(minutes=65)
    collecting.run_due()
    item = Return.objects.get(nature="94")
    data = documents(bouchon)[item.return_id]
    item.versions.all().delete()
    Return.objects.filter(pk=item.pk).update(fetch=FetchState.GONE, problem="Plus là.")
    (taken,) = add(owner, ("taux.xml", data))
    assert (taken.status, taken.item) == (Status.VERSION, item)
    item.refresh_from_db()
    assert (item.fetch, item.problem) == (FetchState.FETCHED, "")


def test_an_older_version_is_kept_behind_the_one_of_the_portal(
    bouchon: Bouchon, lucie: User, clock: Clock, owner: Actor
) -> None:
    sent(next(small_files(real=True)), lucie)
    caught_up()
    clock.advance(minutes=65)
    collecting.run_due()
    item = Return.objects.get(nature="119")
    newest = item.versions.get()
    data = documents(bouchon)[item.return_id]
    older = data.replace(b"2026-12-03", b"2026-12-02")
    assert older != data
    (taken,) = add(owner, ("avant.xml", older))
    assert taken.status == Status.VERSION
    assert item.versions.count() == 2
    assert [one.sha256 for one in item.versions.all()][1:] == [newest.sha256]


def test_two_bodies_that_answer_one_deposit_are_two_returns(owner: Actor) -> None:
    one = sample("CRM-DSN-OC-P3-V1.1.4-Exemple-CRC-17062025.xml")
    other = one.replace(b"Raison sociale organisme", b"Une autre mutuelle")
    assert other != one
    taken = add(owner, ("un.xml", one), ("deux.xml", other))
    assert [one.status for one in taken] == [Status.ADDED, Status.ADDED]
    assert Return.objects.filter(nature="51").count() == 2


def test_two_returns_about_events_of_one_deposit_stay_two(owner: Actor) -> None:
    first, second = sample("exemple_retour_31_CRM_CNAM_1.xml"), sample("exemple_retour_31_CRM_CNAM_3.xml")
    taken = add(owner, ("un.xml", first), ("deux.xml", second))
    assert [one.status for one in taken] == [Status.ADDED, Status.ADDED]


def test_what_concerns_an_employer_of_somebody_else_is_refused_without_naming_his_dossier(
    bouchon: Bouchon, lucie: User, clock: Clock, user_with: Callable[..., Actor], owner: Actor
) -> None:
    filing = sent(next(small_files(real=True)), lucie)
    clock.advance(minutes=5)
    data = next(data for data in documents(bouchon).values() if b"taux_imposition_PAS" in data)
    mine: Dossier = create_dossier(actor=owner, name="Le mien")
    zoe = user_with("Zoé", {mine: "gestionnaire"})
    refused, taken = add(zoe, ("taux.xml", data), ("autre.txt", b"Bonjour"))
    assert (refused.status, taken.status) == (Status.REFUSED, Status.ADDED)
    assert filing.dossier_name not in refused.message
    with pytest.raises(NotAllowed):
        add(user_with("Yan", {mine: "lecture"}), ("taux.xml", data))
    ok = user_with("Ana", {mine: "lecture", filing.dossier: "gestionnaire"})
    assert add(ok, ("taux.xml", data))[0].status == Status.ADDED


def test_a_file_added_while_the_portal_has_another_version_does_not_keep_it_from_being_fetched(
    bouchon: Bouchon, lucie: User, clock: Clock, owner: Actor
) -> None:
    filing = sent(next(small_files(real=True)), lucie)
    clock.advance(minutes=5)
    (deposit,) = bouchon.state.store.deposits()
    rates = next(one for one in deposit.returns if one.nature == "94")
    data = documents(bouchon)[rates.id]
    one = ListedReturn("94", "OK", clock(), "", clock(), "", "77")
    arrivals.list_flux(identity_id=filing.identity_id, regime="general", idflux=filing.idflux, returns=[one])
    add(owner, ("taux.xml", data))
    item = Return.objects.get(nature="94")
    assert item.versions.count() == 1
    assert (item.fetch, item.next_at) == (FetchState.TO_FETCH, clock())
