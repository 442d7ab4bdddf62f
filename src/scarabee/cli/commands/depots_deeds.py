"""The actions of `scarabee depots` on deposits."""

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scarabee.cli.output import Output
    from scarabee.filings.models import Filing
    from scarabee.filings.services.orders import Ordered
    from scarabee.maintenance.journal import Actor

SENT_BY = (
    "Scarabée les envoie tant qu’il est démarré (« scarabee demarrer ») ; « scarabee depots envoyer » le fait une fois."
)


def order(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Plan deposits; 1 when one of them is refused, the others are planned."""
    from scarabee.filings.services import orders, sight

    filings = [sight.get_filing(actor, number) for number in dict.fromkeys(args.numbers)]
    ordered = orders.order(actor=actor, filings=filings, real_confirmed=args.confirmer_reel, planned_at=args.le)
    tell_ordered(out, ordered)
    if out.json_wanted:
        from scarabee.cli.commands.depots_listing import describe

        refused = [{"number": one.pk, "message": why} for one, why in ordered.refused]
        out.json({"filings": describe(actor, ordered.planned), "refused": refused})
    return int(bool(ordered.refused))


def tell_ordered(out: "Output", ordered: "Ordered") -> None:
    """What will go and what will not, on standard error."""
    from django.utils.timezone import localtime

    from scarabee.maintenance.clock import now
    from scarabee.web.templatetags.scarabee import counted

    for filing, why in ordered.refused:
        out.info(f"Dépôt n° {filing.pk} ({filing.siret}) : ne part pas. {why}")
    if ordered.planned:
        at = ordered.planned[0].planned_at
        when = f", pour le {localtime(at):%d/%m/%Y à %H:%M}" if at is not None and at > now() else ""
        out.info(f"{counted(len(ordered.planned), 'dépôt ordonné,dépôts ordonnés')}{when}. {SENT_BY}")


def retain(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    from scarabee.filings.services import orders

    return _do(args, actor, out, orders.retain)


def cancel(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    from scarabee.filings.services import orders

    return _do(args, actor, out, orders.cancel, why=args.raison.strip())


def reopen(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    from scarabee.filings.services import orders

    return _do(args, actor, out, orders.reopen)


def pass_findings(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    from scarabee.filings.services import orders

    return _do(args, actor, out, orders.pass_findings, reason=args.raison)


def decide_again(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    from scarabee.filings.services import orders

    return _do(args, actor, out, orders.decide_again, reason=args.raison)


def settle(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    from scarabee.cli.commands.depots_arguments import OUTCOMES
    from scarabee.filings.enums import FilingState
    from scarabee.filings.services import decisions

    outcome = FilingState(OUTCOMES[args.issue])
    return _do(args, actor, out, decisions.settle_unknown, outcome=outcome, idflux=args.idflux, reason=args.raison)


def by_hand(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Of a deposit known here, or of a SIRET and month."""
    from scarabee.dossiers.services.dossiers import dossier_by_name
    from scarabee.filings.services import decisions, sight
    from scarabee.maintenance.errors import Refusal

    if args.number is not None:
        return _do(args, actor, out, decisions.record_by_hand, idflux=args.idflux, day=args.le)
    if not (args.dossier and args.siret and args.mois):
        raise Refusal(
            "De quel dépôt s’agit-il ?",
            remedy="Donnez son numéro, ou --dossier, --siret et --mois quand son fichier n’est jamais venu ici.",
        )
    dossier = dossier_by_name(actor=actor, name=args.dossier)
    recorded = decisions.record_by_hand(
        actor=actor, dossier=dossier, siret=args.siret, month=args.mois, idflux=args.idflux, day=args.le
    )
    return _tell(actor, out, sight.get_filing(actor, recorded.pk))


def proofs(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Write the answers of the portal and the file sent; print where."""
    from dataclasses import asdict

    from scarabee.filings.services import evidence, sight

    filing = sight.get_filing(actor, args.number)
    written = evidence.write(actor=actor, filing=filing, folder=args.sortie.expanduser())
    if out.json_wanted:
        out.json({"number": filing.pk, "files": [asdict(one) for one in written]})
        return 0
    out.table(("fichier", "contenu"), [[one.path, one.kind] for one in written])
    return 0


def send(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """One round of what a worker does for deposits."""
    from scarabee.filings.services import rounds
    from scarabee.maintenance.errors import NotAllowed
    from scarabee.web.templatetags.scarabee import counted

    if not actor.is_administrator:
        raise NotAllowed(
            "Seul un Administrateur peut faire partir ce qui est dû.",
            remedy="Scarabée le fait de lui-même tant qu’il est démarré.",
        )
    done = rounds.portal_round()
    if out.json_wanted:
        out.json({"done": done})
    out.info(f"{counted(done, 'dépôt avancé,dépôts avancés')}." if done else "Rien n’était dû.")
    return 0


def _do(args: argparse.Namespace, actor: "Actor", out: "Output", deed: "Callable[..., Filing]", **options: Any) -> int:
    from scarabee.filings.services import sight

    filing = sight.get_filing(actor, args.number)
    deed(actor=actor, filing=filing, **options)
    return _tell(actor, out, sight.get_filing(actor, filing.pk))


def _tell(actor: "Actor", out: "Output", filing: "Filing") -> int:
    from scarabee.cli.commands.depots_listing import describe
    from scarabee.filings.enums import FilingState

    out.info(f"Dépôt n° {filing.pk} ({filing.siret}) : {FilingState(filing.state).label}.")
    if out.json_wanted:
        out.json(describe(actor, [filing])[0])
    return 0
