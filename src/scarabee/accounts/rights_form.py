"""A role for each dossier that a page shows."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from scarabee.accounts.enums import Role
from scarabee.accounts.models import User
from scarabee.accounts.services.rights import NO_ROLE
from scarabee.dossiers.models import Dossier
from scarabee.maintenance.editing import EditForm, last_written

CHOICES = [(NO_ROLE, "aucun"), *Role.choices]
_ROLE = "role-"


class RightsForm(EditForm):
    """One field for each dossier. `held`: the roles that the account has now, by number of dossier."""

    independent = True

    def __init__(self, data: Any, *, user: User, dossiers: Iterable[Dossier], held: Mapping[int, str]) -> None:
        super().__init__(data, last=lambda: last_written("droit.donne", "droit.retire", user_id=user.pk))
        for dossier in dossiers:
            self.fields[f"{_ROLE}{dossier.pk}"] = forms.CharField(
                label=dossier.name,
                required=False,
                initial=held.get(dossier.pk) or NO_ROLE,
                widget=forms.Select(choices=CHOICES, attrs={"class": "form-select form-select-sm"}),
            )

    def in_words(self, name: str, value: str) -> str:
        return str(dict(CHOICES).get(value, value))

    def field_of(self, dossier: Dossier) -> forms.BoundField:
        """The field of this dossier."""
        return self[f"{_ROLE}{dossier.pk}"]

    def speaks_of(self, dossier: Dossier) -> bool:
        """Whether it has a field for this dossier."""
        return f"{_ROLE}{dossier.pk}" in self.fields

    def roles(self) -> dict[int, str]:
        """What is to be given, by number of dossier: where the page says something new, or one role for all of them."""
        for_all = self.data.get("pour-tous", "") if self.data.get("do") == "tous" else ""
        gone = [pk for pk in asked_in(self.data) if f"{_ROLE}{pk}" not in self.fields]
        numbers = asked_in(self.data) if for_all else [*asked_in(self.touched()), *gone]
        return {pk: for_all or str(self.data[f"{_ROLE}{pk}"]) for pk in numbers}


def asked_in(names: Iterable[str]) -> list[int]:
    """The numbers of the dossiers that fields of these names are about."""
    numbers = (name.removeprefix(_ROLE) for name in names if name.startswith(_ROLE))
    return [int(number) for number in numbers if number.isdigit()]
