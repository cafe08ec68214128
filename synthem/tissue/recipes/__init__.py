"""Recipes: what is in the tissue. Counts, sizes and densities, each shipped recipe a TOML file."""

from synthem.tissue.recipes.recipe import Recipe, list_recipes, load_recipe

__all__ = ["Recipe", "list_recipes", "load_recipe"]
