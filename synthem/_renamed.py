"""Old names of modules and TOML keys, so that an error can say the new one."""

from __future__ import annotations

from importlib.abc import MetaPathFinder
from types import ModuleType
from typing import Final

__all__ = ["KEYS", "MODULES", "OldModules"]

MODULES: Final = {
    "canvas": "painting.canvas",
    "claims": "tissue.claims",
    "classes": "labels",
    "config": "_toml",
    "description": "scene.serialization",
    "files": "_files",
    "kernels.finish": "kernels.masks",
    "kernels.motion": "kernels.transforms",
    "nodes": "tissue.organelles.base",
    "organelles": "tissue.organelles",
    "placement": "tissue.placement",
    "preview": "view.sheets",
    "progress": "_progress",
    "recipes": "tissue.recipes",
    "report": "tiles.placement_report",
    "sampling": "parameters",
    "shapes": "tissue.shape",
    "stages": "instrument",
    "styles": "instrument.style",
    "swarms": "tissue.batches",
    "textures": "painting.textures",
    "tile": "tiles.tile",
    "workers": "generation.workers",
}
"""Old and new names of modules below ``synthem``."""

KEYS: Final = {
    "axon": "axons",
    "bouton": "bouton_radius",
    "crowding": "packing_fraction",
    "dendrite": "dendrites",
    "endomembrane": "endomembranes",
    "fine": "fine_texture",
    "fine_size": "fine_texture_size",
    "fine_stretch": "fine_texture_stretch",
    "ghost_level": "out_of_plane_level",
    "ghost_opacity": "out_of_plane_opacity",
    "grain": "texture_sd",
    "haze": "defocus",
    "haze_level": "defocus_level",
    "haze_opacity": "defocus_opacity",
    "headroom": "highlight_range",
    "housed": "mitochondrion_in_bouton_share",
    "interior_grain": "interior_texture_sd",
    "knee": "highlight_knee",
    "lysosome": "lysosomes",
    "mitochondrion": "mitochondria",
    "mottle": "coarse_texture",
    "mottle_bow": "coarse_texture_skew",
    "mottle_size": "coarse_texture_size",
    "paired": "synapse_share",
    "rim_grain": "rim_texture_sd",
    "shade": "edge_shadow",
    "shade_reach": "edge_shadow_reach",
    "share": "synapse_share",
    "spine": "spine_radius",
    "stray_fade": "free_fade",
    "stray_spread": "free_spread",
    "texture_sd": "texture_variation",
    "tongue_level": "inner_tongue_level",
    "tongue_share": "inner_tongue_share",
    "veil_level": "grazing_membrane_level",
    "veil_opacity": "grazing_membrane_opacity",
    "wrap_level": "outer_membrane_level",
    "wrap_width": "outer_membrane_width",
}
"""Old and new names of keys of styles, recipes and manifests."""


class OldModules(MetaPathFinder):
    """Answer the import of a module that has moved with an error that names the new one."""

    def find_spec(self, fullname: str, path: object = None, target: ModuleType | None = None) -> None:
        """Raise if the module has moved; otherwise it is no business of this finder."""
        old = fullname.removeprefix("synthem.")
        if fullname != old and old in MODULES:
            raise ModuleNotFoundError(f"{fullname} is now synthem.{MODULES[old]}", name=fullname)
