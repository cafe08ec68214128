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
    "bouton": "bouton_radius_nm",
    "bouton_radius": "bouton_radius_nm",
    "cleft_width": "cleft_nm",
    "coarse_texture_size": "coarse_texture_size_nm",
    "crowding": "packing_fraction",
    "dendrite": "dendrites",
    "edge_shadow_reach": "edge_shadow_reach_nm",
    "endomembrane": "endomembranes",
    "fine": "fine_texture",
    "fine_size": "fine_texture_size_nm",
    "fine_stretch": "fine_texture_stretch",
    "fine_texture_size": "fine_texture_size_nm",
    "haze": "defocus",
    "headroom": "highlight_range",
    "housed": "mitochondrion_in_bouton_share",
    "knee": "highlight_knee",
    "largest": "largest_nm",
    "length": "length_nm",
    "lysosome": "lysosomes",
    "margin": "margin_nm",
    "mitochondrion": "mitochondria",
    "mottle": "coarse_texture",
    "mottle_bow": "coarse_texture_skew",
    "mottle_size": "coarse_texture_size_nm",
    "paired": "synapse_share",
    "psf_sigma": "psf_sigma_nm",
    "radius": "radius_nm",
    "room": "room_nm",
    "shade": "edge_shadow",
    "shade_reach": "edge_shadow_reach_nm",
    "share": "synapse_share",
    "sheath": "sheath_nm",
    "smallest": "smallest_nm",
    "soft_sigma": "soft_sigma_nm",
    "spine": "spine_radius_nm",
    "spine_radius": "spine_radius_nm",
    "texture_sd": "texture_variation",
    "tongue_share": "inner_tongue_share",
    "warp": "warp_nm",
    "width": "width_nm",
}
"""Old and new names of keys of styles, recipes and manifests."""


class OldModules(MetaPathFinder):
    """Answer the import of a module that has moved with an error that names the new one."""

    def find_spec(self, fullname: str, path: object = None, target: ModuleType | None = None) -> None:
        """Raise if the module has moved; otherwise it is no business of this finder."""
        old = fullname.removeprefix("synthem.")
        if fullname != old and old in MODULES:
            raise ModuleNotFoundError(f"{fullname} is now synthem.{MODULES[old]}", name=fullname)
