"""The meaning of a distinguishing feature in words: the part of the look that has to change."""

from __future__ import annotations

from synthem.quality.distances import DistinguishingFeature
from synthem.quality.texture import POWER_BINS

__all__ = ["advice"]

_MEANING = {
    "grey_mean": "overall brightness",
    "grey_sd": "contrast between dark and bright structures",
    "grey_skewness": "balance of bright cytoplasm and dark structures",
    "grey_kurtosis": "how many pixels are far darker or brighter than most",
    "glcm_contrast": "difference of neighbouring pixels: noise and sharp edges",
    "glcm_homogeneity": "share of equal neighbours: flatness of surfaces",
    "glcm_energy": "how few grey steps make up the picture",
    "glcm_correlation": "likeness of neighbouring pixels: share of structure in what is noise and structure",
    "gradient_mean": "steepness of edges and strength of texture: blur",
    "gradient_sd": "spread of edge strengths",
    "gradient_skewness": "share of strong edges among weak ones",
    "gradient_q95": "the strongest edges: membranes and rims",
    "gradient_xy": "texture along rows against texture along columns",
    "laplacian_sd": "strength of spots and ridges",
    "laplacian_skewness": "balance of dark and bright spots and ridges",
    "laplacian_kurtosis": "how much few strong spots and ridges stand out of the texture",
    "lbp_r1": "micro-pattern of the noise, 1 px",
    "lbp_r3": "micro-pattern of the texture, 3 px",
}


def advice(feature: DistinguishingFeature) -> str:
    """Say in words what a feature measures, and whether the synthetic side has too much or too little of it.

    Examples
    --------
    >>> from synthem.quality.advice import advice
    >>> from synthem.quality.distances import DistinguishingFeature
    >>> numbers = {"real": 2.0, "synthetic": 1.5, "effect": -3.0, "conditional": -2.0, "separation": 1.0}
    >>> advice(DistinguishingFeature(feature="power_15", **numbers))
    'too little structure of 2.0 to 2.1 px wavelength'
    """
    name = feature.feature
    much = "too much" if feature.effect > 0 else "too little"
    if name.startswith("power_"):
        ring = int(name.removeprefix("power_"))
        fine = 2.0 * POWER_BINS / (ring + 1)
        if ring == 0:
            return f"{much} structure of more than {fine:.0f} px wavelength: slow shading, large objects"
        return f"{much} structure of {fine:.1f} to {2.0 * POWER_BINS / ring:.1f} px wavelength"
    if name.startswith("grey_q"):
        side = "bright" if feature.effect > 0 else "dark"
        level = int(name.removeprefix("grey_q"))
        return f"the grey level below which {level} % of the pixels lie is too {side}"
    high = "too high" if feature.effect > 0 else "too low"
    return f"{high}: {_MEANING[next(key for key in _MEANING if name.startswith(key))]}"
