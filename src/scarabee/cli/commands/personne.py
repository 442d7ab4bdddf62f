"""A person's data: found, given to them, erased. Numbers of people come from standard input or by local number."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scarabee.cli.parser import add_deed

if TYPE_CHECKING:
    from scarabee.cli.output import Output
    from scarabee.maintenance.journal import Actor
    from scarabee.privacy.erasing import Preview
    from scarabee.privacy.models import Erasure

HELP = "répondre à une personne : trouver, exporter ou effacer ce qui est gardé d’elle"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    deeds = parser.add_subparsers(dest="deed", metavar="ACTION", required=True, title="actions")
    add_deed(deeds, "chercher", "chercher la personne dont le NIR, le NTT ou le nom est lu sur l’entrée standard")
    export = add_deed(deeds, "exporter", "écrire un ZIP de ce qui est gardé de la personne")
    export.add_argument("number", metavar="NUMERO", type=int, help="celui que « personne chercher » donne")
    export.add_argument("--sortie", metavar="CHEMIN", type=Path, required=True, help="le fichier à écrire")
    erase = add_deed(
        deeds, "effacer", "effacer la personne de tous les dossiers ; sans --confirmer, dit ce qui partirait"
    )
    erase.add_argument("number", metavar="NUMERO", type=int, help="celui que « personne chercher » donne")
    erase.add_argument("--motif", metavar="TEXTE", default="", help="pourquoi, sans nommer la personne")
    erase.add_argument("--confirmer", action="store_true", help="le faire")
    add_deed(deeds, "effacements", "montrer le registre des effacements")


def run(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Do the action asked for."""
    return _DEEDS[args.deed](args, actor, out)


def _search(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    import sys

    from scarabee.cli.commands.salaries import describe
    from scarabee.dossiers.selectors.search import search

    found = search(actor=actor, text=sys.stdin.readline().strip())
    people: list[dict[str, Any]] = [
        {"dossier": place.employee.dossier.name, **describe(place.employee, place.months)}
        for one in found.people.object_list
        for place in one.places
    ]
    if out.json_wanted:
        out.json(people)
        return 0
    names = ("number", "dossier", "siret", "family_name", "given_names", "birth_date", "months")
    headings = ("numéro", "dossier", "siret", "nom", "prénoms", "né(e) le", "mois en vigueur")
    out.table(headings, [[one[name] for name in names] for one in people], figures=(0, 6))
    if not people:
        out.info("Personne ne répond dans les dossiers que vous voyez.")
    if found.people.has_next():
        out.info("D’autres personnes répondent : précisez le texte pour les voir.")
    return 0


def _export(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    import os

    from scarabee.maintenance.errors import Refusal
    from scarabee.maintenance.lasting import publish
    from scarabee.privacy import exporting

    path = args.sortie.expanduser()
    draft = path.with_name(f"{path.name}.partiel")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(descriptor, "wb") as file:
            person = exporting.export(actor=actor, number=args.number, target=file)
        publish(draft, path)
    except OSError as error:
        raise Refusal(
            f"« {path} » n’a pas pu être écrit : {error.strerror}.",
            remedy="Choisissez un autre endroit, puis recommencez.",
        ) from error
    finally:
        draft.unlink(missing_ok=True)
    if out.json_wanted:
        out.json({"path": str(path), "places": len(person.places)})
        return 0
    out.line(str(path))
    if person.has_other_names:
        out.info(
            "ATTENTION : ces fiches portent des noms différents pour un même numéro. Vérifiez avant de le remettre."
        )
    return 0


def _erase(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    from scarabee.maintenance.errors import Refusal
    from scarabee.privacy import erasing, settling

    told = erasing.preview(actor=actor, number=args.number)
    if not args.confirmer:
        _tell(out, told)
        raise Refusal(
            "Rien n’est effacé sans --confirmer.", remedy="Relisez, puis ajoutez --confirmer et --motif « pourquoi »."
        )
    done = erasing.erase(actor=actor, number=args.number, reason=args.motif, seen=told.person.ids)
    settling.settle(at_leisure=True)
    done.refresh_from_db()
    if out.json_wanted:
        out.json(_described(done))
        return 0
    _tell(out, told)
    out.info(f"Effacé partout (effacement n° {done.pk}).")
    if done.settled_at is None:
        out.info("Un travail en cours retient encore des contenus : ils partent dès qu’il est fini.")
    return 0


def _erasures(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    from django.utils.timezone import localtime

    from scarabee.privacy import erasing

    found = list(erasing.visible_erasures(actor))
    if out.json_wanted:
        out.json([_described(one) for one in found])
        return 0
    rows = [
        [one.pk, f"{localtime(one.at):%Y-%m-%d %H:%M}", one.actor_name, one.reason, one.counts.get("people", 0)]
        for one in found
    ]
    out.table(("numéro", "date", "par", "motif", "fiches"), rows, figures=(0, 4))
    return 0


def _described(one: "Erasure") -> dict[str, Any]:
    return {
        "number": one.pk, "at": one.at, "by": one.actor_name, "reason": one.reason, "counts": one.counts,
        "proofs": one.proofs, "settled_at": one.settled_at,
    }  # fmt: skip


def _tell(out: "Output", told: "Preview") -> None:
    """What goes and what stays, on standard error."""
    from scarabee.privacy.wording import counted_rows
    from scarabee.web.templatetags.scarabee import counted

    for place in told.places:
        rows = ", ".join(counted(count, nouns) for nouns, count in counted_rows(place.counts))
        out.info(f"{place.employee.dossier.name}, employeur {place.employee.employer.siret} : {rows}.")
    if told.person.has_other_names:
        out.info("ATTENTION : ces fiches portent des noms différents pour un même numéro.")
    if told.deposits:
        numbers = ", ".join(f"n° {one.number}" for one in told.deposits)
        out.info(f"Dépôts dont le fichier ne sera plus gardé : {numbers}.")
    if told.documents:
        out.info(f"Retours gardés sans elle : {told.documents}.")
    for one in told.proofs:
        out.info(f"Reste comme preuve : {one['kind']} du dépôt n° {one['filing']}.")
    for archive in told.archives:
        until = f"jusque vers le {archive.until:%d/%m/%Y}" if archive.until else "jusqu’à ce qu’on les efface"
        out.info(f"{archive.what} : {archive.count} archive(s) la contiennent encore, {until}.")
    for hold in told.holds:
        out.info(f"Pas maintenant : {hold.reason}. {hold.remedy}")


_DEEDS: dict[str, Callable[[argparse.Namespace, "Actor", "Output"], int]] = {
    "chercher": _search, "exporter": _export, "effacer": _erase, "effacements": _erasures,
}  # fmt: skip
