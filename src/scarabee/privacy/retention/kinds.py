"""The kinds of data, how long each is kept by default, and where that figure comes from.

Payroll data goes by a proposal that a person looks at and confirms, never by itself. Sources are what the rule was
read from; the bureau keeps data for its clients, whose contract may say otherwise: durations are settable.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import NotVisible
from scarabee.maintenance.journal import Actor
from scarabee.netentreprises.moments import PARIS
from scarabee.privacy.models import RetentionRule
from scarabee.privacy.retention import answers, bureau, payroll

LEAST_MONTHS, MOST_MONTHS = 1, 600


@dataclass(frozen=True, slots=True)
class Share:
    """What is past its time in one dossier ("": in none). `oldest`, `newest`: days or months, ISO.

    `kept`: past their time as well, but held back by what is under way.
    """

    dossier: str
    count: int
    oldest: str
    newest: str
    kept: int = 0


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of data. `find` and `remove` look at what is older than a day; `kept_because` says what stays anyway.

    `floor`: months below which a source asks for more.
    """

    code: str
    label: str
    months: int
    floor: int
    source: str
    kept_because: str
    find: Callable[[date], answers.Found]
    remove: Callable[[Actor, date], int]


PROPOSED: tuple[Kind, ...] = (
    Kind(
        "declarations", "Déclarations et mois des salariés, contrats, fiches sans mois restant", 72, 60,
        "Code de la sécurité sociale, art. L. 243-16 : 6 ans pour ce qui sert à établir et contrôler les cotisations ; "
        "Code du travail, art. L. 3243-4 : 5 ans pour le double des bulletins ; référentiel de la CNIL sur la gestion "
        "du personnel. Doute : pour reconstituer une retraite, beaucoup d’employeurs gardent plus longtemps ; c’est "
        "leur choix, à écrire au contrat.",
        "les mois d’un dépôt qui n’est pas terminé",
        payroll.find_declarations, payroll.remove_declarations,
    ),
    Kind(
        "depots", "Dépôts et leurs preuves (AEE, CCO, bilans)", 72, 60,
        "Même durée que les déclarations qu’ils prouvent (Code de la sécurité sociale, art. L. 243-16). Doute : aucun "
        "texte ne vise l’accusé lui-même.",
        "les dépôts à faire, en cours ou d’issue inconnue",
        answers.find_filings, answers.remove_filings,
    ),
    Kind(
        "retours", "Retours des organismes, tels qu’ils ont été reçus", 72, 36,
        "Livre des procédures fiscales, art. L. 102 B : 6 ans, pour les CRM du prélèvement à la source. Doute : les "
        "autres retours pourraient partir plus tôt (prescription de 3 ans, CSS art. L. 244-3).",
        "rien",
        answers.find_returns, answers.remove_returns,
    ),
    Kind(
        "taux", "Taux PAS dont la validité est finie", 72, 36,
        "Livre des procédures fiscales, art. L. 102 B (6 ans) et L. 169 (reprise sur 3 ans).",
        "les taux encore valables",
        answers.find_rates, answers.remove_rates,
    ),
    Kind(
        "anomalies", "Anomalies closes, corrigées ou acceptées", 36, 0,
        "Code de la sécurité sociale, art. L. 244-3 : prescription de 3 ans. Doute : choix de prudence, aucun texte ne "
        "vise cette liste de travail.",
        "les anomalies à traiter",
        answers.find_anomalies, answers.remove_anomalies,
    ),
    Kind(
        "rapports", "Détail des rapports d’import (avertissements, différences)", 24, 0,
        "Choix de Scarabée : aucun texte. Les comptes et l’empreinte de chaque fichier restent.",
        "les comptes et l’empreinte",
        bureau.find_reports, bureau.clear_reports,
    ),
    Kind(
        "exports", "Marques des exports de taux", 24, 0,
        "Choix de Scarabée : aucun texte. Le dernier de chaque dossier reste, pour dire ce qui a changé depuis.",
        "le dernier export de chaque dossier",
        bureau.find_exports, bureau.remove_exports,
    ),
    Kind(
        "comptes", "Comptes désactivés, leurs droits et leurs identifiants de Net-Entreprises", 24, 0,
        "RGPD, art. 5.1 e : pas au-delà du nécessaire. Doute : la CNIL ne donne pas de durée ; 2 ans laissent traiter "
        "les retours de ce que la personne a déposé. Le journal garde son nom.",
        "les comptes dont les retours sont encore collectés",
        bureau.find_accounts, bureau.remove_accounts,
    ),
)  # fmt: skip


class Fixed(NamedTuple):
    """What goes by itself, or stays: how long, and where that is set."""

    label: str
    duration: str
    source: str


def fixed() -> list[Fixed]:
    """What no proposal is made for, and why."""
    from scarabee.dossiers.services import packages, uploads

    return [
        Fixed("Paquets des suppressions", f"{packages.keep_days()} jours", "SCARABEE_PACKAGE_DAYS ; partent seuls."),
        Fixed("Fichiers reçus et pas importés", f"{uploads.KEEP_DAYS} jours", "Partent seuls."),
        Fixed("Sessions", "12 heures au plus", "Partent seules, et après une heure sans usage."),
        Fixed("Essais de la boule bleue", "une heure", "Partent seuls."),
        Fixed(
            "Sauvegardes", "les cinq dernières de chaque script, 30 jours pour les copies de sécurité",
            "Réglées sur la page des sauvegardes ; celles faites à la main restent jusqu’à ce qu’on les efface.",
        ),
        Fixed(
            "Journal", "la vie de l’installation",
            "Chaîné : en retirer une ligne le romprait. Il garde des numéros et des empreintes, ni NIR ni nom de "
            "salarié. Doute : la CNIL recommande 6 mois à 3 ans pour des journaux de connexion ; celui-ci est une "
            "preuve des actes.",
        ),
        Fixed("Registre des effacements", "la vie de l’installation", "Empreintes à clé, pour rejouer un effacement."),
    ]  # fmt: skip


def kind_of(code: str) -> Kind:
    """The kind of that code. Raises `NotVisible`."""
    found = next((one for one in PROPOSED if one.code == code), None)
    if found is None:
        raise NotVisible(
            f"La nature de données « {code} » n’existe pas.",
            remedy=f"Choisissez parmi : {', '.join(one.code for one in PROPOSED)}.",
        )
    return found


def months_of(kind: Kind) -> int:
    """How many months a kind is kept here."""
    return RetentionRule.objects.filter(kind=kind.code).values_list("months", flat=True).first() or kind.months


def limit_of(months: int) -> date:
    """The first day of the month before which things are past their time, so many months ago, in Paris."""
    today = now().astimezone(PARIS).date()
    count = today.year * 12 + today.month - 1 - months
    return date(count // 12, count % 12 + 1, 1)


def shares_of(kind: Kind, before: date) -> list[Share]:
    """What is older than that day, dossier by dossier."""
    return [Share(*one) for one in kind.find(before)]
