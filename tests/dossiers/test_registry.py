import pytest
from django.apps import apps
from django.db.models import Model

from scarabee.dossiers.models import Before, Declaration, Employee, Employer
from scarabee.dossiers.registry import RowKind, by_name, kinds, register
from scarabee.dossiers.services.packages import owner_column

OWNERS = {Employer, Employee, Declaration}
NOT_ROWS: dict[str, str] = {
    "dossiers.Act": "what was done, not what belongs to somebody; kept when the rows go",
    "dossiers.Before": "belongs to its act; names rows by number only",
    "dossiers.ImportFile": "belongs to its act",
    "dossiers.DeletedPackage": "belongs to its act; holds copies",
}
NOT_PARENTS = {
    ("dossiers.Employer", "successor_of_id"): "a remark on two employers; deletion and restoration see to it",
}


def pointers(model: type[Model]) -> set[str]:
    """The columns by which a model hangs on an employer, an employee or a declaration."""
    return {
        column.attname
        for column in model._meta.concrete_fields
        if column.related_model in OWNERS and (model._meta.label, column.attname) not in NOT_PARENTS
    }


def test_no_kind_of_row_was_forgotten() -> None:
    registered = {kind.model: kind for kind in kinds()}
    for model in apps.get_models():
        if model._meta.label in NOT_ROWS or not pointers(model):
            continue
        assert model in registered, f"{model._meta.label} hangs on {pointers(model)}: register it in dossiers.registry"
        missing = pointers(model) - registered[model].parents.keys()
        assert not missing, f"{model._meta.label}: {missing} must be among the parents of its kind"


def test_what_is_left_out_exists() -> None:
    labels = {model._meta.label for model in apps.get_models()}
    assert labels >= NOT_ROWS.keys()
    assert Before in apps.get_models()


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.name)
def test_a_kind_says_true_things_of_its_model(kind: RowKind) -> None:
    columns = {column.attname: column for column in kind.model._meta.concrete_fields}
    assert {"id", "dossier_id", "act_id"} <= columns.keys()
    for column, parent in kind.parents.items():
        assert columns[column].related_model is by_name(parent).model
    assert set(kind.key) <= columns.keys()
    if kind.owner != "dossier":
        assert owner_column(kind) in columns


@pytest.mark.parametrize("kind", [kind for kind in kinds() if kind.key != ("id",)], ids=lambda kind: kind.name)
def test_a_key_is_unique_in_the_database(kind: RowKind) -> None:
    uniques = {
        frozenset(constraint.fields)
        for constraint in kind.model._meta.constraints
        if not getattr(constraint, "condition", None)
    }
    attributes = {column.name: column.attname for column in kind.model._meta.concrete_fields}
    assert frozenset(kind.key) in {frozenset(attributes[name] for name in names) for names in uniques}


def test_a_kind_comes_after_those_it_hangs_on() -> None:
    seen: set[str] = set()
    for kind in kinds():
        assert set(kind.parents.values()) <= seen
        seen.add(kind.name)


def test_a_kind_is_registered_once_and_on_known_parents() -> None:
    with pytest.raises(ValueError, match="already"):
        register(by_name("employers"))
    with pytest.raises(ValueError, match="unknown"):
        register(RowKind("rates", Employee, "employee", {"employee_id": "nobody"}, ()))
