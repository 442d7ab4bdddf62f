"""The mother of the processes under fault: Django is loaded once, each process is forked from it and is a real one.

`python -m tests.faults.zygote` reads orders on standard input, one JSON a line:
`{"id": 3, "role": "worker-1", "argv": ["worker"], "log": "…", "answer": "…"}`; `act` in place of `argv` names a
function of `tests.faults.acts`. Writes `{"id", "pid"}` when it started, `{"pid", "code"}` when it ended (minus a
signal).
"""

import ctypes
import json
import os
import select
import signal
import sys
import traceback
from contextlib import suppress
from typing import Any

import django


def main() -> None:
    django.setup()
    from tests.faults import acts  # noqa: F401

    from scarabee.web import wsgi  # noqa: F401

    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    _say({"ready": True})
    waiting = b""
    while True:
        ready, _, _ = select.select([0, reader], [], [])
        if reader in ready:
            os.read(reader, 512)
        _reap()
        if 0 in ready:
            if not (got := os.read(0, 65536)):
                return
            *lines, waiting = (waiting + got).split(b"\n")
            for line in lines:
                _start(json.loads(line), (reader, writer))


def _say(told: dict[str, Any]) -> None:
    os.write(1, json.dumps(told).encode() + b"\n")


def _reap() -> None:
    with suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            _say({"pid": pid, "code": os.waitstatus_to_exitcode(status)})


def _start(order: dict[str, Any], pipes: tuple[int, int]) -> None:
    if pid := os.fork():
        _say({"id": order["id"], "pid": pid})
        return
    code = 70
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        _die_with_mother()
        for one in pipes:
            os.close(one)
        _redirect(order["log"])
        code = _run(order)
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        with suppress(BaseException):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _die_with_mother() -> None:
    """Nobody stays behind when the laboratory is stopped."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


_PR_SET_PDEATHSIG = 1


def _redirect(log: str) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    into = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(nothing, 0)
    os.dup2(into, 1)
    os.dup2(into, 2)


def _run(order: dict[str, Any]) -> int:
    from tests.faults import acts, hooks

    hooks.role[0] = os.environ["SCARABEE_ROLE"] = order["role"]
    if "argv" in order:
        from scarabee.cli.main import main as command_line

        return command_line(order["argv"])
    answer = getattr(acts, order["act"])(*order.get("args", ()))
    draft = f"{order['answer']}.brouillon"
    with open(draft, "w") as file:
        json.dump(answer, file)
    os.replace(draft, order["answer"])
    return 0


if __name__ == "__main__":
    main()
