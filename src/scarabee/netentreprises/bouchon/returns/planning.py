"""Which returns a deposit brings, and when: the receipt at once, the rest over the next few minutes."""

from dataclasses import dataclass
from datetime import date, timedelta

from scarabee.netentreprises.bouchon.kept import Extra, Return, return_id
from scarabee.netentreprises.bouchon.returns.accompaniment import (
    MONTHLY,
    YEARLY,
    accompaniment_report,
    atypical,
)
from scarabee.netentreprises.bouchon.returns.complementary import complementary_report, has_errors, organisms
from scarabee.netentreprises.bouchon.returns.conformity import anomalies
from scarabee.netentreprises.bouchon.returns.headcounts import (
    BONUS_MALUS_FROM,
    BONUS_MALUS_MONTH,
    bonus_malus_report,
    headcount_report,
)
from scarabee.netentreprises.bouchon.returns.identities import differs, divergence_report, identity_report
from scarabee.netentreprises.bouchon.returns.leaves import leave_statement
from scarabee.netentreprises.bouchon.returns.neores import month_of
from scarabee.netentreprises.bouchon.returns.notices import (
    financial_report,
    has_bad_account,
    last_contract_report,
    payment_report,
    unapplied,
    unapplied_report,
)
from scarabee.netentreprises.bouchon.returns.parameters import parameter_sheet
from scarabee.netentreprises.bouchon.returns.rates import nominative_report
from scarabee.netentreprises.bouchon.returns.reading import Declaration
from scarabee.netentreprises.bouchon.returns.reports import Flow, conformity_report
from scarabee.netentreprises.bouchon.returns.therapeutic import (
    CNAM,
    MSA,
    body_report,
    built,
    control_report,
    not_built,
    not_taken,
)
from scarabee.netentreprises.bouchon.state import local_digits
from scarabee.netentreprises.bouchon.wire import TEXT, XML

CONFORMITY_SECONDS = 20
IDENTITY_SECONDS = 40
RECEIPTS_SECONDS = 60
RATES_SECONDS = 90
COMPLEMENTARY_SECONDS = 120
ACCOMPANIMENT_SECONDS = 150
DIVERGENCE_SECONDS = 155
PAYMENT_SECONDS = 160
THERAPEUTIC_SECONDS = 165
HEADCOUNT_SECONDS = 170
BALANCE_SECONDS = 5 * 24 * 3600
"""The bilan mensuel comes days after the due date (retours §3)."""
EXTRAS_SECONDS = 180
EXTENSIONS = {XML: ".xml", TEXT: ".txt"}
OBJECT, LEAVES = "objet", "bpij"
_PRODUCED_BEFORE_SECONDS = 5
_MONTHLY, _LEAVE, _BOOTSTRAP = "01", "04", "08"
_GENERAL_POINT = "01"
_REMINDER_MONTH = 3
_ENDS = frozenset({"02", "07"})
"""Natures of the declarations of an end of contract."""
_ACKNOWLEDGED = "Accusé de réception France Travail (bouchon)\nFlux : {idflux}\nReçu le : {day}\n"
_BARE = {"01": ("60", "92"), "04": ("30",), "05": ("30",), "08": ("92",)}
"""Nature of the declaration → natures of bare acknowledgements, without a document."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A return to come: its nature, state and document (none for a bare acknowledgement), seconds after the deposit."""

    nature: str
    statut: str
    seconds: int
    document: bytes = b""
    ops: str = ""
    delegataire: str = ""
    media_type: str = XML


def planned_returns(flow: Flow, receipt: bytes, *, accepted: bool) -> list[Planned]:
    """What this deposit brings, in order. After an ARE or a BAN, nothing more."""
    plan = [Planned("10", "OK" if accepted else "KO", 0, receipt)]
    if not accepted:
        return plan
    found = anomalies(flow.envoi)
    plan.append(Planned("11", "KO" if found else "OK", CONFORMITY_SECONDS, conformity_report(flow, found)))
    if found:
        return plan
    return plan + _of_bodies(flow, flow.envoi.declarations[0])


def _of_bodies(flow: Flow, declaration: Declaration) -> list[Planned]:
    """What the bodies send for a conform declaration."""
    plan = []
    if declaration.people:
        plan.append(Planned("20", "OK", IDENTITY_SECONDS, identity_report(flow)))
    plan += [Planned(nature, "OK", RECEIPTS_SECONDS) for nature in _BARE.get(declaration.nature, ())]
    if declaration.nature in _ENDS:
        text = _ACKNOWLEDGED.format(idflux=flow.idflux, day=local_digits(flow.at))
        plan.append(Planned("40", "OK", RECEIPTS_SECONDS, text.encode("utf-8"), media_type=TEXT))
    if declaration.people and declaration.nature in {_MONTHLY, _BOOTSTRAP}:
        plan.append(Planned("94", "OK", RATES_SECONDS, nominative_report(flow)))
    if declaration.nature == _BOOTSTRAP and declaration.people:
        plan.append(Planned("114", "OK", COMPLEMENTARY_SECONDS, last_contract_report(flow, declaration)))
    return plan + _of_a_month(flow, declaration) if declaration.nature == _MONTHLY else plan


def _of_a_month(flow: Flow, declaration: Declaration) -> list[Planned]:
    """What a monthly declaration brings besides."""
    plan = []
    if flow.point == _GENERAL_POINT:
        plan.append(Planned("61", "OK", PAYMENT_SECONDS, payment_report(flow, declaration)))
    if has_bad_account(declaration):
        plan.append(Planned("93", "KO", PAYMENT_SECONDS, financial_report(flow, declaration)))
    if unapplied(declaration, flow.at):
        plan.append(Planned("95", "ANO", PAYMENT_SECONDS, unapplied_report(flow, declaration)))
    for organism, delegate in organisms(declaration):
        document = complementary_report(flow, declaration, organism, delegate)
        statut = "ANO" if has_errors(organism) else "OK"
        plan.append(Planned("51", statut, COMPLEMENTARY_SECONDS, document, organism, delegate))
    plan += _of_therapeutic(flow, declaration)
    if month := month_of(declaration):
        plan += _of_controls(flow, declaration, month)
    return plan


def _of_therapeutic(flow: Flow, declaration: Declaration) -> list[Planned]:
    """What becomes of the temps partiels thérapeutiques of a month."""
    plan = []
    if not_built(declaration):
        plan.append(Planned("23", "ANO", THERAPEUTIC_SECONDS, control_report(flow, declaration)))
    if built(declaration):
        nature = CNAM if flow.point == _GENERAL_POINT else MSA
        statut = "KO" if not_taken(declaration) else "OK"
        plan.append(Planned(nature, statut, THERAPEUTIC_SECONDS, body_report(flow, declaration, nature)))
    return plan


def _of_controls(flow: Flow, declaration: Declaration, month: date) -> list[Planned]:
    """What the bodies computed from a month: anomalies, identities, effectifs."""
    found = bool(atypical(declaration))
    document = accompaniment_report(flow, declaration, month)
    plan = [Planned("119", "ANO" if found else "OK", ACCOMPANIMENT_SECONDS, document)]
    if found:
        document = accompaniment_report(flow, declaration, month, MONTHLY)
        plan.append(Planned("120", "ANO", BALANCE_SECONDS, document))
    if found and month.month == _REMINDER_MONTH:
        document = accompaniment_report(flow, declaration, month, YEARLY)
        plan.append(Planned("124", "ANO", BALANCE_SECONDS, document))
    if any(differs(one) for one in declaration.people):
        plan.append(Planned("121", "ANO", DIVERGENCE_SECONDS, divergence_report(flow, declaration, month)))
    if declaration.people:
        plan.append(Planned("118", "OK", HEADCOUNT_SECONDS, headcount_report(flow, declaration, month)))
    if len(declaration.people) >= BONUS_MALUS_FROM and month.month == BONUS_MALUS_MONTH:
        plan.append(Planned("117", "OK", HEADCOUNT_SECONDS, bonus_malus_report(flow, declaration, month)))
    return plan


def scheduled(flow: Flow, plan: list[Planned]) -> tuple[tuple[Return, ...], dict[str, bytes]]:
    """The returns of a plan with their ids and moments, and their documents by file name."""
    returns, documents = [], {}
    for rank, one in enumerate(plan, 1):
        identifier = return_id(flow.number, rank)
        published = flow.at + timedelta(seconds=one.seconds)
        produced = max(flow.at, published - timedelta(seconds=_PRODUCED_BEFORE_SECONDS))
        name = f"{identifier}{EXTENSIONS[one.media_type]}" if one.document else ""
        media_type = one.media_type if one.document else ""
        returns.append(
            Return(identifier, one.nature, one.statut, published, produced, media_type, name, one.ops, one.delegataire)
        )
        if one.document:
            documents[name] = one.document
    return tuple(returns), documents


def planned_extras(
    flow: Flow, first_rank: int, known: frozenset[tuple[str, str]]
) -> tuple[tuple[Extra, ...], dict[str, bytes]]:
    """What a conform deposit brings beside its returns, and the documents by file name.

    A fiche de paramétrage for each organisme of an establishment, unless `known` has (siret, organisme) already;
    a BPIJ for a signalement of arrêt. Ids follow those of the returns, from `first_rank`.
    """
    declaration = flow.envoi.declarations[0]
    published = flow.at + timedelta(seconds=EXTRAS_SECONDS)
    found: list[tuple[str, str, str, bytes]] = []
    if declaration.nature == _MONTHLY:
        for organism, delegate in organisms(declaration):
            if (declaration.siret, organism) not in known:
                sheet = parameter_sheet(flow, declaration, organism, delegate)
                found.append((OBJECT, organism, delegate, sheet))
    elif declaration.nature == _LEAVE:
        found += [(LEAVES, "", "", one) for one in leave_statement(flow, declaration)]
    extras, documents = [], {}
    for rank, (kind, organism, delegate, document) in enumerate(found, first_rank):
        identifier = return_id(flow.number, rank)
        name = f"{kind}-{identifier}.xml"
        documents[name] = document
        maker, bearer = (delegate, organism) if delegate else (organism, "")
        extras.append(Extra(identifier, kind, declaration.siret, published, name, maker, bearer))
    return tuple(extras), documents
