"""The page of an export that a person reads: who they are here, under whom, which months, and what is left out."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.utils.timezone import localtime

from scarabee.dsn.readable import readable_date
from scarabee.privacy.people import Person

_IDENTITY = (
    ("family_name", "Nom"), ("given_names", "Prénoms"), ("birth_date", "Date de naissance"),
    ("nir", "Numéro de sécurité sociale (NIR)"), ("ntt", "Numéro technique temporaire (NTT)"),
    ("matricule", "Matricule"),
)  # fmt: skip
_LEFT_OUT = """\
Ce qui n’y est pas :
- la part de l’employeur dans les déclarations, et ce qui concerne d’autres personnes ;
- les documents reçus des organismes, qui parlent aussi d’autres personnes : ce qu’ils disent de vous (taux de
  prélèvement à la source, anomalies) est repris ci-dessus et dans donnees.json ;
- les sauvegardes, chiffrées : elles contiennent les mêmes données.

Les fichiers :
- mois.csv : la liste des mois, pour un tableur ;
- donnees.json : tout ce qui est gardé, pour un ordinateur ;
- mois/ : votre part de chaque déclaration, telle qu’elle a été reçue.
"""


def summary_of(person: Person, places: list[dict[str, Any]], made: datetime) -> str:
    """The text, in French. `places` as `donnees.json` lists them."""
    return "\n".join(_lines(person, places, made)) + "\n"


def _lines(person: Person, places: list[dict[str, Any]], made: datetime) -> Iterator[str]:
    yield "DONNÉES PERSONNELLES GARDÉES DANS SCARABÉE"
    yield f"Extraites le {localtime(made):%d/%m/%Y à %H:%M}, pour répondre à une demande d’accès (RGPD, article 15)."
    yield ""
    if person.has_other_names:
        yield "Ces données portent plusieurs noms pour un même numéro : à vérifier avant de les remettre."
        yield ""
    for place in places:
        yield from _place(place)
        yield ""
    yield _LEFT_OUT


def _place(place: dict[str, Any]) -> Iterator[str]:
    employer = f"{place['employer']} ({place['siret']})" if place["employer"] else place["siret"]
    yield f"Employeur {employer}, dossier « {place['dossier']} »"
    for name, label in _IDENTITY:
        value = readable_date(place[name]) if name == "birth_date" and place[name] else place[name]
        if value:
            yield f"  {label} : {value}"
    for value in place["typed"].values():
        yield f"  Saisi à la main : {value}"
    for contract in place.get("contracts", ()):
        end = f" au {readable_date(contract['end'])}" if contract["end"] else ""
        yield f"  Contrat {contract['number']} du {readable_date(contract['start'])}{end} {contract['job']}".rstrip()
    yield f"  Mois gardés : {len(place['months'])}"
    for one in place["months"]:
        kind = "réel" if one["is_real"] else "essai"
        force = "" if one["in_force"] else ", remplacé"
        what = one["month"] or f"signalement {one['nature']}"
        yield f"    {what} ({kind}{force}) : brut {one['gross']}, net {one['net']}, prélèvement {one['pas']}"
    for rate in place.get("pas_rates", ()):
        value = "barème" if rate["rate"] is None else f"{rate['rate']} %"
        yield f"  Taux de prélèvement à la source : {value}, à partir du {rate['available_on']:%d/%m/%Y}"
    for anomaly in place.get("anomalies", ()):
        yield f"  Anomalie signalée : {anomaly['title'] or anomaly['message']}"
