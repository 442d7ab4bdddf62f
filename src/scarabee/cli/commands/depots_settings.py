"""The actions of `scarabee depots` that say how dossiers and employers file. Without an option, they only show it."""

import argparse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scarabee.accounts.models import User
    from scarabee.cli.output import Output
    from scarabee.dossiers.models import Dossier
    from scarabee.maintenance.journal import Actor


def employer(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    from scarabee.cli.commands.lookup import employer_of
    from scarabee.dossiers.services.dossiers import dossier_by_name
    from scarabee.filings.models import EmployerFiling
    from scarabee.filings.services.options import set_employer_filing

    dossier = dossier_by_name(actor=actor, name=args.dossier)
    employer_of(dossier, args.siret)
    current = EmployerFiling.objects.filter(siret=args.siret).first() or EmployerFiling(siret=args.siret)
    standing = current.standing_dossier_id == dossier.pk
    if args.echeance is not None or args.ordre_permanent is not None:
        wanted = standing if args.ordre_permanent is None else args.ordre_permanent == "oui"
        current = set_employer_filing(
            actor=actor, dossier=dossier, siret=args.siret, due_day=args.echeance or current.due_day, standing=wanted
        )
        standing = current.standing_dossier_id == dossier.pk
    told = {
        "siret": args.siret,
        "dossier": dossier.name,
        "due_day": current.due_day,
        "standing": standing,
        "standing_by": current.standing_by if standing else None,
    }
    if out.json_wanted:
        out.json(told)
        return 0
    by = f" (donné par {current.standing_by})" if standing else ""
    out.line(f"{args.siret}\téchéance le {current.due_day}\tordre permanent : {'oui' if standing else 'non'}{by}")
    return 0


def dossier(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    from scarabee.dossiers.services.dossiers import dossier_by_name
    from scarabee.filings.models import DossierFiling
    from scarabee.filings.services.options import set_dossier_filing

    of = dossier_by_name(actor=actor, name=args.name)
    rows = DossierFiling.objects.select_related("holder")
    current = rows.filter(dossier=of).first() or DossierFiling(dossier=of)
    if (args.utilisateur, args.echange, args.retenue) != (None, None, None):
        current = set_dossier_filing(
            actor=actor,
            dossier=of,
            holder=current.holder if args.utilisateur is None else _user(actor, of, args.utilisateur),
            folder=current.folder if args.echange is None else _full(args.echange),
            hold_minutes=current.hold_minutes if args.retenue is None else args.retenue,
        )
    told = {
        "dossier": of.name,
        "holder": current.holder.username if current.holder else None,
        "folder": current.folder or None,
        "folder_problem": current.folder_problem,
        "folder_read_at": current.folder_read_at,
        "hold_minutes": current.hold_minutes,
    }
    if out.json_wanted:
        out.json(told)
        return 0
    out.line(f"identifiants\t{told['holder'] or 'ceux de la personne qui dépose'}")
    out.line(f"dossier d’échange\t{told['folder'] or 'aucun'}")
    out.line(f"retenue\t{current.hold_minutes} min")
    if current.folder_problem:
        out.info(current.folder_problem)
    return 0


def coverage(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    from scarabee.dossiers.services.dossiers import dossier_by_name
    from scarabee.filings.selectors.coverage import employers
    from scarabee.filings.services.holders import Holders

    rows = employers(actor)
    if args.dossier:
        rows = rows.filter(dossier=dossier_by_name(actor=actor, name=args.dossier))
    holders = Holders()
    described = [
        _covered(one, holders.cover(filer_id=actor.user_id, dossier_id=one.dossier_id, depot=one.depot or ""))
        for one in rows.order_by("dossier__name_key", "search_key", "siret")
    ]
    if out.json_wanted:
        out.json(described)
        return 0
    headings = ("SIRET", "nom", "dossier", "échéance", "ordre permanent", "identifiants de", "pourquoi", "empêchement")
    out.table(
        headings,
        [
            [
                one["siret"],
                one["name"] or "",
                one["dossier"],
                one["due_day"],
                "oui" if one["standing"] else "",
                one["holder"] or "",
                one["why"],
                one["problem"],
            ]
            for one in described
        ],
        figures=(3,),
    )
    return 0


def _covered(one: Any, found: Any) -> dict[str, Any]:
    return {
        "siret": one.siret,
        "name": one.name or None,
        "dossier": one.dossier.name,
        "depot": one.depot or None,
        "due_day": one.due_day,
        "standing": one.standing_dossier == one.dossier_id,
        "holder": found.held.user.username if found.held else None,
        "why": found.why,
        "ready": found.is_ready,
        "problem": found.problem,
    }


def _user(actor: "Actor", of: "Dossier", name: str) -> "User | None":
    """The account of that name, among those the actor may choose for the dossier; None for an empty one."""
    from scarabee.accounts.models import Membership, username_key
    from scarabee.accounts.services.users import user_by_name

    if not name.strip():
        return None
    people = Membership.objects.select_related("user").filter(dossier=of)
    member = people.filter(user__username_key=username_key(" ".join(name.split()))).first()
    return member.user if member is not None else user_by_name(actor=actor, name=name)


def _full(path: str) -> str:
    """The whole path of a folder typed from where one stands; empty stays empty."""
    from pathlib import Path

    return str(Path(path).expanduser().absolute()) if path.strip() else ""
