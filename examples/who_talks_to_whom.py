"""
Who talks to whom
=================

Each synapse is known with both sides: the bouton that sends (green), the compartment that receives (blue).
"""

import matplotlib.pyplot as plt
import numpy as np

import synthem

tile = synthem.generate(1, psd=3, vesicles=3, seed=11)[0]

shown = np.repeat(tile.image[:, :, None], 3, axis=2).astype(float)
for synapse in tile.synapses:
    for side, colour in ((synapse.presynaptic, (40, 200, 80)), (synapse.postsynaptic, (60, 120, 255))):
        shown[tile.compartments == side] = 0.6 * shown[tile.compartments == side] + 0.4 * np.array(colour)
shown[tile.mask("psd")] = (255, 220, 0)

longest = max(tile.contacts(), key=lambda contact: contact.length_nm)
print(f"{len(tile.synapses)} synapses; the longest contact of two compartments is {longest.length_nm:.0f} nm")
plt.imshow(shown.astype(np.uint8))
plt.axis("off")
plt.show()
