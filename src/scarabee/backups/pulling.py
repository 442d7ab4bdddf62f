"""Taking a dossier, some of its employers or one employee out of an archive, into a new dossier.

The archive may be anybody's: of another engine, of an older version, of another bureau that sealed it for us. So every
value is looked at before it is written, every content hashed, and what stands here at the end is compared with what
the archive says. One transaction: killed before its end, nothing of it is there. Nothing is deposited by it, and a
SIRET that another dossier declares stays declared there.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import zstandard
from django.db import DEFAULT_DB_ALIAS, DataError, IntegrityError, connections, transaction
from django.db.models import Field, JSONField

from scarabee.backups import selecting, tables
from scarabee.backups.errors import ArchiveUnreadable, Reason
from scarabee.backups.received_parts import Found, found_in, is_foreign, opened
from scarabee.backups.scratch import Scratch
from scarabee.backups.selecting import Selection
from scarabee.dossiers import contents, registry
from scarabee.dossiers.bulk import chunks, next_id
from scarabee.dossiers.digests import dossier_digest, recompute
from scarabee.dossiers.models import Act, Content, Declaration, Dossier, Employer
from scarabee.dossiers.registry import RowKind
from scarabee.dossiers.services import holds
from scarabee.dossiers.services.declaring import Takeover, ensure_declarants, told_to
from scarabee.dossiers.services.dossiers import NAME_LENGTH, create_dossier, name_key, require_may_create, touch
from scarabee.maintenance import journal
from scarabee.maintenance.clock import now
from scarabee.maintenance.journal import Actor
from scarabee.privacy import replaying

PULLED = "partie.reprise"
_LARGEST_CONTENT = 64 << 20
_NAMED_IN = ("IntegerField", "BigIntegerField", "SmallIntegerField", "BooleanField", "AutoField", "BigAutoField")
_DAMAGE = (
    IntegrityError, DataError, KeyError, TypeError, ValueError, AttributeError, OverflowError, zstandard.ZstdError,
)  # fmt: skip

type Told = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Pulled:
    """What arrived: rows by kind of the registry, what was left out of them, who declares what from now on.

    `left_out`: kinds that were not taken because they come from another portal. `takeovers` as told to who asked.
    """

    act: Act
    dossier: Dossier
    rows: dict[str, int]
    left_out: list[str] = field(default_factory=list)
    takeovers: list[Takeover] = field(default_factory=list)


def pull(
    *,
    actor: Actor,
    path: Path,
    identities: Sequence[str] = (),
    dossier: str = "",
    sirets: Collection[str] = (),
    person: tuple[str, str] | None = None,
    number: int | None = None,
    name: str = "",
    tell: Told = lambda line: None,
) -> Pulled:
    """Take rows out of an archive into a new dossier; `dossier`, `sirets`, `person`, `number` as for `found_in`.

    `name`: of the new dossier, if not « NOM (sauvegarde du 12/11/2026) ». Raises `NotAllowed`, `NotVisible`,
    `Refusal` for a name that will not do, `ArchiveUnreadable`, `NoRoom`; then nothing has changed.
    """
    require_may_create(actor)
    tell("Lecture et vérification de l’archive…")
    with opened(path, identities) as there:
        found = found_in(there, actor=actor, dossier=dossier, sirets=sirets, person=person, number=number)
        pulling = _Pulling(there, path, found)
        try:
            pulling.store_contents()
            tell("Reprise dans un nouveau dossier…")
            with transaction.atomic():
                return pulling.run(actor, name or free_name(found.dossier.name, there.made_at))
        except _DAMAGE as error:
            raise ArchiveUnreadable(Reason.DIFFERENT, path) from error


def free_name(name: str, made_at: datetime) -> str:
    """What a dossier taken out of an archive is called, unless somebody says otherwise: no other has this name."""
    end = f" (sauvegarde du {made_at:%d/%m/%Y})"
    for number in count(1):
        tail = end if number == 1 else f"{end} {number}"
        wanted = f"{name[: NAME_LENGTH - len(tail)].rstrip()}{tail}"
        if not Dossier.objects.filter(name_key=name_key(wanted)).exists():
            return wanted
    raise AssertionError


class _Pulling:
    def __init__(self, there: Scratch, path: Path, found: Found) -> None:
        self.alias, self.path, self.found, self.made_at = there.alias, path, found, there.made_at
        self.archive = {"made_at": there.made_at.isoformat(), "by": str(there.manifest.get("made_by", ""))[:150]}
        self.selection: Selection = found.selection
        foreign = is_foreign(there)
        self.kinds = [kind for kind in registry.kinds() if not (kind.arrives and foreign)]
        self.left_out = [
            kind.name
            for kind in registry.kinds()
            if kind not in self.kinds and selecting.count(self.alias, kind.model, self.selection.where(kind))
        ]
        self.ids: dict[str, dict[int, int]] = {}
        self.rows: dict[str, int] = {}

    def store_contents(self) -> None:
        """Store the contents beforehand, in short transactions: those who import meanwhile need not wait."""
        for some in chunks(selecting.numbers(self.alias, Content, self.selection.contents())):
            self._stored(some)

    def run(self, actor: Actor, name: str) -> Pulled:
        """All the rest, inside the caller's transaction."""
        dossier = create_dossier(actor=actor, name=name)
        act = self._open_act(actor, dossier)
        for kind in self.kinds:
            self._take(kind, dossier, act)
        recompute(self.ids["declarations"].values())
        self._compare(dossier)
        erased = replaying.replay_in(dossier, actor=actor, since=self.made_at)
        sirets = list(Employer.objects.filter(dossier=dossier).values_list("siret", flat=True))
        takeovers = ensure_declarants(sirets)
        holds.tell_peopled(sirets)
        act.receipt |= {
            "rows": self.rows, "left_out": self.left_out, "digest": dossier_digest(dossier), "erased_again": erased,
            "takeovers": [asdict(one) for one in takeovers],
        }  # fmt: skip
        act.save(update_fields=["receipt"])
        touch(dossier)
        journal.record(
            actor, PULLED, dossier_uuid=dossier.uuid, act=act.pk, archive=self.path.name, rows=self.rows,
            name=dossier.name,
        )  # fmt: skip
        return Pulled(act, dossier, self.rows, self.left_out, told_to(actor, takeovers))

    def _open_act(self, actor: Actor, dossier: Dossier) -> Act:
        return Act.objects.create(
            kind=Act.Kind.RESTORATION, state=Act.State.DONE, dossier=dossier, dossier_name=dossier.name,
            actor_name=actor.name, user_id=actor.user_id, created_at=now(), finished_at=now(),
            message=f"{self.found.what} : repris d’une archive"[:255],
            receipt={
                "archive": self.path.name, **self.archive, "created_dossier": True,
                "origin": str(self.found.dossier.uuid),
            },
        )  # fmt: skip

    def _take(self, kind: RowKind, dossier: Dossier, act: Act) -> None:
        """Add the rows of a kind under new numbers, in the order that they had."""
        where = self.selection.where(kind)
        if any(kind.name in other.parents.values() for other in self.kinds):
            known = selecting.numbers(self.alias, kind.model, where)
            first = next_id(kind.model, len(known)) if known else 0
            self.ids[kind.name] = dict(zip(known, count(first), strict=False))
            self.rows[kind.name] = len(known)
        else:
            self.rows[kind.name] = selecting.count(self.alias, kind.model, where)
            first = next_id(kind.model, self.rows[kind.name]) if self.rows[kind.name] else 0
        fixed = {"dossier_id": dossier.pk, "act_id": act.pk, "declaring": 0, "revision": 0}
        written = 0
        for batch in selecting.batches(self.alias, kind.model, where):
            _require_types(kind, batch)
            rows = list(self._settled(kind, batch, fixed, first + written))
            tables.insert(DEFAULT_DB_ALIAS, kind.model, [rows])
            written += len(rows)
        if written != self.rows[kind.name]:
            raise ValueError(f"{written} {kind.name}")

    def _settled(
        self, kind: RowKind, batch: list[tables.Row], fixed: dict[str, Any], first: int
    ) -> Iterator[tables.Row]:
        places = selecting.columns(kind.model)
        held = [places[name] for name in places if _is_content(kind, name)]
        stored = self._stored({row[place] for row in batch for place in held}) if held else {}
        follows = places.get("successor_of_id")
        for number, row in enumerate(batch, first):
            values = list(row)
            values[places["id"]] = number
            for name, value in fixed.items():
                if name in places:
                    values[places[name]] = value
            for name, parent in kind.parents.items():
                if values[places[name]] is not None:
                    values[places[name]] = self.ids[parent][values[places[name]]]
            for place in held:
                values[place] = stored[values[place]]
            for place in selecting.outside(kind.model):
                values[place] = None
            if follows is not None:
                values[follows] = self.ids[kind.name].get(values[follows])
                if values[follows] is None:
                    values[places["successor_from"]] = ""
            yield tuple(values)

    def _stored(self, numbers: Iterable[int]) -> dict[int, int]:
        """{number of a content in the archive: its number here}; what is not here yet is hashed, then stored."""
        wanted: dict[int, bytes] = {}
        rows = Content.objects.using(self.alias)
        for some in chunks(sorted(set(numbers))):
            wanted |= {pk: bytes(digest) for pk, digest in rows.filter(pk__in=some).values_list("pk", "sha256")}
        here = contents.ids_by_hash(wanted.values())
        missing = [pk for pk, digest in wanted.items() if digest not in here]
        for few in chunks(missing, 200):
            read = dict(map(_opened_content, rows.filter(pk__in=few)))
            here |= zip(read, contents.store(list(read.values()), list(read)), strict=True)
        return {pk: here[digest] for pk, digest in wanted.items()}

    def _compare(self, dossier: Dossier) -> None:
        """Raise ValueError unless what stands here is what the archive says, worked out again from the contents."""
        if self.selection.employee is not None:
            if _months(self.alias, self.selection.employee) != _months(
                DEFAULT_DB_ALIAS, self.ids["employees"][self.selection.employee]
            ):
                raise ValueError("months differ")
            return
        for some in chunks(list(self.ids["declarations"])):
            there = Declaration.objects.using(self.alias).filter(pk__in=some)
            here = Declaration.objects.filter(pk__in=[self.ids["declarations"][pk] for pk in some])
            if _digests(there) != _digests(here):
                raise ValueError("declarations differ")
        if self.selection.is_whole and dossier_digest(self.found.dossier) != dossier_digest(dossier):
            raise ValueError("the dossiers differ")


def _digests(declarations: Any) -> list[tuple[str, bytes]]:
    found = declarations.values_list("employer__siret", "digest")
    return sorted((siret, bytes(digest)) for siret, digest in found)


def _months(alias: str, employee: int) -> list[tuple[Any, ...]]:
    with connections[alias].cursor() as cursor:
        cursor.execute(
            "SELECT d.whole_hash, m.position, m.insert_at, c.sha256 FROM dossiers_employeemonth m "
            "JOIN dossiers_declaration d ON d.id = m.declaration_id JOIN dossiers_content c ON c.id = m.content_id "
            "WHERE m.employee_id = %s",
            [employee],
        )
        return sorted((bytes(whole), place, at, bytes(digest)) for whole, place, at, digest in cursor.fetchall())


def _opened_content(row: Content) -> tuple[bytes, bytes]:
    """The hash of a content and the content itself. Raises ValueError when they do not go together."""
    if row.size > _LARGEST_CONTENT:
        raise ValueError("too large a content")
    content = contents.decompress(bytes(row.compressed), dictionary=row.dictionary, size=row.size)
    digest = hashlib.sha256(content).digest()
    if digest != bytes(row.sha256) or len(content) != row.size:
        raise ValueError("a content is not what its hash says")
    return digest, content


def _is_content(kind: RowKind, column: str) -> bool:
    return any(
        field.column == column and field.related_model is Content for field in kind.model._meta.local_concrete_fields
    )


def _require_types(kind: RowKind, batch: list[tables.Row]) -> None:
    """Raise ValueError for a value that its column would not hold: SQLite itself takes anything anywhere."""
    for place, column in enumerate(kind.model._meta.local_concrete_fields):
        fits = _fits(column)
        if not all((row[place] is None and column.null) or fits(row[place]) for row in batch):
            raise ValueError(f"{kind.name}.{column.column}")


def _fits(column: Field[Any, Any]) -> Callable[[Any], bool]:
    if isinstance(column, JSONField):
        return lambda value: isinstance(value, str) and isinstance(json.loads(value), dict)
    told = tables.type_of(column)
    if told == "BinaryField":
        return lambda value: isinstance(value, bytes) and (column.max_length is None or len(value) <= column.max_length)
    if told in _NAMED_IN or told.startswith("Positive"):
        least = 0 if told.startswith("Positive") else -(2**63)
        most = 2**31 if told in ("IntegerField", "PositiveIntegerField") else 2**63
        return lambda value: isinstance(value, int) and least <= value < most
    longest = column.max_length or 1 << 20
    return lambda value: isinstance(value, str) and len(value) <= longest and "\0" not in value
