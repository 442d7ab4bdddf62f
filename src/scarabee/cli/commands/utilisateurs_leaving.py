"""`scarabee utilisateurs desactiver`: an account closed, and what is still awaited in its name told."""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from scarabee.accounts.models import User
    from scarabee.cli.output import Output
    from scarabee.filings.models import Filing
    from scarabee.maintenance.journal import Actor


def deactivate(args: argparse.Namespace, actor: "Actor", user: "User", out: "Output") -> int:
    """Close the account; its deposits that await returns are listed, and collected until the day given, if any."""
    from django.db import transaction

    from scarabee.accounts import directory
    from scarabee.accounts.services.users import deactivate_user
    from scarabee.cli.commands.utilisateurs import described
    from scarabee.returns.selectors.leaving import collected_until
    from scarabee.returns.services.pending import pending_deposits

    with transaction.atomic():
        user = deactivate_user(actor=actor, user=user)
        if args.retours_jusqu_au or args.sans_retours:
            _collect(actor, user, args.retours_jusqu_au)
    deposits, until = list(pending_deposits(user).order_by("pk")), collected_until(user)
    out.info(
        f"Le compte « {user.username} » est désactivé et ses sessions sont fermées. Ses droits et ses identifiants "
        "sont gardés."
    )
    if out.json_wanted:
        awaited = {"awaited": [_deposit(one) for one in deposits], "collected_until": until}
        out.json(described(directory.account(user)) | awaited)
        return 0
    _tell(user, deposits, until, out)
    return 0


def _collect(actor: "Actor", user: "User", until: "date | None") -> None:
    """Raises `Refusal` when the account has no identifiers."""
    from scarabee.accounts.models import PortalIdentity
    from scarabee.maintenance.errors import Refusal
    from scarabee.returns.services.pending import keep_collecting

    identity = PortalIdentity.objects.filter(holders__user=user).first()
    if identity is None:
        raise Refusal(
            f"« {user.username} » n’a pas d’identifiants Net-Entreprises : aucun retour ne se récupère avec ce compte.",
            safe="Rien n’a été modifié.",
            remedy="Désactivez-le sans cette option.",
        )
    keep_collecting(actor=actor, identity=identity, until=until)


def _deposit(filing: "Filing") -> "dict[str, object]":
    return {
        "number": filing.pk,
        "siret": filing.siret,
        "month": filing.month or None,
        "state": filing.state,
        "sent_at": filing.sent_at,
    }


def _tell(user: "User", deposits: "list[Filing]", until: "date | None", out: "Output") -> None:
    rows = [[one.pk, one.siret, one.month, _at(one), one.get_state_display()] for one in deposits]
    if rows:
        out.table(("dépôt", "SIRET", "mois", "envoyé le", "état"), rows, figures=(0,))
    if until:
        out.info(
            f"Les retours sont récupérés avec ses identifiants, et rien d’autre, jusqu’au {until:%Y-%m-%d}. "
            f"« scarabee utilisateurs desactiver '{user.username}' --sans-retours » arrête aussitôt."
        )
    elif rows:
        out.info(
            "Les retours de ces dépôts ne sont plus récupérés : personne d’autre n’a ces identifiants. Relancez cette "
            "commande avec --retours-jusqu-au AAAA-MM-JJ pour continuer jusqu’à ce jour."
        )


def _at(filing: "Filing") -> str:
    from django.utils.timezone import localtime

    return f"{localtime(filing.sent_at):%Y-%m-%d %H:%M}" if filing.sent_at else ""
