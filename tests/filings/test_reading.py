"""What becomes of one received file: recognised, checked, compared, imported, and as many filings as declarations."""

import hashlib
from typing import Any

import pytest
from tests.dossiers.small_files import small_file
from tests.filings.intake_scenes import (
    LAST,
    OWNER,
    SECOND,
    SIRET,
    THIRD,
    another,
    bureau,
    file_of,
    filed,
    filings_of,
    give_standing_order,
    lines,
    mensuelle,
    receive,
    rules,
    sent,
    sirets,
    spoiled,
    with_last_month,
    without_somebody,
)
from tests.transfers import scenes

from scarabee.dossiers.models import Declaration, Dossier, Employer, ImportFile
from scarabee.dossiers.services.declaring import hand_over
from scarabee.dsn.checking.results import MAX_FINDINGS_PER_RULE
from scarabee.dsn.invention import CRLF, LF, signalement_files
from scarabee.filings.enums import FileState, FilingState
from scarabee.filings.models import Filing, ReceivedFile
from scarabee.filings.services import orders
from scarabee.filings.services.making import KEPT_FINDINGS
from scarabee.maintenance.clock import now


@pytest.mark.parametrize("line_end", [CRLF, LF])
def test_a_file_of_one_declaration_is_kept_to_be_sent_byte_for_byte(dossier: Dossier, line_end: bytes) -> None:
    data = mensuelle(line_end=line_end).replace(b"S90.G00.90.001,", b"\n\nS90.G00.90.001,")
    filing = filed(dossier, data)
    assert sent(filing) == data
    assert filing.sha256 == hashlib.sha256(data).hexdigest()


def test_a_file_of_one_declaration_whose_totals_are_wrong_is_blocked_and_would_leave_with_right_ones(
    dossier: Dossier,
) -> None:
    data = mensuelle()
    rest, _, total = data.rpartition(b"S90.G00.90.001,'")
    filing = filed(dossier, rest + b"S90.G00.90.001,'9" + total)
    assert filing.blocking == 1
    assert "totaux" in rules(filing)
    assert sent(filing) == data


def test_a_file_of_many_is_one_filing_for_each(dossier: Dossier) -> None:
    batch = receive(dossier, mensuelle(*sirets()))
    filings = filings_of(batch)
    assert [(one.siret, one.rank) for one in filings] == [(siret, rank) for rank, siret in enumerate(sirets())]
    for one in filings:
        assert (one.state, one.month, one.is_real, one.depot) == (FilingState.CHECKED, "2026-10", True, "01")
        assert sent(one).count(b"S20.G00.05.001,") == 1
        declared = Declaration.objects.get(employer__siret=one.siret)
        assert bytes(declared.whole_hash) == bytes(one.whole_hash)
    assert batch.act is not None
    assert batch.act.receipt["counts"]["employers"] == len(sirets())
    assert file_of(batch).state == FileState.READ
    assert file_of(batch).unchecked


def test_a_signalement_is_known_by_its_order(dossier: Dossier) -> None:
    data = signalement_files(bureau(), LAST, real=True)[0]
    filing = filed(dossier, data)
    assert (filing.month, filing.slot) == ("", filing.order_number)
    assert filing.nature in ("04", "05", "07", "08")


def test_the_same_bytes_twice_are_one_filing(dossier: Dossier) -> None:
    first = filed(dossier, mensuelle())
    again = receive(dossier, mensuelle(), mensuelle())
    assert [file.state for file in again.files.all()] == [FileState.KNOWN] * 2
    assert list(Filing.objects.all()) == [first]
    assert again.act is None
    assert Declaration.objects.count() == 1


def test_a_declaration_that_came_in_another_file_is_told_by_its_number(dossier: Dossier) -> None:
    first = filed(dossier, mensuelle())
    batch = receive(dossier, mensuelle(SIRET, SECOND))
    assert [one.siret for one in filings_of(batch)] == [SECOND]
    (told,) = [one for one in file_of(batch).findings if one["rule"] == "deja_recue"]
    assert told["value"] == str(first.pk)
    whole = receive(dossier, mensuelle(SECOND))
    assert file_of(whole).state == FileState.KNOWN
    assert Filing.objects.count() == 2


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "vide"),
        (b"bonjour\n", "pas une DSN"),
        (mensuelle()[:-40], ""),
        (mensuelle()[:4000], ""),
        (b"\xff\xfeS\x001\x000\x00", "UTF-16"),
        (mensuelle().replace(b"S21.G00.06.001", b"S21.G00.06.\x00", 1), "nul"),
        (b"S10.G00.00.001,'" + b"x" * 5000 + b"'\n", "4096"),
        (b"PK\x03\x04" + b"\0" * 50, "ZIP"),
        (b"".join(mensuelle().partition(b"S20.")[:1]) + b"S90.G00.90.001,'14'\nS90.G00.90.002,'0'\n", "déclaration"),
    ],
    ids=["empty", "text", "cut at the end", "cut", "utf-16", "nul", "long line", "bad zip", "no declaration"],
)
def test_what_cannot_be_read_is_refused_with_its_reason_and_leaves_nothing(
    dossier: Dossier, data: bytes, said: str
) -> None:
    batch = receive(dossier, data)
    row = file_of(batch)
    assert row.state == FileState.REFUSED
    assert [one for one in row.findings if one["severity"] == "blocking" and said in one["message"]], row.findings
    assert batch.finished_at is not None
    assert not Filing.objects.exists()
    assert not Employer.objects.exists()


def test_the_members_of_an_archive_are_files_like_others(dossier: Dossier) -> None:
    import io
    import zipfile

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.dsn", mensuelle(SIRET))
        archive.writestr("b/b.dsn", mensuelle(SECOND))
        archive.writestr("c.dsn", b"bonjour")
    batch = receive(dossier, packed.getvalue())
    assert [(row.name, row.state) for row in batch.files.all()] == [
        ("1.dsn ▸ a.dsn", "read"), ("1.dsn ▸ b.dsn", "read"), ("1.dsn ▸ c.dsn", "refused"),
    ]  # fmt: skip
    assert len(filings_of(batch)) == 2


def test_findings_and_their_counts_are_those_of_the_declaration(dossier: Dossier) -> None:
    first, second, *_ = filings_of(receive(dossier, spoiled(mensuelle(SIRET, SECOND, THIRD))))
    assert (first.blocking, first.certain) == (1, 0)
    (told,) = [one for one in first.found.findings if one["severity"] == "blocking"]
    assert (told["rule"], told["rubrique"], told["declaration"]) == ("nir", "S21.G00.30.001", 0)
    assert sent(first).splitlines()[0].startswith(b"S10")
    assert second.blocking == 0
    assert (first.state, second.state) == (FilingState.CHECKED, FilingState.CHECKED)


def test_what_is_wrong_with_the_envoi_is_wrong_with_each_declaration(dossier: Dossier) -> None:
    data = mensuelle(SIRET, SECOND).replace(b"S10.G00.00.008,'01'", b"S10.G00.00.008,'02'")
    for filing in filings_of(receive(dossier, data)):
        assert filing.blocking == 1
        assert "envoi-neant" in rules(filing)


def test_an_error_beyond_those_that_a_check_keeps_still_counts(dossier: Dossier) -> None:
    held: list[bytes] = []
    planted = {SIRET: MAX_FINDINGS_PER_RULE + 1, SECOND: 1, THIRD: 0}
    for siret, times in planted.items():
        held += [line for line in lines(mensuelle(siret)) if not line.startswith((b"S10", b"S90"))]
        at = next(at for at in range(len(held) - 1, 0, -1) if held[at].startswith(b"S21.G00.06.001,"))
        held[at + 1 : at + 1] = [b"S21.G00.06.005,'%s'\r\n" % (b"x" * 60)] * times  # longer than the norm allows
    heading = [line for line in lines(mensuelle()) if line.startswith(b"S10")]
    total = len(heading) + len(held) + 2
    data = b"".join([*heading, *held, b"S90.G00.90.001,'%d'\r\nS90.G00.90.002,'3'\r\n" % total])
    found = {one.siret: one for one in filings_of(receive(dossier, data))}
    assert found[SIRET].blocking > MAX_FINDINGS_PER_RULE
    assert 0 < found[SECOND].blocking < 5
    assert found[THIRD].blocking == 0
    assert not [one for one in found[SECOND].found.findings if one["rule"] == "longueur"], "only counted"


def test_what_the_comparison_finds_is_kept_before_what_else_is_odd(dossier: Dossier) -> None:
    with_last_month(dossier)
    data = mensuelle()
    odd = data.replace(b"S21.G00.30.001,'", b"S21.G00.30.001,'9")  # nobody is who they were
    filing = filed(dossier, odd)
    told = [one for one in filing.found.findings if one["severity"] == "warning"]
    assert told and told[0]["compared"]
    assert len(filing.found.findings) <= KEPT_FINDINGS
    assert filing.warnings == len(told)


def test_a_person_unknown_so_far_is_information(dossier: Dossier) -> None:
    filing = filed(dossier, mensuelle())
    assert (filing.blocking, filing.warnings) == (0, 0)
    assert "employeur_inconnu" in rules(filing)


def test_an_employer_of_another_dossier_is_neither_deposited_nor_imported_here(
    dossier: Dossier, other: Dossier
) -> None:
    scenes.take(other, mensuelle(SECOND, month=LAST))
    batch = receive(dossier, mensuelle(SIRET, SECOND))
    here, there = filings_of(batch)
    assert (here.state, there.state) == (FilingState.CHECKED, FilingState.REJECTED_LOCALLY)
    assert there.certain == 1
    assert rules(there)[0] == "declare_ailleurs"
    assert list(dossier.employers.values_list("siret", flat=True)) == [SIRET]
    assert "Repli" not in str(there.found.findings)
    assert ImportFile.objects.get(act=batch.act).status == ImportFile.Status.IMPORTED


def test_a_file_sent_to_the_wrong_dossier_is_taken_by_the_right_one(dossier: Dossier, other: Dossier) -> None:
    scenes.take(other, mensuelle(month=LAST))
    wrong = receive(dossier, mensuelle())
    (filing,) = filings_of(wrong)
    assert filing.state == FilingState.REJECTED_LOCALLY
    assert wrong.act is None
    right = receive(other, mensuelle())
    filing.refresh_from_db()
    assert (filing.state, filing.dossier, filing.batch, filing.certain) == (FilingState.CHECKED, other, right, 0)
    assert "declare_ailleurs" not in rules(filing)
    assert file_of(right).state == FileState.READ
    assert file_of(receive(dossier, mensuelle())).state == FileState.REFUSED


def test_once_the_dossier_declares_the_same_file_goes_through(dossier: Dossier, other: Dossier) -> None:
    scenes.take(other, mensuelle(month=LAST))
    scenes.take(dossier, mensuelle(month="2026-08"))
    (filing,) = filings_of(receive(dossier, mensuelle()))
    assert filing.state == FilingState.REJECTED_LOCALLY
    hand_over(actor=OWNER, siret=SIRET, dossier=dossier)
    again = receive(dossier, mensuelle())
    filing.refresh_from_db()
    assert (filing.state, filing.certain) == (FilingState.CHECKED, 0)
    assert file_of(again).state == FileState.READ
    assert Declaration.objects.filter(dossier=dossier, month="2026-10").exists()


def test_a_file_that_comes_again_was_not_given_up_after_all(dossier: Dossier) -> None:
    filing = filed(dossier, mensuelle())
    orders.cancel(actor=OWNER, filing=filing)
    receive(dossier, mensuelle())
    filing.refresh_from_db()
    assert filing.state == FilingState.CHECKED
    assert Filing.objects.count() == 1


def test_nobody_learns_from_a_file_what_another_dossier_deposits(dossier: Dossier, other: Dossier) -> None:
    theirs = filed(other, mensuelle())
    batch = receive(dossier, mensuelle())
    row = file_of(batch)
    assert row.state == FileState.REFUSED
    assert f"n° {theirs.pk}" not in str(row.findings)
    assert [one["rule"] for one in row.findings if one["severity"] == "blocking"] == ["declare_ailleurs"]
    theirs.refresh_from_db()
    assert (theirs.state, theirs.dossier) == (FilingState.CHECKED, other)


def test_a_standing_order_holds_what_is_beyond_reproach(dossier: Dossier) -> None:
    give_standing_order(with_last_month(dossier))
    filing = filed(dossier, mensuelle())
    assert (filing.state, filing.problem, filing.standing) == (FilingState.HELD, "", True)
    assert filing.release_at is not None
    assert 7000 < (filing.release_at - now()).total_seconds() <= 7200


def test_a_standing_order_leaves_to_a_person_what_the_comparison_remarks(dossier: Dossier) -> None:
    give_standing_order(with_last_month(dossier))
    filing = filed(dossier, without_somebody(mensuelle()))
    assert filing.state == FilingState.CHECKED
    assert "comparaison" in filing.problem
    assert filing.release_at is None


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (spoiled(mensuelle()), "bloquant"),
        (mensuelle(fraction_count=2), "Plusieurs"),
        (signalement_files(bureau(), LAST, employers={SIRET}, real=True)[:1], "mensuelles réelles"),
    ],
    ids=["blocking", "fractions", "signalement"],
)
def test_a_standing_order_leaves_to_a_person_what_is_not_plain(dossier: Dossier, data: Any, said: str) -> None:
    give_standing_order(with_last_month(dossier))
    if isinstance(data, list):
        data = data[0]
    for filing in filings_of(receive(dossier, data)):
        assert filing.state == FilingState.CHECKED
        assert said in filing.problem


def test_of_two_files_of_one_month_a_standing_order_chooses_none(dossier: Dossier) -> None:
    give_standing_order(with_last_month(dossier))
    first, second = filed(dossier, mensuelle()), filed(dossier, another(mensuelle()))
    assert (first.state, second.state) == (FilingState.HELD, FilingState.CHECKED)
    assert "Plusieurs" in second.problem


def test_an_essai_goes_off_by_itself_only_where_that_was_asked_for(dossier: Dossier) -> None:
    waiting = filed(dossier, mensuelle(real=False))
    leaving = filed(dossier, another(mensuelle(real=False)), orders_essais=True)
    blocked = filed(dossier, spoiled(mensuelle(real=False)), orders_essais=True)
    assert [one.state for one in (waiting, leaving, blocked)] == ["checked", "planned", "checked"]
    assert leaving.next_at == leaving.planned_at
    assert filed(dossier, mensuelle(SECOND), orders_essais=True).state == FilingState.CHECKED


def test_a_file_written_by_hand_is_blocked_but_not_surely_refused(dossier: Dossier) -> None:
    filing = filed(dossier, small_file(month="2026-10"))
    assert filing.state == FilingState.CHECKED
    assert filing.blocking > 0 and filing.certain == 0


def test_the_reader_of_a_file_keeps_no_waiting_bytes(dossier: Dossier) -> None:
    from scarabee.filings.services.receiving import folder_of

    batch = receive(dossier, mensuelle())
    assert not folder_of(batch).exists()
    assert not ReceivedFile.objects.exclude(path="").exists()
