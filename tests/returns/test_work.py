"""What people decide about anomalies: with the right to, on what they saw, and told without anybody's number."""

from collections.abc import Callable

import pytest
from tests.dossiers.small_files import ALAIN, BRIGITTE, OTHER_ASSOCIATION, declaration, envoi
from tests.returns.documents import official, received, urssaf
from tests.transfers import scenes

from scarabee.accounts.models import User
from scarabee.dossiers.models import Dossier
from scarabee.dossiers.services.dossiers import archive_dossier
from scarabee.maintenance.errors import NotAllowed, NotVisible, Refusal
from scarabee.maintenance.journal import Actor, wording
from scarabee.maintenance.models import JournalEntry
from scarabee.returns.enums import AnomalyState
from scarabee.returns.models import Anomaly
from scarabee.returns.services.work import change, change_many, possible_owners

pytestmark = [pytest.mark.django_db, official]

UserWith = Callable[..., Actor]
S = AnomalyState
CODE = "UR_ANO_ASS_DIPA01a"


@pytest.fixture
def a() -> Dossier:
    return scenes.dossier_of("A", [envoi(declaration((ALAIN, BRIGITTE)), real=True)])


@pytest.fixture
def anomaly(a: Dossier) -> Anomaly:
    received(urssaf("119", "2026-03"), nature="119")
    return Anomaly.objects.get(code=CODE)


def user(actor: Actor) -> User:
    return User.objects.get(username=actor.name)


def test_a_gestionnaire_says_where_an_anomaly_stands(a: Dossier, anomaly: Anomaly, user_with: UserWith) -> None:
    zoe = user_with("Zoé", {a: "gestionnaire"})
    done = change(
        actor=zoe, anomaly=anomaly, state=S.CORRECTED, corrected_in="2026-04", note="Base reprise", owner=user(zoe),
        revision=0,
    )  # fmt: skip
    assert (done.state, done.corrected_in, done.note, done.owner) == (S.CORRECTED, "2026-04", "Base reprise", user(zoe))
    assert (done.revision, done.changed_by) == (1, "Zoé")
    back = change(actor=zoe, anomaly=done, state=S.TO_DO, revision=1)
    assert (back.corrected_in, back.note, back.owner, back.revision) == ("", "", None, 2)


def test_the_journal_tells_it_without_the_note_or_anybodys_number(anomaly: Anomaly, owner: Actor) -> None:
    change(actor=owner, anomaly=anomaly, state=S.ACCEPTED, note=f"Vu avec {ALAIN.nir}", revision=0)
    entry = JournalEntry.objects.get(code="anomalie.etat")
    assert entry.facts["stands"] == S.ACCEPTED and entry.facts["anomaly"] == anomaly.pk
    assert ALAIN.nir not in str(entry.facts) and "Vu" not in str(entry.facts)
    assert all(wording(name) != name for name in entry.facts)
    change(actor=owner, anomaly=anomaly, state=S.ACCEPTED, note=f"Vu avec {ALAIN.nir}", revision=1)
    assert JournalEntry.objects.filter(code="anomalie.etat").count() == 1


def test_whoever_saw_an_older_state_is_told_what_changed(a: Dossier, anomaly: Anomaly, user_with: UserWith) -> None:
    zoe, leo = user_with("Zoé", {a: "gestionnaire"}), user_with("Léo", {a: "gestionnaire"})
    change(actor=zoe, anomaly=anomaly, state=S.CORRECTED, corrected_in="2026-04", owner=user(zoe), revision=0)
    with pytest.raises(Refusal, match="« corrigée dans une DSN » de 2026-04, suivie par Zoé, par Zoé le") as refused:
        change(actor=leo, anomaly=anomaly, state=S.ACCEPTED, revision=0)
    assert "n’a pas été enregistré" in refused.value.safe
    assert Anomaly.objects.get(pk=anomaly.pk).state == S.CORRECTED


def test_only_who_may_change_the_dossier_may_decide(
    owner: Actor, a: Dossier, anomaly: Anomaly, user_with: UserWith
) -> None:
    with pytest.raises(NotAllowed):
        change(actor=user_with("Léo", {a: "lecture"}), anomaly=anomaly, state=S.ACCEPTED, revision=0)
    with pytest.raises(NotVisible, match="Cette anomalie n’existe pas"):
        change(actor=user_with("Nina", {}), anomaly=anomaly, state=S.ACCEPTED, revision=0)
    archive_dossier(actor=owner, dossier=a)
    with pytest.raises(Refusal, match="archivé"):
        change(actor=owner, anomaly=anomaly, state=S.ACCEPTED, revision=0)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"state": S.CLOSED}, "n’est close que par un retour"),
        ({"state": "n’importe"}, "n’est close que par un retour"),
        ({"state": S.CORRECTED}, "manque le mois"),
        ({"state": S.CORRECTED, "corrected_in": "2026-13"}, "manque le mois"),
        ({"state": S.ACCEPTED, "note": "x" * 2001}, "trop longue"),
    ],
)
def test_a_decision_that_will_not_do_is_refused(owner: Actor, anomaly: Anomaly, told: dict[str, str], why: str) -> None:
    with pytest.raises(Refusal, match=why):
        change(actor=owner, anomaly=anomaly, revision=0, **told)  # type: ignore[arg-type]
    with pytest.raises(Refusal, match=why):
        change_many(actor=owner, seen={anomaly.pk: 0}, **told)  # type: ignore[arg-type]
    assert Anomaly.objects.get(pk=anomaly.pk).revision == 0


def test_an_anomaly_is_given_only_to_who_sees_the_dossier(
    owner: Actor, a: Dossier, anomaly: Anomaly, administrator: User, user_with: UserWith
) -> None:
    ali, nina = user(user_with("Ali", {a: "lecture"})), user(user_with("Nina", {}))
    assert possible_owners(a) == [administrator, ali]
    with pytest.raises(Refusal, match="« Nina » ne voit pas ce dossier"):
        change(actor=owner, anomaly=anomaly, state=S.TO_DO, owner=nina, revision=0)
    for revision, someone in enumerate((ali, administrator)):
        done = change(actor=owner, anomaly=anomaly, state=S.TO_DO, owner=someone, revision=revision)
        assert done.owner == someone


def test_a_whole_cause_is_decided_in_one_go_and_what_cannot_be_is_told(
    a: Dossier, anomaly: Anomaly, user_with: UserWith
) -> None:
    b = scenes.dossier_of("B", [envoi(declaration((ALAIN,), siret=OTHER_ASSOCIATION), real=True)])
    c = scenes.dossier_of("C", [envoi(declaration((ALAIN,), siret="12345678200010"), real=True)])
    for siret in (OTHER_ASSOCIATION, "12345678200010"):
        received(urssaf("119", "2026-03", siret=siret), nature="119")
    cause = {one.dossier_id: one for one in Anomaly.objects.filter(cause=anomaly.cause)}
    assert len(cause) == 3
    Anomaly.objects.filter(pk=cause[b.pk].pk).update(note="À moi", revision=4)
    zoe = user_with("Zoé", {a: "gestionnaire", b: "gestionnaire", c: "lecture"})
    seen = {cause[a.pk].pk: 0, cause[b.pk].pk: 4, cause[c.pk].pk: 0, 999_999: 0}
    changed = change_many(actor=zoe, seen=seen, state=S.WITH_ASSOCIATION)
    assert set(changed.done) == {cause[a.pk].pk, cause[b.pk].pk}
    assert {number: type(why) for number, why in changed.refused} == {cause[c.pk].pk: NotAllowed, 999_999: NotVisible}
    assert Anomaly.objects.get(pk=cause[b.pk].pk).note == "À moi"
    assert [entry.facts["anomaly_count"] for entry in JournalEntry.objects.filter(code="anomalie.etats")] == [1, 1]
    stale = change_many(actor=zoe, seen=seen, state=S.ACCEPTED)
    assert not stale.done and len(stale.refused) == 4
