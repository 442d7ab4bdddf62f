"""The work list of anomalies at the command line: what it holds, who looks after what, where it stands."""

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scarabee.accounts.models import User
    from scarabee.cli.output import Output
    from scarabee.maintenance.journal import Actor
    from scarabee.returns.models import Anomaly
    from scarabee.returns.selectors.worklist import Asked, Cause
    from scarabee.returns.services.work import Changed

AT_ONCE = 500
_CAUSE_COLUMNS = ("cause", "nature", "title", "due_on", "anomalies", "employers", "people", "to_do")
_CAUSE_HEADINGS = (
    "cause",
    "nature",
    "ce qui est relevé",
    "échéance",
    "anomalies",
    "employeurs",
    "personnes",
    "à traiter",
)
_COLUMNS = ("number", "siret", "who", "month", "title", "due_on", "label", "owner")
_HEADINGS = ("numéro", "SIRET", "qui", "mois", "ce qui est relevé", "échéance", "état", "suivie par")


def listed(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """The anomalies that are asked for, one a row, or their causes."""
    from scarabee.returns.selectors import worklist

    wanted = _asked(args, actor)
    if args.par_cause:
        described = [_cause(one) for one in worklist.causes(actor, wanted)]
    else:
        described = [_anomaly(one) for one in worklist.anomalies(actor, wanted).iterator(chunk_size=AT_ONCE)]
    if out.json_wanted:
        out.json(described)
        return 0
    columns, headings = (_CAUSE_COLUMNS, _CAUSE_HEADINGS) if args.par_cause else (_COLUMNS, _HEADINGS)
    rows = [[one[name] or "" for name in columns] for one in described]
    out.table(headings, rows, figures=(4, 5, 6, 7) if args.par_cause else (0,))
    if not described:
        out.info(
            "Aucune anomalie ne répond à cette demande. Ce qui est ouvert est montré, sauf si --etat dit autrement."
        )
    return 0


def _asked(args: argparse.Namespace, actor: "Actor") -> "Asked":
    from scarabee.dossiers.services.dossiers import dossier_by_name
    from scarabee.returns.selectors.worklist import MINE, NOBODY, OPEN, Asked

    dossier = str(dossier_by_name(actor=actor, name=args.dossier).pk) if args.dossier else ""
    owner = args.suivi or ""
    if owner not in {"", MINE, NOBODY}:
        owner = str(_owner(actor, owner).pk)
    return Asked(
        state=args.etat or OPEN, nature=args.nature or "", dossier=dossier, month=args.mois or "", owner=owner,
        due=args.echeance or "", text=args.texte or "", cause=args.cause or "",
    )  # fmt: skip


def _owner(actor: "Actor", name: str) -> "User":
    """Somebody who sees one of the actor's dossiers, by name. Raises `NotVisible`."""
    from scarabee.accounts.models import username_key
    from scarabee.dossiers.models import Dossier
    from scarabee.maintenance.errors import NotVisible
    from scarabee.returns.selectors import owners

    dossiers = Dossier.objects.visible_to(actor).order_by().values_list("pk", flat=True)
    found = [one for one in owners.of(dossiers) if one.username_key == username_key(name)]
    if not found:
        raise NotVisible(
            f"Personne du nom de « {name} » ne voit l’un de vos dossiers.",
            remedy="« scarabee utilisateurs » donne les noms et les droits.",
        )
    return found[0]


def _cause(one: "Cause") -> dict[str, Any]:
    """`people`: those recognised."""
    return {
        "cause": one.cause,
        "nature": one.nature,
        "code": one.code or None,
        "title": one.title,
        "rubrique": one.rubrique or None,
        "due_on": one.due_on,
        "anomalies": one.anomalies,
        "employers": one.employers,
        "people": one.people,
        "to_do": one.to_do,
        "with_association": one.with_association,
        "corrected": one.corrected,
    }


def _anomaly(one: "Anomaly") -> dict[str, Any]:
    """`who`: the employee, or the names that the return writes, null for the whole employer. `return`: shows it."""
    return {
        "number": one.pk,
        "return": one.shown_in_id,
        "cause": one.cause,
        "nature": one.nature,
        "code": one.code or None,
        "title": one.title,
        "message": one.message or None,
        "action": one.action or None,
        "rubrique": one.rubrique or None,
        "declared": one.declared or None,
        "expected": one.expected or None,
        "siret": one.employer.siret,
        "dossier": one.dossier.name,
        "employee": one.employee_id,
        "who": str(one.employee or one.person) or None,
        "month": one.month or None,
        "due_on": one.due_on,
        "state": one.state,
        "label": one.get_state_display(),
        "corrected_in": one.corrected_in or None,
        "owner": one.owner.username if one.owner else None,
        "note": one.note or None,
    }


def take(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Give anomalies to somebody, each left where it stands; 1 when one was left as it is."""
    from scarabee.maintenance.errors import Refusal
    from scarabee.returns.services import work

    name = args.a or (actor.name if actor.user_id else "")
    if not name:
        raise Refusal(
            "À qui confier ces anomalies ?",
            safe="Rien n’a été modifié.",
            remedy="Ajoutez --a NOM, ou lancez la commande avec --en-tant-que NOM.",
        )
    owner, changed = _owner(actor, name), work.Changed()
    for (state, month), seen in _by_state(_wanted(args, actor)).items():
        some = work.change_many(actor=actor, seen=seen, state=state, corrected_in=month, owner=owner)
        changed.done += some.done
        changed.refused += some.refused
    return _tell(changed, out)


def settle(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Say where anomalies stand; 1 when one was left as it is."""
    from scarabee.returns.services import work

    seen = {one.pk: one.revision for one in _wanted(args, actor).values()}
    owner = _owner(actor, args.a) if args.a else None
    changed = work.change_many(
        actor=actor, seen=seen, state=args.etat, corrected_in=args.mois or "", note=args.note or "", owner=owner
    )
    return _tell(changed, out)


def _wanted(args: argparse.Namespace, actor: "Actor") -> "dict[int, Anomaly]":
    """{number: anomaly} of the numbers, or all that is open of the cause. Raises `NotVisible`."""
    from scarabee.maintenance.errors import NotVisible
    from scarabee.returns.models import Anomaly
    from scarabee.returns.selectors import worklist

    if args.cause is not None:
        found = {one.pk: one for one in worklist.anomalies(actor, worklist.Asked(cause=args.cause))}
        missing = "" if found else f"Rien n’est ouvert sous la cause « {args.cause} », ou vous n’y avez pas accès."
    else:
        found = Anomaly.objects.visible_to(actor).in_bulk(list(dict.fromkeys(args.numbers)))
        gone = [number for number in args.numbers if number not in found]
        missing = f"L’anomalie n° {gone[0]} n’existe pas, ou vous n’y avez pas accès." if gone else ""
    if missing:
        raise NotVisible(missing, remedy="« scarabee retours anomalies » donne les numéros et les causes.")
    return found


def _by_state(found: "Mapping[int, Anomaly]") -> dict[tuple[str, str], dict[int, int]]:
    """{(state, month of the correction): {number: revision}}."""
    grouped: dict[tuple[str, str], dict[int, int]] = {}
    for number, one in found.items():
        grouped.setdefault((one.state, one.corrected_in), {})[number] = one.revision
    return grouped


def _tell(changed: "Changed", out: "Output") -> int:
    from scarabee.web.templatetags.scarabee import counted

    out.info(f"{counted(len(changed.done), 'anomalie changée,anomalies changées')}.")
    for number, refusal in changed.refused:
        out.info(f"Anomalie n° {number} : {refusal}")
    if out.json_wanted:
        refused = [{"number": number, "message": refusal.message} for number, refusal in changed.refused]
        out.json({"done": changed.done, "refused": refused})
    return int(bool(changed.refused))
