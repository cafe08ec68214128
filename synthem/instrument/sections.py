"""The sections of a style, but for materials. Greys are levels 0 to 255 before blur."""

from __future__ import annotations

from dataclasses import dataclass

from synthem.parameters import Declared, declared

__all__ = ["CytoplasmStyle", "Detector", "MembraneStyle", "Optics"]

WIDEST_SHADOW_NM = 50.0
"""Largest reach of the shadow beside membranes."""


@dataclass(frozen=True, kw_only=True)
class CytoplasmStyle(Declared):
    """Cytoplasm: mean grey, spread between compartments, textures, speckle, compression of highlights."""

    level: float = declared(178.950507, "Mean grey.", unit="levels", high=255)
    compartment_sd: float = declared(
        8.897462, "Standard deviation of the mean grey from compartment to compartment.", unit="levels", high=255
    )
    dark_level: float = declared(
        110.0, "Mean grey of compartments that are dark throughout (`synthem.Cytoplasm`).", unit="levels", high=255
    )
    coarse_texture: float = declared(6.481258, "Standard deviation of the coarse texture.", unit="levels", high=255)
    coarse_texture_size_nm: float = declared(320.0, "Size of its largest features.", unit="nm", low=10, high=2000)
    coarse_texture_skew: float = declared(
        0.438651, "How much deeper it is on its dark side than on its bright one.", low=-1, high=1
    )
    fine_texture: float = declared(19.47143, "Standard deviation of the fine texture.", unit="levels", high=255)
    fine_texture_size_nm: float = declared(40.0, "Size of its largest features.", unit="nm", low=10, high=2000)
    fine_texture_stretch: float = declared(
        1.481303, "How much longer its features are down the rows than along them.", low=0.1, high=10
    )
    speckle: float = declared(13.437573, "Depth of the dark speckle.", unit="levels", high=255)
    speckle_threshold: float = declared(
        0.317797, "Height of the fine texture, in standard deviations, beyond which there is speckle.", low=-5, high=10
    )
    texture_variation: float = declared(
        0.053303,
        "Standard deviation of the logarithm of the texture's amplitude from compartment to compartment.",
        high=2,
    )
    highlight_knee: float = declared(
        175.867372, "Grey beyond which highlights are compressed.", unit="levels", high=1000
    )
    highlight_range: float = declared(
        42.348536, "Range of greys into which highlights are compressed.", unit="levels", low=1, high=1000
    )


@dataclass(frozen=True, kw_only=True)
class MembraneStyle(Declared):
    """Cell membranes: greys, and how they fade. Their widths belong to `synthem.MembraneLayer`."""

    level: float = declared(
        75.253325,
        "Mean grey of membranes cut across; below 0 where they are black although they are blurred.",
        unit="levels",
        low=-255,
        high=255,
    )
    level_sd: float = declared(0.821321, "Standard deviation of the grey along a membrane.", unit="levels", high=255)
    defocus: float = declared(
        11.785959, "By how much the widest membranes, which are out of focus, are paler.", unit="levels", high=255
    )
    fade: float = declared(0.382617, "Transparency at the edge of a membrane.", high=1)
    edge_shadow: float = declared(
        0.581566, "Opacity of the shadow beyond the edge, relative to that at the edge; it has no label.", high=1
    )
    edge_shadow_reach_nm: float = declared(
        29.821655, "Distance over which the shadow fades out.", unit="nm", high=WIDEST_SHADOW_NM
    )
    texture_sd: float = declared(0.0, "Standard deviation of the texture of membranes.", unit="levels", high=255)
    oblique_level: float = declared(
        106.7519, "Mean grey of membranes cut obliquely, likewise.", unit="levels", low=-255, high=255
    )
    oblique_sd: float = declared(13.309829, "Standard deviation of the grey along these.", unit="levels", high=255)
    oblique_fade: float = declared(0.596258, "Transparency at the edge of these.", high=1)
    cleft_level: float = declared(127.913416, "Grey of the gap between two membranes.", unit="levels", high=255)


@dataclass(frozen=True, kw_only=True)
class Optics(Declared):
    """Point spread, softness per structure, and illumination."""

    psf_sigma_nm: float = declared(6.275685, "Standard deviation of the point spread.", unit="nm", high=100)
    soft_sigma_nm: float = declared(
        24.43568, "Standard deviation of the wider point spread that is mixed in.", unit="nm", high=200
    )
    soft_cytoplasm: float = declared(0.34555, "Share of the wider point spread in cytoplasm.", high=1)
    soft_boundaries: float = declared(0.315435, "Its share in cell membranes.", high=1)
    soft_mitochondria: float = declared(0.052029, "Its share in mitochondria.", high=1)
    soft_vesicles: float = declared(0.369659, "Its share in vesicles.", high=1)
    soft_psd: float = declared(0.1, "Its share in PSDs.", high=1)
    soft_axon: float = declared(0.05, "Its share in myelin sheaths.", high=1)
    focus_sd: float = declared(
        0.141386, "Standard deviation of the logarithm of the point spread from tile to tile.", high=2
    )
    sharp_share: float = declared(0.2, "Share of the tiles with a narrower point spread.", high=1)
    sharp_focus: float = declared(0.68, "Factor of the point spread in these.", low=0.05, high=1)
    brightness_sd: float = declared(
        0.0, "Standard deviation of the brightness from tile to tile.", unit="levels", high=255
    )
    tilt_sd: float = declared(
        0.570595, "Standard deviation of the change of brightness from edge to edge.", unit="levels", high=255
    )
    gain_sd: float = declared(
        0.002871, "Standard deviation of the logarithm of the contrast from tile to tile.", high=2
    )


@dataclass(frozen=True, kw_only=True)
class Detector(Declared):
    """Contrast, its normalisation, and noise, pixel by pixel."""

    contrast: float = declared(
        1.0, "Factor of all greys before the noise; below 0 the picture is inverted.", low=-3, high=3
    )
    offset: float = declared(
        0.0, "Added to all greys after that; 255 goes with an inverted picture.", unit="levels", low=-255, high=510
    )
    normalisation: float = declared(
        0.0,
        "Share of the differences in mean and contrast from picture to picture that a normalisation takes away before "
        "the noise, as pipelines do after imaging.",
        high=1,
    )
    normalised_mean: float = declared(128.0, "Mean grey to which it brings pictures.", unit="levels", high=255)
    normalised_sd: float = declared(
        40.0, "Standard deviation of the greys to which it brings them.", unit="levels", low=1, high=255
    )
    inverted_share: float = declared(0.0, "Share of the tiles that are shown as negatives.", high=1)
    white: float = declared(9.837554, "Standard deviation of white noise.", unit="levels", high=255)
    correlated: float = declared(
        5.947247, "Standard deviation of noise that is alike in neighbouring pixels.", unit="levels", high=255
    )
    sigma_rows_px: float = declared(2.989722, "How far it is alike down the rows.", unit="px", high=20)
    sigma_cols_px: float = declared(1.457955, "How far it is alike along the rows.", unit="px", high=20)
    axial: float = declared(0.077776, "Share of the noise of the pixels above, below and beside.", low=-1, high=1)
    diagonal: float = declared(0.180635, "Share of the noise of the diagonal pixels.", low=-1, high=1)
    tails: float = declared(0.009675, "Weight of the third power of the noise: heavier tails.", high=1)
    shot_slope: float = declared(-0.012626, "Relative change of the noise with brightness.", low=-10, high=10)
    shot_curve: float = declared(-0.737173, "Relative change of the noise with its square.", low=-10, high=10)
    noise_sd: float = declared(0.045865, "Standard deviation of the logarithm of the noise from tile to tile.", high=2)
