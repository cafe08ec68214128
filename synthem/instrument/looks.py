"""The looks of which a style consists. Greys are levels 0 to 255 before blur, lengths are pixels."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, ClassVar, TypeAlias

from synthem.errors import ConfigError
from synthem.parameters import check_number, check_scalar

__all__ = [
    "AxonLook",
    "ClutterLook",
    "CytoplasmLook",
    "EndomembraneLook",
    "LysosomeLook",
    "MembraneLook",
    "MitochondrionLook",
    "OpticsLook",
    "PSDLook",
    "VesicleLook",
]

Range: TypeAlias = tuple[float, float]

LIMITS = {
    **dict.fromkeys(("share", "fade", "within", "spread", "opacity"), (0.0, 1.0)),
    **dict.fromkeys(("level", "sd", "depth", "defocus", "texture", "speckle"), (0.0, 255.0)),
    **dict.fromkeys(("width", "reach", "rounding"), (0.0, 200.0)),
    **dict.fromkeys(("white", "correlated"), (0.0, 255.0)),
    "period": (1.0, 200.0),
    "patches": (0.0, 1000.0),
    "focus": (0.05, 1.0),
    **dict.fromkeys(("sigma", "rows", "cols"), (0.0, 20.0)),
    "stretch": (0.1, 10.0),
}
"""Limits of parameters by the last word of their names."""

TEXTURE_SIZES = tuple(2**k for k in range(1, 9))
"""Cells of a texture that fit its period."""


@dataclass(frozen=True, kw_only=True)
class _Look:
    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            low, high = LIMITS.get(item.name.rpartition("_")[2], (-255.0, 1000.0))
            if item.type != "Range":
                check_scalar(item.name, value, low=low, high=high)
                continue
            ends = value if isinstance(value, (tuple, list)) else (value, value)
            object.__setattr__(self, item.name, check_number(item.name, ends, low=low, high=high))


@dataclass(frozen=True, kw_only=True)
class CytoplasmLook(_Look):
    """Cytoplasm: mean grey, spread between compartments, textures, speckle, compression of highlights."""

    level: float = 165.0
    compartment_sd: float = 8.0
    coarse_texture: float = 9.0
    coarse_texture_size: int = 16
    coarse_texture_skew: float = 0.0
    fine_texture: float = 6.0
    fine_texture_size: int = 8
    fine_texture_stretch: float = 1.0
    speckle: float = 22.0
    speckle_threshold: float = 0.8
    texture_variation: float = 0.3
    highlight_knee: float = 165.0
    highlight_range: float = 35.0

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("coarse_texture_size", "fine_texture_size"):
            size = getattr(self, name)
            if size not in TEXTURE_SIZES:
                raise ConfigError(f"`{name}` must be a power of two from 2 to 256, got {size!r}")
            object.__setattr__(self, name, int(size))


@dataclass(frozen=True, kw_only=True)
class MembraneLook(_Look):
    """Cell membranes: width, greys, how they fade, and the shares of oblique and of double lines.

    Wide membranes are out of focus, and paler by `defocus`. The edge of a membrane is transparent by `fade`. Beyond
    the edge a shadow of that opacity times `edge_shadow` fades out over `edge_shadow_reach` pixels; it has no label.
    """

    level: float = 96.0
    level_sd: float = 8.0
    defocus: float = 15.0
    fade: float = 0.3
    edge_shadow: float = 0.4
    edge_shadow_reach: float = 5.0
    texture_sd: float = 3.0
    width: float = 6.0
    width_sd_along: float = 0.2
    width_sd_between: float = 0.2
    oblique_share: float = 0.2
    oblique_width: float = 16.0
    oblique_level: float = 118.0
    oblique_sd: float = 6.0
    oblique_fade: float = 0.5
    double_share: float = 0.15
    cleft_width: float = 2.0
    cleft_level: float = 135.0
    junction_rounding: float = 5.0

    @property
    def widest(self) -> float:
        """Distance from a border that neither a membrane nor its edge shadow exceeds, in pixels."""
        return 0.5 * max(self.oblique_width, self.width) + self.edge_shadow_reach


@dataclass(frozen=True, kw_only=True)
class AxonLook(_Look):
    """Myelin sheath."""

    level: Range = (62.0, 82.0)
    texture_sd: float = 5.0
    inner_tongue_level: float = 110.0
    outer_membrane_width: float = 3.0
    outer_membrane_level: float = 105.0


@dataclass(frozen=True, kw_only=True)
class MitochondrionLook(_Look):
    """Mitochondria: rim, matrix, cristae, and the dense cytoplasm around them.

    `patches` is how many pale slits and dense patches there are within one per 1000 square pixels, few being more
    frequent, `patch_depth` by how many levels they differ, `dense_share` the share of dense ones; `swollen_share` of
    the mitochondria have swollen cristae instead, with dark walls, in a matrix up to 14 levels paler, and in
    `granule_share` of the others one patch, if there are any, is a dark granule. Towards the middle a grey paler than
    the matrix by `core_shift` levels covers 0.4 of what is there; `dark_share` are darker by `dark_shift`, small ones
    more often. `halo_opacity` is how dense the cytoplasm around is, low values being more
    frequent; `edge_reach` and `edge_opacity` say how far, and how much, the rim shows beyond its label, `edge_fade`
    how much cytoplasm shows at its outer edge, `edge_within` how much the rim darkens the matrix beside it.
    """

    rim_level: Range = (80.0, 105.0)
    rim_texture_sd: float = 4.0
    rim_width: Range = (4.0, 7.0)
    oblique_share: float = 0.3
    interior_level: Range = (108.0, 128.0)
    interior_texture_sd: float = 5.0
    cristae_depth: Range = (8.0, 20.0)
    cristae_period: Range = (7.0, 12.0)
    patches: Range = (0.0, 0.0)
    patch_depth: Range = (10.0, 40.0)
    core_shift: Range = (0.0, 0.0)
    dense_share: float = 0.3
    swollen_share: float = 0.0
    granule_share: float = 0.0
    granule_level: float = 70.0
    dark_share: float = 0.06
    dark_shift: float = -28.0
    halo_level: float = 125.0
    halo_reach: float = 14.0
    halo_opacity: Range = (0.0, 0.0)
    edge_reach: float = 3.0
    edge_fade: float = 0.0
    edge_within: float = 0.0
    edge_opacity: Range = (0.0, 0.0)


@dataclass(frozen=True, kw_only=True)
class PSDLook(_Look):
    """Postsynaptic densities: the whole, its dark core and pale cleft, the dense zone before it, the fuzz behind."""

    level: Range = (80.0, 96.0)
    core_level: Range = (64.0, 84.0)
    core_share: float = 0.75
    edge_opacity: Range = (0.3, 0.7)
    zone_level: float = 114.0
    zone_reach: float = 10.0
    zone_opacity: Range = (0.6, 1.0)
    texture_sd: float = 5.0
    fuzz_level: float = 95.0
    fuzz_reach: Range = (6.0, 14.0)
    fuzz_opacity: Range = (0.3, 0.6)
    line_share: float = 0.35
    line_level: float = 115.0


@dataclass(frozen=True, kw_only=True)
class VesicleLook(_Look):
    """Synaptic vesicles; those outside clouds fade with `free_fade`, and have an `edge_shadow` around them.

    `free_spread`, 0 to 1, is how far rims and interiors of the latter take each other's greys, each by itself: with 1
    both lie anywhere from the darkest rim to the palest interior.
    """

    rim_level: Range = (78.0, 98.0)
    interior_level: Range = (118.0, 142.0)
    rim_width: Range = (1.5, 2.6)
    dark_share: float = 0.05
    dark_level: float = 70.0
    out_of_plane_level: float = 125.0
    out_of_plane_opacity: float = 0.6
    free_spread: float = 0.0
    free_fade: float = 0.0
    edge_shadow: float = 0.0
    edge_shadow_reach: float = 3.0
    defocus_level: float = 125.0
    defocus_opacity: Range = (0.0, 0.6)


@dataclass(frozen=True, kw_only=True)
class ClutterLook(_Look):
    """What belongs to no class."""

    level: Range = (85.0, 120.0)
    lumen_level: Range = (120.0, 150.0)
    dense_level: Range = (60.0, 90.0)
    microtubule_level: Range = (110.0, 135.0)
    opacity: Range = (0.5, 0.9)
    grazing_membrane_level: Range = (105.0, 130.0)
    grazing_membrane_opacity: Range = (0.3, 0.8)


@dataclass(frozen=True, kw_only=True)
class EndomembraneLook(_Look):
    """Labelled membranes within compartments: wall and lumen; pale walls have pale lumina."""

    level: Range = (74.0, 94.0)
    lumen_level: Range = (112.0, 160.0)
    wall_width: Range = (3.5, 5.5)


@dataclass(frozen=True, kw_only=True)
class LysosomeLook(_Look):
    """Unlabelled large bodies: membrane, interior, and by how many levels at most their content differs from it."""

    level: Range = (78.0, 108.0)
    interior_level: Range = (92.0, 132.0)
    texture_sd: float = 6.0
    wall_width: Range = (3.0, 6.0)
    unevenness: float = 22.0


@dataclass(frozen=True, kw_only=True)
class OpticsLook(_Look):
    """Point spread, softness per structure, illumination and noise.

    Of `sharp_share` of the tiles the point spread is narrower by the factor `sharp_focus`.
    """

    psf_sigma: float = 1.0
    soft_sigma: float = 2.4
    soft_cytoplasm: float = 0.3
    soft_boundaries: float = 0.3
    soft_mitochondria: float = 0.2
    soft_vesicles: float = 0.2
    soft_psd: float = 0.3
    soft_axon: float = 0.2
    noise_white: float = 7.0
    noise_correlated: float = 6.0
    noise_sigma_rows: float = 1.2
    noise_sigma_cols: float = 1.0
    noise_axial: float = 0.0
    noise_diagonal: float = 0.0
    noise_tails: float = 0.0
    shot_slope: float = 0.25
    shot_curve: float = 0.0
    brightness_sd: float = 2.5
    tilt_sd: float = 4.0
    focus_sd: float = 0.06
    sharp_share: float = 0.0
    sharp_focus: float = 0.7
    noise_sd: float = 0.04
    gain_sd: float = 0.05
