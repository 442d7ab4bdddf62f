"""What intake itself says of files and declarations, as findings beside those of the check and the comparison."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from scarabee.dsn.errors import DsnError
from scarabee.dsn.findings import Finding, Severity
from scarabee.filings.enums import FilingState
from scarabee.filings.models import Filing
from scarabee.filings.services.splitting import Part

KNOWN, ELSEWHERE = "deja_recue", "declare_ailleurs"
SOMEBODY = "Un autre dossier"
"""Stands for the declaring dossier, which is named to those who may see it."""
GRAVITY = {Severity.BLOCKING: 0, Severity.WARNING: 1, Severity.INFO: 2}


def refused(message: str, remedy: str, rule: str = "fichier") -> list[dict[str, Any]]:
    """The findings of a file of which nothing could be read."""
    return as_json([Finding(Severity.BLOCKING, rule, 0, "", "", message, remedy, certain=True)])


def known(filing: Filing, part: Part) -> Finding:
    """The declaration is a filing already; `value` is its number."""
    return Finding(
        Severity.INFO, KNOWN, part.line, "", str(filing.pk),
        f"Cette déclaration ({part.siret}) a déjà été reçue, à l’octet près : c’est le dépôt n° {filing.pk}, "
        f"{FilingState(filing.state).label}.",
        "Rien de plus à faire : elle n’est pas comptée deux fois.",
        declaration=part.rank,
    )  # fmt: skip


def elsewhere(part: Part) -> Finding:
    """Another dossier declares the employer; `selectors.elsewhere` names it to those who may see it."""
    return Finding(
        Severity.BLOCKING, ELSEWHERE, part.line, "S21.G00.11.001", part.siret,
        f"{SOMEBODY} déclare cet employeur : il ne se dépose pas d’ici. Le fichier n’a pas été importé pour lui.",
        "Envoyez ce fichier au dossier déclarant, ou changez le dossier déclarant de cet employeur, puis envoyez le "
        "fichier de nouveau.",
        certain=True, declaration=part.rank,
    )  # fmt: skip


def unreadable(error: DsnError) -> Finding:
    """The file cannot be read to its end."""
    remark = error.remark
    return Finding(
        Severity.BLOCKING, "illisible", remark.line, remark.rubrique, "", remark.message,
        "Exportez de nouveau le fichier depuis le logiciel de paie, puis renvoyez-le.", certain=True,
    )  # fmt: skip


def empty() -> Finding:
    """The file is a DSN, and declares nothing."""
    return Finding(
        Severity.BLOCKING, "sans-declaration", 0, "S20.G00.05", "", "Le fichier ne contient aucune déclaration.",
        "Exportez-le de nouveau depuis le logiciel de paie, puis renvoyez-le.", certain=True,
    )  # fmt: skip


def as_json(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """As rows keep them."""
    return [asdict(one) for one in findings]
