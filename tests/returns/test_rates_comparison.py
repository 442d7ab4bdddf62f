"""Nature 95: declared rates beside those that the CRM gave (retours §5)."""

import hashlib
from datetime import date
from decimal import Decimal

import pytest
from tests.dossiers.conftest import Import
from tests.dossiers.small_files import ALAIN, ASSOCIATION, small_file
from tests.returns.rate_scenes import Told, crm, landed, received

from scarabee.dossiers import contents
from scarabee.dossiers.models import Dossier, Employee
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises import documents
from scarabee.returns.models import Return
from scarabee.returns.services import rate_decisions
from scarabee.returns.services.rate_comparison import NotApplied, not_applied
from scarabee.returns.services.recognition import employees_of

OWNER = Actor.owner()


@pytest.fixture
def alain(dossier: Dossier, import_bytes: Import) -> Employee:
    import_bytes(dossier, small_file())
    return Employee.objects.get(nir=ALAIN.nir)


def told(nir: str = ALAIN.nir, rate: str = "20.00", day: str = "31052026") -> Return:
    """A « taux sur taux » on one payment."""
    values = "".join(
        f"<rubrique_{kind}><identifiant>S21_G00_50_{number}</identifiant><valeur>{value}</valeur></rubrique_{kind}>"
        for kind, number, value in (
            ("declenchante", "006", rate), ("associee", "009", "100.00"), ("associee", "003", "1"),
            ("associee", "001", day),
        )
    )  # fmt: skip
    document = (
        '<g:rapport xmlns:g="http://www.gip-mds.fr/" type="CRM taux sur taux" profil="DSN" version="v02r01"><envoi>'
        "<envoi_identification><essai_reel>02</essai_reel></envoi_identification></envoi><declaration>"
        f"<declaration_identification><SIREN>{ASSOCIATION[:9]}</SIREN><nic_affectation>{ASSOCIATION[9:]}"
        "</nic_affectation></declaration_identification><declaration_anomalie><description><code>TST01</code>"
        f"</description><valeurs>{values}</valeurs><environnement><salarie><NIR>{nir}</NIR></salarie></environnement>"
        "</declaration_anomalie></declaration></g:rapport>"
    ).encode()
    item = received("2026-06-20", nature="95")
    (content,) = contents.store([document], [hashlib.sha256(document).digest()])
    item.versions.create(content_id=content, sha256=hashlib.sha256(document).hexdigest(), size=len(document))
    return item


def compared(item: Return) -> list[NotApplied]:
    """What a return says, beside what the people that are recognised had."""
    content_id = item.versions.get().content_id
    anomalies = documents.read(contents.load([content_id])[content_id], nature="95").anomalies
    return not_applied(anomalies, employees_of(one.person for one in anomalies if one.person))


def test_the_expected_rate_is_found_in_the_crm_valid_on_the_day_of_payment(alain: Employee) -> None:
    for rate, identifier, day in (("14.00", "1", "04-13"), ("9.00", "2", "05-13"), ("7.00", "3", "06-13")):
        item = landed(crm([Told(ALAIN.nir, rate)], identifier=identifier), f"2026-{day}")
        rate_decisions.apply_all(actor=OWNER, item=item)
    (found,) = compared(told())
    assert (found.employee, found.declared, found.amount, found.paid_on) == (
        alain,
        Decimal(20),
        Decimal(100),
        date(2026, 5, 31),
    )
    assert [(rate.rate, rate.crm) for rate in found.valid] == [(Decimal(9), "2"), (Decimal(14), "1")]
    assert found.words == "Taux attendu : 9.00 % (CRM 2). Si l’erreur est la vôtre, régularisez (bloc 56)."


def test_a_declared_rate_that_a_valid_crm_gave_points_to_the_identifier(alain: Employee) -> None:
    landed(crm([Told(ALAIN.nir, "14.00")], identifier="1"))
    (found,) = compared(told(rate="14.00"))
    assert "50.008" in found.words


def test_without_any_rate_that_day_the_default_grid_applied(alain: Employee) -> None:
    (found,) = compared(told())
    assert found.expected is None
    assert "barème" in found.words


def test_somebody_unknown_is_left_to_a_person(alain: Employee) -> None:
    (found,) = compared(told(nir="1990175999999"))
    assert (found.employee, found.valid) == (None, ())
    assert "à la main" in found.words
