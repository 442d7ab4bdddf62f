"""Lists and pages of returns and anomalies: who sees what, in few queries, with the line of the file."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.dossiers.small_files import ALAIN, ASSOCIATION, BRIGITTE, OTHER_ASSOCIATION, declaration, envoi
from tests.returns.documents import (
    deposit,
    example,
    identification,
    official,
    rates_with_anomaly,
    received,
    urssaf,
    version,
)
from tests.transfers import scenes

from scarabee.accounts.models import User
from scarabee.dossiers import contents
from scarabee.dossiers.models import Dossier, Employee, Employer
from scarabee.dossiers.services.declaring import hand_over
from scarabee.dossiers.services.dossiers import archive_dossier
from scarabee.filings.models import Filing
from scarabee.filings.selectors.months import today
from scarabee.maintenance.errors import NotAllowed, NotVisible
from scarabee.maintenance.journal import Actor
from scarabee.returns.enums import AnomalyState, FetchState
from scarabee.returns.models import Anomaly, Return
from scarabee.returns.selectors import listing, worklist
from scarabee.returns.selectors.detail import details, document_of
from scarabee.returns.services.seeing import mark_seen, visible_returns
from scarabee.returns.services.work import change

pytestmark = [pytest.mark.django_db, official]

UserWith = Callable[..., Actor]
MARCH = envoi(declaration((ALAIN, BRIGITTE)), real=True)
S = AnomalyState


@pytest.fixture
def a() -> Dossier:
    return scenes.dossier_of("A", [MARCH])


@pytest.fixture
def b() -> Dossier:
    return scenes.dossier_of("B", [envoi(declaration((ALAIN,), siret=OTHER_ASSOCIATION), real=True)])


def two_employers() -> bytes:
    """A bordereau of two employers, of the official one."""
    whole = example("BPIJ_sans_indu.xml").replace(b"18003502400058", ASSOCIATION.encode())
    begin, end = whole.index(b"<Declare>"), whole.index(b"</Declare>") + len(b"</Declare>")
    one = whole[begin:end]
    return whole[:end] + one.replace(ASSOCIATION.encode(), OTHER_ASSOCIATION.encode()) + whole[end:]


def listed(actor: Actor, **asked: str) -> list[int]:
    return [row.item.pk for row in listing.return_page(actor, listing.Asked(**asked), None)]


def with_file(filing: Filing, data: bytes) -> Filing:
    import hashlib

    (filing.content_id,) = contents.store([data], [hashlib.sha256(data).digest()])
    filing.save(update_fields=["content"])
    return filing


def test_returns_are_seen_from_the_dossier_that_declares_the_employer(
    owner: Actor, a: Dossier, b: Dossier, user_with: UserWith
) -> None:
    copy = scenes.dossier_of("Copie", [MARCH])  # whoever may import can name any SIRET
    first = received(urssaf("119", "2026-03"), nature="119")
    second = received(urssaf("119", "2026-03", siret=OTHER_ASSOCIATION), nature="119")
    nobody = received(b"Accuse", nature="40")
    assert listed(owner) == [nobody.pk, second.pk, first.pk]
    readers: dict[str, tuple[set[Dossier], list[int]]] = {
        "Zoé": ({a}, [first.pk]),
        "Léo": ({copy}, []),
        "Ali": ({a, b}, [second.pk, first.pk]),
        "Eva": (set(), []),
    }
    for name, (dossiers, sees) in readers.items():
        actor = user_with(name, dict.fromkeys(dossiers, "lecture"))
        assert listed(actor) == sees
        assert set(visible_returns(actor).values_list("pk", flat=True)) == set(sees)
    with pytest.raises(NotVisible):
        details(user_with("Nina", {}), first.pk)


def test_the_answer_to_a_deposit_is_read_where_it_was_made_and_where_the_siret_is_declared_since(
    a: Dossier, b: Dossier, user_with: UserWith
) -> None:
    copy = scenes.dossier_of("Copie", [MARCH])
    deposit(a, "F1")
    item = received(urssaf("119", "2026-03"), nature="119", idflux="F1")
    hand_over(actor=Actor.owner(), siret=ASSOCIATION, dossier=copy)
    before, since = user_with("Zoé", {a: "gestionnaire"}), user_with("Léo", {copy: "gestionnaire"})
    assert listed(before) == listed(since) == [item.pk]
    assert listed(user_with("Eva", {b: "gestionnaire"})) == []
    assert mark_seen(actor=since, numbers=[item.pk]) == 1


def test_a_former_version_that_tells_of_somebody_else_is_not_given_with_the_newest(
    owner: Actor, a: Dossier, b: Dossier, user_with: UserWith
) -> None:
    item = received(two_employers())
    first = item.versions.get()
    version(item, two_employers().replace(OTHER_ASSOCIATION.encode(), ASSOCIATION.encode()))
    reader = user_with("Zoé", {a: "lecture"})
    assert document_of(reader, item.pk) is not None
    assert document_of(reader, item.pk, first.pk) is None
    assert document_of(owner, item.pk, first.pk) is not None


def test_a_return_of_several_employers_tells_a_reader_of_theirs_only(
    owner: Actor, a: Dossier, b: Dossier, user_with: UserWith
) -> None:
    item = received(two_employers())
    assert item.abouts.count() == 2
    zoe = user_with("Zoé", {a: "lecture"})
    told, whole = details(zoe, item.pk), details(owner, item.pk)
    assert {one.siret for one in told.payments} == {ASSOCIATION}
    assert 2 * len(told.payments) == len(whole.payments) and 2 * told.people_count == whole.people_count
    assert [one.siret for one in told.employers] == [ASSOCIATION]
    assert (told.may_download, whole.may_download) == (False, True)
    assert document_of(zoe, item.pk) is None
    assert document_of(owner, item.pk) is not None
    (row,) = listing.return_page(zoe, listing.Asked(), None)
    assert [one.siret for one in row.employers] == [ASSOCIATION] and row.about == 1
    assert (row.people, row.anomalies) == (None, None)
    (row,) = listing.return_page(owner, listing.Asked(), None)
    assert (row.people, row.anomalies) == (item.people, 0)


def test_the_list_is_filtered(owner: Actor, a: Dossier, b: Dossier) -> None:
    Employer.objects.filter(dossier=a).update(search_key="les amis du val", name="Les Amis du Val")
    shown = received(urssaf("119", "2026-03"), nature="119")
    fine = received(urssaf("119", "2026-04", shows=False, siret=OTHER_ASSOCIATION), nature="119")
    essai = received(urssaf("120", "2026-03").replace(b"R013>02", b"R013>01"), nature="120")
    waiting = Return.objects.create(portal="production", idflux="F7", nature="20")
    broken = received(b"<rapport", nature="20")
    assert listed(owner, nature="119") == [fine.pk, shown.pk]
    assert listed(owner, state="OK") == [fine.pk]
    assert listed(owner, state="aucun") == [broken.pk, waiting.pk]
    assert listed(owner, month="2026-03") == [essai.pk, shown.pk]
    assert listed(owner, dossier=str(b.pk)) == [fine.pk]
    assert listed(owner, text="amis") == listed(owner, text=ASSOCIATION[:9]) == [essai.pk, shown.pk]
    assert listed(owner, only="essais") == [essai.pk]
    assert listed(owner, only="a-recuperer") == [waiting.pk]
    assert listed(owner, only="problemes") == [broken.pk]
    assert mark_seen(actor=owner, numbers=[shown.pk, fine.pk]) == 2
    assert listed(owner, only="non-lus") == [broken.pk, essai.pk]
    assert len(listing.returns(owner, listing.Asked(only="non-lus"))) == 2
    assert [number for number, _ in listing.natures_seen(owner)] == ["20", "119", "120"]


def test_reading_is_noted_only_for_who_keeps_the_dossier(owner: Actor, a: Dossier, user_with: UserWith) -> None:
    item = received(urssaf("119", "2026-03"), nature="119")
    with pytest.raises(NotVisible):
        mark_seen(actor=user_with("Nina", {}), numbers=[item.pk])
    with pytest.raises(NotAllowed):
        mark_seen(actor=user_with("Léo", {a: "lecture"}), numbers=[item.pk])
    assert mark_seen(actor=user_with("Zoé", {a: "gestionnaire"}), numbers=[item.pk]) == 1
    assert mark_seen(actor=owner, numbers=[item.pk]) == 0
    item.refresh_from_db()
    assert item.seen_by == "Zoé"


def test_the_lists_ask_few_queries_whatever_their_length(
    a: Dossier, b: Dossier, user_with: UserWith, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    reader = user_with("Zoé", {a: "gestionnaire", b: "lecture"})
    for number in range(4, 10):
        received(urssaf("119", f"2026-0{number}"), nature="119")
        received(identification(f"2026-0{number}"), nature="20")
    with django_assert_max_num_queries(4):
        assert len(listing.return_page(reader, listing.Asked(), None)) == 12
    with django_assert_max_num_queries(2):
        causes = list(worklist.cause_page(reader, worklist.Asked(), None))
    with django_assert_max_num_queries(2):
        work = list(worklist.work_page(reader, worklist.Asked(), None))
        assert all(one.anomaly.employer.siret and one.kind.label and str(one.anomaly.dossier) for one in work)
    assert len(work) == 7 and sum(one.anomalies for one in causes) == 7
    assert all(one.may_write for one in work)


def test_the_page_of_a_return_shows_declared_beside_expected(owner: Actor, a: Dossier) -> None:
    item = received(urssaf("119", "2026-03"), nature="119")
    told = details(owner, item.pk)
    assert told.kind.label == "Accompagnement à la résolution des anomalies"
    concern = next(one for one in told.concerns if one.anomaly.person)
    assert concern.employee == Employee.objects.get(nir=ALAIN.nir)
    assert concern.name == "Santiago Danny" and concern.action.startswith("Si le salarié")
    (fault,) = [one for one in concern.couples if one.is_fault]
    assert (fault.rubrique, fault.label, fault.declared) == ("S21.G00.78.001", "Code de base assujettie", "")
    assert (fault.expected, fault.expected_words, fault.result) == ("02", "Assiette brute plafonnée", "Bloc absent")
    assert concern.work == Anomaly.objects.get(employee=concern.employee)
    assert (told.anomaly_count, told.raw, told.may_download) == (2, "", True)


def test_the_page_links_to_the_employees_that_the_reader_may_see(a: Dossier, user_with: UserWith) -> None:
    copy = scenes.dossier_of("Copie", [MARCH])
    deposit(a, "F1")
    item = received(urssaf("119", "2026-03"), nature="119", idflux="F1")
    hand_over(actor=Actor.owner(), siret=ASSOCIATION, dossier=copy)
    told = details(user_with("Zoé", {a: "lecture"}), item.pk)
    assert [(one.employee, one.work) for one in told.concerns] == [(None, None), (None, None)]


def test_the_line_of_the_file_is_found_by_person_and_value(owner: Actor, a: Dossier) -> None:
    lines = declaration((ALAIN, BRIGITTE))
    for name in ("NOËL", "MERCIER"):
        place = next(place for place, line in enumerate(lines) if name in line)
        lines.insert(place + 3, "S21.G00.30.010,'Bordeau'")
    data = envoi(lines, real=True)
    filing = with_file(deposit(a, "F1"), data)
    item = received(rates_with_anomaly(nir=BRIGITTE.nir), nature="94", idflux="F1")
    assert item.filing == filing
    (concern,) = details(owner, item.pk).concerns
    line = concern.line
    assert line is not None and not line.is_told
    written = data.decode("latin-1").splitlines()
    assert written[line.number - 1] == line.text == "S21.G00.30.010,'Bordeau'"
    assert line.number > written.index(f"S21.G00.30.001,'{BRIGITTE.nir}'")


def test_the_line_that_a_return_numbers_is_that_line(owner: Actor, a: Dossier) -> None:
    filing = with_file(deposit(a, "F1"), MARCH)
    document = example("exemple_retour_116_CRM_CIBTP.xml", **{"Idflux 1234567890azerty": "F1"})
    item = received(document, nature="116", idflux="F1")
    lines = {one.anomaly.line: one.line for one in details(owner, item.pk).concerns}
    assert filing.content_id and lines[12] is not None
    assert (lines[12].text, lines[12].is_told) == (MARCH.decode("latin-1").splitlines()[11], True)
    assert lines[102] is None


def test_what_cannot_be_read_is_shown_raw_with_its_versions(owner: Actor, a: Dossier) -> None:
    item = received(b"Re\xc3\xa7u le 3 mars", nature="40")
    told = details(owner, item.pk)
    assert told.raw == "Reçu le 3 mars" and told.kind.label == "Accusé de réception"
    item = version(item, b"<rapport>Re\xe7u")
    told = details(owner, item.pk)
    assert told.document is None and told.raw == "<rapport>Reçu" and len(told.versions) == 2
    newest = document_of(owner, item.pk)
    oldest = document_of(owner, item.pk, told.versions[1].pk)
    assert newest and newest[1] == b"<rapport>Re\xe7u" and oldest and oldest[1].startswith(b"Re\xc3")
    waiting = Return.objects.create(portal="production", nature="20", fetch=FetchState.TO_FETCH)
    assert details(owner, waiting.pk).document is None


def test_one_cause_is_one_line_whatever_the_employers(
    owner: Actor, a: Dossier, b: Dossier, user_with: UserWith
) -> None:
    for siret in (ASSOCIATION, OTHER_ASSOCIATION):
        received(urssaf("119", "2026-03", siret=siret), nature="119")
    cause = next(one for one in worklist.cause_page(owner, worklist.Asked(), None) if "DIPA01a" in one.code)
    assert (cause.anomalies, cause.employers, cause.people, cause.to_do) == (2, 2, 2, 2)
    assert (cause.rubrique_label, cause.newest_month) == ("Code de base assujettie", "2026-03")
    zoe = user_with("Zoé", {a: "gestionnaire", b: "lecture"})
    asked = worklist.Asked(cause=cause.cause)
    assert [one.may_write for one in worklist.work_page(zoe, asked, None)].count(True) == 1
    mine = Anomaly.objects.get(cause=cause.cause, dossier=a)
    assert worklist.seen_of(zoe, asked) == {mine.pk: 0}
    leo = user_with("Léo", {b: "lecture"})
    (alone,) = [one for one in worklist.cause_page(leo, worklist.Asked(), None) if one.cause == cause.cause]
    assert alone.employers == 1
    with pytest.raises(NotVisible):
        worklist.get_anomaly(leo, mine.pk)


def test_the_work_list_is_filtered(owner: Actor, a: Dossier, b: Dossier, user_with: UserWith) -> None:
    received(urssaf("119", "2026-03"), nature="119")
    received(identification("2026-04", siret=OTHER_ASSOCIATION), nature="20")
    zoe = user_with("Zoé", {a: "gestionnaire", b: "gestionnaire"})
    one = Anomaly.objects.get(code="UR_ANO_ASS_DIPA01a")
    change(actor=zoe, anomaly=one, state=S.WITH_ASSOCIATION, owner=User.objects.get(username="Zoé"), revision=0)
    Anomaly.objects.filter(pk=one.pk).update(due_on=today() - timedelta(days=1))
    Anomaly.objects.filter(code="I0320").update(state=S.CLOSED, due_on=today())

    def found(**asked: str) -> int:
        return worklist.anomalies(zoe, worklist.Asked(**asked)).count()

    assert (found(), found(state="toutes"), found(state=S.CLOSED)) == (6, 7, 1)
    assert (found(nature="20"), found(dossier=str(a.pk)), found(month="2026-04")) == (4, 2, 4)
    assert (found(owner="moi"), found(owner="personne"), found(owner=str(zoe.user_id))) == (1, 5, 1)
    assert (found(due="retard"), found(due="bientot"), found(state="toutes", due="bientot")) == (1, 1, 2)
    assert (found(text="mercier"), found(text=OTHER_ASSOCIATION[:9]), found(text="YVETTE")) == (2, 4, 1)
    assert worklist.anomalies(zoe, worklist.Asked()).first() == one
    summary = worklist.summary(zoe)
    assert (summary.open, summary.to_do, summary.mine, summary.unowned, summary.late, summary.soon) == (
        6,
        5,
        1,
        5,
        1,
        0,
    )
    assert next(iter(worklist.work_page(zoe, worklist.Asked(), None))).is_late
    archive_dossier(actor=owner, dossier=a)
    assert found() == 4


def test_a_correction_that_did_not_help_is_shown(owner: Actor, a: Dossier) -> None:
    received(urssaf("119", "2026-03"), nature="119")
    Anomaly.objects.update(state=S.CORRECTED, corrected_in="2026-04")
    assert [one.still_shown for one in worklist.work_page(owner, worklist.Asked(), None)] == [False, False]
    received(urssaf("119", "2026-04"), nature="119")
    assert [one.still_shown for one in worklist.work_page(owner, worklist.Asked(), None)] == [True, True]
