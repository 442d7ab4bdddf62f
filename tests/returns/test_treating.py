"""What a return is, about whom, and what keeps the reading of one from stopping the others."""

import logging
from typing import Any

import pytest
from tests.dossiers.small_files import ALAIN, ASSOCIATION, BRIGITTE, OTHER_ASSOCIATION, declaration, envoi
from tests.netentreprises.bouchon.files import monthly
from tests.netentreprises.documents.corpora import SAMPLES, every_family, returns_of
from tests.returns.documents import deposit, example, official, rates_with_anomaly, received, urssaf, version
from tests.transfers import scenes

from scarabee.dossiers import contents
from scarabee.dossiers.models import Dossier
from scarabee.filings.enums import FilingState
from scarabee.maintenance.clock import now
from scarabee.netentreprises.documents import read, reading
from scarabee.returns.enums import FetchState
from scarabee.returns.models import Anomaly, Return
from scarabee.returns.services import anomalies, treating

pytestmark = pytest.mark.django_db

MARCH = envoi(declaration((ALAIN, BRIGITTE)), real=True)


@pytest.fixture
def a() -> Dossier:
    return scenes.dossier_of("A", [MARCH])


def abouts(item: Return) -> list[str]:
    return list(item.abouts.order_by("pk").values_list("siret", flat=True))


@official
def test_every_official_return_is_read_and_about_the_employers_it_tells() -> None:
    for path in sorted(SAMPLES.glob("*.xml")):
        document = read(path.read_bytes(), name=path.name)
        item = received(path.read_bytes(), nature=document.nature)
        assert not item.problem and item.treated_at, path.name
        assert (item.family, item.nature, item.state) == (document.family, document.nature, document.state), path.name
        assert (item.is_real, item.anomalies) == (document.is_real, len(document.anomalies)), path.name
        assert abouts(item) == [one for one in document.sirets if one.isdigit()], path.name


def test_every_document_of_the_bouchon_is_read() -> None:
    for document in every_family():
        item = received(document)
        assert not item.problem and item.treated_at and item.family != "inconnue"


@official
def test_a_receipt_speaks_of_the_employer_of_its_deposit(a: Dossier) -> None:
    filing = deposit(a, "F1", state=FilingState.ACCEPTED)
    document = example("exemple_retour_10_AEE.xml", **{"WSaah7AQlUpYL5RsQssseG.": "F1"})
    item = received(document, nature="10", idflux="F1")
    assert (item.filing, item.siret, item.month, item.state) == (filing, ASSOCIATION, "2026-03", "OK")
    assert abouts(item) == [ASSOCIATION]


@official
def test_a_crm_takes_its_month_and_essai_from_the_deposit_and_its_employer_from_itself(a: Dossier) -> None:
    deposit(a, "F1", is_real=False)
    item = received(rates_with_anomaly(), nature="94", idflux="F1")
    assert (item.crm, item.people, item.month, item.is_real) == ("123456789123456789", 1, "2026-03", False)
    assert not Anomaly.objects.exists()


@official
def test_a_deposit_of_another_portal_tells_nothing(a: Dossier) -> None:
    deposit(a, "F1", portal="test", is_real=False)
    item = received(rates_with_anomaly(), nature="94", idflux="F1")
    assert (item.filing, item.month, item.is_real) == (None, "", None)


@official
def test_a_return_without_a_nature_is_given_one_and_a_place_among_its_like() -> None:
    first = received(rates_with_anomaly(), nature="94", idflux="F1")
    second = received(rates_with_anomaly(nir=BRIGITTE.nir), idflux="F1", rank=1)
    assert (second.nature, second.rank, first.rank) == ("94", 1, 0)
    third = received(rates_with_anomaly(nir="1850575999999"), idflux="F1", rank=0)
    assert (third.nature, third.rank) == ("94", 2)


def test_what_says_more_than_any_return_is_kept_whole_and_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_PIECES", 1)
    certificate = next(data for nature, _, data in returns_of(monthly(real=True)) if nature == "11")
    item = received(certificate, nature="11")
    assert (item.family, item.anomalies, "plus de choses" in item.problem) == ("inconnue", 0, True)
    assert item.treated_at, "it is not read again and again"
    kept = item.versions.get().content_id
    assert contents.load([kept]) == {kept: certificate}


def test_what_cannot_be_read_is_kept_raw_and_says_why(a: Dossier) -> None:
    certificate = next(data for nature, _, data in returns_of(monthly(real=True)) if nature == "11")
    item = received(certificate, nature="11")
    assert abouts(item) == [ASSOCIATION]
    item = version(item, certificate[: len(certificate) // 2])
    assert item.family == "inconnue" and "XML bien formé" in item.problem and item.treated_at
    assert abouts(item) == [ASSOCIATION]
    assert item.versions.count() == 2
    item = version(item, certificate + b"\n")
    assert (item.family, item.problem) == ("rapport", "")


def test_a_new_version_is_unread_again_and_tells_what_it_says(a: Dossier) -> None:
    item = received(b"Accuse de reception", nature="40", statut="OK")
    assert (item.family, item.state) == ("texte", "OK")
    Return.objects.filter(pk=item.pk).update(seen_at=now(), seen_by="Zoé")
    treating.treat(item)
    assert item.seen_by == "Zoé"
    item = version(item, b"Accuse de reception, suite")
    assert (item.seen_at, item.seen_by) == (None, "")


@official
def test_a_version_read_slowly_opens_nothing_again_after_a_newer_one(
    a: Dossier, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = received(urssaf("119", "2026-03", shows=False), nature="119")
    fill = treating._fill

    def overtaken(*args: Any) -> bool:
        monkeypatch.setattr(treating, "_fill", fill)
        is_filled = fill(*args)
        version(item, urssaf("119", "2026-03", shows=False).replace(b"OK", b"OK "))
        return is_filled

    monkeypatch.setattr(treating, "_fill", overtaken)
    version(Return.objects.get(pk=item.pk), urssaf("119", "2026-03"))
    assert item.versions.count() == 3
    assert not Anomaly.objects.exists()


def test_treating_twice_changes_nothing(a: Dossier) -> None:
    item = received(urssaf("119", "2026-03"), nature="119")
    before = list(Anomaly.objects.order_by("pk").values())
    treating.treat(item)
    assert list(Anomaly.objects.order_by("pk").values()) == before
    assert len(before) == 2 and abouts(item) == [ASSOCIATION]


@official
def test_a_fault_of_ours_is_told_and_logged_without_what_the_return_says(
    a: Dossier, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*told: object) -> None:
        raise RuntimeError(f"salarié {ALAIN.nir}")

    monkeypatch.setattr(anomalies, "draw", broken)
    with caplog.at_level(logging.ERROR):
        item = received(urssaf("119", "2026-03"), nature="119")
    assert "défaut du logiciel" in item.problem and item.treated_at
    assert "RuntimeError" in caplog.text and ALAIN.nir not in caplog.text


@official
def test_what_a_stop_left_untreated_is_treated_afterwards(a: Dossier) -> None:
    item = received(urssaf("119", "2026-03"), nature="119")
    Anomaly.objects.all().delete()
    Return.objects.filter(pk=item.pk).update(treated_at=None, fetch=FetchState.FETCHED)
    assert treating.treat_waiting() == 1
    assert Anomaly.objects.count() == 2
    assert treating.treat_waiting() == 0


@official
def test_the_employer_of_another_dossier_is_told_too() -> None:
    scenes.dossier_of("B", [envoi(declaration((ALAIN,), siret=OTHER_ASSOCIATION), real=True)])
    item = received(urssaf("119", "2026-03", siret=OTHER_ASSOCIATION), nature="119")
    assert (item.siret, item.month) == (OTHER_ASSOCIATION, "2026-03")
