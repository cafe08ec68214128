"""
Compare tiles with slices
=========================

What tells two sets of pictures apart? Here tiles of one style stand for real slices, and those of another are compared
with them. Take your own folder in their place.
"""

import matplotlib.pyplot as plt

import synthem
from synthem.quality import compare

real = synthem.generate(12, style="ac4", seed=1)  # or the path of a folder
tiles = synthem.generate(12, style="epfl", seed=2)
report = compare(real, tiles, size=128)

missed = [metric for metric in report.metrics if metric.met is False]
print(f"{len(missed)} of {len(report.metrics)} metrics are missed; accuracy {report.distances.accuracy:.2f}")
strongest = report.distinguishing_features[:8][::-1]
plt.figure(figsize=(6, 3.2), layout="constrained")
plt.barh([item.feature for item in strongest], [item.separation for item in strongest])
plt.xlabel("share of (real, synthetic) pairs that the feature orders alike")
plt.xlim(0.5, 1)
plt.show()
