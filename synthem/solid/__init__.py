"""Solid tissue: bodies in three dimensions that a plane cuts, grown anywhere from a key."""

from synthem.solid.recipe import SolidRecipe, list_solid_recipes, load_solid_recipe
from synthem.solid.scene import SolidScene

__all__ = ["SolidRecipe", "SolidScene", "list_solid_recipes", "load_solid_recipe"]
