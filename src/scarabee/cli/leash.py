"""The processes that the launcher keeps alive: `python -m scarabee.cli.leash web PORT`, or a command (`… worker`).

Their standard input is a pipe held by the launcher. When it closes, the launcher is gone, however it died,
and they stop too: no server is left behind holding the port.
"""

import os
import signal
import sys
import threading


def main(arguments: list[str]) -> int:
    """Run the named process until it is told to stop or the launcher dies."""
    threading.Thread(target=_stop_when_the_launcher_dies, daemon=True).start()
    if arguments[0] == "web":
        _serve(int(arguments[1]))
        return 0
    from scarabee.cli.main import main as command_line

    return command_line(arguments)


def _stop_when_the_launcher_dies() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _serve(port: int) -> None:
    from scarabee.cli import launcher, serving

    serving.serve(serving.Listening(launcher.LOOPBACK, port))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
