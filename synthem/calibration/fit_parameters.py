"""The parameters that are fitted to images, unless the labels determine them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from synthem.calibration.model import Model, Value, ends, limits, shifted, value_at, widened, with_value

__all__ = ["ALTERNATIVES", "DARKEST", "FIT_PARAMETERS", "FitParameter"]


@dataclass(frozen=True, kw_only=True)
class FitParameter:
    """A parameter that the optimiser changes.

    Attributes
    ----------
    path : str
        Dotted name of the parameter; a range is shifted as a whole, unless `widens`.
    step : float
        A change that is visible in an image; derivatives are taken over it.
    low, high : float or None
        Limits that are narrower than those the parameter declares, for both ends of a range. A parameter that starts
        outside these may keep its value or move towards them. Default None.
    also : tuple of (str, float)
        Parameters that move along, each by so many times the change.
    widens : bool
        Whether both ends of a range move apart instead, by so much each. Default False.
    """

    path: str
    step: float
    low: float | None = None
    high: float | None = None
    also: tuple[tuple[str, float], ...] = ()
    widens: bool = False

    @property
    def paths(self) -> tuple[str, ...]:
        """The parameter and those that move along."""
        return (self.path, *(path for path, _ in self.also))

    def room(self, model: Model) -> tuple[float, float]:
        """Return by how much the parameter of a model may fall and rise: the first not above 0, the second not below.

        Parameters
        ----------
        model : Model
            Where the fit begins.
        """
        bottom, top = ends(value_at(model, self.path))
        if self.widens:
            low, high = limits(model, self.path)
            low = low if self.low is None else max(low, self.low)
            return (bottom - top) / 2, max(min(bottom - low, high - top), 0.0)
        falls = [-float("inf") if self.low is None else self.low - bottom]
        rises = [float("inf") if self.high is None else self.high - top]
        for path, share in ((self.path, 1.0), *self.also):
            bottom, top = ends(value_at(model, path))
            low, high = limits(model, path)
            fall, rise = sorted(((low - bottom) / share, (high - top) / share))
            falls.append(fall)
            rises.append(rise)
        return min(max(falls), 0.0), max(min(rises), 0.0)

    def moved(self, model: Model, by: float) -> Model:
        """Return a model with the parameter, and those that move along, shifted."""
        for path, share in ((self.path, 1.0), *self.also):
            change = widened if self.widens else shifted
            model = with_value(model, path, change(value_at(model, path), by * share))
        return model


def _style(path: str, step: float, low: float | None = None, high: float | None = None) -> FitParameter:
    return FitParameter(path=f"style.{path}", step=step, low=low, high=high)


def _material(path: str, step: float, *also: str, low: float | None = 0.0, high: float | None = None) -> FitParameter:
    """Return a parameter of a material; `also` are parameters of others that move alike."""
    together = tuple((f"style.materials.{other}", 1.0) for other in also)
    return FitParameter(path=f"style.materials.{path}", step=step, low=low, high=high, also=together)


def _spread(name: str, step: float, low: float = 0.0) -> FitParameter:
    """Return a parameter that widens the greys of a material."""
    return FitParameter(path=f"style.materials.{name}.grey", step=step, low=low, widens=True)


DARKEST = -120.0
"""Lowest grey before blur of what is black in the picture although it is blurred."""

FIT_PARAMETERS = (
    _style("optics.psf_sigma_nm", 0.6, 2.0, 25.0),
    _style("optics.soft_sigma_nm", 1.5, 5.0, 80.0),
    _style("optics.soft_cytoplasm", 0.06),
    _style("optics.soft_boundaries", 0.06),
    _style("optics.soft_mitochondria", 0.08),
    _style("optics.soft_vesicles", 0.08),
    _style("optics.soft_psd", 0.1),
    _style("optics.focus_sd", 0.04, high=0.4),
    _style("optics.brightness_sd", 1.0, high=40.0),
    _style("optics.gain_sd", 0.02, high=0.3),
    _style("optics.tilt_sd", 2.0, high=40.0),
    _style("detector.normalisation", 0.1),
    _style("detector.normalised_mean", 3.0),
    _style("detector.normalised_sd", 2.0, high=120.0),
    _style("detector.white", 0.4, high=80.0),
    _style("detector.correlated", 0.6, high=80.0),
    _style("detector.sigma_rows_px", 0.25, 0.5, 5.0),
    _style("detector.sigma_cols_px", 0.15, 0.5, 5.0),
    _style("detector.axial", 0.04, -1.0, 0.5),
    _style("detector.diagonal", 0.05, -1.0, 0.5),
    _style("detector.tails", 0.01, high=0.2),
    _style("detector.noise_sd", 0.03, high=1.0),
    _style("detector.shot_slope", 0.1, -1.5, 1.5),
    _style("detector.shot_curve", 0.1, -2.0, 0.5),
    _style("cytoplasm.level", 2.0),
    _style("cytoplasm.dark_level", 5.0),
    _style("cytoplasm.coarse_texture", 1.0, high=60.0),
    _style("cytoplasm.fine_texture", 2.0, high=60.0),
    _style("cytoplasm.speckle", 5.0, high=150.0),
    _style("cytoplasm.speckle_threshold", 0.1, 0.0, 2.0),
    _style("cytoplasm.texture_variation", 0.05, high=0.8),
    _style("cytoplasm.coarse_texture_skew", 0.1, 0.0, 0.9),
    _style("cytoplasm.fine_texture_stretch", 0.2, 0.6, 2.5),
    _style("cytoplasm.fine_texture_size_nm", 4.0, 12.0, 120.0),
    _style("cytoplasm.coarse_texture_size_nm", 40.0, 100.0, 1000.0),
    _style("cytoplasm.highlight_knee", 4.0, high=255.0),
    _style("cytoplasm.highlight_range", 4.0, 8.0, 120.0),
    _style("membranes.level", 3.0, DARKEST),
    _style("membranes.level_sd", 1.5, high=40.0),
    _style("membranes.defocus", 4.0, high=60.0),
    _style("membranes.fade", 0.1),
    _style("membranes.edge_shadow", 0.1),
    _style("membranes.edge_shadow_reach_nm", 5.0),
    _style("membranes.texture_sd", 1.0, high=40.0),
    _style("membranes.oblique_level", 3.0, DARKEST),
    _style("membranes.oblique_sd", 2.0, high=60.0),
    _style("membranes.oblique_fade", 0.1),
    _style("membranes.cleft_level", 4.0),
    _material("vesicle_membrane.grey", 3.0, "out_of_plane_membrane.grey", "free_vesicle_membrane.grey"),
    _material("vesicle_lumen.grey", 3.0, "free_vesicle_lumen.grey"),
    _material("bouton_cytoplasm.grey", 4.0),
    _material("bouton_cytoplasm.opacity", 0.1),
    _material("dark_line.grey", 5.0, "reticulum.grey", low=DARKEST),
    _material("dark_line.opacity", 0.08, "reticulum.opacity", "reticulum_lumen.opacity", low=0.2),
    _material("grazing_membrane.grey", 4.0),
    _material("grazing_membrane.opacity", 0.08, low=0.2),
    _material("mitochondrial_rim.grey", 3.0, low=DARKEST),
    _material("matrix.grey", 3.0, low=DARKEST),
    _material("matrix.texture_sd", 2.0, "swollen_matrix.texture_sd", high=30.0),
    _material("mitochondrial_halo.opacity", 0.1),
    _material("mitochondrial_halo.grey", 10.0),
    _material("matrix_slit.grey", 5.0, low=0.0, high=150.0),
    _material("matrix_patch.grey", 4.0, low=-100.0, high=0.0),
    _material("swollen_lumen.grey", 5.0, low=0.0, high=150.0),
    _material("swollen_membrane.grey", 5.0, low=-150.0, high=0.0),
    _material("rim_outer_edge.opacity", 0.1),
    _material("rim_inner_edge.opacity", 0.1),
    _material("endomembrane.grey", 5.0),
    _material("endomembrane_lumen.grey", 5.0),
    _material("reticulum_lumen.grey", 5.0),
    _material("dense_body.grey", 5.0, low=DARKEST),
    _material("microtubule.grey", 5.0),
    _spread("matrix", 3.0, DARKEST),
    _spread("mitochondrial_rim", 3.0, DARKEST),
    _spread("psd", 3.0, DARKEST),
    _spread("crista", 3.0, low=-120.0),
    _material("psd.texture_sd", 2.0, "psd_core.texture_sd", high=40.0),
    _material("psd_fuzz.reach_nm", 10.0),
    _material("psd_fuzz.opacity", 0.1),
    _material("psd_edge.opacity", 0.1),
    _material("mitochondrial_rim.texture_sd", 2.0, high=40.0),
    FitParameter(
        path="style.materials.crista.grey",
        step=3.0,
        low=-120.0,
        high=0.0,
        also=(("style.materials.crista_membrane.grey", 0.7), ("style.materials.crista_lumen.grey", -0.7)),
    ),
    _material("crista_membrane.grey", 4.0, low=-120.0, high=0.0),
    _material("crista_lumen.grey", 5.0, high=150.0),
    FitParameter(path="recipe.membranes.width_sd_along", step=0.04, high=0.5),
    FitParameter(path="recipe.membranes.width_sd_between", step=0.04, high=0.5),
    FitParameter(path="recipe.membranes.variation", step=0.1),
    FitParameter(path="recipe.membranes.double_share", step=0.08, high=0.5),
    FitParameter(path="recipe.membranes.oblique_share", step=0.03, high=0.5),
    FitParameter(path="recipe.mitochondria.rim_nm", step=3.0, low=8.0),
    FitParameter(path="recipe.cytoplasm.dark_share", step=0.02, high=0.5),
    FitParameter(path="recipe.vesicles.count", step=0.2, high=20.0),
    FitParameter(path="recipe.free_vesicles.count", step=2.0, high=200.0),
    FitParameter(path="recipe.mitochondria.cristae_period_nm", step=4.0, low=16.0),
    FitParameter(path="recipe.mitochondria.swollen_share", step=0.1),
    FitParameter(path="recipe.mitochondria.resolved_share", step=0.1),
    FitParameter(path="recipe.mitochondria.tubular_share", step=0.1),
    FitParameter(path="recipe.clutter.count", step=6.0, high=200.0),
    FitParameter(path="recipe.mitochondria.patches", step=40.0, high=2000.0),
    FitParameter(path="recipe.endomembranes.count", step=0.4, high=20.0),
)
"""Those of the recipe come last: they alone change the layouts, which are drawn anew for each of them."""

ALTERNATIVES: tuple[Mapping[str, Value], ...] = (
    {  # crisp pictures
        "style.optics.psf_sigma_nm": 3.5,
        "style.optics.soft_cytoplasm": 0.05,
        "style.optics.soft_boundaries": 0.05,
        "style.optics.soft_mitochondria": 0.05,
        "style.optics.soft_vesicles": 0.05,
    },
    {  # white noise behind a narrow point spread
        "style.detector.correlated": 0.0,
        "style.detector.axial": -0.5,
        "style.detector.diagonal": -0.25,
    },
    {"style.detector.correlated": 0.0, "style.detector.axial": 0.0, "style.detector.diagonal": 0.0},
    {"style.detector.shot_slope": 0.0, "style.detector.shot_curve": 0.0},  # as strong in the dark
    {  # cytoplasm with dark grains, such as ribosomes, instead of mottles
        "style.cytoplasm.fine_texture": 8.0,
        "style.cytoplasm.fine_texture_size_nm": 24.0,
        "style.cytoplasm.speckle": 60.0,
        "style.cytoplasm.speckle_threshold": 0.9,
    },
    {"style.detector.normalisation": 0.8},
    {"recipe.membranes.double_share": 0.0},
    {"style.membranes.cleft_level": 60.0},  # two membranes without a pale gap
    {  # pale cristae in a dark matrix
        "style.materials.matrix_slit.grey": (50.0, 90.0),
        "style.materials.swollen_lumen.grey": (70.0, 70.0),
        "style.materials.crista.grey": (-40.0, -20.0),
    },
    {  # lamellae that show two membranes
        "recipe.mitochondria.resolved_share": 0.7,
        "style.materials.crista_membrane.grey": (-45.0, -25.0),
        "style.materials.crista_lumen.grey": (45.0, 75.0),
    },
    {"recipe.mitochondria.patches": (200.0, 800.0)},
    {"style.materials.mitochondrial_halo.opacity": (0.0, 0.0)},
    {"style.materials.mitochondrial_rim.grey": (30.0, 50.0)},
    {"style.materials.mitochondrial_rim.grey": (30.0, 50.0), "recipe.mitochondria.rim_nm": (10.0, 15.0)},
    {"recipe.cytoplasm.dark_share": 0.05},
)
"""Other places to begin, tried one after another: a search for the best slope seldom finds the way to them."""
