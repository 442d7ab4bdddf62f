"""In each of the portal's bad days, the blue ball names that cause, or lists it first among the probable ones."""

from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import pytest
from tests.accounts.conftest import Clock
from tests.accounts.portal.conftest import RIGHT, Holder
from tests.dossiers.small_files import small_file

from scarabee.accounts.models import PortalBinding, User
from scarabee.accounts.portal import connection_tests, morning
from scarabee.accounts.portal.connection_tests import Line, Shown, run_all, shown, start_test
from scarabee.accounts.portal.entry import Entry
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.bouchon.incidents import INCIDENTS
from scarabee.netentreprises.bouchon.server import Bouchon

pytestmark = pytest.mark.django_db


def press(actor: Actor, user: User, entry: Entry | None = None, statement: str = "") -> Shown:
    test = start_test(actor=actor, user=user, entry=entry, statement=statement)
    return shown(run_all(actor=actor, test=test))


def red(result: Shown) -> Line:
    """The one red line."""
    lines = [line for line in result.lines if line.state == "red"]
    assert len(lines) == 1, result
    return lines[0]


@dataclass(frozen=True)
class Day:
    """A bad day: which line is red, which cause is named, what its words say, how often the portal was knocked at."""

    line: str
    cause: str
    words: str
    knocks: int = 1


BAD_DAYS = {
    "mot-de-passe-expire": Day("authentification", "mot_de_passe_expire", "a expiré"),
    "compte-bloque": Day("authentification", "compte_bloque", "bloqué"),
    "non-inscrit": Day("authentification", "non_inscrit", "n’est pas inscrit au service DSN"),
    "non-inscrit-au-depot": Day("inscription", "non_inscrit", "n’est pas inscrit au service DSN"),
    "identifiants-mal-formes": Day("authentification", "identifiants_mal_formes", "mal formés"),
    "maintenance": Day("reseau", "maintenance", "maintenance", 0),
    "introuvable": Day("authentification", "maintenance", "maintenance"),
    "redirection": Day("authentification", "maintenance", "maintenance"),
    "page-html": Day("authentification", "maintenance", "maintenance"),
    "pare-feu": Day("authentification", "requete_jugee_dangereuse", "dangereuse"),
    "erreur-interne": Day("authentification", "erreur_interne", "erreur interne"),
    "jeton-expire": Day("retours", "jeton_expire", "expiré"),
}
OF_DEPOSITS_AND_RETURNS = {
    "coupure-apres-enregistrement", "coupure-avant-enregistrement", "retour-ecrase", "plage-reduite",
    "plage-24-heures", "depot-d-un-autre", "nature-inconnue", "idflux-point", "aee-xml-en-2.0",
    "interrogation-trop-rapide", "retour-sans-id", "retour-sans-url",
}  # fmt: skip
"""The blue ball deposits nothing and downloads nothing."""
REFUSING = {"mot-de-passe-expire", "compte-bloque", "non-inscrit", "identifiants-mal-formes", "verrouillage"}
"""Those in which the portal judges identifiers, and refuses them."""
IN_THEIR_OWN_WAY = {"verrouillage", "lenteur", "muet"}
"""Tested below."""


def test_every_bad_day_of_the_bouchon_is_in_the_table() -> None:
    others = {name for name in INCIDENTS if not name.startswith("json-")} - BAD_DAYS.keys()
    assert others == OF_DEPOSITS_AND_RETURNS | IN_THEIR_OWN_WAY


@pytest.mark.parametrize("incident", BAD_DAYS)
def test_a_bad_day_is_named(bouchon: Bouchon, holder: Holder, owner: Actor, incident: str) -> None:
    day = BAD_DAYS[incident]
    user = holder("Lucie")
    bouchon.start_incident(incident)
    line = red(press(owner, user))
    assert (line.name, line.cause) == (day.line, day.cause)
    assert day.words in f"{line.message} {line.remedy}"
    assert line.remedy
    knocks = [request for request in bouchon.requests if request.method == "POST" and "/authentifier" in request.path]
    assert len(knocks) == day.knocks


@pytest.mark.parametrize("incident", [*BAD_DAYS, "verrouillage"])
def test_five_users_of_one_account_and_two_mornings_hear_one_refusal(
    bouchon: Bouchon, holder: Holder, owner: Actor, clock: Clock, incident: str
) -> None:
    """Where the portal judges the password at all; and one more the next day, which an enrolment may have changed."""
    users = [holder(name) for name in ("Lucie", "Paul", "Zoé", "Ali", "Rose")]
    assert press(owner, users[0]).ok
    bouchon.start_incident(incident)
    if incident == "verrouillage":
        bouchon.set_password(RIGHT.siret, RIGHT.nom, RIGHT.prenom, "Nouveau.2026-Sel")
    for user in [*users, *users]:
        press(owner, user)
    for _ in range(2):
        clock.advance(days=1)
        clock.at = clock.at.replace(hour=9)
        morning.run_due()
        for user in users:
            press(owner, user)
    refusals = [one for one in bouchon.authentications if one.status in {401, 403, 422}]
    assert len(refusals) <= (3 if incident == "non-inscrit" else 1), refusals
    assert incident not in REFUSING or refusals


@pytest.mark.parametrize("incident", ["lenteur", "muet"])
def test_a_portal_that_does_not_answer_in_time_is_unreachable(
    bouchon: Bouchon, holder: Holder, owner: Actor, monkeypatch: pytest.MonkeyPatch, incident: str
) -> None:
    hurried = partial(connection_tests.Client, timeout_seconds=0.5)
    monkeypatch.setattr(connection_tests, "Client", hurried)
    bouchon.start_incident(incident)
    line = red(press(owner, holder("Lucie")))
    assert (line.name, line.cause) == ("reseau", "injoignable")
    assert bouchon.authentications == []


def test_the_lock_of_the_portal_is_never_reached_without_statements(
    bouchon: Bouchon, holder: Holder, owner: Actor
) -> None:
    bouchon.start_incident("verrouillage")
    user = holder("Lucie")
    for number in range(6):
        press(owner, user, replace(RIGHT, motdepasse=f"Essai.{number}"))
    assert [one.status for one in bouchon.authentications] == [401, 401]
    assert press(owner, user, RIGHT, statement="risque").ok


@pytest.mark.parametrize("incident", sorted(name for name in INCIDENTS if name.startswith("json-")))
def test_the_irregular_answers_of_the_portal_stay_green(
    bouchon: Bouchon, holder: Holder, owner: Actor, incident: str
) -> None:
    bouchon.start_incident(incident)
    assert press(owner, holder("Lucie")).ok


@dataclass(frozen=True)
class Slip:
    """A mistake in the entry: what is typed, and what the first probable reason must speak of."""

    changes: dict[str, str] = field(default_factory=dict)
    first: str = ""
    line: str = "authentification"


SLIPS = {
    "a space after the password": Slip({"motdepasse": "Corail.2026-Dune "}, "espace"),
    "a space before the name": Slip({"nom": " D'HERVAULT"}, "espace"),
    "caps lock": Slip({"motdepasse": "cORAIL.2026-dUNE"}, "Verr. Maj"),
    "a cyrillic letter": Slip({"motdepasse": "C\u043erail.2026-Dune"}, "cyrillique"),
    "a curly apostrophe": Slip({"nom": "D’HERVAULT"}, "apostrophe"),
    "a wrong key of the SIRET": Slip({"siret": "73282932000075"}, "SIRET"),
    "nom and prénom swapped": Slip({"nom": "Noémie", "prenom": "D'HERVAULT"}, "inversés"),
}


@pytest.mark.parametrize("slip", SLIPS.values(), ids=list(SLIPS))
def test_a_slip_is_the_first_probable_reason(bouchon: Bouchon, holder: Holder, owner: Actor, slip: Slip) -> None:
    user = holder("Lucie", **slip.changes)
    line = red(press(owner, user))
    assert line.name in {"authentification", "format"}
    assert slip.first in line.probable[0], line.probable
    assert len(bouchon.authentications) <= 1


def test_a_capital_that_differs_from_a_proved_set_is_named(bouchon: Bouchon, holder: Holder, owner: Actor) -> None:
    assert press(owner, holder("Lucie")).ok
    line = red(press(owner, holder("Paul", motdepasse="corail.2026-Dune")))
    assert "majuscule" in line.probable[0].lower() or "Lucie" in line.probable[0], line.probable


def test_the_siret_of_an_association_is_recognised(
    bouchon: Bouchon, holder: Holder, owner: Actor, tmp_path: Path
) -> None:
    from io import BytesIO

    from scarabee.dossiers.models import Employer
    from scarabee.dossiers.services.dossiers import create_dossier
    from scarabee.dossiers.services.importing import import_file, open_import

    dossier = create_dossier(actor=owner, name="Ligue")
    import_file(
        actor=owner, act=open_import(actor=owner, dossier=dossier), stream=BytesIO(small_file()), name="essai.dsn"
    )
    line = red(press(owner, holder("Lucie", siret=Employer.objects.get().siret)))
    assert "association" in line.probable[0]


def test_the_service_that_is_missing_is_named_when_the_other_one_was_accepted(
    db: None, holder: Holder, owner: Actor, tmp_path: Path
) -> None:
    from scarabee.netentreprises.bouchon.server import Account

    account = Account(RIGHT.siret, RIGHT.nom, RIGHT.prenom, RIGHT.motdepasse, ("25",))
    with Bouchon(folder=tmp_path / "bouchon", accounts=[account]) as bouchon:
        PortalBinding.objects.update_or_create(id=1, defaults={"portal": bouchon.address})
        result = press(owner, holder("Lucie", agricole=True))
        line = red(result)
        assert (line.name, line.regime) == ("authentification", "agricole")
        assert "agricole" in line.probable[0]
        assert [one.state for one in result.lines] == ["ok", "ok", "ok", "ok", "ok", "red", "skipped", "skipped"]


def test_a_portal_that_is_not_there_is_unreachable(db: None, holder: Holder, owner: Actor) -> None:
    PortalBinding.objects.update_or_create(id=1, defaults={"portal": "http://127.0.0.1:9"})
    line = red(press(owner, holder("Lucie")))
    assert (line.name, line.cause) == ("reseau", "injoignable")


@pytest.mark.parametrize("changes", [{"siret": "7328293200007"}, {"motdepasse": ""}, {"nom": "N" * 65}], ids=str)
def test_an_entry_that_cannot_be_right_is_not_sent(
    bouchon: Bouchon, holder: Holder, owner: Actor, changes: dict[str, str]
) -> None:
    line = red(press(owner, holder("Lucie", **changes)))
    assert (line.name, line.cause) == ("format", "format")
    assert bouchon.requests == []


def test_right_values_that_the_portal_once_called_malformed_may_go_again(
    bouchon: Bouchon, holder: Holder, owner: Actor
) -> None:
    user = holder("Lucie")
    bouchon.start_incident("identifiants-mal-formes")
    press(owner, user)
    bouchon.end_incident("identifiants-mal-formes")
    assert [one.value for one in press(owner, user).statements] == ["risque"]
    assert press(owner, user, statement="risque").ok
