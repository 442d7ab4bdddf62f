"""What each kind of job does, and what follows when a planned one failed."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from scarabee.backups import (
    copying,
    drill,
    folders,
    part_doing,
    places,
    pruning,
    restoring,
    restoring_words,
    writing,
)
from scarabee.backups.errors import ArchiveUnreadable
from scarabee.backups.models import Backup, Job, Script
from scarabee.maintenance.errors import Refusal
from scarabee.maintenance.journal import Actor

RETRY = timedelta(hours=1)
MOST_RETRIES = 3
ON_DEMAND = "à la demande"


def do(job: Job, actor: Actor) -> None:
    """Do a job that was taken; `job.result` and `job.backup_number` say what came of it. Raises `Refusal`."""
    deeds: dict[str, Callable[[Job, Actor], None]] = {
        Job.Kind.SAVE: _save, Job.Kind.COPY: _copy, Job.Kind.DRILL: _drill, Job.Kind.LOOK: _look,
        Job.Kind.RESTORE: _restore, Job.Kind.PART_LOOK: _part(part_doing.look), Job.Kind.PULL: _part(part_doing.pull),
        Job.Kind.PART: _part(part_doing.save),
    }  # fmt: skip
    deeds[job.kind](job, actor)


def after_failure(job: Job, moment: datetime) -> None:
    """A planned backup that failed is tried again in an hour, three times; then at its next date."""
    if job.kind != Job.Kind.SAVE or not job.key:
        return
    for script in Script.objects.filter(name=job.script):
        script.failures += 1
        again = moment + RETRY
        if script.failures <= MOST_RETRIES and script.next_at and script.next_at > again:
            script.next_at = again
        script.save(update_fields=["failures", "next_at"])


def tidy() -> None:
    """Remove what a job that was killed left: rows in plain of the archive that it read or wrote."""
    writing.sweep_interrupted()
    for prefix in (places.READING, places.WRITING):
        places.sweep_scratch(prefix)


def _save(job: Job, actor: Actor) -> None:
    script = _script(job)
    folder = folders.ready(Path(script.folder)) if script and script.folder else None
    reason = f"script « {script.name} »" if script else ON_DEMAND
    backup = writing.back_up(actor=actor, reason=reason, folder=folder, script=job.script)
    job.backup_number = backup.pk
    if script is not None:
        Script.objects.filter(pk=script.pk).update(failures=0)
        pruning.keep_last(actor=actor, script=script)
        _say(job, "Copie vers le second dossier")
        copying.copy_out(actor=actor, script=script, backup=backup)


def _copy(job: Job, actor: Actor) -> None:
    script = _script(job)
    if script is None or not script.second_folder:
        return
    last = Backup.objects.filter(script=script.name, deleted_at=None).exclude(proved_at=None).first()
    if last is not None:
        job.backup_number = last.pk
        copying.copy_out(actor=actor, script=script, backup=last)


def _drill(job: Job, actor: Actor) -> None:
    if job.key:
        drill.run_due()
        return
    done = drill.drill(actor=actor)
    if done.problems:
        raise Refusal(" ".join(done.problems), safe="Vos données ne sont pas touchées.")


def _look(job: Job, actor: Actor) -> None:
    try:
        job.result = restoring_words.described(restoring.look(actor=actor, path=Path(job.path)))
    except ArchiveUnreadable as error:
        job.result = {"reason": error.reason.name}
        raise


def _restore(job: Job, actor: Actor) -> None:
    done = restoring.restore(actor=actor, path=Path(job.path), tell=lambda line: _say(job, line))
    job.result = restoring_words.described(done.comparison) | restoring_words.done(done)


def _part(deed: Callable[[Job, Actor, part_doing.Say], None]) -> Callable[[Job, Actor], None]:
    return lambda job, actor: deed(job, actor, lambda line: _say(job, line))


def _script(job: Job) -> Script | None:
    return Script.objects.filter(name=job.script).first() if job.script else None


def _say(job: Job, line: str) -> None:
    Job.objects.filter(pk=job.pk).update(step=line[:255])
