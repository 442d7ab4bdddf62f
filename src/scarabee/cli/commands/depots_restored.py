"""What `scarabee depots apres-restauration` shows and decides, once Scarabée returned to a backup."""

import argparse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scarabee.cli.output import Output
    from scarabee.dossiers.models import Act
    from scarabee.maintenance.journal import Actor

ACTION = "apres-restauration"


def add_to(deed: argparse.ArgumentParser) -> None:
    deed.add_argument("--confirmer-ordres", action="store_true", help="reprendre les ordres permanents suspendus")
    deed.add_argument(
        "--clore-recherche",
        metavar="RAISON",
        help="ne plus chercher sur le portail ce qui a été déposé depuis, et dire comment on le sait",
    )


def run(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Decide what was asked, then say how it stands."""
    from scarabee.accounts.services import authority
    from scarabee.filings.services import after_restore
    from scarabee.web.templatetags.scarabee import counted

    authority.require_administrator(actor)
    if args.confirmer_ordres:
        count = after_restore.confirm_orders(actor=actor)
        out.info(f"{counted(count, 'ordre permanent,ordres permanents')} de nouveau en vigueur.")
    if args.clore_recherche is not None:
        after_restore.close(actor=actor, reason=args.clore_recherche)
        out.info("La recherche est close : les dépôts réels peuvent être ordonnés.")
    act = after_restore.last_act()
    if out.json_wanted:
        out.json(_json(act))
    elif act is None:
        out.info("Scarabée n’est jamais revenu à une sauvegarde.")
    else:
        _tell(out, act)
    return 0


def _tell(out: "Output", act: "Act") -> None:
    from django.utils.timezone import localtime

    from scarabee.filings.services import after_restore

    is_over = act.finished_at is not None
    out.info(f"Retour à la sauvegarde du {localtime(after_restore.made_at_of(act)):%d/%m/%Y %H:%M}.")
    out.info(f"Recherche des dépôts faits depuis : {'finie' if is_over else 'en cours'}. {act.message}".rstrip())
    for look in act.receipt["looks"].values():
        if look.get("problem") and not is_over:
            out.info(f"  {look['problem']}")
    if resting := after_restore.resting():
        out.info(resting)
    rows = (
        [idflux, one["date"], one["siret"], one["month"], one["filing"], "" if one["clear"] else "à préciser"]
        for idflux, one in act.receipt["found"].items()
    )
    out.table(("idflux", "date du portail", "siret", "mois", "dépôt", ""), rows)


def _json(act: "Act | None") -> dict[str, Any]:
    from scarabee.filings.services import after_restore

    if act is None:
        return {"archive_made_at": None, "searching": False, "standing_orders_paused": False, "found": []}
    return {
        "archive_made_at": act.receipt["made_at"],
        "searching": act.finished_at is None and after_restore.open_acts().filter(pk=act.pk).exists(),
        "standing_orders_paused": bool(after_restore.resting()),
        "problems": [look["problem"] for look in act.receipt["looks"].values() if look.get("problem")],
        "found": [
            {"idflux": idflux, "siret": one["siret"], "month": one["month"], "number": one["filing"]}
            for idflux, one in act.receipt["found"].items()
        ],
    }
