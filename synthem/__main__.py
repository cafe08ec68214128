"""``python -m synthem`` is the command `synthem`."""

from synthem.cli import run

if __name__ == "__main__":
    run()
