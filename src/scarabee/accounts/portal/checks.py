"""The named checks of the blue ball, in their order: each says what the answer proves, and what to do.

format → reseau → for each régime: authentification → inscription → retours (design §4).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from functools import cached_property

from scarabee.accounts.models import PortalIdentity
from scarabee.accounts.portal import diagnosis, door
from scarabee.accounts.portal.evidence import gather
from scarabee.accounts.portal.held import HeldBack
from scarabee.accounts.portal.identifiers import mark_proved
from scarabee.accounts.portal.identities import identity_of
from scarabee.accounts.portal.under_test import UnderTest
from scarabee.maintenance.clock import now
from scarabee.netentreprises.client import Client
from scarabee.netentreprises.credentials import Regime
from scarabee.netentreprises.errors import PortalError

LISTED_MINUTES = 10
"""How far back the two listings look: they prove a right, what they bring is not used."""


class Check(StrEnum):
    """The names of the checks, as stored and printed."""

    FORMAT = "format"
    NETWORK = "reseau"
    AUTHENTICATION = "authentification"
    ENROLMENT = "inscription"
    RETURNS = "retours"


LABELS = {
    Check.FORMAT: "La saisie",
    Check.NETWORK: "Le portail répond",
    Check.AUTHENTICATION: "Nom, prénom et mot de passe acceptés",
    Check.ENROLMENT: "Compte inscrit au service DSN",
    Check.RETURNS: "Lecture des retours",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the window: a check, for one régime or for none."""

    check: Check
    regime: Regime | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """`ok`: True green, False red, None not done. `probable`: the likeliest reasons, best first, in French."""

    ok: bool | None
    message: str = ""
    cause: str = ""
    remedy: str = ""
    probable: list[str] = field(default_factory=list)
    statements: list[str] = field(default_factory=list)


@dataclass
class Run:
    """What a check needs; `under_test` gains the tokens."""

    under_test: UnderTest
    client: Client
    caller: door.Caller
    user_id: int

    @cached_property
    def identity(self) -> PortalIdentity:
        """The account of the portal under test; asked for, and made, once something is about to be sent to it."""
        return identity_of(self.under_test.entry)


def steps_for(regimes: tuple[Regime, ...]) -> list[Step]:
    """The checks to run, in order, for these régimes."""
    each = (Check.AUTHENTICATION, Check.ENROLMENT, Check.RETURNS)
    return [
        Step(Check.FORMAT),
        Step(Check.NETWORK),
        *(Step(check, regime) for regime in regimes or (Regime.GENERAL,) for check in each),
    ]


def perform(step: Step, run: Run) -> Result:
    """Run one check. Whatever the portal answers is a result, never an exception."""
    try:
        match step.check:
            case Check.FORMAT:
                return _format(run)
            case Check.NETWORK:
                return _network(run)
            case Check.AUTHENTICATION:
                return _authentication(run, step.regime or Regime.GENERAL)
            case Check.ENROLMENT:
                return _enrolment(run, step.regime or Regime.GENERAL)
            case Check.RETURNS:
                return _returns(run, step.regime or Regime.GENERAL)
    except HeldBack as held:
        statements = [one.value for one in held.statements]
        return Result(False, held.message, held.held.value, held.remedy, _probable(run, held.held.value), statements)
    except PortalError as error:
        probable = _probable(run, error.code) if step.check == Check.AUTHENTICATION else []
        return Result(False, error.message, error.code, error.remedy, probable)


def skipped() -> Result:
    """A check that was not done because one before it is red."""
    return Result(None, "Pas essayé : une ligne au-dessus est rouge.")


def interrupted() -> Result:
    """A check whose process stopped after it may have sent something: it is not run again by itself."""
    return Result(
        False,
        "Scarabée s’est arrêté pendant cette ligne : ce que le portail a répondu n’est pas connu.",
        "interrompue",
        "Relancez la vérification.",
    )


def _format(run: Run) -> Result:
    found = diagnosis.remarks(run.under_test.entry)
    errors = [remark.text for remark in found if remark.level == "error"]
    texts = [remark.text for remark in found]
    if errors:
        return Result(
            False,
            "Cette saisie ne peut pas être celle du portail. Rien n’a été envoyé.",
            "format",
            "Corrigez ce qui est signalé, puis recommencez.",
            [*errors, *(text for text in texts if text not in errors)],
        )
    if texts:
        return Result(True, "La saisie a la bonne forme, mais quelque chose y est inhabituel.", "", "", texts)
    return Result(True, "La saisie a la bonne forme.")


def _network(run: Run) -> Result:
    run.client.reach()
    if run.client.portal.authentication.startswith("https:"):
        return Result(True, "Net-Entreprises répond, et son certificat est le bon.")
    return Result(True, "Le bouchon répond (un faux portail, sur cette machine : aucun certificat).")


def _authentication(run: Run, regime: Regime) -> Result:
    entry = run.under_test.entry
    token = door.authenticate(
        identity=run.identity, credentials=entry.credentials, regime=regime, client=run.client, caller=run.caller
    )
    run.under_test = run.under_test.with_token(token)
    mark_proved(run.identity, entry.credentials, run.under_test.tokens.keys())
    return Result(True, "Net-Entreprises reconnaît ces identifiants.")


def _enrolment(run: Run, regime: Regime) -> Result:
    """api-dsn §4.1: only a search among the deposits proves that the account is enrolled for DSN."""
    with _noted(run):
        run.client.list_deposits(run.under_test.tokens[regime], now() - timedelta(minutes=LISTED_MINUTES))
    return Result(True, "Ce compte peut déposer des DSN.")


def _returns(run: Run, regime: Regime) -> Result:
    with _noted(run):
        run.client.list_returns(run.under_test.tokens[regime], now() - timedelta(minutes=LISTED_MINUTES))
    return Result(True, "Les retours, dont les taux PAS, peuvent être récupérés.")


@contextmanager
def _noted(run: Run) -> Iterator[None]:
    """Whatever a service behind the authentication answers is told to the door."""
    try:
        yield
    except PortalError as error:
        door.note_service_answer(run.identity, run.caller, error)
        raise
    door.note_service_answer(run.identity, run.caller, None)


def _probable(run: Run, cause: str) -> list[str]:
    evidence = gather(
        actor=run.caller.actor,
        user_id=run.user_id,
        identity=run.identity,
        entry=run.under_test.entry,
        accepted=frozenset(run.under_test.tokens),
    )
    return [one.text for one in diagnosis.probable(run.under_test.entry, cause, evidence)]
