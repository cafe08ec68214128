"""Recipes: what is in a scene. Counts, sizes and densities, each recipe a TOML file."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from synthem._toml import find_toml, from_mapping, read_toml, shipped, to_toml
from synthem.instrument.artifacts import Artifacts
from synthem.parameters import check_scalar
from synthem.tissue.membrane_layer import MembraneLayer
from synthem.tissue.organelles import (
    PSD,
    Axon,
    Clutter,
    Dendrite,
    Endomembrane,
    FreeVesicles,
    Lysosome,
    Mitochondrion,
    Vesicles,
)

__all__ = ["Recipe", "list_recipes", "load_recipe"]

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What is in a scene, per 256 x 256 pixels.

    Parameters
    ----------
    name : str
        Name of the recipe.
    axons, dendrites, mitochondria, psd, vesicles, free_vesicles, endomembranes, lysosomes, clutter
        Organelles with their counts and sizes.
    membranes : MembraneLayer
        Density and sizes of the compartments.
    synapse_share : float
        Share of the PSDs that are placed as a synapse with a vesicle cloud where both are there, 0 to 1.
    mitochondrion_in_bouton_share : float
        Share of the mitochondria that lie beside a vesicle cloud in one compartment where both are there, 0 to 1.
    margin : float
        Distance in pixels between organelles.
    artifacts : Artifacts
        What may damage a tile, each with its share of the tiles; by default nothing.

    Examples
    --------
    >>> from synthem.tissue.recipes.recipe import load_recipe
    >>> load_recipe("paper").axons.count
    (0, 3)
    """

    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}

    name: str
    axons: Axon = field(default_factory=Axon)
    dendrites: Dendrite = field(default_factory=Dendrite)
    mitochondria: Mitochondrion = field(default_factory=Mitochondrion)
    psd: PSD = field(default_factory=PSD)
    vesicles: Vesicles = field(default_factory=Vesicles)
    free_vesicles: FreeVesicles = field(default_factory=FreeVesicles)
    endomembranes: Endomembrane = field(default_factory=Endomembrane)
    lysosomes: Lysosome = field(default_factory=Lysosome)
    clutter: Clutter = field(default_factory=Clutter)
    membranes: MembraneLayer = field(default_factory=MembraneLayer)
    synapse_share: float = 0.8
    mitochondrion_in_bouton_share: float = 0.0
    margin: float = 4.0
    artifacts: Artifacts = field(default_factory=Artifacts)

    def __post_init__(self) -> None:
        check_scalar("synapse_share", self.synapse_share, low=0, high=1)
        check_scalar("mitochondrion_in_bouton_share", self.mitochondrion_in_bouton_share, low=0, high=1)
        check_scalar("margin", self.margin, low=0, high=200)

    def to_toml(self) -> str:
        """Return the recipe as TOML text that `load_recipe` reads back equal."""
        return to_toml(self)


def list_recipes() -> list[str]:
    """Return the names of the shipped recipes.

    Examples
    --------
    >>> from synthem.tissue.recipes.recipe import list_recipes
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
