"""How long each kind of data is kept: shown, set, proposed, applied."""

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from scarabee.cli.parser import add_deed

if TYPE_CHECKING:
    from scarabee.cli.output import Output
    from scarabee.maintenance.journal import Actor
    from scarabee.privacy.retention.rules import Proposal

HELP = "durées de conservation : les voir, les régler, voir ce qui les dépasse et le supprimer"
FOR_ADMINISTRATOR = True


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="en JSON")
    deeds = parser.add_subparsers(dest="deed", metavar="ACTION", title="actions")
    add_deed(deeds, "etat", "montrer les durées et d’où elles viennent (par défaut)")
    one = add_deed(deeds, "regler", "changer la durée d’une nature de données ; ne supprime rien")
    one.add_argument("kind", metavar="NATURE")
    one.add_argument("months", metavar="MOIS", type=int)
    one = add_deed(deeds, "proposer", "montrer, dossier par dossier, ce qui dépasse sa durée")
    one.add_argument("kind", metavar="NATURE", nargs="?", help="toutes sinon")
    one = add_deed(deeds, "appliquer", "supprimer ce que « proposer » a montré")
    one.add_argument("kind", metavar="NATURE")
    one.add_argument("--confirmer", metavar="NOMBRE", type=int, help="le nombre que « proposer » a montré")


def run(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """The state without an action."""
    return _DEEDS[args.deed or "etat"](args, actor, out)


def _state(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    from scarabee.privacy.retention import rules
    from scarabee.privacy.retention.kinds import fixed

    told = rules.proposals(actor=actor)
    if out.json_wanted:
        out.json([_described(one) for one in told])
        return 0
    rows: list[list[Any]] = [
        [one.kind.code, one.kind.label, f"{one.months} mois", one.count, one.kind.source] for one in told
    ]
    rows += [["", one.label, one.duration, "", one.source] for one in fixed()]
    out.table(("nature", "données", "gardées", "au-delà", "d’où vient la durée"), rows, figures=(3,))
    return 0


def _set(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    from scarabee.privacy.retention import rules
    from scarabee.privacy.retention.kinds import kind_of

    kind = kind_of(args.kind)
    rules.set_months(actor=actor, kind=kind, months=args.months)
    out.info(f"{kind.label} : {args.months} mois. Rien n’a été supprimé.")
    if out.json_wanted:
        out.json(_described(rules.proposal_of(actor=actor, kind=kind)))
    return 0


def _propose(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    from scarabee.privacy.retention import rules
    from scarabee.privacy.retention.kinds import kind_of

    kinds = [kind_of(args.kind)] if args.kind else None
    told = [rules.proposal_of(actor=actor, kind=one) for one in kinds] if kinds else rules.proposals(actor=actor)
    if out.json_wanted:
        out.json([_described(one) for one in told])
        return 0
    rows = [
        [one.kind.code, share.dossier, share.count, share.oldest, share.newest, share.kept]
        for one in told
        for share in one.shares
    ]
    out.table(("nature", "dossier", "nombre", "plus ancien", "plus récent", "retenus"), rows, figures=(2, 5))
    if not rows:
        out.info("Rien ne dépasse sa durée.")
    return 0


def _apply(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    from scarabee.maintenance.errors import Refusal
    from scarabee.privacy.retention import rules
    from scarabee.privacy.retention.kinds import kind_of

    kind = kind_of(args.kind)
    told = rules.proposal_of(actor=actor, kind=kind)
    if args.confirmer is None:
        raise Refusal(
            f"{kind.label} : {told.count} au-delà de {told.months} mois (avant le {told.before:%d/%m/%Y}).",
            remedy=f"Regardez « conservation proposer {kind.code} », puis ajoutez --confirmer {told.count}.",
        )
    removed = rules.apply(actor=actor, kind=kind, count=args.confirmer)
    out.info(f"{kind.label} : {removed} supprimés.")
    if out.json_wanted:
        out.json({"kind": kind.code, "removed": removed})
    return 0


def _described(one: "Proposal") -> dict[str, Any]:
    return {
        "kind": one.kind.code, "label": one.kind.label, "months": one.months, "default_months": one.kind.months,
        "source": one.kind.source, "set_at": one.since, "set_by": one.by or None, "before": one.before,
        "count": one.count, "kept": one.kept,
        "dossiers": [
            {"dossier": share.dossier or None, "count": share.count, "oldest": share.oldest, "newest": share.newest,
             "kept": share.kept}
            for share in one.shares
        ],
    }  # fmt: skip


_DEEDS: dict[str, Callable[[argparse.Namespace, "Actor", "Output"], int]] = {
    "etat": _state, "regler": _set, "proposer": _propose, "appliquer": _apply,
}  # fmt: skip
