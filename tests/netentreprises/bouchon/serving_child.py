"""A bouchon in a process of its own, to be killed: `serving_child.py FOLDER`; prints its address and waits."""

import sys
import threading
from pathlib import Path

from tests.netentreprises.bouchon.wire import ACCOUNTS

from scarabee.netentreprises.bouchon.server import Bouchon

with Bouchon(folder=Path(sys.argv[1]), accounts=ACCOUNTS) as bouchon:
    print(bouchon.address, flush=True)
    threading.Event().wait()
