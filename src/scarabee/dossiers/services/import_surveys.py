"""Before an import writes: what each of its files holds, and where each employer stands to the dossiers."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, BinaryIO, cast

from django.db.models import Q

from scarabee.dossiers.models import Act, Dossier, ImportFile
from scarabee.dossiers.services import importing, uploads
from scarabee.maintenance.clock import now
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor

STALE_SECONDS = 60
BEAT_SECONDS = 1.0


def actor_of(act: Act) -> Actor:
    """Who an import acts for, with the rights that person has now. Raises `Refusal` when the account is closed."""
    if act.user is not None and act.user.is_active:
        return Actor.of(act.user, via="service")
    owner = Actor.owner(via="service")
    if act.user is None and act.actor_name == owner.name:
        return owner
    raise Refusal(
        f"Le compte « {act.actor_name} », qui a demandé cet import, n’est plus actif.",
        safe="Rien n’a été importé.",
        remedy="Recommencez l’import avec un autre compte.",
    )


def survey_files(act_id: int) -> None:
    """Read the files of a prepared import that nobody read yet. Harmless when run twice, or while another runs."""
    act = Act.objects.select_related("user", "dossier").filter(pk=act_id).first()
    if act is None or not _claim_survey(act_id):
        return
    done = 0
    beat = Heartbeat(act_id, Act.State.PREPARED)
    for row in ImportFile.objects.filter(act_id=act_id):
        if row.status == ImportFile.Status.WAITING and not row.survey:
            found = _survey(act, row, beat.starting_at(done))
            ImportFile.objects.filter(pk=row.pk, survey={}).update(survey=found)
        done += row.size
    Act.objects.filter(pk=act_id, state=Act.State.PREPARED).update(progress=done, heartbeat=None)


def is_surveyed(act: Act) -> bool:
    """Whether every file of the import was read once."""
    return not ImportFile.objects.filter(act=act, status=ImportFile.Status.WAITING, survey={}).exists()


class Heartbeat:
    """Tells that an act is being worked on, and how far it is: at most once a second, for as long as it lasts."""

    def __init__(self, act_id: int, state: str) -> None:
        self.act_id = act_id
        self.state = state
        self.last = 0.0

    def starting_at(self, done: int) -> Callable[[int], None]:
        """A `progress` callback for a file that begins after `done` bytes."""
        return lambda read: self.beat(done + read)

    def beat(self, progress: int, *, at_once: bool = False) -> None:
        moment = time.monotonic()
        if at_once or moment - self.last >= BEAT_SECONDS:
            self.last = moment
            Act.objects.filter(pk=self.act_id, state=self.state).update(progress=progress, heartbeat=now())


def stale(seconds: int = STALE_SECONDS) -> Q:
    """Acts that nobody gave a sign of life of for that long."""
    return Q(heartbeat=None) | Q(heartbeat__lt=now() - timedelta(seconds=seconds))


def _claim_survey(act_id: int) -> bool:
    claimed = Act.objects.filter(stale(), pk=act_id, kind=Act.Kind.IMPORT, state=Act.State.PREPARED)
    return claimed.update(heartbeat=now()) == 1


def _survey(act: Act, row: ImportFile, progress: Callable[[int], None]) -> dict[str, Any]:
    try:
        actor = actor_of(act)
        with uploads.open_waiting(row) as stream:
            counted = cast(BinaryIO, _Counted(stream, progress))
            found = importing.survey(actor=actor, dossier=act.dossier, stream=counted)
    except FileNotFoundError:
        return _unread("le fichier reçu n’est plus là. Abandonnez cet import et envoyez-le de nouveau.")
    except OSError as error:
        return _unread(importing.what_failed(error))
    except Refusal as refusal:
        return _unread(str(refusal))
    return found.as_json()


class _Counted:
    """A stream that tells how many bytes of it were read."""

    def __init__(self, stream: BinaryIO, progress: Callable[[int], None]) -> None:
        self.stream = stream
        self.progress = progress
        self.done = 0

    def read(self, count: int = -1) -> bytes:
        block = self.stream.read(count)
        self.done += len(block)
        self.progress(self.done)
        return block


def _unread(message: str) -> dict[str, Any]:
    error = {"line": 0, "rubrique": "", "message": message}
    return importing.Survey([], False, [], [], 0, [error]).as_json()


def writable_ids(actor: Actor) -> set[int]:
    """The dossiers an actor may import into."""
    return set(Dossier.objects.writable_by(actor).values_list("pk", flat=True))
