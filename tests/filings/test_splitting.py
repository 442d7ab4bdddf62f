"""Files taken apart into what is deposited: S90 and S10.G00.00.008 counted again, everything else byte for byte."""

import hashlib
import io

import pytest
from tests.dossiers.small_files import declaration, envoi
from tests.filings.intake_scenes import LAST, MONTH, bureau, lines, mensuelle, sirets, without

from scarabee.dossiers.models import Declaration, Dossier
from scarabee.dsn.errors import DsnError
from scarabee.dsn.invention import CRLF, LF, nil_file, random_declarations, replacement_file, signalement_files
from scarabee.filings.services.splitting import Part, is_sent_as_it_came, split

COUNTED = (b"S90.G00.90", b"S10.G00.00.008")


def parts_of(data: bytes) -> list[Part]:
    return list(split(io.BytesIO(data)))


@pytest.mark.parametrize("line_end", [CRLF, LF])
def test_each_declaration_leaves_alone_and_verbatim(line_end: bytes) -> None:
    data = mensuelle(*sirets(), line_end=line_end)
    parts = parts_of(data)
    assert [part.siret for part in parts] == sirets()
    assert b"".join(part.declaration for part in parts) == b"".join(
        line for line in lines(data) if not line.startswith((b"S10", b"S90"))
    )
    for part in parts:
        held = lines(part.sent)
        assert held[-2:] == [b"S90.G00.90.001,'%d'%s" % (len(held), line_end), b"S90.G00.90.002,'1'" + line_end]
        heading = [line for line in lines(data) if line.startswith(b"S10")]
        assert b"".join(held[:-2]) == b"".join(heading) + part.declaration
        assert part.sha256 == hashlib.sha256(part.sent).hexdigest()
        assert lines(data)[part.line - 1].startswith(b"S20.G00.05.001,")


@pytest.mark.parametrize("line_end", [CRLF, LF])
def test_a_single_declaration_taken_apart_is_the_file_itself(line_end: bytes) -> None:
    (part,) = parts_of(mensuelle(line_end=line_end))
    assert part.sent == mensuelle(line_end=line_end)


def test_the_kind_of_envoi_is_corrected_where_it_becomes_untrue() -> None:
    one, other = sirets()[:2]
    busy, nil = mensuelle(one), nil_file(bureau(), MONTH, employers={other}, real=True)
    nothing = [line for line in lines(nil) if not line.startswith((b"S10", b"S90"))]
    held = lines(busy)
    mixed = b"".join([*held[:-2], *nothing, *held[-2:]])
    first, second = parts_of(mixed)
    assert first.sent == busy
    assert b"S10.G00.00.008,'02'" in second.sent
    assert without(second.sent, COUNTED) == without(nil, COUNTED)


def test_what_is_said_of_a_part_is_what_the_import_reads(dossier: Dossier) -> None:
    from tests.transfers import scenes

    data = mensuelle(*sirets(), fraction_count=2)
    scenes.take(dossier, data)
    imported = {(row.employer.siret, row.fraction): row for row in Declaration.objects.select_related("employer")}
    parts = parts_of(data)
    assert len(parts) == len(imported) > len(sirets())
    for part in parts:
        row = imported[part.siret, part.read.fraction]
        assert part.whole_hash == bytes(row.whole_hash)
        assert (part.read.month, part.envoi.is_real, part.envoi.depot) == (row.month, True, "01")


def test_signalements_and_replacements_are_parted_too() -> None:
    for data in (
        *signalement_files(bureau(), LAST, real=True),
        replacement_file(bureau(), MONTH, employers=set(sirets()[:2]), real=True),
    ):
        for part in parts_of(data):
            assert part.sent.count(b"S20.G00.05.001,") == 1
            assert part.declaration in data
            assert part.read.order_number


def test_odd_spacing_blank_lines_and_unknown_rubriques_are_left_alone() -> None:
    odd = [*declaration(), "", "S21.G00.99.001,'inconnu'", "S21.G00.85.001 , 'espace'"]
    parts = parts_of(envoi(odd, declaration(siret="79034512800017")))
    told = "".join(f"{line}\n" for line in odd).encode("latin-1")
    assert parts[0].declaration == told
    assert told in parts[0].sent
    assert b"S90.G00.90.001,'%d'" % (len(odd) - 1 + 8 + 2) in parts[0].sent  # a blank line is no rubrique


@pytest.mark.parametrize("seed", range(4))
def test_any_invented_declaration_comes_out_as_it_went_in(seed: int) -> None:
    for data in random_declarations(seed, 8):
        for part in parts_of(data):
            assert part.declaration in data
            assert part.sent.count(b"S20.G00.05.001,") == 1
            (again,) = parts_of(part.sent)
            assert (again.sent, again.whole_hash) == (part.sent, part.whole_hash)


def test_a_file_cut_short_is_refused_with_its_line() -> None:
    with pytest.raises(DsnError) as refused:
        parts_of(mensuelle(*sirets())[:-40])
    assert refused.value.remark.line > 100


def test_what_does_not_begin_with_its_header_is_wrapped_again() -> None:
    data = mensuelle()
    assert is_sent_as_it_came(data)
    for start in (b"\r\n", b"\xef\xbb\xbf", b"  "):
        assert not is_sent_as_it_came(start + data)
        (part,) = parts_of(start + data)
        assert part.sent.startswith(b"S10")
        assert part.declaration in data
