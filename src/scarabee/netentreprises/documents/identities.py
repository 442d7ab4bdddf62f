"""People as declared beside the register of reference, SNGI: BIS (20) and CRM 121 (retours §6)."""

from collections.abc import Iterator

from scarabee.netentreprises.documents.values import Difference, Identity, Person

REFERENCE = "SNGI"
IDENTIFICATION_CODES = frozenset({"I0310", "I0320"})
_CHECKED = ("nir", "family_name", "birth_date")
"""What the register identifies by; a difference elsewhere is secondary."""
_OTHERS = ("ntt", "usual_name", "given_names", "sex", "birth_place", "country")


def identity(code: str, title: str, declared: Person, reference: Person | None) -> Identity:
    """A person of a return; `reference`: what the register tells, None for nothing."""
    found = tuple(_differences(declared, reference)) if reference else ()
    return Identity(
        siret=declared.siret, code=code, title=title, declared=declared, reference=reference, differences=found
    )


def _differences(declared: Person, reference: Person) -> Iterator[Difference]:
    for field in (*_CHECKED, *_OTHERS):
        told, known = getattr(declared, field), getattr(reference, field)
        if known and told.casefold() != known.casefold():
            yield Difference(field, told, known, field in _CHECKED)
