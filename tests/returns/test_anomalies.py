"""The work list follows the returns: opened once, shown again, closed by itself, never by an essai."""

import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from tests.dossiers.small_files import ALAIN, ASSOCIATION, BRIGITTE, declaration, envoi
from tests.returns.documents import (
    deposit,
    example,
    identification,
    official,
    rates_with_anomaly,
    received,
    urssaf,
    version,
)
from tests.transfers import scenes

from scarabee.dossiers.models import Act, Dossier, Employee
from scarabee.dossiers.services.declaring import hand_over
from scarabee.filings.enums import FilingState
from scarabee.maintenance.clock import now
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.moments import PARIS
from scarabee.returns.enums import AnomalyState
from scarabee.returns.models import Anomaly, Return
from scarabee.returns.services import treating
from scarabee.returns.services.anomaly_due import due_on
from scarabee.returns.services.anomaly_kinds import kind_of

pytestmark = [pytest.mark.django_db, official]

MARCH = envoi(declaration((ALAIN, BRIGITTE)), real=True)
S = AnomalyState


@pytest.fixture
def a() -> Dossier:
    return scenes.dossier_of("A", [MARCH])


def at(days: int) -> datetime:
    return now() + timedelta(days=days)


def received_at(days: int, document: bytes, nature: str, **columns: Any) -> Return:
    return received(document, nature=nature, published_at=at(days), **columns)


def states() -> list[str]:
    return list(Anomaly.objects.order_by("code", "pk").values_list("state", flat=True))


def test_an_anomaly_says_who_what_and_what_to_do(a: Dossier) -> None:
    item = received(urssaf("119", "2026-03"), nature="119")
    one = Anomaly.objects.select_related("employee", "employer", "act").get(code="UR_ANO_ASS_DIPA01a")
    assert one.employee == Employee.objects.get(nir=ALAIN.nir)
    assert (one.person, one.employer.siret, one.dossier, one.shown_in) == ("", ASSOCIATION, a, item)
    assert one.title == "Absence des assiettes plafonnées et déplafonnées salarié"
    assert (one.rubrique, one.declared, one.expected) == ("S21.G00.78.001", "", "02")
    assert "Constat : Bloc absent." in one.message and "Contrat n° 00001 du 01/01/2007." in one.message
    assert "Conséquence : Cette anomalie" in one.message
    assert one.action.startswith("Si le salarié relève du code Régime général CNAV")
    assert (one.month, one.state, one.changed_by) == ("2026-03", S.TO_DO, "Scarabée")
    assert (one.act.kind, one.act.state, one.act.dossier) == (Act.Kind.RETURN, Act.State.DONE, a)


def test_somebody_unknown_here_is_named_as_the_return_writes_it(a: Dossier) -> None:
    received(urssaf("119", "2026-03", nir="1850575999999"), nature="119")
    one = Anomaly.objects.get(code="UR_ANO_ASS_DIPA01a")
    assert (one.employee, one.person) == (None, "Santiago Danny")


def test_the_report_after_the_due_day_and_next_month_show_the_same_anomaly(a: Dossier) -> None:
    received_at(0, urssaf("119", "2026-03"), "119")
    received_at(10, urssaf("120", "2026-03"), "120")
    last = received_at(30, urssaf("119", "2026-04"), "119")
    assert Anomaly.objects.count() == 2
    one = Anomaly.objects.get(code="UR_ANO_ASS_DIPA01a")
    assert (one.shown_in, one.month, one.state) == (last, "2026-04", S.TO_DO)


def test_a_later_return_that_no_longer_shows_it_closes_it(a: Dossier) -> None:
    received_at(0, urssaf("119", "2026-03"), "119")
    closing = received_at(10, urssaf("120", "2026-03", shows=False), "120")
    for one in Anomaly.objects.all():
        assert (one.state, one.closed_by, one.revision) == (S.CLOSED, closing, 1)
    again = received_at(30, urssaf("119", "2026-04"), "119")
    for one in Anomaly.objects.all():
        assert (one.state, one.closed_by, one.shown_in) == (S.TO_DO, None, again)


def test_a_newer_version_of_the_same_return_closes_it(a: Dossier) -> None:
    item = received(urssaf("119", "2026-03"), nature="119")
    version(item, urssaf("119", "2026-03", shows=False), published_at=at(1))
    assert states() == [S.CLOSED, S.CLOSED]
    version(item, urssaf("119", "2026-03") + b"\n", published_at=at(2))
    assert states() == [S.TO_DO, S.TO_DO]


def test_an_older_return_that_comes_late_changes_nothing(a: Dossier) -> None:
    received_at(30, urssaf("119", "2026-04"), "119")
    received_at(40, urssaf("119", "2026-03", shows=False), "119")
    assert states() == [S.TO_DO, S.TO_DO]
    received_at(60, urssaf("119", "2026-05", shows=False), "119")
    late = received_at(61, urssaf("119", "2026-04") + b"\n", "119")
    assert states() == [S.CLOSED, S.CLOSED]
    treating.treat(late)
    assert states() == [S.CLOSED, S.CLOSED]


def test_what_an_old_return_shows_for_the_first_time_is_closed_by_the_newer_one_that_does_not(a: Dossier) -> None:
    newer = received_at(30, urssaf("119", "2026-04", shows=False), "119")
    received_at(31, urssaf("119", "2026-03"), "119")
    for one in Anomaly.objects.all():
        assert (one.state, one.closed_by) == (S.CLOSED, newer)


def test_what_a_person_decided_stays_when_it_is_shown_again(a: Dossier) -> None:
    received_at(0, urssaf("119", "2026-03"), "119")
    for state in (S.WITH_ASSOCIATION, S.CORRECTED, S.ACCEPTED):
        Anomaly.objects.update(state=state, note="Vu", corrected_in="2026-04")
        received_at(30, urssaf("119", "2026-04"), "119")
        assert set(states()) == {state}
    received_at(60, urssaf("119", "2026-05", shows=False), "119")
    assert set(states()) == {S.ACCEPTED}
    Anomaly.objects.update(state=S.CORRECTED)
    received_at(90, urssaf("119", "2026-06", shows=False), "119")
    assert set(states()) == {S.CLOSED}
    assert set(Anomaly.objects.values_list("note", flat=True)) == {"Vu"}


@pytest.mark.parametrize("essai", [True, False], ids=["essai", "another portal"])
def test_an_essai_and_another_portal_open_and_close_nothing(a: Dossier, essai: bool) -> None:
    def unreal(document: bytes) -> tuple[bytes, dict[str, str]]:
        if essai:
            return document.replace(b"R013>02", b"R013>01"), {}
        return document, {"portal": "test"}

    document, columns = unreal(urssaf("119", "2026-03"))
    item = received_at(0, document, "119", **columns)
    assert item.siret == ASSOCIATION and not Anomaly.objects.exists()
    received_at(1, urssaf("119", "2026-03"), "119")
    document, columns = unreal(urssaf("119", "2026-04", shows=False))
    received_at(30, document, "119", **columns)
    assert states() == [S.TO_DO, S.TO_DO]


def test_only_the_declaring_dossier_has_work(owner: Actor, a: Dossier) -> None:
    b = scenes.dossier_of("B", [MARCH])
    received_at(0, urssaf("119", "2026-03"), "119")
    assert set(Anomaly.objects.values_list("dossier", flat=True)) == {a.pk}
    hand_over(actor=owner, siret=ASSOCIATION, dossier=b)
    received_at(30, urssaf("119", "2026-04"), "119")
    assert Anomaly.objects.filter(dossier=b).count() == 2
    received_at(60, urssaf("119", "2026-05", shows=False), "119")
    assert set(Anomaly.objects.filter(dossier=b).values_list("state", flat=True)) == {S.CLOSED}


def test_an_employer_that_nobody_declares_has_none() -> None:
    item = received(urssaf("119", "2026-03"), nature="119")
    assert item.anomalies == 2 and not Anomaly.objects.exists()


def test_a_bis_is_work_where_the_register_differs_or_knows_nobody(a: Dossier) -> None:
    received_at(0, identification("2026-03"), "20")
    known = Anomaly.objects.filter(code="I0310")
    assert known.count() == 4 and Anomaly.objects.filter(code="I0320").count() == 1
    one = known.get(employee__nir=ALAIN.nir)
    assert one.title == "Salarié connu du répertoire sous une autre identité"
    assert (one.rubrique, one.declared, one.expected) == ("S21.G00.30.001", ALAIN.nir, "1200125463006")
    assert "« Paris » déclaré, « PONT DE ROIDE » au répertoire" in one.message
    same = identification("2026-04")
    same = same.replace(b"1200125463006", ALAIN.nir.encode()).replace(b"PONT DE ROIDE", b"Paris")
    closing = received_at(30, same, "20")
    one.refresh_from_db()
    assert (one.state, one.closed_by) == (S.CLOSED, closing)
    assert Anomaly.objects.filter(state=S.TO_DO).count() == 4


def test_a_bis_about_an_event_closes_nothing_of_the_others(a: Dossier) -> None:
    received_at(0, identification("2026-03"), "20")
    event = identification("2026-04", nir="1850575999999")
    event = event.replace(b"<nature>01</nature>", b"<nature>07</nature>")
    item = received_at(30, event, "20")
    assert item.month == ""
    assert Anomaly.objects.get(employee__nir=ALAIN.nir).state == S.TO_DO


def test_the_crm_of_identity_and_the_bis_of_one_deposit_close_nothing_of_each_other(a: Dossier) -> None:
    told = {"88344786400017": ASSOCIATION, "R006>2022-07": "R006>2026-03", "1271122980702": ALAIN.nir}
    crm = example("exemple_retour_121_CRM_ID_ANO_divergence.xml", **told)
    received_at(0, crm, "121", idflux="F1")
    same = identification("2026-03", nir="1850575999999")
    received_at(1, same, "20", idflux="F1")
    one = Anomaly.objects.get(nature="121")
    assert (one.employee, one.state, one.expected) == (Employee.objects.get(nir=ALAIN.nir), S.TO_DO, "1271122980701")
    received_at(30, same.replace(b"01032026", b"01042026"), "20", idflux="F2")
    one.refresh_from_db()
    assert one.state == S.CLOSED


def test_a_crm_nominatif_opens_what_the_dgfip_did_not_recognise_and_the_next_one_closes_it(a: Dossier) -> None:
    for number, month in enumerate(("2026-03", "2026-04"), 1):
        deposit(a, f"F{number}", month=month)
    received_at(0, rates_with_anomaly(), "94", idflux="F1")
    one = Anomaly.objects.get(nature="94")
    assert (one.employee, one.declared) == (Employee.objects.get(nir=ALAIN.nir), "Bordeau")
    assert "taux non personnalisé" in one.action
    begin, end = rates_with_anomaly().split(b"<declaration_anomalie>")
    without = begin + end.split(b"</declaration_anomalie>")[1]
    received_at(30, without, "94", idflux="F2")
    one.refresh_from_db()
    assert one.state == S.CLOSED


def test_fractions_of_a_month_do_not_close_each_other(a: Dossier) -> None:
    for fraction in ("12", "22"):
        deposit(a, f"F{fraction}", fraction=fraction)
    received_at(0, urssaf("119", "2026-03"), "119", idflux="F12")
    received_at(1, urssaf("119", "2026-03", shows=False), "119", idflux="F22")
    assert states() == [S.TO_DO, S.TO_DO]


def test_an_organisme_does_not_close_what_another_one_shows(a: Dossier) -> None:
    told = {'SirenDecla="123456789': f'SirenDecla="{ASSOCIATION[:9]}', 'CodeEnvoi="01"': 'CodeEnvoi="02"'}
    told['NicAffectation="12345'] = f'NicAffectation="{ASSOCIATION[9:]}'
    document = example("CRM-DSN-OC-P3-V1.1.4-Exemple-CRC-17062025.xml", **told)
    received_at(0, document, "51", ops="P9999")
    assert Anomaly.objects.count() == 3  # the two pieces of information are only to be read
    fine = re.sub(rb"<RetourMetier .*</RetourMetier>", b"", document, flags=re.DOTALL)
    fine = fine.replace(b'DateMoisDec="31032023"', b'DateMoisDec="30042023"')
    received_at(30, fine, "51", ops="P0942")
    assert set(states()) == {S.TO_DO}
    received_at(31, fine, "51", ops="P9999")
    assert set(states()) == {S.CLOSED}


def test_a_reminder_is_due_two_months_later_and_told_by_its_period(a: Dossier) -> None:
    reminder = example("exemple_retour_124_CRM_ACOSS_ANO.xml", **{"43279609200030": ASSOCIATION})
    came = datetime(2026, 3, 31, 9, tzinfo=PARIS)
    received(reminder, nature="124", published_at=came)
    opened = Anomaly.objects.count()
    assert opened == 28
    assert set(Anomaly.objects.values_list("due_on", flat=True)) == {date(2026, 5, 31)}
    received_at(365, urssaf("120", "2026-03", shows=False), "120")
    assert Anomaly.objects.filter(state=S.TO_DO).count() == opened
    next_year = reminder.replace(b">2024-", b">2025-")
    received(next_year, nature="124", published_at=came + timedelta(days=365))
    assert Anomaly.objects.filter(state=S.TO_DO).count() == 2 * opened


def test_a_bilan_of_many_lines_is_one_anomaly_that_names_them_and_the_certificate_closes_it(a: Dossier) -> None:
    certificate = example("exemple_retour_11_CCO.xml", **{"732829320": ASSOCIATION[:9], "01691": ASSOCIATION[9:]})
    certificate = certificate.replace(b"<essai_reel>01", b"<essai_reel>02")
    flaw = (
        b"<declaration_anomalie><description><code>CCH-11</code><categorie>bloquant</categorie><message>Valeur "
        b"interdite</message><numero_ligne>%d</numero_ligne></description></declaration_anomalie></declaration>"
    )
    report = certificate.replace(b">OK<", b">KO<").replace(b"CCO", b"BAN")
    for line in (12, 45):
        report = report.replace(b"</declaration>", flaw % line)
    for number, state in ((1, FilingState.ANOMALIES), (2, FilingState.CONFORM)):
        deposit(a, f"F{number}", state=state)
    received_at(0, report, "11", idflux="F1")
    one = Anomaly.objects.get()
    assert "Lignes 12, 45 du fichier déposé." in one.message and "2 fois" in one.message
    assert (one.due_on, one.month) == (date(2026, 4, 15), "2026-03")
    received_at(1, certificate, "11", idflux="F2")
    assert states() == [S.CLOSED]


def test_days_by_which_to_correct() -> None:
    early, late = datetime(2026, 4, 3, tzinfo=PARIS), datetime(2026, 4, 20, tzinfo=PARIS)
    assert due_on("119", "2026-03", 15, early) == date(2026, 4, 14)
    assert due_on("119", "2026-03", 15, late) is None
    assert due_on("93", "2026-03", 15, late) == date(2026, 4, 30)
    assert due_on("11", "2026-03", 5, early) == date(2026, 4, 3)  # the 5th of April 2026 is Easter Sunday
    assert due_on("124", "", 15, datetime(2026, 12, 31, 12, tzinfo=PARIS)) == date(2027, 2, 28)
    assert due_on("120", "2026-03", 15, early) is None


def test_an_unknown_nature_closes_only_what_it_showed_itself() -> None:
    assert kind_of("777").closes == {"777"} and kind_of("777").rhythm == "event"


def test_anomalies_travel_with_whom_they_concern_and_undo_takes_them_back(a: Dossier) -> None:
    received_at(0, urssaf("119", "2026-03"), "119")
    received_at(30, urssaf("119", "2026-04", nir=BRIGITTE.nir), "119")
    alain = Employee.objects.get(dossier=a, nir=ALAIN.nir)
    some, whole = scenes.dossier_of("B"), scenes.dossier_of("C")
    scenes.transfer(a, some, scenes.some(alain))
    one = Anomaly.objects.select_related("employee").get(dossier=some)
    assert one.employee is not None and (one.employee.nir, one.state) == (ALAIN.nir, S.CLOSED)
    done = scenes.transfer(a, whole)
    told = ["code", "state", "employee__nir", "shown_in"]
    copied, kept = (list(Anomaly.objects.filter(dossier=one).order_by(*told).values(*told)) for one in (whole, a))
    assert copied == kept and len(kept) == 3
    assert scenes.undo(done.act).is_whole
    assert not Anomaly.objects.filter(dossier=whole).exists() and Anomaly.objects.filter(dossier=a).count() == 3
