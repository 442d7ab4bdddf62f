"""What the portal lists: deposits, and returns by deposit, in XML 1.0 or JSON 2.0 and all its irregularities (§6.4)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from scarabee.netentreprises.answers import Answer
from scarabee.netentreprises.moments import read_digits
from scarabee.netentreprises.refusals import allowed_minutes
from scarabee.netentreprises.trees import Node, Unreadable, nodes_in, read

_DEPOSIT_KEYS = ("idflux", "date", "statut")
_DECLARANT_KEYS = ("siret", "nom", "prenom")
_RETURN_KEYS = ("publication", "production", "nature", "statut", "id", "url", "ops", "delegataire")


@dataclass(frozen=True, slots=True)
class Declarant:
    """Whose account it is."""

    siret: str
    nom: str
    prenom: str


@dataclass(frozen=True, slots=True)
class ListedDeposit:
    """One deposit. `date` is None when `date_text` is not 14 digits. `statut`: OK or KO. `extra`: unknown keys."""

    idflux: str
    date: datetime | None
    date_text: str
    statut: str
    declarant: Declarant | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ListedReturn:
    """One return. Every text may be "": `id` and `url` are when there is nothing to download.

    `nature`: a number of api-dsn §7.2, or one nobody knows yet. `statut`: OK, ANO, KO, EN COURS. `extra`: unknown keys.
    """

    nature: str
    statut: str
    publication: datetime | None
    publication_text: str
    production: datetime | None
    production_text: str
    id: str = ""
    url: str = ""
    ops: str = ""
    delegataire: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ListedFlux:
    """One deposit and what came back for it; it may come several times in one listing."""

    idflux: str
    returns: tuple[ListedReturn, ...]
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DepositListing:
    """`expires_at`: do not ask the same again before (aware). `allowed_minutes`: how wide a search may be now.

    `dated_at`: what time it was at the portal (aware); None when it did not say.
    """

    deposits: tuple[ListedDeposit, ...]
    expires_at: datetime | None = None
    allowed_minutes: int | None = None
    dated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReturnListing:
    """As for deposits, but that there is no range, hence no `allowed_minutes`, for the returns of one deposit."""

    flux: tuple[ListedFlux, ...]
    expires_at: datetime | None = None
    allowed_minutes: int | None = None
    dated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ListedLeaves:
    """One bordereau de paiement des IJ of an establishment. `publication`: its day, None when it is not 8 digits."""

    siret: str
    publication: datetime | None
    url: str


@dataclass(frozen=True, slots=True)
class LeaveListing:
    """A page of the bordereaux of a span of days, and how many pages there are."""

    leaves: tuple[ListedLeaves, ...]
    pages: int = 1
    expires_at: datetime | None = None


def deposits_in(answer: Answer) -> DepositListing:
    """The deposits of a 200. Raises Unreadable for what is not such a listing."""
    found: list[ListedDeposit] = []
    for node in _roots(answer, "depots", ("declarant", "depot")):
        for declarant in node.nodes("declarant"):
            whose = Declarant(*(declarant.text(key) for key in _DECLARANT_KEYS))
            found += [_deposit(one, whose) for one in declarant.nodes("depot")]
        found += [_deposit(one, None) for one in node.nodes("depot")]
    return DepositListing(tuple(found), answer.expires_at, allowed_minutes(answer), answer.dated_at)


def returns_in(answer: Answer) -> ReturnListing:
    """The returns of a 200. Raises Unreadable for what is not such a listing."""
    flux = tuple(
        ListedFlux(
            one.text("id", "idflux"),
            tuple(_return(item) for item in one.nodes("retour")),
            one.others("id", "idflux", "retour"),
        )
        for node in _roots(answer, "retours", ("flux",))
        for one in node.nodes("flux")
    )
    return ReturnListing(flux, answer.expires_at, allowed_minutes(answer), answer.dated_at)


def leaves_in(answer: Answer) -> LeaveListing:
    """The bordereaux of a 200. Raises Unreadable for what is not such a listing.

    An establishment without any, or that is not linked to the account, has none.
    """
    nodes = _roots(answer, "retours", ("declarant", "pageencours", "pagetotal"))
    found = tuple(
        ListedLeaves(employer.text("siret"), read_digits(one.text("publication")), one.text("url"))
        for node in nodes
        for declarant in node.nodes("declarant")
        for employer in declarant.nodes("declare")
        for one in employer.nodes("bpij")
    )
    pages = max((int(text[:6]) for node in nodes if (text := node.text("pagetotal")).isdecimal()), default=1)
    return LeaveListing(found, pages, answer.expires_at)


def _roots(answer: Answer, root: str, within: tuple[str, ...]) -> list[Node]:
    """The nodes that hold one of the names `within`, with or without a root above them.

    An answer of which nothing is known is not an empty listing: returns would be lost. Raises Unreadable.
    """
    nodes = nodes_in(read(answer.content))
    found = [inner for node in nodes for inner in (node.nodes(root) if node.has(root) else [node])]
    for node in nodes:
        if node.pairs and not node.has(root, *within):
            raise Unreadable("another document")
    return found


def _deposit(node: Node, declarant: Declarant | None) -> ListedDeposit:
    idflux, date, statut = (node.text(key) for key in _DEPOSIT_KEYS)
    return ListedDeposit(idflux, read_digits(date), date, statut, declarant, node.others(*_DEPOSIT_KEYS))


def _return(node: Node) -> ListedReturn:
    publication, production, *others = (node.text(*_names(key)) for key in _RETURN_KEYS)
    known = [name for key in _RETURN_KEYS for name in _names(key)]
    nature, statut, number, url, ops, delegataire = others
    return ListedReturn(
        nature,
        statut,
        read_digits(publication),
        publication,
        read_digits(production),
        production,
        number,
        url,
        ops,
        delegataire,
        node.others(*known),
    )


def _names(key: str) -> tuple[str, ...]:
    """A key and the name it had before June 2022."""
    old = {"publication": "date_publi", "production": "date_prod"}
    return (key, old[key]) if key in old else (key,)
