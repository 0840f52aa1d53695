"""The sender's side for agencies that have Python and `cryptography`, and nothing else of ours."""

from hedui.sealing.command import main

main(program="python -m hedui.sealing")
