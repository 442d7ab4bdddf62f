"""What the bouchon keeps of a deposit and of what came back for it."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self

KEPT_DAYS = 92
"""How long a return may be downloaded: about three months (api-dsn §6.5, second-hand)."""
ID_LENGTH = 10


@dataclass(frozen=True, slots=True)
class Return:
    """One return: `id` of at most ten characters, moments aware, `file` its name in the folder of the deposit.

    `file` is "" when there is nothing to download. `overwrites`: the id of the return this one replaced, or "".
    """

    id: str
    nature: str
    statut: str
    publication: datetime
    production: datetime
    media_type: str = ""
    file: str = ""
    ops: str = ""
    delegataire: str = ""
    overwrites: str = ""

    def is_published(self, at: datetime) -> bool:
        """Whether it is there at this moment."""
        return self.publication <= at

    def is_downloadable(self, at: datetime) -> bool:
        """Whether its document can be had at this moment: published, not purged, and there is one."""
        return bool(self.file) and self.is_published(at) and at < self.publication + timedelta(days=KEPT_DAYS)


@dataclass(frozen=True, slots=True)
class Extra:
    """What a deposit brings beside its returns: a fiche de paramétrage (`kind` "objet") or a BPIJ ("bpij").

    `siret` is that of the declared establishment; `producteur` and `porteur` name who made a fiche.
    """

    id: str
    kind: str
    siret: str
    publication: datetime
    file: str
    producteur: str = ""
    porteur: str = ""


@dataclass(frozen=True, slots=True)
class Deposit:
    """One deposit, its bytes kept beside it. `owner` is (siret, nom, prenom) of the déclarant.

    `operator` is the concentrateur that deposited for him, or (). `statut` is OK (AEE) or KO (ARE).
    `declared` are the SIRET of the establishments it declares.
    """

    number: int
    idflux: str
    owner: tuple[str, str, str]
    operator: tuple[str, ...]
    point: str
    at: datetime
    statut: str
    essai_reel: str
    emetteur_siret: str
    sha256: str
    size: int
    returns: tuple[Return, ...] = ()
    declared: tuple[str, ...] = ()
    extras: tuple[Extra, ...] = ()

    def published(self, at: datetime) -> list[Return]:
        """What has come back so far, the oldest first."""
        return sorted((one for one in self.returns if one.is_published(at)), key=lambda one: one.publication)

    def published_extras(self, kind: str, at: datetime) -> list[Extra]:
        """The extras of this kind that are there at this moment."""
        return [one for one in self.extras if one.kind == kind and one.publication <= at]

    def with_returns(self, returns: tuple[Return, ...]) -> Self:
        """The same deposit with these returns."""
        return replace(self, returns=returns)

    def as_json(self) -> dict[str, Any]:
        """For the disk; `from_json` reads it back."""
        value = asdict(self)
        value["at"] = self.at.isoformat()
        for one in value["returns"]:
            one["publication"] = one["publication"].isoformat()
            one["production"] = one["production"].isoformat()
        for one in value["extras"]:
            one["publication"] = one["publication"].isoformat()
        return value

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Raises KeyError, TypeError or ValueError for anything that `as_json` did not write."""
        returns = tuple(Return(**{**one, **_moments(one, "publication", "production")}) for one in value["returns"])
        extras = tuple(Extra(**{**one, **_moments(one, "publication")}) for one in value["extras"])
        lists = {name: tuple(value[name]) for name in ("owner", "operator", "declared")}
        return cls(**{**value, **_moments(value, "at"), **lists, "returns": returns, "extras": extras})


def return_id(deposit: int, rank: int) -> str:
    """The id of the return of this rank (1 for the first) of this deposit: ten digits, never used twice."""
    return f"{deposit:07d}{rank:03d}"


def _moments(value: dict[str, Any], *names: str) -> dict[str, datetime]:
    return {name: datetime.fromisoformat(value[name]) for name in names}
