"""`scarabee retours lire`: all that a return says, as JSON (design §8) and as tables."""

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scarabee.cli.output import Output
    from scarabee.maintenance.journal import Actor
    from scarabee.netentreprises.documents import Anomaly, Person
    from scarabee.returns.models import Return

_PERSON = ("siret", "nir", "ntt", "matricule", "rate", "future_rate", "future_from")
_ANOMALY = ("category", "code", "message", "rubrique", "declared", "expected", "action")


def show(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Print it; a return whose document is not here, or that nothing reads, is told with why."""
    from scarabee.cli.commands.retours_listing import describe
    from scarabee.returns.selectors.whole import whole_document
    from scarabee.returns.services.seeing import get_return

    item = get_return(actor, args.number)
    if args.original is not None:
        _write_original(actor, item, args.original.expanduser(), out)
    document = whole_document(actor, item)
    people = [_person(one) for one in document.people] if document else []
    anomalies = [_anomaly(item.nature, one) for one in document.anomalies] if document else []
    (described,) = describe(actor, [item])
    if out.json_wanted:
        out.json({**described, "people": people, "anomalies": anomalies})
        return 0
    _tell(out, described, people, anomalies)
    return 0


def _person(person: "Person") -> dict[str, Any]:
    """Rates are percentages, texts with two decimals; null: none is given."""
    return {
        "siret": person.siret or None,
        "nir": person.nir or None,
        "ntt": person.ntt or None,
        "matricule": person.matricule or None,
        "rate": None if person.rate is None else f"{person.rate:.2f}",
        "future_rate": None if person.future_rate is None else f"{person.future_rate:.2f}",
        "future_from": person.future_from,
    }


def _anomaly(nature: str, anomaly: "Anomaly") -> dict[str, Any]:
    """`rubrique`, `declared`, `expected` are those at fault; accepted values are joined by « ou »."""
    from scarabee.returns.services.anomaly_words import action_of, title_of

    fault, person = anomaly.fault, anomaly.person
    return {
        "code": anomaly.code or None,
        "category": anomaly.category or None,
        "message": anomaly.message or title_of(nature, anomaly),
        "rubrique": fault.rubrique or None,
        "declared": fault.declared or None,
        "expected": fault.expected or " ou ".join(fault.accepted) or None,
        "nir": (person.nir or None) if person else None,
        "action": action_of(nature, anomaly) or None,
        "title": title_of(nature, anomaly),
        "siret": anomaly.siret or None,
        "ntt": (person.ntt or None) if person else None,
        "matricule": (person.matricule or None) if person else None,
        "line": anomaly.line,
    }


def _write_original(actor: "Actor", item: "Return", path: Path, out: "Output") -> None:
    """Write the newest version as it came, over nothing. Raises `Refusal`."""
    from scarabee.cli.commands.local_files import new_file
    from scarabee.maintenance.errors import Refusal
    from scarabee.returns.selectors.detail import document_of

    found = document_of(actor, item.pk)
    if found is None:
        raise Refusal(
            f"Du retour n° {item.pk}, il n’y a pas de document à écrire, ou il parle aussi d’employeurs que vous ne "
            "voyez pas.",
            safe="Rien n’a été écrit.",
            remedy="Lisez-le sans --original.",
        )
    with new_file(path) as stream:
        stream.write(found[1])
    out.info(f"Document écrit : {path}")


def _tell(out: "Output", item: dict[str, Any], people: list[dict[str, Any]], anomalies: list[dict[str, Any]]) -> None:
    state = f", {item['state']}" if item["state"] else ""
    essai = ", essai" if item["real"] is False else ""
    out.line(f"Retour n° {item['number']} : {item['label']}{state}{essai}")
    for label, key in (("employeur", "siret"), ("dossier", "dossier"), ("mois", "month"), ("CRM", "crm")):
        if item[key]:
            out.line(f"{label}\t{item[key]}")
    if item["problem"]:
        out.info(item["problem"])
    if anomalies:
        out.table(
            ("gravité", "code", "constat", "rubrique", "déclaré", "attendu", "à faire"), _cells(anomalies, _ANOMALY)
        )
    if people:
        out.table(
            ("SIRET", "NIR", "NTT", "matricule", "taux", "taux à venir", "à partir du"), _cells(people, _PERSON),
            figures=(4, 5),
        )  # fmt: skip
    if not people and not anomalies and not item["problem"]:
        out.info("Ce retour ne relève rien et ne cite personne.")


def _cells(rows: Iterable[dict[str, Any]], names: tuple[str, ...]) -> list[list[Any]]:
    return [[row[name] if row[name] is not None else "" for name in names] for row in rows]
