"""The agencies of a simulated province as real servers on the loopback, each its own process.

They read the feeds of a province folder and know nothing of the pipeline but what an agency would: the paths, tables
and names of the contract, and the format of a sealed package. May import `hedui.model`, `hedui.shelves` and
`hedui.sealing`.

`python -m simulator.agencies FOLDER` runs them until it is stopped.
"""

from simulator.agencies.running import running_agencies, serve

__all__ = ["running_agencies", "serve"]
