"""What `scarabee sauvegardes` does with scripts, as the screens do."""

import argparse
from collections.abc import Callable
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from scarabee.cli.parser import add_deed

if TYPE_CHECKING:
    from scarabee.backups.models import Script
    from scarabee.cli.output import Output
    from scarabee.maintenance.journal import Actor

UNITS = ("jour", "semaine", "mois", "main")


def add_to(parser: argparse.ArgumentParser) -> None:
    """The actions on scripts."""
    deeds = parser.add_subparsers(dest="deed", metavar="ACTION", title="actions")
    add_deed(deeds, "scripts", "montrer les scripts, leur dernière et leur prochaine sauvegarde")
    one = _named(deeds, "script", "faire un script, ou changer ce qui est dit de celui qui porte ce nom")
    one.add_argument("--tous-les", metavar="N", type=int, help="tous les N jours, semaines ou mois (1 sinon)")
    one.add_argument("--unite", choices=UNITS, help="jour (sinon), semaine, mois, ou main : à la main seulement")
    one.add_argument("--heure", metavar="HH:MM", type=_hour, help="heure de Paris (12:30 sinon)")
    one.add_argument("--depuis", metavar="AAAA-MM-JJ", type=_day, help="premier jour (aujourd’hui sinon)")
    one.add_argument("--dossier", metavar="CHEMIN", help='où vont les archives ; "" pour « sauvegardes »')
    one.add_argument("--second-dossier", metavar="CHEMIN", help='où elles sont copiées ; "" : nulle part')
    one.add_argument("--nom", metavar="NOM", help="nouveau nom")
    switch = one.add_mutually_exclusive_group()
    switch.add_argument("--arreter", dest="is_on", action="store_false", default=None, help="le mettre en pause")
    switch.add_argument("--reprendre", dest="is_on", action="store_true", default=None, help="le remettre en service")
    _named(deeds, "lancer", "sauvegarder maintenant comme ce script le fait")
    _named(deeds, "supprimer", "supprimer un script ; ses archives restent")
    alarm = add_deed(deeds, "alerte", "avertir après combien de jours sans sauvegarde prouvée")
    alarm.add_argument("days", metavar="JOURS", type=int, help="de 1 à 90")
    add_deed(deeds, "exercice", "ramener la dernière archive à côté de tout, et la comparer")


def _listed(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    from scarabee.backups import selectors

    rows: list[Any] = list(selectors.scripts())
    if out.json_wanted:
        out.json([_described(one) for one in rows])
        return 0
    table = [[one.name, _words(one), _moment(one.next_at), _moment(one.last_at), one.copy_problem] for one in rows]
    out.table(("script", "quand", "prochaine", "dernière prouvée", "second dossier"), table)
    return 0


def _set(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    from scarabee.backups import schedule, scripts
    from scarabee.backups.models import Script

    found = Script.objects.filter(name__iexact=args.name.strip()).first()
    stands = found or Script(at=schedule.FIRST_HOUR, starts_on=schedule.today())
    saved = scripts.set_script(
        actor=actor, script=found, name=args.nom or (found.name if found else args.name),
        unit=_or(args.unite, stands.unit), every=_or(args.tous_les, stands.every), at=_or(args.heure, stands.at),
        starts_on=_or(args.depuis, stands.starts_on), folder=_or(args.dossier, stands.folder),
        second_folder=_or(args.second_dossier, stands.second_folder), is_on=_or(args.is_on, stands.is_on),
    )  # fmt: skip
    if out.json_wanted:
        out.json(_described(saved))
    following = _moment(saved.next_at) or "à la main"
    out.info(f"Script « {saved.name} » : {_words(saved)} ; prochaine sauvegarde : {following}.")
    return 0


def _run_now(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """In this process: the command ends when the archive is proved."""
    from scarabee.backups import jobs, scripts
    from scarabee.backups.models import Backup, Job
    from scarabee.maintenance.errors import Refusal

    job = jobs.ask(actor=actor, kind=Job.Kind.SAVE, script=scripts.script_by_name(args.name))
    jobs.run(job.pk)
    job.refresh_from_db()
    if job.state == Job.State.FAILED:
        raise Refusal(job.problem, safe="")
    backup = Backup.objects.filter(pk=job.backup_number or 0).first()
    if backup is None:
        out.info("Un autre processus a pris ce travail : « scarabee sauvegardes » dira ce qu’il est devenu.")
        return 0
    out.line(backup.path)
    out.info("L’archive est écrite, relue et vérifiée." + (f" Copie : {backup.copied_to}." if backup.copied_to else ""))
    return 0


def _remove(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    from scarabee.backups import scripts

    script = scripts.script_by_name(args.name)
    scripts.remove_script(actor=actor, script=script)
    out.info(f"Le script « {script.name} » est supprimé. Ses archives restent où elles sont.")
    return 0


def _alarm(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    from scarabee.backups import scripts
    from scarabee.web.templatetags.scarabee import counted

    days = scripts.set_watch(actor=actor, days=args.days).days
    out.info(f"Un avertissement viendra après {counted(days, 'jour')} sans sauvegarde prouvée.")
    return 0


def _drill(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    from scarabee.backups import drill
    from scarabee.maintenance.errors import Refusal

    done = drill.drill(actor=actor)
    if done.problems:
        raise Refusal(" ".join(done.problems), safe="Vos données sont intactes.", remedy="Refaites une sauvegarde.")
    told = f"{done.rows} lignes, {done.dossiers} dossiers comparés"
    out.info(f"L’archive « {done.path.name} » reviendrait entière : {told}.")
    return 0


DEEDS: dict[str, Callable[..., int]] = {
    "scripts": _listed,
    "script": _set,
    "lancer": _run_now,
    "supprimer": _remove,
    "alerte": _alarm,
    "exercice": _drill,
}
"""{action: what does it}."""


def _described(one: "Script") -> dict[str, Any]:
    return {
        "name": one.name, "unit": one.unit, "every": one.every, "at": f"{one.at:%H:%M}", "starts_on": one.starts_on,
        "folder": one.folder, "second_folder": one.second_folder, "on": one.is_on, "next_at": one.next_at,
        "copy_problem": one.copy_problem, "copy_late_since": one.copy_late_since,
    }  # fmt: skip


def _words(one: "Script") -> str:
    from scarabee.backups import wording

    return wording.schedule(one) if one.is_on else "en pause"


def _moment(value: datetime | None) -> str:
    from django.utils.timezone import localtime

    return f"{localtime(value):%Y-%m-%d %H:%M}" if value else ""


def _or[T](typed: T | None, stands: T) -> T:
    return stands if typed is None else typed


def _hour(text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"une heure s’écrit HH:MM, pas {text!r}") from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"un jour s’écrit AAAA-MM-JJ, pas {text!r}") from None


def _named(deeds: Any, name: str, told: str) -> argparse.ArgumentParser:
    one = add_deed(deeds, name, told)
    one.add_argument("name", metavar="NOM", help="nom du script")
    return one
