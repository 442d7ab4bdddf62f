"""How a person names employers and employees at the command line: SIRET, and SIRET:IDENTIFIANT (see `lookup`)."""

import argparse
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """`SIRET:IDENTIFIANT` as typed."""

    siret: str
    identifier: str


def add_part_arguments(parser: argparse.ArgumentParser) -> None:
    """Employers of a dossier, or one employee: the rest of it is left out."""
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--employeur", metavar="SIRET", type=siret, action="append", default=[],
        help="cet employeur du dossier seulement ; peut être répété",
    )  # fmt: skip
    what.add_argument("--salarie", metavar="SIRET:IDENTIFIANT", type=person, help="ce salarié du dossier seulement")


def siret(text: str) -> str:
    """A SIRET, its spaces aside."""
    return "".join(text.split())


def person(text: str) -> Person:
    """SIRET:IDENTIFIANT. Raises ArgumentTypeError when it is not of that form."""
    before, colon, identifier = text.partition(":")
    if not (colon and siret(before) and identifier.strip()):
        raise argparse.ArgumentTypeError(f"SIRET:IDENTIFIANT est attendu, pas {text!r}")
    return Person(siret(before), identifier.strip())
