"""Samples spoilt at random, each in a way that its format has: lines of a DSN, tags of XML, members of archives."""

import re
from collections.abc import Callable, Sequence
from random import Random

type Mutation = Callable[[Random, bytes], bytes]

NASTY = (
    b"", b"\0", b"'", b"''", b'"', b",", b";", b"<", b"&", b"&#0;", b"&x;", b"]]>", b"<!--", b"<![CDATA[", b"\r", b"\n",
    b"\r\n", b"\t", b"\x1a", b"\xff\xfe", b"\xef\xbb\xbf", b"\xc3\x28", b"\xed\xa0\x80", b"%s%n", b"-1", b"0", b"-0",
    b"1e999", b"NaN", b"9" * 40, b"1" * 5000, b"00000000", b"31022026", b"29022025", b"01010001", b"31129999",
    b"2026-13-45", b"9999-12-31T23:59:60Z", "\u202e\u0663\u00b2".encode(), b"../../../etc/passwd", b"C:\\x", b"=1+1",
    b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>", b"<?xml version='1.0' encoding='utf-7'?>", b"null",
    b"true", b"[]", b"{}", b"[" * 500, b"{\"a\":" * 500, b"<a>" * 500, b"\\ud800", b"\\u0000",
)  # fmt: skip
_LINE = re.compile(rb"[^\n]*\n|[^\n]+")
_DSN = re.compile(rb"(S\d\d\.G\d\d\.\d\d\.\d{3}),'([^'\r\n]*)'")
_TAG = re.compile(rb"</?[^<>]*>")
_TEXT = re.compile(rb">([^<>]+)<")
_ATTRIBUTE = re.compile(rb'="([^"]*)"')
_CODES = (
    b"S10.G00.00.001", b"S10.G00.95.900", b"S20.G00.05.001", b"S21.G00.06.001", b"S21.G00.11.001", b"S21.G00.30.001",
    b"S21.G00.30.020", b"S21.G00.31.008", b"S21.G00.40.009", b"S21.G00.50.001", b"S21.G00.85.001", b"S21.G00.99.001",
    b"S20.G00.96.902", b"S89.G00.32.001", b"S90.G00.90.001", b"S05.G00.00.001", b"S99.G99.99.999", b"s21.g00.30.001",
)  # fmt: skip


def any_bytes(rng: Random, sample: bytes) -> bytes:
    """Bytes flipped, cut, doubled, moved, or put in."""
    data = bytearray(sample)
    for _ in range(rng.choice((1, 1, 2, 5))):
        start = rng.randrange(len(data) + 1)
        end = min(len(data), start + rng.choice((1, 2, 7, 64, 700)))
        match rng.randrange(6):
            case 0:
                data[start:end] = rng.choice(NASTY)
            case 1:
                del data[start:end]
            case 2:
                data[end:end] = data[start:end] * rng.choice((1, 3, 40))
            case 3:
                del data[start:]
            case 4 if end > start:
                data[start] ^= 1 << rng.randrange(8)
            case _:
                piece = data[start:end]
                del data[start:end]
                at = rng.randrange(len(data) + 1)
                data[at:at] = piece
    return bytes(data)


def dsn(rng: Random, sample: bytes) -> bytes:
    """Lines left out, doubled, moved, renamed; values and the encoding changed."""
    lines = _LINE.findall(sample)
    for _ in range(rng.choice((1, 1, 2, 4))):
        at = rng.randrange(len(lines)) if lines else 0
        many = slice(at, at + rng.choice((1, 1, 3, 30)))
        match rng.randrange(9):
            case 0:
                del lines[many]
            case 1:
                lines[many.stop : many.stop] = lines[many] * rng.choice((1, 2, 20))
            case 2:
                piece = lines[many]
                del lines[many]
                to = rng.randrange(len(lines) + 1)
                lines[to:to] = piece
            case 3 | 4:
                lines[many] = [_DSN.sub(_changed(rng), line) for line in lines[many]]
            case 5:
                lines[at:at] = [rng.choice(_CODES) + b",'" + rng.choice(NASTY) + b"'\r\n"]
            case 6:
                lines[many] = [line.replace(b"'", rng.choice((b"", b"''", b'"', b" '"))) for line in lines[many]]
            case 7:
                lines[many] = [line.rstrip(b"\r\n") + rng.choice((b"\n", b"\r", b"\r\n", b"")) for line in lines[many]]
            case _:
                lines[many] = [any_bytes(rng, line) for line in lines[many]]
    data = b"".join(lines)
    if rng.random() < 0.05:
        data = data.decode("latin-1").encode(rng.choice(("utf-8", "utf-16", "utf-8-sig", "utf-32")))
    return data[: rng.randrange(len(data) + 1)] if rng.random() < 0.05 else data


def markup(rng: Random, sample: bytes) -> bytes:
    """Tags left out, doubled, moved; texts and attributes changed; prologs of every kind."""
    data = sample
    for _ in range(rng.choice((1, 1, 2, 4))):
        match rng.randrange(8):
            case 0 | 1:
                data = _instead(rng, _TEXT, data, lambda old: _value(rng, old))
            case 2 | 3:
                data = _instead(rng, _ATTRIBUTE, data, lambda old: _value(rng, old))
            case 4:
                data = _instead(rng, _TAG, data, lambda old: rng.choice((b"", old * 2, b"<x/>", b"<x>", old * 400)))
            case 5:
                data = _moved(rng, data)
            case 6:
                data = rng.choice(NASTY) + data
            case _:
                data = any_bytes(rng, data)
    if rng.random() < 0.03:
        data = data.decode("latin-1").encode(rng.choice(("utf-16", "utf-8", "utf-32", "utf-16-be")))
    return data


def one_of(*ways: Mutation) -> Mutation:
    """Each way in its turn, at random."""
    return lambda rng, sample: rng.choice(ways)(rng, sample)


def _changed(rng: Random) -> Callable[[re.Match[bytes]], bytes]:
    def change(found: re.Match[bytes]) -> bytes:
        code, value = found.groups()
        if rng.random() < 0.3:
            code = rng.choice(_CODES)
        elif rng.random() < 0.7:
            value = _value(rng, value)
        return code + b",'" + value + b"'"

    return change


def _value(rng: Random, old: bytes) -> bytes:
    return rng.choice((rng.choice(NASTY), old + rng.choice(NASTY), old[::-1], old * 3, old[:-1], b"x" * 300))


def _instead(rng: Random, what: re.Pattern[bytes], data: bytes, by: Callable[[bytes], bytes]) -> bytes:
    found = _picked(rng, what, data)
    if found is None:
        return data
    group = 1 if what.groups else 0
    return data[: found.start(group)] + by(found[group]) + data[found.end(group) :]


def _moved(rng: Random, data: bytes) -> bytes:
    one, other = _picked(rng, _TAG, data), _picked(rng, _TAG, data)
    if one is None or other is None:
        return data
    start, end = sorted((one.start(), other.start()))
    piece, rest = data[start:end], data[:start] + data[end:]
    at = rng.randrange(len(rest) + 1)
    return rest[:at] + piece + rest[at:]


def _picked(rng: Random, what: re.Pattern[bytes], data: bytes) -> re.Match[bytes] | None:
    """The first match after a place chosen at random, so that a large sample costs no more than a small one."""
    return what.search(data, rng.randrange(len(data) + 1)) or what.search(data)


def spliced(samples: Sequence[bytes], rng: Random) -> bytes:
    """The beginning of one sample and the end of another."""
    one, other = rng.choice(samples), rng.choice(samples)
    return one[: rng.randrange(len(one) + 1)] + other[rng.randrange(len(other) + 1) :]
