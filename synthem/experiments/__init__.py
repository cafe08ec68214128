"""The ratio study on real EPFL6 data, and the parts it is built from.

`python -m synthem.experiments.ratio_study` is the command. Everything here needs the extra
``synthem[experiments]``; nothing outside this package imports it.
"""
