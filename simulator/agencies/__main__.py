"""Run the agencies of a province until SIGINT or SIGTERM."""

import sys
from pathlib import Path

from simulator.agencies.running import serve

if __name__ == "__main__":
    serve(Path(sys.argv[1]))
