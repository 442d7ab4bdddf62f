"""Valid files to break: invented ones, and how to look for a line in them."""

from datetime import date
from functools import cache

from scarabee.dsn.invention import invent_bureau, month_file, replacement_file, signalement_files

NORM = "P25V01"
"""The version of which everything is published."""
TODAY = date(2025, 7, 10)
MONTHS = 6

Lines = list[str]


@cache
def _files() -> dict[str, bytes]:
    bureau = invent_bureau(
        5, employers=8, employees_per_employer=(3, 9), first_month="2025-01", months=MONTHS, norm=NORM
    )
    files: dict[str, bytes] = {}
    for month in bureau.all_months:
        for content in signalement_files(bureau, month, real=True):
            nature = content.split(b"S20.G00.05.001,'")[1][:2].decode()
            files.setdefault(f"signalement {nature}", content)
        whole = month_file(bureau, month)
        if b"S21.G00.62.001" in whole:
            files.setdefault("month", whole)
    files["replacement"] = replacement_file(bureau, bureau.first_month)
    files["new norm"] = month_file(bureau, bureau.first_month, norm="P26V01")
    return files


def base(name: str) -> Lines:
    """The lines, without their ends, of a file in which nothing blocks: a month, a replacement, a signalement."""
    return _files()[name].decode("latin-1").split("\r\n")[:-1]


def written(lines: Lines, *, counted: bool = True) -> bytes:
    """The bytes of lines; `counted` puts the right totals, so that what was changed is the only fault."""
    lines = list(lines)
    if counted:
        for at, line in enumerate(lines):
            if line.startswith("S90.G00.90.001,"):
                lines[at] = f"S90.G00.90.001,'{sum(bool(one.strip()) for one in lines)}'"
    return "".join(f"{line}\r\n" for line in lines).encode("latin-1")


def find(lines: Lines, code: str, nth: int = 0) -> int:
    """The index of the nth line of a rubrique (or bloc)."""
    return [at for at, line in enumerate(lines) if line.startswith(code)][nth]


def value(lines: Lines, code: str, nth: int = 0) -> str:
    return lines[find(lines, code, nth)][16:-1]
