"""Recipes of solid tissue: what is in it, per (1.28 µm)³, with lengths in nanometres."""

from __future__ import annotations

import math
from dataclasses import MISSING, dataclass
from pathlib import Path
from statistics import NormalDist

from synthem._toml import find_toml, from_mapping, read_toml, shipped, to_toml
from synthem.errors import ConfigError
from synthem.instrument.section_artifacts import SectionArtifacts
from synthem.parameters import Declared, Range, declared

__all__ = [
    "Boutons",
    "Contents",
    "Heads",
    "Myelin",
    "Neurites",
    "SolidBody",
    "SolidClutter",
    "SolidMembranes",
    "SolidRecipe",
    "SolidVesicles",
    "Spines",
    "list_solid_recipes",
    "load_solid_recipe",
]

HOSTS = ("myelinated", "dendrite", "axon", "process")
"""Species of neurites, in the order of their numbers."""
CUBE_NM = 1280.0
"""Side of the cube in which things are counted."""
FULLEST = 1.5
"""Largest share of the space that neurites may take before they push each other aside."""
_BEADS = {("myelinated", "dendrites"): 100.0, ("axons", "processes", "spines"): 2000.0}
"""How many beads may make up the neurites in a cube: the time to settle grows with their square."""
SPINE_STEP_NM = 90.0
"""Distance of the beads of a spine."""
_WIDEST_THIN = 400.0
_NORMAL = [NormalDist().inv_cdf((0.5 + step) / 64) for step in range(64)]
_FOLDER = Path(__file__).parent / "recipes"


@dataclass(frozen=True, kw_only=True)
class Neurites(Declared):
    """One species of neurites: how many begin in a cube, how they run and how thick they are."""

    count: float = declared(0.0, "Mean number that begin in (1.28 µm)³.", high=100)
    length_nm: Range = declared((2000.0, 3000.0), "Length.", unit="nm", low=200, high=12_000)
    step_nm: float = declared(90.0, "Distance of the beads that make it up.", unit="nm", low=40, high=400)
    radius_nm: float = declared(60.0, "Median radius; radii are log-normal.", unit="nm", low=20, high=1000)
    spread: float = declared(0.4, "Standard deviation of the logarithm of the radius.", high=2)
    limits_nm: Range = declared((28.0, 150.0), "Smallest and largest radius.", unit="nm", low=20, high=1000)
    turn: float = declared(0.15, "Standard deviation of the angle from bead to bead.", unit="rad", high=1)
    unevenness: float = declared(0.1, "Standard deviation of the logarithm of the radius along it.", high=1)
    alignment: float = declared(
        0.0, "Weight of the direction that is common within some 2.6 µm, beside one of its own.", high=10
    )
    bundle: int = declared(1, "How many begin at one place and run alike.", low=1, high=32)

    @property
    def total_nm(self) -> float:
        """Mean length of all that begin in a cube, in nm."""
        return self.count * sum(self.length_nm) / 2.0

    @property
    def space(self) -> float:
        """Share of the space that they take before they push each other aside."""
        low, high = self.limits_nm
        radii = (self.radius_nm * math.exp(self.spread * normal) for normal in _NORMAL)
        mean = sum(min(max(radius, low), high) ** 2 for radius in radii) / len(_NORMAL)
        return self.total_nm * math.pi * mean / CUBE_NM**3


@dataclass(frozen=True, kw_only=True)
class Boutons(Declared):
    """Swellings of thin axons."""

    every_nm: float = declared(2600.0, "Mean distance along an axon.", unit="nm", low=400, high=20_000)
    radius_nm: Range = declared((130.0, 185.0), "Radius in the middle.", unit="nm", low=30, high=400)
    density_share: float = declared(0.4, "Share with a postsynaptic density.", high=1)
    density_radius_nm: Range = declared((70.0, 210.0), "Radius of a density.", unit="nm", low=20, high=250)
    presynaptic_depth_nm: Range = declared(
        (14.0, 22.0), "How far a density reaches from the middle of the wall into the bouton.", unit="nm", high=100
    )
    postsynaptic_depth_nm: Range = declared(
        (38.0, 62.0), "How far it reaches into the other compartment.", unit="nm", high=100
    )
    partner_radius_nm: float = declared(
        0.0, "Least radius of the dendrite or process that a density faces.", unit="nm", high=400
    )
    fading_share: float = declared(0.0, "Share of the densities whose ends and flanks fade.", high=1)
    pale_share: float = declared(0.0, "Share of the densities that are paler than others.", high=1)


@dataclass(frozen=True, kw_only=True)
class Heads(Declared):
    """Swellings of thin processes."""

    every_nm: float = declared(900.0, "Mean distance along a process.", unit="nm", low=400, high=20_000)
    radius_nm: Range = declared((0.0, 0.0), "Radius in the middle; 0: there are none.", unit="nm", high=200)


@dataclass(frozen=True, kw_only=True)
class Spines(Declared):
    """Spines of dendrites: a neck, and a head at its end. They are of the same compartment as their dendrite."""

    per_um: float = declared(0.0, "Mean number per µm of dendrite.", high=20)
    length_nm: Range = declared((400.0, 1000.0), "Length beyond the dendrite.", unit="nm", low=100, high=3000)
    neck_radius_nm: Range = declared((30.0, 60.0), "Radius of the neck.", unit="nm", low=20, high=200)
    head_radius_nm: Range = declared((90.0, 180.0), "Radius in the middle of the head.", unit="nm", low=20, high=200)

    @property
    def volume_nm3(self) -> float:
        """Mean volume of one, in nm³: a neck and a ball."""
        length, neck, head = (
            0.5 * sum(limits) for limits in (self.length_nm, self.neck_radius_nm, self.head_radius_nm)
        )
        return math.pi * (length * neck**2 + 4.0 / 3.0 * head**3)


@dataclass(frozen=True, kw_only=True)
class SolidVesicles(Declared):
    """Vesicles of boutons."""

    radius_nm: Range = declared((23.0, 33.0), "Radius; alike within a bouton.", unit="nm", low=8, high=60)
    filling: Range = declared(
        (0.5, 0.9), "Share of the places of a dense packing that are taken where they gather.", high=1
    )
    decay_nm: float = declared(
        140.0,
        "Distance from a density, or else from a point of the surface, over which they grow rare.",
        unit="nm",
        low=50,
        high=2000,
    )
    empty_share: float = declared(0.05, "Share of the boutons without vesicles.", high=1)
    margin_nm: float = declared(12.0, "Room between vesicles and the surface of the bouton.", unit="nm", high=60)


@dataclass(frozen=True, kw_only=True)
class Myelin(Declared):
    """Sheaths of myelinated axons."""

    sheath_nm: Range = declared((35.0, 125.0), "Thickness; at most 0.4 of the radius.", unit="nm", low=5, high=400)
    loose_share: float = declared(
        0.0, "Share of the axons with a loose sheath, which has a pale layered band between two dark rims.", high=1
    )
    loose_sheath_nm: Range = declared(
        (120.0, 320.0), "Thickness of these; at most 0.4 of the radius.", unit="nm", low=5, high=400
    )


@dataclass(frozen=True, kw_only=True)
class Contents(Declared):
    """What lies within neurites of one species, along their axis or aside: shares of windows along them."""

    every_nm: float = declared(
        1000.0, "Length of the windows, with one at most in each.", unit="nm", low=180, high=20_000
    )
    share: float = declared(0.0, "Share of the windows that have one.", high=1)
    sets: int = declared(1, "How many windows lie side by side.", low=1, high=64)
    length_nm: Range = declared((0.0, 0.0), "Length of the axis; 0: a ball.", unit="nm", high=5000)
    radius_nm: Range = declared((20.0, 40.0), "Radius.", unit="nm", low=4, high=400)
    host_share: float = declared(0.8, "Radius relative to that of the neurite, at most.", low=0.05, high=1)
    aside: float = declared(0.8, "Largest distance from the axis, as a share of the room there is.", high=1)


@dataclass(frozen=True, kw_only=True)
class SolidBody(Contents):
    """A kind of bodies of one's own: balls, or tubes along their neurite, within neurites of one species."""

    name: str = declared(MISSING, "Name of the kind.")
    host: str = declared("dendrite", "Species of the neurites: myelinated, dendrite, axon or process.")
    margin_nm: float = declared(20.0, "Room between it and the surface of the neurite.", unit="nm", high=400)
    rim: str = declared(MISSING, "Material of its rim.")
    rim_nm: Range = declared((10.0, 14.0), "Width of the rim; at most half of the radius.", unit="nm", high=400)
    interior: str = declared("", "Material within the rim; none: what lies there is seen.")
    label: str = declared("", "Class of its voxels; none: it is no object.")

    def __post_init__(self) -> None:
        """Check all fields."""
        super().__post_init__()
        if not self.name or not self.rim:
            raise ConfigError(f"`name` and `rim` of a body must be texts, got {self.name!r} and {self.rim!r}")
        if self.host not in HOSTS:
            raise ConfigError(f"`host` of {self.name} must be one of {', '.join(HOSTS)}, got {self.host!r}")


@dataclass(frozen=True, kw_only=True)
class SolidClutter(Declared):
    """Clutter of the cytoplasm, without labels: granules, tubules of reticulum that branch and join, and its sheets."""

    granule_share: float = declared(0.0, "Share of the cytoplasm's volume within granules.", high=0.5)
    granule_nm: float = declared(36.0, "Diameter of granules, about.", unit="nm", low=15, high=150)
    granule_variation: float = declared(
        0.4, "How much compartments differ: standard deviation of the quantile of that share.", high=2
    )
    tubule_share: float = declared(0.0, "Share of the compartments with tubules.", high=1)
    tubule_spacing_nm: float = declared(400.0, "Distance of tubules, about.", unit="nm", low=120, high=4000)
    tubule_radius_nm: Range = declared((12.0, 26.0), "Radius of tubules.", unit="nm", low=4, high=100)
    sheet_share: float = declared(0.0, "Share of the compartments with tubules whose tubules widen to sheets.", high=1)
    sheet_nm: Range = declared(
        (80.0, 300.0), "Width of sheets beside tubules; they are as thick as these.", unit="nm", high=2000
    )


@dataclass(frozen=True, kw_only=True)
class SolidMembranes(Declared):
    """Membranes as slabs; how broad they look follows from how they are cut."""

    width_nm: float = declared(30.0, "Thickness.", unit="nm", low=2, high=90)
    width_sd_along: float = declared(0.2, "Standard deviation of the logarithm of the thickness along one.", high=0.5)
    width_sd_between: float = declared(0.25, "Standard deviation of it from membrane to membrane.", high=0.5)
    double_share: float = declared(0.3, "Share of the membranes that show as two lines.", high=1)
    cleft_nm: float = declared(11.6, "Width of the gap between two lines.", unit="nm", high=60)
    junction_rounding_nm: float = declared(
        50.0, "Radius to which corners of compartments are rounded.", unit="nm", high=100
    )


@dataclass(frozen=True, kw_only=True)
class SolidRecipe(Declared):
    """What is in solid tissue, per (1.28 µm)³.

    Raises
    ------
    ConfigError
        If neurites together would take more than 1.5 times the space there is, before they push each other aside; if
        they have more than 100 beads in a cube (myelinated axons and dendrites) or 2000 (thin ones and spines), for
        those would settle for minutes; or if thin ones may be wider than 400 nm.

    Examples
    --------
    >>> from synthem.solid.recipe import load_solid_recipe
    >>> load_solid_recipe("tissue").name
    'tissue'
    """

    name: str = declared(MISSING, "Name of the recipe.")
    myelinated: Neurites = declared(Neurites(), "Myelinated axons.")
    dendrites: Neurites = declared(Neurites(), "Dendrites.")
    axons: Neurites = declared(Neurites(), "Thin axons.")
    processes: Neurites = declared(Neurites(), "Other thin processes, such as glia.")
    spines: Spines = declared(Spines(), "Spines of dendrites.")
    boutons: Boutons = declared(Boutons(), "Swellings of thin axons.")
    heads: Heads = declared(Heads(), "Swellings of thin processes.")
    vesicles: SolidVesicles = declared(SolidVesicles(), "Vesicles of boutons.")
    myelin: Myelin = declared(Myelin(), "Sheaths of myelinated axons.")
    dendritic_mitochondria: Contents = declared(Contents(), "Mitochondria of dendrites, up to their membranes.")
    axonal_mitochondria: Contents = declared(Contents(), "Mitochondria of thin axons that are wide enough.")
    myelinated_mitochondria: Contents = declared(Contents(), "Mitochondria of myelinated axons.")
    reticulum: Contents = declared(Contents(), "Endoplasmic reticulum of dendrites.")
    microtubules: Contents = declared(Contents(), "Microtubules of dendrites, each in a sector of its own.")
    dense_bodies: Contents = declared(Contents(), "Dense bodies of dendrites and processes.")
    lysosomes: Contents = declared(Contents(), "Lysosomes of dendrites and thin axons.")
    free_vesicles: Contents = declared(Contents(), "Vesicles outside boutons.")
    clutter: SolidClutter = declared(SolidClutter(), "Clutter of the cytoplasm.")
    membranes: SolidMembranes = declared(SolidMembranes(), "Membranes between compartments.")
    own: tuple[SolidBody, ...] = declared((), "Kinds of bodies of one's own.")
    artifacts: SectionArtifacts = declared(SectionArtifacts(), "What befalls sections; by default nothing.")
    bend_nm: float = declared(16.0, "Amplitude by which all tissue is bent in waves of 260 nm.", unit="nm", high=16)
    fine_bend_nm: float = declared(4.0, "Amplitude by which it is bent in waves of 90 nm.", unit="nm", high=4)

    def __post_init__(self) -> None:
        """Check all fields."""
        super().__post_init__()
        if not isinstance(self.own, tuple) or not all(isinstance(one, SolidBody) for one in self.own):
            raise ConfigError(f"`own` must be a tuple of SolidBody, got {self.own!r}")
        for name in ("axons", "processes"):
            limits = getattr(self, name).limits_nm
            if limits[1] > _WIDEST_THIN:
                raise ConfigError(f"`{name}.limits_nm` must be at most {_WIDEST_THIN:g} nm, got {limits}")
        self._check_crowding()

    def _check_crowding(self) -> None:
        neurites = {name: getattr(self, name) for name in ("myelinated", "dendrites", "axons", "processes")}
        space = {name: one.space for name, one in neurites.items()}
        beads = {name: one.total_nm / one.step_nm for name, one in neurites.items()}
        many = self.spines.per_um * self.dendrites.total_nm / 1000.0
        space["spines"] = many * self.spines.volume_nm3 / CUBE_NM**3
        beads["spines"] = many * (self.dendrites.radius_nm + 0.5 * sum(self.spines.length_nm)) / SPINE_STEP_NM
        if sum(space.values()) > FULLEST:
            shares = ", ".join(f"{name} {share:.3g}" for name, share in space.items())
            raise ConfigError(
                f"`count` of neurites (times `length_nm` times the area of a circle of `radius_nm`), with spines, must "
                f"fill at most {FULLEST} times the space there is, got {sum(space.values()):.3g}: {shares}"
            )
        for names, most in _BEADS.items():
            if sum(beads[name] for name in names) > most:
                numbers = ", ".join(f"{beads[name]:.4g} of `{name}`" for name in names)
                raise ConfigError(
                    f"{', '.join(names)} must have at most {most:g} beads (`count` times `length_nm` by `step_nm`) "
                    f"in (1.28 µm)³ together, got {numbers}"
                )

    def to_toml(self) -> str:
        """Return the recipe as TOML text that `load_solid_recipe` reads back equal."""
        return to_toml(self)


def list_solid_recipes() -> list[str]:
    """Return the names of the shipped recipes of solid tissue.

    Examples
    --------
    >>> from synthem.solid.recipe import list_solid_recipes
    >>> list_solid_recipes()
    ['tissue']
    """
    return shipped(_FOLDER)


def load_solid_recipe(recipe: str | Path | SolidRecipe) -> SolidRecipe:
    """Load a recipe of solid tissue.

    Parameters
    ----------
    recipe : str, Path or SolidRecipe
        Name of a shipped recipe, path of a TOML file, or a recipe, which is returned as it is.

    Returns
    -------
    SolidRecipe

    Raises
    ------
    ConfigError
        If there is no such recipe, it is of flat tissue, or the file has an unknown key or a wrong type.
    """
    if isinstance(recipe, SolidRecipe):
        return recipe
    if not isinstance(recipe, str | Path):
        kind = type(recipe).__name__
        raise ConfigError(f"`recipe` of a volume must be a SolidRecipe, its name or its file, got one of type {kind}")
    path = find_toml("recipe", recipe, _FOLDER, "a TOML file, a SolidRecipe or a scene")
    return from_mapping(SolidRecipe, read_toml(path), str(path))
