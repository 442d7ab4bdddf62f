"""Who a person means with SIRET and SIRET:IDENTIFIANT.

IDENTIFIANT is a NIR (13 or 15 characters, spaces allowed), an NTT, a matricule, or the local number that
`salaries` prints. `#123` is always the local number.
"""

from collections.abc import Iterable, Sequence
from typing import cast

from scarabee.cli.commands.designation import Person
from scarabee.dossiers.bulk import chunks
from scarabee.dossiers.models import Dossier, Employee, Employer, Identifier
from scarabee.dossiers.selectors.employees import looks_like_nir
from scarabee.dsn.identifiers import matching_nir
from scarabee.maintenance.errors import NotVisible, Refusal

_LARGEST_NUMBER = 2**63 - 1
_SHOWN = 10


def employer_of(dossier: Dossier, asked: str) -> Employer:
    """The employer of a dossier. Raises `NotVisible` when it holds no such SIRET."""
    return employers_of(dossier, [asked])[asked]


def employers_of(dossier: Dossier, sirets: Iterable[str]) -> dict[str, Employer]:
    """{siret: employer of the dossier}. Raises `NotVisible`, naming those that the dossier does not hold."""
    asked = list(dict.fromkeys(sirets))
    found: dict[str, Employer] = {}
    for chunk in chunks(asked):
        for row in Employer.objects.filter(dossier=dossier, siret__in=chunk).select_related("dossier"):
            found[row.siret] = row
    unknown = [one for one in asked if one not in found]
    if unknown:
        raise NotVisible(
            f"Le dossier « {dossier.name} » ne contient pas : {_some(unknown)}.",
            remedy=f"« scarabee employeurs --dossier '{dossier.name}' » donne ses SIRET.",
        )
    return found


def employee_of(dossier: Dossier, asked: Person) -> Employee:
    """The employee of a dossier. Raises `NotVisible` when nobody answers, `Refusal` when several do."""
    employer = employer_of(dossier, asked.siret)
    (pk,) = employees_of(employer, [asked.identifier])
    return cast(Employee, Employee.objects.select_related("employer", "dossier").get(pk=pk))


def employees_of(employer: Employer, identifiers: Iterable[str]) -> set[int]:
    """Ids of the employees of an employer that the identifiers name, in a few queries for a thousand of them.

    Raises `NotVisible` for an identifier that names nobody, `Refusal` for one that names several people.
    """
    named: set[int] = set()
    for chunk in chunks(list(dict.fromkeys(identifiers))):
        found = _named(employer, chunk)
        unknown = [one for one in chunk if not found[one]]
        if unknown:
            raise NotVisible(
                f"Aucun salarié de l’employeur {employer.siret} ne répond à : {_some(unknown)}.",
                remedy=f"« scarabee salaries --dossier '{employer.dossier.name}' --employeur {employer.siret} » "
                "donne leurs numéros.",
            )
        for one in chunk:
            if len(found[one]) > 1:
                raise _several(employer, one, found[one])
            named |= found[one]
    return named


def _named(employer: Employer, texts: Sequence[str]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {text: set() for text in texts}
    people = Employee.objects.filter(employer=employer)
    numbers = {text: int(text.removeprefix("#")) for text in texts if _is_number(text)}
    here = set(people.filter(pk__in=numbers.values()).values_list("pk", flat=True))
    for text, number in numbers.items():
        found[text] |= {number} & here
    open_texts = [text for text in texts if not text.startswith("#")]
    matricules = _grouped(people.filter(matricule__in=open_texts).values_list("matricule", "pk"))
    nirs = {text: matching_nir(text) for text in open_texts if looks_like_nir(text)}
    told = Identifier.objects.filter(employer=employer, value__in={*open_texts, *nirs.values()})
    by_kind = {
        kind: _grouped(told.filter(kind=kind).values_list("value", "employee_id"))
        for kind in (Identifier.Kind.NIR, Identifier.Kind.NTT)
    }
    for text in open_texts:
        found[text] |= matricules.get(text, set()) | by_kind[Identifier.Kind.NTT].get(text, set())
        found[text] |= by_kind[Identifier.Kind.NIR].get(nirs.get(text, ""), set())
    return found


def _grouped(pairs: Iterable[tuple[str, int]]) -> dict[str, set[int]]:
    grouped: dict[str, set[int]] = {}
    for key, pk in pairs:
        grouped.setdefault(key, set()).add(pk)
    return grouped


def _is_number(text: str) -> bool:
    digits = text.removeprefix("#")
    return digits.isascii() and digits.isdigit() and int(digits) <= _LARGEST_NUMBER


def _several(employer: Employer, identifier: str, ids: set[int]) -> Refusal:
    people = Employee.objects.filter(pk__in=ids).order_by("pk")
    listed = " ; ".join(f"#{one.pk} {one}" for one in people[:_SHOWN])
    return Refusal(
        f"« {identifier} » désigne plusieurs salariés de l’employeur {employer.siret} : {listed}.",
        remedy=f"Désignez le bon par son numéro, par exemple {employer.siret}:#{min(ids)}.",
    )


def _some(texts: Sequence[str]) -> str:
    more = f" et {len(texts) - _SHOWN} autres" if len(texts) > _SHOWN else ""
    return ", ".join(texts[:_SHOWN]) + more
