"""The ratio study on real EPFL6 data, and the parts it is built from.

`python -m synthem.experiments.ratio_study` is the command. Nothing outside this package imports it.
"""

from importlib.util import find_spec

from synthem.errors import MissingExtraError

_missing = [name for name in ("torch", "safetensors", "matplotlib", "pooch", "requests") if find_spec(name) is None]
if _missing:
    raise MissingExtraError(
        f"synthem.experiments needs {', '.join(_missing)}: `pip install -e '.[experiments]'`",
        name=_missing[0],
    )
