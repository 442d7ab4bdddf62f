"""Whether a return is about a declaration that was deposited: what reconciling goes by (api-dsn §8.1)."""

from typing import NamedTuple

from scarabee.netentreprises.documents import texts
from scarabee.netentreprises.documents.values import DeclarationOf


class DeclarationKey(NamedTuple):
    """A declaration as its own file tells it, in the writing of the DSN. `siret`: of the establishment."""

    siret: str
    nature: str
    type: str
    fraction: str
    order: str
    month: str
    job_id: str = ""


def agrees(declaration: DeclarationOf, key: DeclarationKey) -> bool:
    """Whether a return tells nothing else than this declaration, for all it tells; the SIRET must be told.

    Numbers are compared without the zeros before them, months whatever their writing; the identifiant métier as text.
    """
    told = DeclarationKey(
        declaration.siret,
        declaration.nature,
        declaration.type,
        declaration.fraction,
        declaration.order,
        declaration.month,
        declaration.job_id,
    )
    pairs = zip(_regular(told), _regular(key), strict=True)
    return bool(declaration.siret) and all(one == other for one, other in pairs if one)


def _regular(key: DeclarationKey) -> DeclarationKey:
    month = key.month and (texts.month(key.month) or key.month)
    return DeclarationKey(
        key.siret, _plain(key.nature), _plain(key.type), _plain(key.fraction), _plain(key.order), month, key.job_id
    )


def _plain(text: str) -> str:
    number = texts.count(text)
    return text if number is None else str(number)
