"""How deposits are printed: as JSON (design §8) and as a table."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scarabee.accounts.models import PortalIdentifiers
    from scarabee.cli.output import Output
    from scarabee.filings.models import Filing
    from scarabee.maintenance.journal import Actor


def describe(actor: "Actor", filings: "Iterable[Filing]") -> list[dict[str, Any]]:
    """The JSON of deposits, in their order.

    `due_at` is the unshifted 5th or 15th at noon of a monthly declaration, null otherwise; `identity` is told to those
    who may see these identifiers, `holder` names whose they are: chosen by rule until the file left.
    """
    from scarabee.filings.calendar import due_at
    from scarabee.filings.models import EmployerFiling
    from scarabee.filings.selectors.months import DUE_DAY
    from scarabee.filings.services import sight

    listed = list(filings)
    places = sight.places(actor, listed)
    days = dict(EmployerFiling.objects.filter(siret__in={one.siret for one in listed}).values_list("siret", "due_day"))
    held = _held(listed)
    described = []
    for one in listed:
        due = due_at(one.month, days.get(one.siret, DUE_DAY)) if one.is_monthly else None
        whose = held.get(one.pk)
        described.append(
            {
                "number": one.pk,
                "file": one.file.name if one.file else None,
                "sha256": one.sha256 or None,
                "dossier": places[one.pk],
                "siret": one.siret,
                "month": one.month or None,
                "state": one.state,
                "idflux": one.idflux or None,
                "identity": _identity(actor, whose),
                "due_at": due.nominal if due else None,
                "sent_at": one.sent_at,
                **_more(one),
                "holder": whose.user.username if whose else None,
                "planned_before": due.planned_before if due else None,
                "last_moment": due.last_moment if due else None,
            }
        )
    return described


def _more(one: "Filing") -> dict[str, Any]:
    return {
        "batch": one.batch_id,
        "real": one.is_real,
        "nature": one.nature,
        "type": one.type,
        "fraction": one.fraction,
        "order": one.order_number,
        "champ": one.champ,
        "people": one.people,
        "blocking": one.blocking,
        "certain": one.certain,
        "warnings": one.warnings,
        "passed": one.passed_reason or None,
        "problem": one.problem,
        "state_at": one.state_at,
        "planned_at": one.planned_at,
        "release_at": one.release_at,
        "standing": one.standing,
        "ordered_by": one.ordered_by or None,
        "by_hand_on": one.by_hand_on,
        "candidates": one.candidates,
    }


def table(out: "Output", described: list[dict[str, Any]], places: bool = True) -> None:
    """Deposits in rows; what keeps one from going on is said below."""
    from django.utils.timezone import localtime

    from scarabee.filings.enums import FilingState

    columns = ("numéro", "SIRET", "mois", "nature", "état", "échéance", "envoyé le", "bloquants", "à vérifier")
    rows = [
        [
            one["number"],
            one["siret"],
            one["month"] or "",
            _kind(one),
            FilingState(one["state"]).label,
            f"{localtime(one['due_at']):%d/%m/%Y}" if one["due_at"] else "",
            f"{localtime(one['sent_at']):%d/%m/%Y %H:%M}" if one["sent_at"] else "",
            one["blocking"] or "",
            one["warnings"] or "",
            *([one["dossier"]] if places else []),
        ]
        for one in described
    ]
    out.table((*columns, *(["dossier"] if places else [])), rows, figures=(0, 7, 8))
    for one in described:
        if one["problem"]:
            out.info(f"Dépôt n° {one['number']} : {one['problem']}")


def _kind(one: dict[str, Any]) -> str:
    """« DSN Mensuelle, réel », as the screens say it."""
    from scarabee.filings.models import Filing
    from scarabee.filings.templatetags.filings import kind

    said = kind(Filing(nature=one["nature"], type=one["type"], fraction=one["fraction"]))
    return f"{said}, {'réel' if one['real'] else 'essai'}"


def _held(filings: "list[Filing]") -> "dict[int, PortalIdentifiers]":
    """{number: with whose identifiers it left, or would leave now}; a few queries whatever their number."""
    from scarabee.filings.enums import SENT, FilingState
    from scarabee.filings.services.holders import Holders

    holders = Holders()
    found: dict[int, PortalIdentifiers] = {}
    for one in filings:
        if one.state in SENT:
            held = holders.held.get(one.holder_id or 0)
            held = held if held is not None and held.identity_id == one.identity_id else None
        elif one.state in (FilingState.CANCELLED, FilingState.REJECTED_LOCALLY):
            held = None
        else:
            held = holders.cover(filer_id=one.user_id, dossier_id=one.dossier_id, depot=one.depot).held
        if held is not None:
            found[one.pk] = held
    return found


def _identity(actor: "Actor", held: "PortalIdentifiers | None") -> str | None:
    if held is None or not (actor.is_administrator or actor.user_id == held.user_id):
        return None
    return f"{held.siret} {held.nom} {held.prenom}"
