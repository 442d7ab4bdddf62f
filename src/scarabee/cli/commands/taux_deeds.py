"""The actions of `scarabee taux`: what waits, who has none, what a person decides."""

import argparse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scarabee.cli.output import Output
    from scarabee.maintenance.journal import Actor
    from scarabee.returns.models import PasRate
    from scarabee.returns.services.rate_decisions import Decided
    from scarabee.returns.services.rate_lacking import Lacking
    from scarabee.returns.services.rate_previews import PreviewRow


AT_ONCE = 2000


def waiting(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Before and after of every rate of the dossier that waits, employer by employer."""
    from scarabee.dossiers.services.dossiers import dossier_by_name
    from scarabee.returns.enums import RateState
    from scarabee.returns.models import PasRate
    from scarabee.returns.services.rate_previews import preview

    dossier = dossier_by_name(actor=actor, name=args.dossier)
    rows = PasRate.objects.visible_to(actor).filter(dossier=dossier, state=RateState.WAITING)
    rows = rows.select_related("employee", "employer").order_by("employer__siret", "employee__search_key", "pk")
    described = [_waiting(one) for one in preview(rows)]
    if out.json_wanted:
        out.json(described)
        return 0
    columns = ("number", "siret", "who", "before", "rate", "future_rate", "future_from", "return", "why")
    headings = ("numéro", "SIRET", "qui", "avant", "après", "à venir", "à partir du", "retour", "signalé")
    table = [["" if one[name] is None else one[name] for name in columns] for one in described]
    out.table(headings, table, figures=(0, 3, 4, 5))
    if not described:
        out.info("Aucun taux n’attend de décision.")
    return 0


def _waiting(row: "PreviewRow") -> dict[str, Any]:
    rate, employee = row.rate, row.employee
    return {
        "number": rate.pk,
        "siret": rate.employer.siret,
        "who": str(employee),
        "nir": employee.nir or None,
        "ntt": employee.ntt or None,
        "matricule": employee.matricule or None,
        "before": None if row.was is None else f"{row.was:.2f}",
        "rate": None if row.after is None else f"{row.after:.2f}",
        "future_rate": None if rate.future_rate is None else f"{rate.future_rate:.2f}",
        "future_from": rate.future_from,
        "available_on": rate.available_on,
        "valid_until": rate.valid_until,
        "return": rate.item_id,
        "why": row.oddity or None,
    }


def lacking(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Who has no personalised rate on the day of payment, why, and what to do."""
    from scarabee.cli.commands.taux import today
    from scarabee.dossiers.services.dossiers import dossier_by_name
    from scarabee.returns.services.rate_lacking import told, without_valid_rate

    dossier = dossier_by_name(actor=actor, name=args.dossier)
    found = without_valid_rate(actor=actor, on=args.le or today(), dossier=dossier)
    described = [_lacking(one) for one in told(found.iterator(chunk_size=AT_ONCE))]
    if out.json_wanted:
        out.json(described)
        return 0
    columns = ("siret", "who", "matricule", "reason", "advice")
    table = [["" if one[name] is None else one[name] for name in columns] for one in described]
    out.table(("SIRET", "qui", "matricule", "pourquoi", "que faire"), table)
    return 0


def _lacking(one: "Lacking") -> dict[str, Any]:
    employee = one.employee
    return {
        "number": employee.pk,
        "siret": employee.employer.siret,
        "who": str(employee),
        "nir": employee.nir or None,
        "ntt": employee.ntt or None,
        "matricule": employee.matricule or None,
        "reason": one.words,
        "expired_on": one.expired_on,
        "advice": one.advice,
    }


def apply(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Put rates in force; 1 when one was left as it is."""
    from scarabee.returns.services import rate_decisions
    from scarabee.returns.services.seeing import get_return

    if args.retour is None:
        decided = rate_decisions.apply(actor=actor, rates=_rates(actor, args.numbers))
    else:
        item = get_return(actor, args.retour)
        decided = rate_decisions.apply_all(actor=actor, item=item, odd_too=args.signales)
        _say_what_is_left(actor, args.retour, out)
    return _tell(decided, "appliqué,appliqués", out)


def set_aside(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Leave waiting rates out; 1 when one was left as it is."""
    from scarabee.returns.services import rate_decisions
    from scarabee.returns.services.seeing import get_return

    if args.retour is None:
        rates = _rates(actor, args.numbers)
    else:
        rates = _waiting_of(actor, get_return(actor, args.retour).pk)
    decided = rate_decisions.set_aside(actor=actor, rates=rates, reason=args.raison)
    return _tell(decided, "écarté,écartés", out)


def undo(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Take a decision back; it is told when its rates had gone out already."""
    from django.utils.timezone import localtime

    from scarabee.dossiers.models import Act, Dossier
    from scarabee.maintenance.errors import NotVisible
    from scarabee.returns.services import rate_decisions

    dossiers = Dossier.objects.visible_to(actor).order_by().values("pk")
    act = Act.objects.filter(pk=args.number, kind=Act.Kind.RETURN, dossier__in=dossiers).first()
    if act is None:
        raise NotVisible(
            "Cette décision n’existe pas, ou vous n’y avez pas accès.",
            remedy="Son numéro est donné quand elle est prise, et dans l’historique du dossier.",
        )
    undone = rate_decisions.undo(actor=actor, act=act)
    out.info(f"Décision n° {undone.act.pk} annulée : {undone.withdrawn} retirés, {undone.restored} rétablis.")
    if undone.left:
        out.info(f"{undone.left} ont été décidés autrement depuis : ils restent comme ils sont.")
    if undone.exported_at is not None:
        out.info(
            f"Ces taux étaient sortis pour le logiciel de paie le {localtime(undone.exported_at):%Y-%m-%d à %H:%M} : "
            "refaites un export, « scarabee taux --dossier NOM --changes --csv CHEMIN »."
        )
    if out.json_wanted:
        out.json(
            {
                "number": undone.act.pk,
                "withdrawn": undone.withdrawn,
                "restored": undone.restored,
                "left": undone.left,
                "exported_at": undone.exported_at,
            }
        )
    return 0


def option(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Show, or set, whether rates that nothing is odd about are applied by themselves."""
    from scarabee.dossiers.services.dossiers import dossier_by_name
    from scarabee.returns.models import RateOption
    from scarabee.returns.services.rate_options import set_option

    dossier = dossier_by_name(actor=actor, name=args.dossier)
    current = RateOption.objects.filter(dossier=dossier).first() or RateOption(dossier=dossier)
    if args.appliquer_seuls is not None:
        current = set_option(actor=actor, dossier=dossier, applies_alone=args.appliquer_seuls == "oui")
    if out.json_wanted:
        told = {"applies_alone": current.applies_alone, "set_by": current.set_by or None, "set_at": current.set_at}
        out.json({"dossier": dossier.name, **told})
        return 0
    by = f" (réglé par {current.set_by})" if current.set_by else ""
    out.line(f"appliquer seuls\t{'oui' if current.applies_alone else 'non'}{by}")
    return 0


def _rates(actor: "Actor", numbers: list[int]) -> "list[PasRate]":
    """The rates of these numbers. Raises `NotVisible` for one that the actor does not see."""
    from scarabee.maintenance.errors import NotVisible
    from scarabee.returns.models import PasRate

    found = PasRate.objects.visible_to(actor).in_bulk(list(dict.fromkeys(numbers)))
    for number in numbers:
        if number not in found:
            raise NotVisible(
                f"Le taux n° {number} n’existe pas, ou vous n’y avez pas accès.",
                remedy="« scarabee taux attente --dossier NOM » donne les numéros.",
            )
    return list(found.values())


def _waiting_of(actor: "Actor", number: int) -> "list[PasRate]":
    from scarabee.returns.enums import RateState
    from scarabee.returns.models import PasRate

    return list(PasRate.objects.visible_to(actor).filter(item=number, state=RateState.WAITING).order_by("pk"))


def _say_what_is_left(actor: "Actor", number: int, out: "Output") -> None:
    from scarabee.web.templatetags.scarabee import counted

    if left := len(_waiting_of(actor, number)):
        out.info(
            f"{counted(left, 'taux signalé attend,taux signalés attendent')} que vous le disiez : "
            "voyez « scarabee taux attente --dossier NOM », puis ajoutez --signales."
        )


def _tell(decided: "Decided", words: str, out: "Output") -> int:
    from scarabee.web.templatetags.scarabee import counted

    done = ",".join(f"taux {word}" for word in words.split(","))
    acts = ", ".join(f"n° {act.pk}" for act in decided.acts)
    out.info(f"{counted(decided.done, done)}{f' (décision {acts})' if acts else ''}.")
    for one in decided.left:
        out.info(f"Taux n° {one.rate_id} : laissé, {one.reason}.")
    if out.json_wanted:
        left = [{"number": one.rate_id, "message": one.reason} for one in decided.left]
        numbers = [act.pk for act in decided.acts]
        out.json({"done": decided.done, "superseded": decided.superseded, "decisions": numbers, "left": left})
    return int(bool(decided.left))
