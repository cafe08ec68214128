"""From a recipe of solid tissue, counts and a style to a scene of volumes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from synthem.errors import ConfigError
from synthem.instrument.style import Style
from synthem.kernels.solid.strands import BESIDE
from synthem.labels import Classes
from synthem.parameters import Count, Density, check_count
from synthem.solid.recipe import CUBE_NM, Contents, Neurites, SolidRecipe, load_solid_recipe
from synthem.solid.scene import SolidScene

__all__ = ["build_solid_scene", "mean_boutons"]

SWELLING_SHARE = 0.9
"""Share of the stretches of an axon, of `every_nm` each, that have a swelling."""


def build_solid_scene(
    recipe: str | Path | SolidRecipe = "tissue",
    *,
    axons: Count | None = None,
    psd: Count | None = None,
    vesicles: Count | None = None,
    mitochondria: Count | None = None,
    style: str | Path | Style = "epfl",
    shape: tuple[int, int, int] = (64, 256, 256),
    pixel_size_nm: float | None = None,
    spacing_nm: float | None = None,
    thickness_nm: float | None = None,
    classes: Classes = None,
) -> SolidScene:
    """Build the scene of a recipe.

    Parameters
    ----------
    recipe : str, Path or SolidRecipe
        What is in the tissue.
    axons, psd, vesicles, mitochondria : int, (int, int), Density or None
        Counts per (1.28 µm)³ of tissue that replace those of the recipe. Tissue goes on beyond a block, so all of them
        are means: a number or a range stands for its mean. `axons` counts those that a plane of (1.28 µm)² cuts, on
        average over its directions, since an axon is longer than a cube. `vesicles` counts boutons with vesicles, and 0
        takes away those elsewhere as well.
    style, shape, pixel_size_nm, spacing_nm, thickness_nm, classes
        As in `SolidScene`.

    Raises
    ------
    ConfigError
        Names the parameter, what is required, and what came.

    Examples
    --------
    >>> from synthem.solid.build import build_solid_scene
    >>> build_solid_scene(axons=0, shape=(8, 64, 64)).recipe.myelinated.count
    0.0
    """
    plan = load_solid_recipe(recipe)
    boutons = mean_boutons(plan)
    if axons is not None:
        plan = _with_axons(plan, axons)
    if psd is not None:
        share = _mean("psd", psd, boutons) / boutons if boutons else 0.0
        plan = replace(plan, boutons=replace(plan.boutons, density_share=share))
    if vesicles is not None:
        share = _mean("vesicles", vesicles, boutons) / boutons if boutons else 0.0
        plan = replace(plan, vesicles=replace(plan.vesicles, empty_share=1.0 - share))
        if share == 0.0:
            plan = replace(plan, free_vesicles=replace(plan.free_vesicles, share=0.0))
    if mitochondria is not None:
        plan = _with_mitochondria(plan, mitochondria)
    return SolidScene(
        recipe=plan,
        style=style,  # type: ignore[arg-type]
        shape=shape,
        pixel_size_nm=pixel_size_nm,
        spacing_nm=spacing_nm,
        thickness_nm=thickness_nm,
        classes=classes,
    )


def mean_boutons(recipe: SolidRecipe) -> float:
    """Return the mean number of boutons in (1.28 µm)³."""
    step = recipe.axons.step_nm
    beads = max(2 * BESIDE + 1, int(recipe.boutons.every_nm / step))  # a stretch is a whole number of them
    return _windows(recipe.axons, beads * step) * SWELLING_SHARE


def _windows(neurites: Neurites, every_nm: float) -> float:
    """Return the mean number of windows of a length along all neurites of a species in a cube."""
    return neurites.total_nm / every_nm


def _mean(name: str, count: Count, most: float) -> float:
    checked = check_count(name, count)
    if isinstance(checked, Density):
        mean = checked.mean
    else:
        mean = sum(checked) / 2.0 if isinstance(checked, tuple) else float(checked)
    if mean > most:
        raise ConfigError(f"`{name}` of a volume must be at most {most:.3g} per (1.28 µm)³ on average, got {count!r}")
    return mean


def _with_axons(recipe: SolidRecipe, count: Count) -> SolidRecipe:
    """Return a recipe of whose myelinated axons a plane cuts so many: half of their length in a volume, per area."""
    begin = _mean("axons", count, 100.0) * 2.0 * CUBE_NM / (0.5 * sum(recipe.myelinated.length_nm))
    try:
        return replace(recipe, myelinated=replace(recipe.myelinated, count=begin))
    except ConfigError as error:
        raise ConfigError(f"`axons` of a volume must leave room for other neurites, got {count!r}: {error}") from error


def _with_mitochondria(recipe: SolidRecipe, count: Count) -> SolidRecipe:
    """Return a recipe with so many mitochondria in dendrites and axons together, in the proportions of before."""
    hosts: dict[str, Neurites] = {
        "dendritic_mitochondria": recipe.dendrites,
        "axonal_mitochondria": recipe.axons,
        "myelinated_mitochondria": recipe.myelinated,
    }
    contents: dict[str, Contents] = {name: getattr(recipe, name) for name in hosts}
    usual = sum(_windows(hosts[name], one.every_nm) * one.share for name, one in contents.items())
    widest = max(one.share for one in contents.values())
    factor = _mean("mitochondria", count, usual / widest if widest else 0.0) / usual if usual else 0.0
    changed: dict[str, Any] = {name: replace(one, share=one.share * factor) for name, one in contents.items()}
    return replace(recipe, **changed)
