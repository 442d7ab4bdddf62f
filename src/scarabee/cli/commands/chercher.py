"""Find employers and people over all dossiers: "where is this person?"."""

import argparse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scarabee.cli.output import Output
    from scarabee.dossiers.selectors.search import Found, PersonFound
    from scarabee.maintenance.journal import Actor

HELP = "chercher un employeur ou une personne dans tous les dossiers (nom, SIRET, NIR, NTT, matricule)"
GATED = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("text", metavar="TEXTE", nargs="+")
    parser.add_argument("--json", action="store_true", help="en JSON")


def run(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Print what the text names, and where it stands."""
    from scarabee.cli.commands.salaries import describe
    from scarabee.dossiers.selectors.search import search

    text = " ".join(args.text)
    found = search(actor=actor, text=text)
    employers = [
        {"dossier": one.dossier.name, "siret": one.siret, "name": one.name or None, "town": one.town}
        for one in found.employers
    ]
    people: list[dict[str, Any]] = [
        {"dossier": place.employee.dossier.name, **describe(place.employee, place.months)}
        for one in _everybody(actor, text, found)
        for place in one.places
    ]
    if found.more_employers:
        out.info(f"Plus de {len(employers)} employeurs répondent : précisez le texte pour voir les autres.")
    if out.json_wanted:
        out.json({"employers": employers, "people": people, "more_employers": found.more_employers})
        return 0
    if employers:
        out.table(["dossier", "siret", "nom", "ville"], [list(one.values()) for one in employers])
    if people:
        names = ("dossier", "siret", "number", "family_name", "given_names", "birth_date", "months")
        headings = ("dossier", "siret", "numéro", "nom", "prénoms", "né(e) le", "mois en vigueur")
        out.table(headings, [[one[name] for name in names] for one in people], figures=(2, 6))
    if not employers and not people:
        out.info(f"Rien ne répond à « {text} » dans les dossiers que vous voyez.")
    return 0


def _everybody(actor: "Actor", text: str, found: "Found") -> "Iterator[PersonFound]":
    """Everyone found, page after page; somebody met on an earlier page is not told again."""
    from scarabee.dossiers.selectors.search import search

    told: set[int] = set()
    page = found.people
    while True:
        for one in page.object_list:
            one.places = [place for place in one.places if place.employee.pk not in told]
            told.update(place.employee.pk for place in one.places)
            if one.places:
                yield one
        if not page.has_next():
            return
        page = search(actor=actor, text=text, page=str(page.next_page_number())).people
