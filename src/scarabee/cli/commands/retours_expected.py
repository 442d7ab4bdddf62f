"""`scarabee retours attendus`: what the deposits of a month bring, and what should have come by now."""

import argparse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scarabee.cli.output import Output
    from scarabee.maintenance.journal import Actor
    from scarabee.returns.services.missing import Expected

WORDS = {
    "arrived": "arrivé",
    "too_early": "trop tôt",
    "awaited": "attendu",
    "late": "en retard",
    "failed_to_ask": "pas pu demander",
}


def show(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """What is amiss first; only that with --en-retard."""
    from scarabee.filings.calendar import month_to_declare
    from scarabee.filings.selectors.months import today
    from scarabee.returns.selectors.waiting import AMISS, Awaiting

    month = args.mois or month_to_declare(today())
    found = Awaiting(actor, month).expected
    described = [_described(one) for one in found if not args.en_retard or one.state in AMISS]
    if out.json_wanted:
        out.json(described)
        return 0
    columns = ("siret", "label", "since", "until", "filing", "return")
    rows = [[WORDS[one["state"]], *(_text(one[name]) for name in columns), one["why"] or ""] for one in described]
    headings = (
        "où il en est",
        "SIRET",
        "retour attendu",
        "pas avant",
        "d’ordinaire avant",
        "dépôt",
        "reçu",
        "pourquoi",
    )
    out.table(headings, rows, figures=(5, 6))
    if not described:
        out.info(f"{'Aucun retour en retard' if args.en_retard else 'Aucun retour attendu'} pour {month}.")
    return 0


def _described(one: "Expected") -> dict[str, Any]:
    """`filing`: number of the deposit; `return`: of the return that arrived, null while it has none."""
    return {
        "siret": one.siret,
        "name": one.name or None,
        "nature": one.nature,
        "label": one.label,
        "since": one.since,
        "until": one.until,
        "state": one.state.value,
        "why": one.why or None,
        "filing": one.filing,
        "return": one.item,
    }


def _text(value: object) -> object:
    from datetime import datetime

    from django.utils.timezone import localtime

    if isinstance(value, datetime):
        return f"{localtime(value):%Y-%m-%d %H:%M}"
    return "" if value is None else value
