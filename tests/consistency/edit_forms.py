"""Every form of the product that edits what somebody else may edit meanwhile; and every POST that does not.

A new address that takes a POST must be put into one of the two: a form that shows a value and saves another is an
edit form, and goes through `maintenance.editing`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse
from tests.consistency.rights_scene import Role, Scene

from scarabee.accounts.portal import identifiers
from scarabee.accounts.portal.entry import Entry
from scarabee.accounts.services import rights
from scarabee.backups import scripts
from scarabee.backups.models import Script
from scarabee.dossiers.models import Employer
from scarabee.dossiers.services import dossiers, entry, naming
from scarabee.filings.services import options
from scarabee.maintenance.journal import Actor
from scarabee.privacy.retention import rules
from scarabee.privacy.retention.kinds import kind_of
from scarabee.returns.models import Anomaly
from scarabee.returns.services import work

NAME = "S21.G00.30.002"


@dataclass(frozen=True)
class Edited:
    """One edit form: its page, the field that two people write, what one of them writes meanwhile and how it reads."""

    page: Callable[[Scene], str]
    field: Callable[[Scene], str]
    typed: str
    meanwhile: Callable[[Scene, Actor], object]
    shown: str


def _anomaly(scene: Scene) -> Anomaly:
    found: Anomaly = Anomaly.objects.order_by("pk")[0]
    return found


def _first(name: str) -> Callable[[Scene], str]:
    return lambda scene: reverse(name, args=[scene.places["first"].uuid])


def _keeper(name: str) -> Callable[[Scene], str]:
    return lambda scene: reverse(name, args=[scene.users[Role.KEEPER].pk])


def _named(name: str) -> Callable[[Scene], str]:
    return lambda scene: name


def _correct_employer(scene: Scene, actor: Actor) -> object:
    return entry.correct_employer(actor=actor, employer=scene.employer("first"), name="Chorale du Pont")


def _correct_employee(scene: Scene, actor: Actor) -> object:
    return entry.correct_employee(actor=actor, employee=scene.employee("first"), fields={NAME: "PONTIER"})


def _name(scene: Scene, actor: Actor) -> object:
    employer = scene.employer("first")
    return naming.name_employers(
        actor=actor, dossier=scene.places["first"], names=[(employer.siret, "Chorale du Pont")]
    )


def _set_options(scene: Scene, actor: Actor) -> object:
    return options.set_dossier_filing(
        actor=actor, dossier=scene.places["first"], holder=None, folder="", hold_minutes=45
    )


def _set_backup_script(scene: Scene, actor: Actor) -> object:
    script = Script.objects.get()
    return scripts.set_script(actor=actor, script=script, name=script.name, unit="jour", every=4)


def _set_role(scene: Scene, actor: Actor) -> object:
    roles = {scene.places["first"].pk: "lecture"}
    return rights.set_roles(actor=actor, user=scene.users[Role.KEEPER], roles=roles)


def _save_identifiers(scene: Scene, actor: Actor) -> object:
    kept = Entry("46766553500010", "PONT", "Alice", "Autre-2026", True, False)
    return identifiers.save_identifiers(actor=actor, user=scene.users[Role.KEEPER], entry=kept)


def _change_anomaly(scene: Scene, actor: Actor) -> object:
    one = _anomaly(scene)
    return work.change(actor=actor, anomaly=one, state="accepted", note="vu avec le club", revision=one.revision)


def _rename(scene: Scene, actor: Actor) -> object:
    return dossiers.rename_dossier(actor=actor, dossier=scene.places["first"], name="Le Pont")


def _unnamed(scene: Scene) -> str:
    """The page of the employers without a name, one of them at least."""
    Employer.objects.filter(pk=scene.employer("first").pk).update(name="")
    return reverse("dossiers:names", args=[scene.places["first"].uuid])


def _of_employer(name: str) -> Callable[[Scene], str]:
    return lambda scene: reverse(name, args=[scene.employer("first").pk])


FORMS: dict[str, Edited] = {
    "accounts:user_show": Edited(_keeper("accounts:user_show"), _named("nom"), "DUPONT", _save_identifiers, "PONT"),
    "accounts:user_rights": Edited(
        _keeper("accounts:user_rights"),
        lambda scene: f"role-{scene.places['first'].pk}",
        "aucun",
        _set_role,
        "Lecture",
    ),
    "dossiers:rename": Edited(_first("dossiers:rename"), _named("name"), "L’Autre", _rename, "Le Pont"),
    "dossiers:employer-correct": Edited(
        _of_employer("dossiers:employer-correct"), _named("name"), "Club", _correct_employer, "Chorale du Pont"
    ),
    "dossiers:employee-correct": Edited(
        lambda scene: reverse("dossiers:employee-correct", args=[scene.employee("first").pk]),
        _named(NAME),
        "DUPONT",
        _correct_employee,
        "PONTIER",
    ),
    "dossiers:names": Edited(
        _unnamed, lambda scene: f"nom-{scene.employer('first').pk}", "Club", _name, "Chorale du Pont"
    ),
    "filings:options": Edited(_first("filings:options"), _named("hold_minutes"), "90", _set_options, "45"),
    "backups:script": Edited(
        lambda scene: reverse("backups:script", args=[Script.objects.get().pk]),
        _named("every"),
        "3",
        _set_backup_script,
        "4",
    ),
    "backups:watch": Edited(
        lambda scene: reverse("backups:watch"),
        _named("days"),
        "9",
        lambda scene, actor: scripts.set_watch(actor=actor, days=12),
        "12",
    ),
    "privacy:kind": Edited(
        lambda scene: reverse("privacy:kind", args=["taux"]),
        _named("months"),
        "90",
        lambda scene, actor: rules.set_months(actor=actor, kind=kind_of("taux"), months=100),
        "100",
    ),
    "returns:anomaly": Edited(
        lambda scene: reverse("returns:anomaly", args=[_anomaly(scene).pk]),
        _named("note"),
        "à voir",
        _change_anomaly,
        "vu avec le club",
    ),
}
"""{address that saves: the form}."""

TOO = {
    "filings:coverage-save": "two choices for each row: a row that the reader left alone is not written",
    "returns:rate-option": "a button that says which of the two it wants: the same, whoever was first",
    "accounts:own_show": "the form of accounts:user_show, for one's own account",
    "returns:keep-collecting": "KeepCollectingForm, proved by tests/returns/test_leaving.py",
    "returns:cause-change": "carries a revision for each anomaly, and tells which ones changed, how, by whom",
    "returns:date-crm": "a day read on the portal and typed: the page shows none that somebody else typed",
    "returns:decide-rates": "carries what each rate was shown as; those that changed are left, and said",
    "transfers:choices": "the draft is one person's own; the plan asks for a new preview when the data moved",
    "transfers:screen": "the draft is one person's own; the plan asks for a new preview when the data moved",
    "dossiers:import-choices": "the choice of one prepared import, asked again while it is prepared",
}
"""Addresses that save a choice, and why they need nothing more."""

ACTS = {
    "accounts:confirm", "accounts:first_start", "accounts:first_start_root", "accounts:login", "accounts:logout",
    "accounts:own_forget", "accounts:own_password", "accounts:own_remarks", "accounts:own_second_factor",
    "accounts:own_sessions", "accounts:own_take_over", "accounts:own_test", "accounts:reset",
    "accounts:second_factor", "accounts:sign_in_link", "accounts:test_again", "accounts:test_next",
    "accounts:test_save", "accounts:user_administrateur", "accounts:user_copy", "accounts:user_debloquer",
    "accounts:user_desactiver", "accounts:user_forget", "accounts:user_new", "accounts:user_password",
    "accounts:user_plus_administrateur", "accounts:user_reactiver", "accounts:user_reinitialiser",
    "accounts:user_remarks", "accounts:user_second_factor", "accounts:user_sessions", "accounts:user_take_over",
    "accounts:user_test",
    "web:maintenance",
    "backups:download", "backups:drill", "backups:job-kit", "backups:job-restore", "backups:kit", "backups:restore",
    "backups:save", "backups:script-new", "backups:script-remove", "backups:script-run",
    "backups:part", "backups:part-download", "backups:part-kit", "backups:part-save-dossier", "backups:part-transfer",
    "backups:part-undo", "backups:parts",
    "dossiers:archive", "dossiers:delete", "dossiers:employee-delete", "dossiers:employee-new", "dossiers:employer",
    "dossiers:employer-declare", "dossiers:employer-delete", "dossiers:employer-new", "dossiers:export",
    "dossiers:import", "dossiers:import-abandon", "dossiers:import-undo", "dossiers:list", "dossiers:restore",
    "dossiers:search", "dossiers:show", "dossiers:succession", "dossiers:twins", "dossiers:unarchive",
    "transfers:again", "transfers:drop", "transfers:hand-over", "transfers:start", "transfers:undo",
    "filings:after-restore", "filings:batch-order", "filings:board", "filings:by-hand", "filings:cancel",
    "filings:coverage",
    "filings:decide-again", "filings:deposit", "filings:list", "filings:order", "filings:pass-findings",
    "filings:record", "filings:reopen", "filings:retain", "filings:settle",
    "privacy:erase", "privacy:export", "privacy:list", "privacy:remove",
    "returns:add", "returns:adopt", "returns:anomalies", "returns:ask-again", "returns:cause", "returns:list",
    "returns:mark-one-read",
    "returns:mark-read", "returns:rate-changes-csv", "returns:rate-line", "returns:rate-undo",
    "returns:rates-in-force",
}  # fmt: skip
"""Addresses that do what the reader asked for in words, or create, delete, search: nothing shown is edited."""
