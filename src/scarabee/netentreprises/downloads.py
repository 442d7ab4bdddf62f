"""Fetching one return: by its two ids, or by the address the listing gave, on the portal's own hosts only (§7)."""

from dataclasses import dataclass, field
from urllib.parse import quote

import httpx2

from scarabee.netentreprises.addresses import Portal, is_loopback
from scarabee.netentreprises.errors import BadParameters, UnreadableAnswer

PATH = "/telecharger-retour/1.0/"
_ELSEWHERE = "L’adresse de ce retour ne mène pas au portail : Scarabée ne l’a pas suivie."
_ELSEWHERE_REMEDY = "Relisez la liste des retours. Si cela persiste, signalez-le aux auteurs de Scarabée."
_DOTS = frozenset({"", ".", ".."})


@dataclass(frozen=True, slots=True)
class Document:
    """A return as it came: its own encoding is declared within. `media_type` in lower case, "" when it was not said."""

    content: bytes = field(repr=False)
    media_type: str


def path_part(text: str) -> str:
    """An id as one part of a path, its final dot kept. Raises BadParameters for one that would be no part at all."""
    if text in _DOTS:
        raise BadParameters(sent=False)
    return quote(text, safe="", errors="replace")


def address_of(portal: Portal, base: str, idflux: str, return_id: str, url: str) -> str:
    """Where to download: `url` when there is one, else the path of the two ids under `base`.

    Raises UnreadableAnswer for a url that is not on the portal's hosts, BadParameters for ids that are none.
    """
    if not url:
        return f"{base}{PATH}{path_part(idflux)}/{path_part(return_id)}"
    found = _parsed(url)
    if found is None or found.userinfo or found.fragment or _origin(found) not in _origins(portal):
        raise UnreadableAnswer(_ELSEWHERE, _ELSEWHERE_REMEDY, sent=False)
    return str(found)


def _parsed(url: str) -> httpx2.URL | None:
    """The address, by the parser that will be used to follow it; None when it is none."""
    try:
        return httpx2.URL(url)
    except (httpx2.InvalidURL, ValueError, TypeError):
        return None


def _origin(url: httpx2.URL) -> tuple[str, str, int | None]:
    """Scheme, host and port; this machine has one name, for the bouchon that is asked by another."""
    return url.scheme, "localhost" if is_loopback(url.host) else url.host, url.port


def _origins(portal: Portal) -> set[tuple[str, str, int | None]]:
    return {_origin(httpx2.URL(base)) for base in portal.downloads}
