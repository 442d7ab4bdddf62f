"""The menu, in the words of the old tool. What does not exist yet is not shown."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the menu: a word, the name of its address, and who sees it."""

    label: str
    url_name: str
    icon: str
    administrator_only: bool = False
    keeper_only: bool = False
    """For whoever is Gestionnaire of a dossier, or Administrateur."""

    def is_for(self, user: Any) -> bool:
        if user.is_administrator:
            return True
        return not self.administrator_only and (not self.keeper_only or getattr(user, "keeps_a_dossier", False))


@dataclass(frozen=True, slots=True)
class Group:
    """Entries under a heading, itself under a section; a group of which nothing exists is not shown."""

    section: str
    label: str
    entries: tuple[Entry, ...]


NAVIGATION: tuple[Group, ...] = (
    Group(
        "",
        "",
        (
            Entry("Accueil", "web:home", "home"),
            Entry("Dossiers", "dossiers:list", "folder"),
            Entry("Rechercher", "dossiers:search", "magnifying-glass"),
            Entry("Importer des DSN", "dossiers:import", "arrow-down-tray"),
        ),
    ),
    Group(
        "DSN",
        "",
        (
            Entry("Dépôts", "filings:board", "inbox-stack"),
            Entry("Déposer des DSN", "filings:deposit", "arrow-up-tray"),
            Entry("Retours", "returns:list", "inbox-arrow-down"),
            Entry("Anomalies", "returns:anomalies", "exclamation-triangle"),
            Entry("Taux PAS", "returns:rates", "receipt-percent"),
        ),
    ),
    Group(
        "Centre de maintenance",
        "Maintenir",
        (
            Entry("Transfert de données", "transfers:start", "arrows-right-left"),
            Entry("Transferts faits", "transfers:list", "clipboard-document-check"),
            Entry("Sauvegarder / Restaurer", "backups:list", "archive-box", administrator_only=True),
            Entry("Reprendre / Remettre un dossier", "backups:parts", "folder-arrow-down", keeper_only=True),
        ),
    ),
    Group(
        "Centre de maintenance",
        "Administrer",
        (
            Entry("Comptes utilisateurs / Droits d’accès", "accounts:users", "users", administrator_only=True),
            Entry("Données personnelles", "privacy:list", "identification"),
            Entry("Journal", "web:journal", "book-open", administrator_only=True),
            Entry("Diagnostic", "web:diagnostic", "heart", administrator_only=True),
            Entry("Mode maintenance", "web:maintenance", "wrench-screwdriver", administrator_only=True),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Shown:
    """An entry as drawn: its address, and whether the reader is there."""

    label: str
    url: str
    icon: str
    current: bool


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `navigation`, a list of {section, label, entries}; empty before sign-in."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"navigation": []}
    return {"navigation": _menu(request, user)}


def _menu(request: HttpRequest, user: Any) -> list[dict[str, Any]]:
    current = _current_url(request)
    menu = []
    for group in NAVIGATION:
        entries = [
            Shown(entry.label, url, entry.icon, url == current)
            for entry in group.entries
            if entry.is_for(user) and (url := address(entry.url_name))
        ]
        if entries:
            menu.append({"section": group.section, "label": group.label, "entries": entries})
    return menu


def address(url_name: str) -> str:
    """The address of this name, empty when no app brings it."""
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return ""


def _current_url(request: HttpRequest) -> str:
    """The most precise menu address that the page lies under."""
    addresses = [address(entry.url_name) for group in NAVIGATION for entry in group.entries]
    under = [url for url in addresses if url and (request.path == url or (url != "/" and request.path.startswith(url)))]
    return max(under, key=len, default="")
