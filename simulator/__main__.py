"""`python -m simulator` is `hedui simulate`."""

from simulator.commands import app

if __name__ == "__main__":
    app()
