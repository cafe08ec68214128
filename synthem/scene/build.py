"""From a recipe and a style to a scene."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from synthem.instrument.blur_noise import BlurNoise
from synthem.instrument.style import Style
from synthem.labels import Classes
from synthem.parameters import Count, PerTile, check_count, is_none
from synthem.scene.scene import Scene, check_shape
from synthem.tissue.margins import Margins
from synthem.tissue.organelles import (
    Synapse,
)
from synthem.tissue.recipes.recipe import Recipe, load_recipe

__all__ = ["build_scene"]


def build_scene(
    recipe: str | Path | Recipe = "tissue",
    *,
    axons: Count | None = None,
    psd: Count | None = None,
    vesicles: Count | None = None,
    mitochondria: Count | None = None,
    style: str | Path | Style = "epfl",
    shape: int | tuple[int, int] = (256, 256),
    pixel_size_nm: float | tuple[float, float] | PerTile | None = None,
    classes: Classes = None,
) -> Scene:
    """Build the scene of a recipe.

    Parameters
    ----------
    recipe : str, Path or Recipe
        What is in the scene.
    axons, psd, vesicles, mitochondria : int, (int, int), Density or None
        Counts per (1.28 µm)² of tissue that replace those of the recipe; `vesicles` counts clouds, and 0 takes away the
        strays as well. With a count of mitochondria of their own, dendrites hold none; 0 takes away those in axons,
        too.
    style : str, Path or Style
        How it looks.
    shape : int or (int, int)
        Rows and columns; one number is a square.
    pixel_size_nm : float, (low, high), PerTile or None
        Side of a pixel, 1 to 100 nm; a range is drawn per tile. None: that of the style.
    classes : str, Path, ClassTable or None
        The classes that are labelled.

    Returns
    -------
    Scene

    Raises
    ------
    ConfigError
        Names the parameter, what is required, and what came.

    Examples
    --------
    >>> from synthem.scene.build import build_scene
    >>> build_scene("paper", axons=2).organelles[0].count
    2
    """
    plan = load_recipe(recipe)
    given = {"axons": axons, "psd": psd, "vesicles": vesicles, "mitochondria": mitochondria}
    counts = {name: check_count(name, value) for name, value in given.items() if value is not None}
    bare = is_none(counts.get("vesicles", 1))
    strays = replace(plan.free_vesicles, count=0) if bare else plan.free_vesicles
    mitochondrion = replace(plan.mitochondria, count=counts.get("mitochondria", plan.mitochondria.count))
    axon, dendrite = replace(plan.axons, count=counts.get("axons", plan.axons.count)), plan.dendrites
    none = is_none(mitochondrion.count)
    if none:  # and none in lumens either
        axon = replace(axon, mitochondrion_share=0.0)
    if none or "mitochondria" in counts:
        dendrite = replace(dendrite, mitochondrion_share=0.0)
    synapse = Synapse(
        psd=replace(plan.psd, count=counts.get("psd", plan.psd.count)),
        vesicles=replace(plan.vesicles, count=counts.get("vesicles", plan.vesicles.count)),
        mitochondrion=mitochondrion,
        synapse_share=plan.synapse_share,
        mitochondrion_in_bouton_share=plan.mitochondrion_in_bouton_share,
    )
    return Scene(
        organelles=(
            axon,
            dendrite,
            synapse,
            plan.grazed_contacts,
            plan.lysosomes,
            plan.endomembranes,
            strays,
            plan.clutter,
        ),
        stages=(
            plan.membranes,
            plan.cytoplasm,
            *plan.artifacts.before_exposure,
            BlurNoise(),
            *plan.artifacts.after_exposure,
        ),
        shape=check_shape(shape),
        style=style,  # type: ignore[arg-type]
        margins=Margins(default_nm=plan.margin_nm),
        pixel_size_nm=pixel_size_nm,
        classes=classes,
    )
