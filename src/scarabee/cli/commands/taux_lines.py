"""Lines of a CRM that gave nobody a rate, the day it was made available, and the default grids."""

import argparse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scarabee.cli.output import Output
    from scarabee.maintenance.journal import Actor
    from scarabee.returns.models import RateLine


def lines(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """The lines about the employers that a dossier declares, whose person somebody must tell."""
    from scarabee.dossiers.models import Employee
    from scarabee.dossiers.services.dossiers import dossier_by_name
    from scarabee.returns.selectors.rate_pages import unsettled

    dossier = dossier_by_name(actor=actor, name=args.dossier)
    found = list(unsettled(dossier).order_by("siret", "pk"))
    people = Employee.objects.filter(dossier=dossier).in_bulk([one.proposed for one in found if one.proposed])
    described = [_described(one, people.get(one.proposed)) for one in found]
    if out.json_wanted:
        out.json(described)
        return 0
    columns = ("line", "siret", "number", "matricule", "rate", "label", "proposed_name", "return")
    headings = ("ligne", "SIRET", "numéro de la personne", "matricule", "taux", "pourquoi", "peut-être", "retour")
    out.table(
        headings, [["" if one[name] is None else one[name] for name in columns] for one in described], figures=(0, 4, 7)
    )
    if not described:
        out.info("Aucune ligne n’attend qu’on dise de qui elle parle.")
    return 0


def _described(line: "RateLine", proposed: Any) -> dict[str, Any]:
    """`number`: the NIR, else the NTT, else the matricule; `proposed`: local number of whom it may be."""
    return {
        "line": line.pk,
        "return": line.item_id,
        "siret": line.siret,
        "number": line.number or None,
        "matricule": line.matricule or None,
        "kind": line.kind,
        "label": line.get_kind_display(),
        "rate": None if line.rate is None else f"{line.rate:.2f}",
        "future_rate": None if line.future_rate is None else f"{line.future_rate:.2f}",
        "future_from": line.future_from,
        "proposed": proposed.pk if proposed else None,
        "proposed_name": str(proposed) if proposed else None,
    }


def settle(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Say whose a line is, or that it is nobody's."""
    from scarabee.cli.commands import lookup
    from scarabee.cli.commands.designation import Person
    from scarabee.returns.selectors.rate_pages import get_line
    from scarabee.returns.services.rate_decisions import settle_line

    shown = get_line(actor, args.line)
    employee = None
    if args.salarie is not None:
        employee = lookup.employee_of(shown.employer.dossier, Person(shown.line.siret, args.salarie))
    rate = settle_line(actor=actor, line=shown.line, employee=employee)
    if rate is None:
        out.info("La ligne n’est à personne d’ici : elle est classée.")
    else:
        out.info(f"Le taux n° {rate.pk} attend maintenant d’être validé : « scarabee taux appliquer {rate.pk} ».")
    if out.json_wanted:
        out.json({"line": shown.line.pk, "rate": rate.pk if rate else None})
    return 0


def date_crm(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Say on which day a CRM was made available; its rates are valid until the end of the second month after."""
    from scarabee.returns.services.rate_decisions import change_availability
    from scarabee.returns.services.seeing import get_return
    from scarabee.returns.services.validity import valid_until
    from scarabee.web.templatetags.scarabee import counted

    item = get_return(actor, args.number)
    changed, until = change_availability(actor=actor, item=item, day=args.day), valid_until(args.day)
    out.info(f"{counted(changed, 'taux disponible,taux disponibles')} depuis le {args.day}, jusqu’au {until}.")
    if out.json_wanted:
        out.json({"changed": changed, "available_on": args.day, "valid_until": until})
    return 0


def grid(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """The default rate of a payment, with the sources of the grid and what is doubtful; 1 when it is not known."""
    from scarabee.cli.commands.taux import today
    from scarabee.maintenance.errors import Refusal
    from scarabee.returns.services.grids import Zone, grid_on, known_grids

    zone, on, known = Zone(args.zone), args.le or today(), known_grids()
    found = grid_on(zone, on)
    if found is None:
        raise Refusal(
            f"Le barème du {on} ({zone.label}) n’est pas connu de Scarabée : aucun taux n’est proposé.",
            remedy="Prenez celui du Bulletin officiel des finances publiques. "
            + " ".join(known.doubts),
        )  # fmt: skip
    rate = found.rate(args.base)
    if out.json_wanted:
        told = {
            "rate": f"{rate:.1f}",
            "type": zone.type,
            "zone": zone.value,
            "since": found.since,
            "until": found.until,
        }
        out.json({**told, "sources": known.sources, "doubts": known.doubts})
        return 0
    out.line(f"{rate:.1f} %\ttype {zone.type}\tbarème {zone.label} du {found.since} au {found.until}")
    for text in (*known.sources, *known.doubts):
        out.info(text)
    return 0
