"""Recipes: what is in a scene. Counts, sizes and densities, each recipe a TOML file."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

from synthem.config import find_toml, from_mapping, read_toml, shipped, to_toml
from synthem.organelles import (
    PSD,
    Axon,
    Clutter,
    Dendrite,
    Endomembrane,
    FreeVesicles,
    Lysosome,
    Mitochondrion,
    Synapse,
    Vesicles,
)
from synthem.placement import Margins
from synthem.sampling import Count, check_count, check_scalar, is_none
from synthem.scene import Scene
from synthem.stages import BlurNoise, Cytoplasm, MembraneLayer
from synthem.styles import Style

__all__ = ["Recipe", "build_scene", "list_recipes", "load_recipe"]

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What is in a scene, per 256 x 256 pixels.

    Parameters
    ----------
    name : str
        Name of the recipe.
    axon, dendrite, mitochondrion, psd, vesicles, free_vesicles, endomembrane, lysosome, clutter
        Organelles with their counts and sizes.
    membranes : MembraneLayer
        Density and sizes of the compartments.
    paired : float
        Share of the PSDs that are placed as a synapse with a vesicle cloud where both are there, 0 to 1.
    housed : float
        Share of the mitochondria that lie beside a vesicle cloud in one compartment where both are there, 0 to 1.
    margin : float
        Distance in pixels between organelles.

    Examples
    --------
    >>> from synthem.recipes import load_recipe
    >>> load_recipe("paper").axon.count
    (0, 3)
    """

    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    name: str
    axon: Axon = field(default_factory=Axon)
    dendrite: Dendrite = field(default_factory=Dendrite)
    mitochondrion: Mitochondrion = field(default_factory=Mitochondrion)
    psd: PSD = field(default_factory=PSD)
    vesicles: Vesicles = field(default_factory=Vesicles)
    free_vesicles: FreeVesicles = field(default_factory=FreeVesicles)
    endomembrane: Endomembrane = field(default_factory=Endomembrane)
    lysosome: Lysosome = field(default_factory=Lysosome)
    clutter: Clutter = field(default_factory=Clutter)
    membranes: MembraneLayer = field(default_factory=MembraneLayer)
    paired: float = 0.8
    housed: float = 0.0
    margin: float = 4.0

    def __post_init__(self) -> None:
        check_scalar("paired", self.paired, low=0, high=1)
        check_scalar("housed", self.housed, low=0, high=1)
        check_scalar("margin", self.margin, low=0, high=200)

    def to_toml(self) -> str:
        """Return the recipe as TOML text that `load_recipe` reads back equal."""
        return to_toml(self)


def list_recipes() -> list[str]:
    """Return the names of the shipped recipes.

    Examples
    --------
    >>> from synthem.recipes import list_recipes
    >>> list_recipes()
    ['paper', 'paper_axons', 'tissue']
    """
    return shipped(_FOLDER)


def load_recipe(recipe: str | Path | Recipe) -> Recipe:
    """Load a recipe.

    Parameters
    ----------
    recipe : str, Path or Recipe
        Name of a shipped recipe, path of a TOML file, or a recipe, which is returned as it is.

    Returns
    -------
    Recipe

    Raises
    ------
    ConfigError
        If there is no such recipe, or the file has an unknown key or a wrong type.
    """
    if isinstance(recipe, Recipe):
        return recipe
    path = find_toml("recipe", recipe, _FOLDER, "a TOML file, a Recipe or a Scene")
    return from_mapping(Recipe, read_toml(path), str(path))


def build_scene(
    recipe: str | Path | Recipe = "paper",
    *,
    axons: Count | None = None,
    psd: Count | None = None,
    vesicles: Count | None = None,
    mitochondria: Count | None = None,
    style: str | Path | Style = "epfl",
    shape: tuple[int, int] = (256, 256),
) -> Scene:
    """Build the scene of a recipe.

    Parameters
    ----------
    recipe : str, Path or Recipe
        What is in the scene.
    axons, psd, vesicles, mitochondria : int, (int, int), Density or None
        Counts per 256 x 256 pixels that replace those of the recipe; `vesicles` counts clouds, and 0 takes away the
        strays as well. With a count of mitochondria of their own, dendrites hold none; 0 takes away those in axons,
        too.
    style : str, Path or Style
        How it looks.
    shape : (int, int)
        Rows and columns.

    Returns
    -------
    Scene

    Raises
    ------
    ConfigError
        Names the parameter, what is required, and what came.

    Examples
    --------
    >>> from synthem.recipes import build_scene
    >>> build_scene("paper", axons=2).organelles[0].count
    2
    """
    plan = load_recipe(recipe)
    given = {"axons": axons, "psd": psd, "vesicles": vesicles, "mitochondria": mitochondria}
    counts = {name: check_count(name, value) for name, value in given.items() if value is not None}
    bare = is_none(counts.get("vesicles", 1))
    strays = replace(plan.free_vesicles, count=0) if bare else plan.free_vesicles
    mitochondrion = replace(plan.mitochondrion, count=counts.get("mitochondria", plan.mitochondrion.count))
    axon, dendrite = replace(plan.axon, count=counts.get("axons", plan.axon.count)), plan.dendrite
    none = is_none(mitochondrion.count)
    if none:  # and none in lumens either
        axon = replace(axon, mitochondrion_share=0.0)
    if none or "mitochondria" in counts:
        dendrite = replace(dendrite, mitochondrion_share=0.0)
    synapse = Synapse(
        psd=replace(plan.psd, count=counts.get("psd", plan.psd.count)),
        vesicles=replace(plan.vesicles, count=counts.get("vesicles", plan.vesicles.count)),
        mitochondrion=mitochondrion,
        share=plan.paired,
        housed=plan.housed,
    )
    return Scene(
        organelles=(
            axon,
            dendrite,
            synapse,
            plan.lysosome,
            plan.endomembrane,
            strays,
            plan.clutter,
        ),
        stages=(plan.membranes, Cytoplasm(), BlurNoise()),
        shape=shape,
        style=style,  # type: ignore[arg-type]
        margins=Margins(default=plan.margin),
    )
