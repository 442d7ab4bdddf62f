"""What an archive holds, for somebody who wants a part of it: its dossiers, their employers, their people.

An archive of the whole installation is an Administrateur's; a Gestionnaire sees of it the dossiers that are theirs
here. A sealed part is for whoever may make a dossier, unless it is of a dossier that stands here and is not theirs.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from django.db import DatabaseError
from django.db.models import Count

from scarabee.accounts.models import PortalBinding
from scarabee.accounts.portal import binding
from scarabee.backups import keys, scratch
from scarabee.backups.errors import ArchiveUnreadable, Reason
from scarabee.backups.held_people import HeldPerson, people_of
from scarabee.backups.models import Backup
from scarabee.backups.scratch import Scratch
from scarabee.backups.selecting import Selection
from scarabee.dossiers.bulk import chunks
from scarabee.dossiers.models import Declaration, Dossier, Employee, Employer, Identifier
from scarabee.dossiers.services.dossiers import name_key, require_may_create
from scarabee.dsn.identifiers import matching_nir
from scarabee.maintenance.errors import NotVisible, Refusal
from scarabee.maintenance.journal import Actor


@dataclass(frozen=True, slots=True)
class Found:
    """What was asked for, within an opened archive. `dossier` is read from it; `what` says in French what it is."""

    dossier: Dossier
    selection: Selection
    what: str


@dataclass(frozen=True, slots=True)
class Here:
    """A dossier that holds the same SIRET here. Declarations that only the archive has, and only the dossier."""

    dossier: str
    declares: bool
    only_there: int
    only_here: int


@dataclass(frozen=True, slots=True)
class HeldEmployer:
    """An employer of an archive."""

    siret: str
    name: str
    employees: int
    declarations: int
    here: list[Here] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class HeldDossier:
    """A dossier of an archive; its employers only when it is the one that was asked for."""

    name: str
    employers: int
    listed: list[HeldEmployer] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Look:
    """What an archive holds for the one who asks. `foreign`: it comes from another portal.

    `sender`: the bureau that sealed it for another, in its own words. `people`: of the employer that was asked for.
    """

    what: str
    made_at: datetime
    made_by: str
    foreign: bool
    dossiers: list[HeldDossier]
    sender: str = ""
    people: list[HeldPerson] = field(default_factory=list)


@contextmanager
def opened(path: Path, identities: Sequence[str] = ()) -> Iterator[Scratch]:
    """An archive of whoever, opened beside everything; what it says of itself is not believed.

    Raises `ArchiveUnreadable`, `NoRoom`, OSError.
    """
    with ExitStack() as stack:
        try:
            there = stack.enter_context(scratch.opened(path, [*identities, *keys.identities()]))
            if there.made_at.tzinfo is None or there.manifest["kind"] not in Backup.Kind.values:
                raise ValueError("manifest")
        except (KeyError, TypeError, ValueError, AttributeError, DatabaseError) as error:
            raise ArchiveUnreadable(Reason.DIFFERENT, path) from error
        yield there


def look(*, actor: Actor, path: Path, identities: Sequence[str] = (), dossier: str = "", siret: str = "") -> Look:
    """What may be taken out of an archive; of one dossier, if it is named, its employers beside those that are here.

    `siret`: of one of its employers, whose people are wanted too. Raises `NotAllowed` unless the actor may make
    dossiers, `NotVisible`, `ArchiveUnreadable`, `NoRoom`.
    """
    require_may_create(actor)
    with opened(path, identities) as there:
        held = _dossiers(there, actor)
        chosen = _dossier(held, dossier) if dossier or len(held) == 1 else None
        found = [
            HeldDossier(
                one.name, Employer.objects.using(there.alias).filter(dossier=one).count(),
                _employers(there.alias, one, actor) if one == chosen else [],
            )
            for one in held
        ]  # fmt: skip
        people: list[HeldPerson] = []
        if chosen and siret:
            (employer,) = _by_siret(there.alias, chosen, [siret])
            people = people_of(there.alias, employer, actor)
        what, made_by, sender = (str(there.manifest.get(name, ""))[:255] for name in ("what", "made_by", "sender"))
        return Look(what, there.made_at, made_by, is_foreign(there), found, sender, people)


def found_in(
    there: Scratch,
    *,
    actor: Actor,
    dossier: str = "",
    sirets: Collection[str] = (),
    person: tuple[str, str] | None = None,
    number: int | None = None,
) -> Found:
    """A dossier of an archive by name (none: its only one), some of its employers, or one of its people.

    `person`: a SIRET, and a NIR, NTT or matricule; `number`: of somebody within the archive, as `look` told it. Raises
    `NotVisible` for what it does not hold or the actor may not have, `Refusal` when several people answer.
    """
    chosen = _dossier(_dossiers(there, actor), dossier)
    if person is not None or number is not None:
        employee = _designated(there.alias, chosen, person) if person else _numbered(there.alias, chosen, number)
        employer = employee.employer
        what = f"{employee}, employeur {employer.siret}, dossier « {chosen.name} »"
        return Found(chosen, Selection(chosen.pk, (employer.pk,), employee.pk), what)
    if sirets:
        employers = _by_siret(there.alias, chosen, sirets)
        told = f"employeur {employers[0].siret}" if len(employers) == 1 else f"{len(employers)} employeurs"
        what = f"{told}, dossier « {chosen.name} »"
        return Found(chosen, Selection(chosen.pk, tuple(one.pk for one in employers)), what)
    return Found(chosen, Selection(chosen.pk), f"dossier « {chosen.name} »")


def is_foreign(there: Scratch) -> bool:
    """Whether an archive comes from an installation of another portal: nothing of that one may count here."""
    bound = PortalBinding.objects.values_list("portal", flat=True).first() or binding.asked_for()
    return bool(bound) and bound != there.manifest["portal"]


def _dossiers(there: Scratch, actor: Actor) -> list[Dossier]:
    held = list(Dossier.objects.using(there.alias).order_by("name_key"))
    if actor.is_administrator:
        return held
    uuids = [one.uuid for one in held]
    theirs = set(Dossier.objects.kept_by(actor).filter(uuid__in=uuids).values_list("uuid", flat=True))
    if there.manifest["kind"] != Backup.Kind.INSTALLATION:  # of a dossier that is not here: it was sealed for us
        theirs |= set(uuids) - set(Dossier.objects.filter(uuid__in=uuids).values_list("uuid", flat=True))
    return [one for one in held if one.uuid in theirs]


def _dossier(held: list[Dossier], name: str) -> Dossier:
    if not name and len(held) == 1:
        return held[0]
    found = next((one for one in held if name_key(one.name) == name_key(name)), None)
    if found is not None:
        return found
    listed = " ; ".join(f"« {one.name} »" for one in held[:20])
    raise NotVisible(
        f"L’archive ne contient pas le dossier « {name} », ou vous n’y avez pas accès."
        if name
        else "L’archive contient plusieurs dossiers, ou aucun que vous puissiez reprendre.",
        remedy=f"Choisissez parmi : {listed}." if listed else "Demandez à un Administrateur de le faire.",
    )


def _by_siret(alias: str, dossier: Dossier, sirets: Collection[str]) -> list[Employer]:
    wanted = list(dict.fromkeys(sirets))
    found: list[Employer] = []
    for some in chunks(wanted):
        found += Employer.objects.using(alias).filter(dossier=dossier, siret__in=some)
    if missing := [siret for siret in wanted if siret not in {one.siret for one in found}]:
        raise NotVisible(
            f"Dans l’archive, le dossier « {dossier.name} » ne contient pas : {', '.join(missing[:10])}.",
            remedy="L’aperçu (--apercu) donne ses SIRET.",
        )
    return found


def _numbered(alias: str, dossier: Dossier, number: int | None) -> Employee:
    rows = Employee.objects.using(alias).select_related("employer").filter(employer__dossier=dossier)
    if found := rows.filter(pk=number).first():
        return cast(Employee, found)
    raise NotVisible("Ce salarié n’est plus dans l’archive.", remedy="Lisez-la de nouveau, puis choisissez.")


def _designated(alias: str, dossier: Dossier, person: tuple[str, str]) -> Employee:
    siret, asked = person
    (employer,) = _by_siret(alias, dossier, [siret])
    return _person(alias, employer, asked)


def _person(alias: str, employer: Employer, asked: str) -> Employee:
    values = {asked, matching_nir(asked)}
    told = Identifier.objects.using(alias).filter(employer=employer, value__in=values).exclude(kind="civil")
    numbers = set(told.values_list("employee_id", flat=True))
    people = Employee.objects.using(alias).filter(employer=employer)
    numbers |= set(people.filter(matricule=asked).values_list("pk", flat=True))
    if len(numbers) == 1:
        return cast(Employee, people.select_related("employer").get(pk=numbers.pop()))
    if numbers:
        raise Refusal(
            f"Plusieurs salariés de l’employeur {employer.siret} répondent à cette désignation.",
            remedy="Désignez le bon par son NIR ou son NTT.",
        )
    raise NotVisible(
        f"Dans l’archive, aucun salarié de l’employeur {employer.siret} ne répond à cette désignation.",
        remedy="Un NIR, un NTT ou un matricule est attendu.",
    )


def _employers(alias: str, dossier: Dossier, actor: Actor) -> list[HeldEmployer]:
    rows: Any = Employer.objects.using(alias).filter(dossier=dossier).annotate(people=Count("employees"))
    found = []
    for one in rows:
        there = _versions(Declaration.objects.using(alias).filter(employer=one))
        here = []
        for copy in Employer.objects.visible_to(actor).filter(siret=one.siret).select_related("dossier").distinct():
            ours = _versions(Declaration.objects.filter(employer=copy))
            here.append(Here(copy.dossier.name, copy.declaring, len(there - ours), len(ours - there)))
        found.append(HeldEmployer(one.siret, one.name, one.people, len(there), here))
    return found


def _versions(declarations: Any) -> set[tuple[bool, bytes]]:
    return {(real, bytes(digest)) for real, digest in declarations.values_list("is_real", "digest")}
