"""Recipes: what is in a scene. Counts, sizes and densities, each recipe a TOML file."""

from __future__ import annotations

from dataclasses import MISSING, dataclass
from pathlib import Path

from synthem._toml import find_toml, from_mapping, read_toml, shipped, to_toml
from synthem.errors import ConfigError
from synthem.instrument.artifacts import Artifacts
from synthem.instrument.cytoplasm import Cytoplasm
from synthem.instrument.style import is_style
from synthem.parameters import Declared, declared
from synthem.tissue.membrane_layer import MembraneLayer
from synthem.tissue.organelles import (
    PSD,
    Axon,
    Clutter,
    Dendrite,
    Endomembrane,
    FreeVesicles,
    GrazedContact,
    Lysosome,
    Mitochondrion,
    Vesicles,
)

__all__ = ["Recipe", "list_recipes", "load_recipe"]

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class Recipe(Declared):
    """What is in a scene, per (1.28 µm)² of tissue.

    Examples
    --------
    >>> from synthem.tissue.recipes.recipe import load_recipe
    >>> load_recipe("paper").axons.count
    (0, 3)
    """

    name: str = declared(MISSING, "Name of the recipe.")
    axons: Axon = declared(Axon(), "Myelinated axons.")
    dendrites: Dendrite = declared(Dendrite(), "Trunks of dendrites.")
    mitochondria: Mitochondrion = declared(Mitochondrion(), "Mitochondria.")
    psd: PSD = declared(PSD(), "Postsynaptic densities.")
    vesicles: Vesicles = declared(Vesicles(), "Vesicle clouds.")
    free_vesicles: FreeVesicles = declared(FreeVesicles(), "Vesicles outside clouds.")
    endomembranes: Endomembrane = declared(Endomembrane(), "Labelled membranes within compartments.")
    lysosomes: Lysosome = declared(Lysosome(), "Lysosomes and multivesicular bodies.")
    grazed_contacts: GrazedContact = declared(
        GrazedContact(), "Dark membranes without a label that a network might take for PSDs."
    )
    clutter: Clutter = declared(Clutter(), "Small structures without a label.")
    membranes: MembraneLayer = declared(MembraneLayer(), "Compartments and the membranes between them.")
    cytoplasm: Cytoplasm = declared(Cytoplasm(), "Dark compartments, and granules.")
    synapse_share: float = declared(
        0.8, "Share of the PSDs that are placed as a synapse with a vesicle cloud where both are there.", high=1
    )
    mitochondrion_in_bouton_share: float = declared(
        0.0, "Share of the mitochondria that lie beside a vesicle cloud in one compartment.", high=1
    )
    margin_nm: float = declared(20.0, "Distance between organelles.", unit="nm", high=1000)
    artifacts: Artifacts = declared(Artifacts(), "What may damage a tile, each with its share of the tiles.")

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
    data = read_toml(path)
    if is_style(data):
        raise ConfigError(f"`recipe` must be a recipe, got the style {path}: give it as `style`")
    return from_mapping(Recipe, data, str(path))
