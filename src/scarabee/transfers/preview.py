"""The preview as the screen draws it: a page of the plan, what is left alone, who declares afterwards."""

from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.http import QueryDict

from scarabee.dossiers.models import Employer
from scarabee.maintenance.journal import Actor
from scarabee.maintenance.numbers import is_number
from scarabee.transfers.enums import Declaring, IfExists
from scarabee.transfers.models import Transfer
from scarabee.transfers.selection import Selection
from scarabee.transfers.services.drafts import draft_plan
from scarabee.transfers.services.planned_people import PAGE, PlannedEmployee, planned_employees
from scarabee.transfers.services.planning import Plan, PlannedEmployer

PAGE_LENGTH = 50
CHOICE = "choix:"


@dataclass(slots=True)
class PreviewRow:
    """An employer of the plan, or (`planned` None) one that is left alone on demand."""

    id: int
    siret: str
    name: str
    town: str
    choice: IfExists
    planned: PlannedEmployer | None
    declared_now: str = ""
    declared_after: str = ""
    held: str = ""
    """Why the SIRET may not be handed over now, as is asked."""

    @property
    def has_choice(self) -> bool:
        """Whether the destination already holds it: only then is there something to choose."""
        return self.planned is None or self.planned.copy_id is not None


@dataclass(frozen=True, slots=True)
class Preview:
    """`plan`, and the page of its rows that is shown."""

    plan: Plan
    page: Page[PlannedEmployer | Employer]
    rows: list[PreviewRow]


def preview(*, actor: Actor, draft: Transfer, number: int | str | None = 1) -> Preview:
    """The plan of this draft and one page of its rows. Raises `Refusal` when it cannot be carried out."""
    plan = draft_plan(actor=actor, transfer=draft)
    in_plan = {one.id for one in plan.employers}
    selection = Selection.from_json(draft.selection)
    left_alone = _left_alone(draft, selection.employers.keys() - in_plan)
    shown: list[PlannedEmployer | Employer] = [*plan.employers, *left_alone]
    page = Paginator(shown, PAGE_LENGTH).get_page(number)
    return Preview(plan, page, [_row(one, plan, Declaring(draft.declaring)) for one in page.object_list])


def _left_alone(draft: Transfer, ids: set[int]) -> list[Employer]:
    """The ticked employers that the plan leaves as they are, by name."""
    if not ids:
        return []
    rows = Employer.objects.filter(dossier=draft.source).only("siret", "name", "town", "search_key")
    return [row for row in rows if row.pk in ids]


def _row(one: PlannedEmployer | Employer, plan: Plan, declaring: Declaring) -> PreviewRow:
    if isinstance(one, Employer):
        return PreviewRow(one.pk, one.siret, one.name, one.town, IfExists.IGNORE, None)
    now = {"source": plan.source.name, "destination": plan.destination_name, "other": "un autre dossier"}
    declared_now = now.get(one.declares, "")
    goes = declaring is Declaring.DESTINATION or not declared_now
    after = plan.destination_name if goes else declared_now
    held = one.held.reason if goes and one.held else ""
    return PreviewRow(one.id, one.siret, one.name, one.town, one.choice, one, declared_now, after, held)


def employees_page(
    *, actor: Actor, draft: Transfer, employer: Employer, number: int
) -> tuple[list[PlannedEmployee], Page[int]]:
    """One page of what becomes of the ticked employees of an employer. Raises `Refusal` as `draft_plan`."""
    if draft.source is None:
        return [], Paginator(range(0), PAGE).get_page(1)
    people, total = planned_employees(
        actor=actor,
        source=draft.source,
        destination=draft.act.dossier,
        selection=Selection.from_json(draft.selection),
        employer_id=employer.pk,
        if_exists=IfExists(draft.if_exists),
        choices={key: IfExists(value) for key, value in draft.choices.items()},
        page=number,
    )
    return people, Paginator(range(total), PAGE).get_page(number)


def read_choices(post: QueryDict, draft: Transfer) -> tuple[IfExists, dict[str, IfExists], Declaring]:
    """What a posted form of the preview says, over the choices of the items it did not show."""
    if_exists = _one_of(IfExists, post.get("si-existe", ""), IfExists(draft.if_exists))
    declaring = _one_of(Declaring, post.get("declarant", ""), Declaring(draft.declaring))
    choices = {key: IfExists(value) for key, value in draft.choices.items()}
    general_changed = if_exists != draft.if_exists
    for field in post:
        kind, _, number = field.removeprefix(CHOICE).partition(":")
        if not field.startswith(CHOICE) or kind not in {"employer", "employee"} or not is_number(number):
            continue
        said = _one_of(IfExists, post.get(field, ""), if_exists)
        if general_changed and said == draft.if_exists:
            said = if_exists
        choices[f"{kind}:{int(number)}"] = said
    return if_exists, choices, declaring


def _one_of[Choice: (IfExists, Declaring)](kind: type[Choice], said: str, otherwise: Choice) -> Choice:
    return kind(said) if said in kind.values else otherwise
