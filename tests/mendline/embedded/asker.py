"""A process that starts a server, says its process ids, and waits to be killed."""

from __future__ import annotations

import signal
import sys

from mendline.embedded.order import Order
from mendline.embedded.server import Server

if __name__ == "__main__":
    server = Server("a server", Order.from_argument(sys.argv[1]))
    server.start()
    print(server.pid, flush=True)
    signal.pause()
