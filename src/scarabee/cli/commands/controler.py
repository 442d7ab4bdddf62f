"""Check DSN files before they leave: what is wrong, where, how grave, what to do. Nothing is stored."""

import argparse
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from functools import partial
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from scarabee.dsn.findings import Finding, Severity

if TYPE_CHECKING:
    from datetime import date

    from scarabee.cli.output import Output
    from scarabee.dsn.checking import Checked
    from scarabee.maintenance.journal import Actor

HELP = "contrôler des fichiers DSN avant de les déposer : rien n’est envoyé ni gardé"
WITHOUT_DATABASE = True
GATED = False
SHOWN_PER_RULE = 10
_ORDER = (Severity.BLOCKING, Severity.WARNING, Severity.INFO)
_TITLES = {Severity.BLOCKING: "BLOQUANT", Severity.WARNING: "À VÉRIFIER", Severity.INFO: "À SAVOIR"}
_NOUNS = {
    Severity.BLOCKING: "anomalie bloquante,anomalies bloquantes",
    Severity.WARNING: "point à vérifier,points à vérifier",
    Severity.INFO: "information",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", metavar="FICHIER", nargs="+", help="fichiers DSN, ou archives ZIP de fichiers DSN")
    parser.add_argument("--json", action="store_true", help="en JSON")


def choose_folder(asked: str | None) -> None:
    """The data folder asked for, or the usual one; a check binds it to no portal."""
    if asked:
        os.environ["SCARABEE_DONNEES"] = asked


def run(args: argparse.Namespace, actor: "Actor", out: "Output") -> int:
    """Check every file; 1 when something blocks in one of them at least."""
    from django.utils import timezone

    from scarabee.dsn.checking import DISCLAIMER
    from scarabee.maintenance.clock import now

    today = timezone.localdate(now())
    checks = [one for path in args.files for one in _checked(path, today, out)]
    if out.json_wanted:
        files = [_described(name, checked) for name, checked in checks]
        out.json({"files": files, "disclaimer": DISCLAIMER})
    else:
        for name, checked in checks:
            _tell(out, name, checked)
        _tell_limits(out, [checked for _, checked in checks])
    return int(any(checked.is_blocked for _, checked in checks))


def _checked(path: str, today: "date", out: "Output") -> "Iterator[tuple[str, Checked]]":
    """(name, what was found) of a file, or of each one of a ZIP archive, which is unpacked aside for as long."""
    from scarabee.cli.commands.local_files import why_unreadable
    from scarabee.dossiers.services.archives import unpack
    from scarabee.dossiers.services.uploads import shown_name

    if reason := why_unreadable(path):
        yield path, _no_file(reason)
        return
    with TemporaryDirectory(prefix="scarabee-controle-") as folder:
        unpacked = unpack(Path(path), room=partial(_require_room, folder), into=Path(folder))
        if unpacked is None:
            yield path, _check(path, today, out)
        elif unpacked.refusal:
            yield path, _no_file(unpacked.refusal[:1].upper() + unpacked.refusal[1:])
        else:
            for name, member in unpacked.members:
                yield f"{path} ▸ {shown_name(name)}", _check(str(member), today, out)
                member.unlink()


def _require_room(folder: str, size: int) -> None:
    """Raise `Refusal` unless the disk of temporary files has room for what an archive holds."""
    from scarabee.maintenance.errors import Refusal

    if shutil.disk_usage(folder).free < size:
        raise Refusal(
            f"Il n’y a pas la place d’ouvrir l’archive ({size >> 20} Mo) dans {folder}.",
            safe="Rien n’a été contrôlé ni gardé.",
            remedy="Libérez de la place, ou contrôlez ses fichiers un par un.",
        )


def _check(path: str, today: "date", out: "Output") -> "Checked":
    from scarabee.cli.commands.importer import progress_shown, unreadable
    from scarabee.dsn.checking import check

    try:
        with open(path, "rb") as stream, progress_shown(os.path.getsize(path), out) as show:
            return check(cast(BinaryIO, _Watched(stream, show)), today=today)
    except OSError as error:
        return _no_file(unreadable(error))


class _Watched:
    """A stream that tells how many bytes were read of it."""

    def __init__(self, stream: BinaryIO, show: Callable[[int], None]) -> None:
        self._stream, self._show, self._read = stream, show, 0

    def read(self, size: int) -> bytes:
        block = self._stream.read(size)
        self._read += len(block)
        self._show(self._read)
        return block


def _no_file(reason: str) -> "Checked":
    """What is said of a path that the system does not let read: it counts as a file that blocks."""
    from scarabee.dsn.checking import Checked, Rule

    remedy = "Vérifiez le chemin et les droits, puis recommencez."
    finding = Finding(Severity.BLOCKING, Rule.UNREADABLE.value, 0, "", "", reason, remedy, certain=True)
    return Checked([finding], [], [])


def _described(path: str, checked: "Checked") -> dict[str, Any]:
    return {
        "file": path,
        "findings": [asdict(finding) for finding in checked.findings],
        "declarations": len(checked.declarations),
        "unchecked": checked.unchecked,
    }


def _tell(out: "Output", path: str, checked: "Checked") -> None:
    """The findings of one file, the gravest first, gathered by rule."""
    from scarabee.web.templatetags.scarabee import counted

    declarations = [counted(len(checked.declarations), "déclaration")] if checked.declarations else []
    out.line(f"{path} : {', '.join([*declarations, _summary(checked.findings)])}")
    ordered = sorted(checked.findings, key=lambda one: (_ORDER.index(one.severity), one.rule))
    for (severity, rule), group in groupby(ordered, key=lambda one: (one.severity, one.rule)):
        _tell_rule(out, severity, rule, list(group))
    out.line("")


def _summary(findings: list[Finding]) -> str:
    from scarabee.web.templatetags.scarabee import counted

    counts = [(severity, sum(one.severity is severity for one in findings)) for severity in _ORDER]
    return ", ".join(counted(count, _NOUNS[severity]) for severity, count in counts if count) or "aucune anomalie"


def _tell_rule(out: "Output", severity: Severity, rule: str, findings: list[Finding]) -> None:
    from scarabee.dsn.checking import HEADINGS

    out.line(f"\n{_TITLES[severity]} · {HEADINGS[rule]}{_surely(findings)}")
    shown = findings[:SHOWN_PER_RULE]
    rows = [[one.line or "", one.message, _printable(one.value)] for one in shown]
    out.table(("ligne", "constat", "valeur"), rows, figures=(0,))
    if more := len(findings) - len(shown):
        out.line(f"et {more} autres (voir avec --json)")
    for remedy in dict.fromkeys(one.remedy for one in shown if one.remedy):
        out.line(f"→ {remedy}")


def _printable(value: str) -> str:
    """A value without what a terminal would obey."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in value)


def _surely(findings: Iterable[Finding]) -> str:
    return " (refus certain)" if any(one.certain for one in findings) else ""


def _tell_limits(out: "Output", checks: "list[Checked]") -> None:
    """What was left out, once for all files, and what this check is not."""
    from scarabee.dsn.checking import DISCLAIMER

    read = [checked for checked in checks if checked.declarations]
    if not read:
        return
    sentences = dict.fromkeys(sentence for checked in read for sentence in checked.unchecked)
    if sentences:
        out.line("Non contrôlé :")
        for sentence in sentences:
            out.line(f"- {sentence}")
    out.line(DISCLAIMER)
