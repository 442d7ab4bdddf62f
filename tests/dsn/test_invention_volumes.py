"""Large invented files: right totals, distinct people, flat memory."""

import re
import tracemalloc

import pytest

from scarabee.dsn import invention


class Collector:
    """Keeps every block it is given."""

    def __init__(self) -> None:
        self.blocks: list[bytes] = []

    def write(self, block: bytes, /) -> None:
        self.blocks.append(block)

    @property
    def content(self) -> bytes:
        return b"".join(self.blocks)


class Sink:
    """Keeps only the size of what it is given."""

    size = 0

    def write(self, block: bytes, /) -> None:
        self.size += len(block)


def test_the_summary_and_the_totals_tell_what_was_written() -> None:
    collector = Collector()
    written = invention.write_large_file(collector, lines=60_000, persons_per_declaration=5)
    content = collector.content
    assert written.lines == content.count(b"\n") >= 60_000
    assert written.size == len(content)
    assert written.declarations == content.count(b"S20.G00.05.001,")
    assert written.employers == len(set(re.findall(rb"S21.G00.06.001,'(\d+)'", content)))
    people = re.findall(rb"\nS21.G00.30.002,", content)
    assert written.person_months == len(people)
    assert content.endswith(b"S90.G00.90.001,'%d'\r\nS90.G00.90.002,'%d'\r\n" % (written.lines, written.declarations))
    assert b"%" not in content


def test_people_are_distinct_and_stay_with_their_employer() -> None:
    collector = Collector()
    invention.write_large_file(collector, lines=100_000, persons_per_declaration=6, new_people_share=0.1)
    owner: dict[bytes, bytes] = {}
    matricules: dict[tuple[bytes, bytes], bytes] = {}
    months_of: dict[bytes, int] = {}
    for declaration in collector.content.split(b"S20.G00.05.001,")[1:]:
        siren = re.findall(rb"S21.G00.06.001,'(\d+)'", declaration)[0]
        for nir, birth, matricule in re.findall(
            rb"S21.G00.30.001,'(\d+)'\r\n(?:S21.G00.30.00[245].*\r\n)+S21.G00.30.006,'(\d+)'\r\n"
            rb"(?:S21.G00.30.0(?:0[7-9]|1[0-8]).*\r\n)+S21.G00.30.019,'(\d+)'",
            declaration,
        ):
            assert owner.setdefault(nir, siren) == siren
            assert matricules.setdefault((siren, matricule), nir) == nir
            assert (nir[1:3], nir[3:5]) == (birth[6:], birth[2:4])
            months_of[nir] = months_of.get(nir, 0) + 1
    assert max(months_of.values()) == 12
    assert min(months_of.values()) < 12


def test_the_same_seed_writes_the_same_file_and_another_does_not() -> None:
    files = []
    for seed in (1, 1, 2):
        collector = Collector()
        invention.write_large_file(collector, lines=5_000, seed=seed)
        files.append(collector.content)
    assert files[0] == files[1] != files[2]


def test_memory_stays_flat() -> None:
    invention.write_large_file(Sink(), lines=1)
    peaks = []
    for lines in (40_000, 250_000):
        tracemalloc.start()
        sink = Sink()
        invention.write_large_file(sink, lines=lines)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert sink.size > 20 * lines
    assert peaks[1] < peaks[0] * 1.2


@pytest.mark.parametrize("wrong", [{"lines": 0}, {"lines": 10, "persons_per_declaration": 0}])
def test_an_empty_file_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="needs lines and people"):
        invention.write_large_file(Sink(), **wrong)
