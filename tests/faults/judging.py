"""After a fault: is the state the one before the job or the one after, and does the portal have each deposit once?"""

from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import psycopg
from tests.faults.crew import Process
from tests.faults.jobs import TO_MARK, Job
from tests.faults.outcomes import DONE, STAYED, Outcome

if TYPE_CHECKING:
    from tests.faults.laboratory import Laboratory

ENDED = {"accepted", "conform", "anomalies"}


def judge(lab: "Laboratory", outcome: Outcome, job: Job, process: Process, found: dict[str, Any]) -> None:
    """Write into the outcome how the job ended, and everything that breaks an invariant."""
    wrong = outcome.wrong
    outcome.decided, outcome.acts = found["decided"], found.get("acts", [])
    if found["doing"]:
        wrong.append(f"reste en cours : {found['doing'][:4]}")
    wrong += found["wrong"]
    outcome.ended = _state_after(lab, job, found["state"], wrong)
    wrong += _judge_deposits(lab, found["filings"], is_restored=job.before == TO_MARK)
    if "Traceback" in process.said() and not process.is_ours:
        wrong.append(f"trace montrée à une personne : {process.said().splitlines()[-1][:200]}")
    if lab.hung:
        wrong.append(f"la commande ne finit pas : {process.said()[-200:]}")
    if outcome.fault.job == "depot" and process.code == 0:
        lab.again = None
    if outcome.fault.job == "migrer":
        wrong += _judge_target(lab)
    if outcome.fault.job.startswith("sauvegarde"):
        keep_few_archives(lab)


def _state_after(lab: "Laboratory", job: Job, state: dict[str, str], wrong: list[str]) -> str:
    names = (job.after, job.before)
    for name in names:
        if lab.states.get(name) == state:
            lab.where = name
            return STAYED if name == job.before else DONE
    if not lab.armed and job.after not in lab.states:
        lab.states[job.after] = state
        lab.where = job.after
        return DONE
    told = {
        name: [one for one in {**state, **lab.states[name]} if state.get(one) != lab.states[name].get(one)]
        for name in names
        if name in lab.states
    }
    wrong.append(f"ni l’état d’avant ni celui d’après, différences : {told}")
    return "entre deux"


def _judge_deposits(lab: "Laboratory", filings: list[dict[str, Any]], *, is_restored: bool) -> list[str]:
    """None doubled, none misnamed, none believed there that is not."""
    kept = lab.bouchon.state.store.deposits()
    wrong = [f"déposé {n} fois : {one}" for one, n in Counter(one.sha256 for one in kept).items() if n > 1]
    shown, known = {one.sha256: one.idflux for one in kept}, {one["sha256"] for one in filings}
    for one in filings:
        if one["state"] in ENDED and one["idflux"] != shown.get(one["sha256"]):
            wrong.append(f"dépôt {one['pk']} {one['state']} sans être au portail")
        if one["state"] not in ENDED:
            wrong.append(f"dépôt {one['pk']} resté {one['state']} : {one['problem'][:80]}")
    if is_restored:
        lab.lost |= shown.keys() - known
    wrong += [f"au portail et inconnu ici : {one[:12]}" for one in shown.keys() - known - lab.lost]
    return wrong


def _judge_target(lab: "Laboratory") -> list[str]:
    """The destination is whole, or empty enough for the same command to be given again."""
    again = lab.crew.run("personne", "migrer-vers", lab.target)
    lab.crew.wait(again, 90)
    assert lab.postgres
    months = _target_rows(lab)
    full = again.code == 0 or "n’est pas vide" in again.said()
    with suppress(Exception):
        lab.postgres.ask(f"DROP DATABASE cible_{lab.targets} WITH (FORCE)")
    if full and months:
        return []
    return [f"déplacement : code {again.code}, {months} mois là-bas ; {again.said()[-300:]}"]


def _target_rows(lab: "Laboratory") -> int:
    assert lab.postgres
    url = lab.postgres.socket_url.replace("/postgres?", f"/cible_{lab.targets}?")
    with psycopg.connect(url) as there, suppress(psycopg.errors.UndefinedTable):
        row = there.execute("SELECT COUNT(*) FROM dossiers_employeemonth").fetchone()
        return int(row[0]) if row else 0
    return 0


def keep_few_archives(lab: "Laboratory") -> None:
    """Remove all but the last two, and the one to return to: the disk is small."""
    for path in sorted((lab.folder / "sauvegardes").glob("*.age"), key=lambda one: one.stat().st_mtime)[:-2]:
        if str(path) != lab.archive:
            path.unlink()
