"""``python -m synthem`` is the command `synthem`."""

from synthem.cli import app

if __name__ == "__main__":
    app(prog_name="synthem")
