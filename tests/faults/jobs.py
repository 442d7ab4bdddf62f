"""The work under fault: each job is begun as a person begins it, and leads from one known state to another.

`begin(lab, numbers)` starts it; `numbers` is what `acts.numbers` told. `leads`: the state it leads from, and to.
`roles`: the processes in which its faults may strike at a commit point.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.faults.crew import Process

if TYPE_CHECKING:
    from tests.faults.laboratory import Laboratory

BASE = "base"
PERSON, WORKERS = ("personne",), ("worker-1", "worker-2")
ALL = (*PERSON, *WORKERS, "horloge")


@dataclass(frozen=True, slots=True)
class Job:
    """`before` and `after` name the states; `engines` where it makes sense."""

    words: str
    begin: Callable[["Laboratory", dict[str, Any]], Process]
    before: str
    after: str
    roles: tuple[str, ...] = PERSON
    engines: tuple[str, ...] = ("sqlite", "postgresql")
    weight: int = 4


def _command(*argv: str) -> Callable[["Laboratory", dict[str, Any]], Process]:
    return lambda lab, numbers: lab.crew.run("personne", *(one.format(**numbers) for one in argv))


def _act(name: str) -> Callable[["Laboratory", dict[str, Any]], Process]:
    return lambda lab, numbers: lab.crew.act(name)


def _import(lab: "Laboratory", numbers: dict[str, Any]) -> Process:
    return lab.crew.run("personne", "importer", str(lab.more_file), "--dossier", "Origine")


def _browse(lab: "Laboratory", numbers: dict[str, Any]) -> Process:
    return lab.crew.act("browse_import", lab.port)


def _deposit(lab: "Laboratory", numbers: dict[str, Any]) -> Process:
    path = lab.next_deposit()
    return lab.crew.run(
        "personne", "deposer", str(path), "--dossier", "Dépôts", "--utilisateur", "Lucie", "--confirmer-reel"
    )


def _collect(lab: "Laboratory", numbers: dict[str, Any]) -> Process:
    lab.set_all(3900)
    return lab.crew.run("personne", "retours", "recuperer")


def _restore(lab: "Laboratory", numbers: dict[str, Any]) -> Process:
    return lab.crew.run("personne", "restaurer", lab.archive, "--confirmer")


def _ask_restore(lab: "Laboratory", numbers: dict[str, Any]) -> Process:
    return lab.crew.act("ask_restore", lab.archive)


def _move(lab: "Laboratory", numbers: dict[str, Any]) -> Process:
    return lab.crew.run("personne", "migrer-vers", lab.new_target())


JOBS: dict[str, Job] = {
    "import": Job("import, commande", _import, BASE, "importé"),
    "import-file": Job("import, en file d’attente", _act("ask_import"), BASE, "importé", (*PERSON, *WORKERS), weight=6),
    "import-web": Job("import, par les pages", _browse, BASE, "importé", ("web", *WORKERS)),
    "annuler-import": Job("annulation d’un import", _command("annuler-import", "{import}"), "importé", BASE),
    "transfert": Job(
        "transfert, commande", _command("transferer", "--de", "Origine", "--vers", "Arrivée", "--tout"),
        BASE, "transféré",
    ),
    "transfert-file": Job(
        "transfert, en file d’attente", _act("ask_transfer"), BASE, "transféré", (*PERSON, *WORKERS), weight=6
    ),
    "annuler-transfert": Job(
        "annulation d’un transfert", _command("annuler-transfert", "{transfer}"), "transféré", BASE
    ),
    "suppression": Job(
        "suppression d’un employeur",
        _command("supprimer", "--dossier", "Origine", "--employeur", "{employer}", "--confirmer"),
        BASE, "supprimé", weight=6,
    ),
    "reprendre": Job("reprise d’une suppression", _command("reprendre", "{package}"), "supprimé", BASE),
    "taux": Job(
        "application de taux", _command("taux", "appliquer", "--retour", "{return}", "--signales"),
        BASE, "taux appliqués", weight=6,
    ),
    "annuler-taux": Job("annulation de taux", _command("taux", "annuler", "{rates}"), "taux appliqués", BASE),
    "depot": Job("dépôt réel au portail", _deposit, BASE, BASE, ALL, weight=8),
    "retours": Job("récupération des retours", _collect, BASE, BASE, (*PERSON, *WORKERS), weight=6),
    "sauvegarde": Job("sauvegarde, commande", _command("sauvegarder"), BASE, BASE, weight=2),
    "sauvegarde-file": Job("sauvegarde, en file d’attente", _act("ask_backup"), BASE, BASE, (*PERSON, *WORKERS)),
    "restauration": Job("retour à une sauvegarde, commande", _restore, "repère", BASE, weight=1),
    "restauration-file": Job(
        "retour à une sauvegarde, en file d’attente", _ask_restore, "repère", BASE, (*PERSON, *WORKERS), weight=1,
    ),
    "migrer": Job("déplacement vers PostgreSQL", _move, BASE, BASE, engines=("sqlite",), weight=1),
}  # fmt: skip
TO_MARK = "repère"
"""The state that `restauration` starts from is made by the laboratory: an archive, then a dossier it does not hold."""
