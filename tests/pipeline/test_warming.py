"""What a scheduler imports before its tasks are forked."""

import subprocess
import sys


def test_a_warm_process_has_what_the_steps_need_and_has_run_nothing() -> None:
    program = """
import sys
from hedui.pipeline.warming import warm
warm()
needed = "great_expectations", "hedui.landing.encrypted", "hedui.matching.matcher"
print([name for name in needed if name not in sys.modules])
print([name for name in sys.modules if name.startswith(("hedui.cli", "hedui.proposing")) or name.endswith(".__main__")])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout.splitlines() == ["[]", "[]"], done.stderr[-2000:]
