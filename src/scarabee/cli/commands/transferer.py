"""Copy employers and employees from one dossier to another, with the proof that nothing is lost."""

import argparse
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scarabee.cli.output import Output
    from scarabee.dossiers.models import Dossier
    from scarabee.maintenance.journal import Actor
    from scarabee.transfers.selection import Selection

HELP = "copier des employeurs ou des salariés d’un dossier à un autre, avec tout leur historique"
_COUNTS = {
    "employers": "employeurs",
    "employees": "salariés",
    "declarations": "déclarations",
    "employee_months": "mois de salariés",
}
_OUTCOMES = {"created": "créés", "completed": "complétés", "left": "déjà là"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from scarabee.cli.commands import designation

    parser.add_argument("--de", metavar="NOM", required=True, help="dossier d’origine : il ne change jamais")
    parser.add_argument("--vers", metavar="NOM", required=True, help="dossier de destination")
    parser.add_argument("--creer", action="store_true", help="créer la destination si elle n’existe pas")
    parser.add_argument("--tout", action="store_true", help="tous les employeurs, en totalité")
    parser.add_argument(
        "--employeur", metavar="SIRET", action="extend", nargs="+", default=[], type=designation.siret,
        help="cet employeur en totalité (répétable)",
    )  # fmt: skip
    parser.add_argument(
        "--salarie", metavar="SIRET:IDENTIFIANT", action="extend", nargs="+", default=[], type=designation.person,
        help="ce salarié : NIR, NTT, matricule ou numéro donné par « salaries » (répétable)",
    )  # fmt: skip
    parser.add_argument(
        "--salaries", metavar="-", choices=["-"], help="lire des lignes SIRET:IDENTIFIANT sur l’entrée standard"
    )
    parser.add_argument(
        "--si-existe", choices=["completer", "ignorer", "remplacer"], default="completer",
        help="que faire de ce qui est déjà à destination (completer sinon)",
    )  # fmt: skip
    parser.add_argument(
        "--declarant", choices=["source", "destination"], default="source",
        help="quel dossier déclare ensuite ces employeurs (source sinon)",
    )  # fmt: skip
    parser.add_argument("--apercu", action="store_true", help="dire ce qui serait fait, sans rien écrire")
    parser.add_argument("--json", action="store_true", help="en JSON")
    parser.set_defaults(wrong_usage=parser.error)


def run(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Transfer in this process, or print the plan."""
    from scarabee.dossiers.services.dossiers import dossier_by_name
    from scarabee.transfers.enums import Declaring, IfExists
    from scarabee.transfers.services.execution import transfer_now
    from scarabee.transfers.services.planning import make_plan
    from scarabee.web.templatetags.scarabee import counted

    people = [*args.salarie, *(_people_of_stdin(args) if args.salaries else [])]
    chosen = bool(args.employeur or args.salarie or args.salaries)
    if args.tout == chosen:
        args.wrong_usage("il faut --tout, ou bien --employeur, --salarie ou --salaries")
    source = dossier_by_name(actor=actor, name=args.de)
    destination = _destination(args, actor)
    selection = _selection(source, args, people)
    what: dict[str, Any] = {
        "actor": actor,
        "source": source,
        "destination": destination,
        "destination_name": args.vers,
        "selection": selection,
        "if_exists": IfExists(args.si_existe),
    }
    if args.apercu:
        plan = make_plan(**what)
        figures: dict[str, Any] = {key: getattr(plan, key).as_json() for key in _OUTCOMES}
        _tell(out, {"number": None, **figures, "expected": plan.expected, "identical": None, "digest": None})
        _notes(out, plan.notes)
        out.info("Aperçu : rien n’a été copié.")
        return 0
    act = transfer_now(**what, declaring=Declaring(args.declarant)).act
    act.refresh_from_db()
    _tell(out, {"number": act.pk, **act.receipt})
    _notes(out, act.receipt["notes"])
    for one in act.receipt["declaring"]:
        out.info(f"« {one['dossier']} » déclare désormais {one['siret']}.")
    out.info(
        f"Transfert n° {act.pk} : {counted(act.receipt['expected'], 'attendu')}, "
        f"{counted(act.receipt['identical'], 'identique')}. "
        f"« scarabee annuler-transfert {act.pk} » le défait."
    )
    return 0


def _destination(args: argparse.Namespace, actor: "Actor") -> "Dossier | None":
    """The destination; None when it is still to be created."""
    from scarabee.dossiers.services.dossiers import dossier_by_name
    from scarabee.maintenance.errors import NotVisible

    try:
        return dossier_by_name(actor=actor, name=args.vers)
    except NotVisible as error:
        if args.creer:
            return None
        error.remedy = "Vérifiez son nom avec « scarabee dossiers », ou ajoutez --creer pour le créer."
        raise


def _people_of_stdin(args: argparse.Namespace) -> list[Any]:
    from scarabee.cli.commands import designation

    people = []
    for number, line in enumerate(sys.stdin, 1):
        if not line.strip():
            continue
        try:
            people.append(designation.person(line.strip()))
        except argparse.ArgumentTypeError as error:
            args.wrong_usage(f"entrée standard, ligne {number} : {error}")
    return people


def _selection(source: "Dossier", args: argparse.Namespace, people: list[Any]) -> "Selection":
    """Ticks for what was named; an employer that is named itself goes whole, whoever of its people is named too."""
    from scarabee.cli.commands import lookup
    from scarabee.dossiers.models import Employer
    from scarabee.transfers.selection import Mode, Selection, Ticked

    if args.tout:
        every = Employer.objects.filter(dossier=source).values_list("pk", flat=True)
        return Selection({pk: Ticked(Mode.WHOLE) for pk in every})
    identifiers: dict[str, list[str]] = {}
    for one in people:
        identifiers.setdefault(one.siret, []).append(one.identifier)
    employers = lookup.employers_of(source, [*args.employeur, *identifiers])
    ticked: dict[int, Ticked] = {}
    for siret, named in identifiers.items():
        ids = lookup.employees_of(employers[siret], named)
        ticked[employers[siret].pk] = Ticked(Mode.SOME, frozenset(ids))
    for siret in args.employeur:
        ticked[employers[siret].pk] = Ticked(Mode.WHOLE)
    return Selection(ticked)


def _tell(out: "Output", document: dict[str, Any]) -> None:
    if out.json_wanted:
        out.json(document)
        return
    rows = [[word, *(document[key][kind] for kind in _COUNTS)] for key, word in _OUTCOMES.items()]
    out.table(("", *_COUNTS.values()), rows, figures=(1, 2, 3, 4))


def _notes(out: "Output", notes: list[str]) -> None:
    for note in notes:
        out.info(note)
