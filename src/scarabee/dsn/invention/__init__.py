"""Invented bureaus and their DSN files, for the demonstration, the tests and the benchmarks.

Everything is drawn from a seed: the same arguments give the same bytes on every machine. The people,
associations and towns do not exist; sirens, sirets and nirs have right keys and shapes.
"""

from scarabee.dsn.invention.bureau import Bureau, invent_bureau
from scarabee.dsn.invention.employers import Employer
from scarabee.dsn.invention.files import CRLF, LF, month_file, nil_file, replacement_file
from scarabee.dsn.invention.mixtures import random_declarations
from scarabee.dsn.invention.signalements import signalement_files
from scarabee.dsn.invention.volumes import LargeFile, write_large_file

__all__ = [
    "CRLF",
    "LF",
    "Bureau",
    "Employer",
    "LargeFile",
    "invent_bureau",
    "month_file",
    "nil_file",
    "random_declarations",
    "replacement_file",
    "signalement_files",
    "write_large_file",
]
