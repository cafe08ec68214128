"""What the page asks the server, and what it answers."""

from __future__ import annotations

import json
import struct
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from synthem.errors import ConfigError, SynthemError
from synthem.instrument.style import list_styles, load_style
from synthem.labels import list_class_tables
from synthem.solid.recipe import list_solid_recipes, load_solid_recipe
from synthem.studio.controls import control_groups
from synthem.studio.design import Design, LayoutCache, Value, plain_data, read_toml_text, read_value
from synthem.studio.figures import comparison_rows, measure_quickly
from synthem.studio.guard import LocalOnly
from synthem.studio.python_code import python_code
from synthem.studio.real_slices import RealSlices
from synthem.tiles.labelled_image import LabelledImage, LabelledTiles
from synthem.tiles.tile import Tile
from synthem.tiles.volume import Volume
from synthem.tissue.recipes.recipe import list_recipes, load_recipe

__all__ = ["create_app"]

STATIC = Path(__file__).parent / "static"
LARGEST_REQUEST = 1 << 20
MEASURED_TILES = 6
"""Tiles of a design on which its figures rest."""

MEASURED_BLOCKS = 2
"""Blocks of sections from which one section each is measured."""

LOADERS: Mapping[str, Callable[[str], Value]] = {
    "style": load_style,
    "recipe": load_recipe,
    "solid_recipe": load_solid_recipe,
}
LISTS = {"style": list_styles, "recipe": list_recipes, "solid_recipe": list_solid_recipes}

Answer: TypeAlias = Callable[[Any], Response]


def create_app(real: RealSlices, style: str = "epfl", recipe: str = "tissue") -> Starlette:
    """Return the application of the studio.

    Every request says all that its answer depends on, so tabs know nothing of each other, and nothing is stored but
    layouts, which are functions of what was asked for.

    Parameters
    ----------
    real : RealSlices
        Slices to compare with.
    style, recipe : str
        What a page begins with: names of shipped ones, or TOML files.

    Returns
    -------
    Starlette
        Answers requests to this machine alone, and serves no file but those of the page.
    """
    layouts, origins = LayoutCache(), {"style": style, "recipe": recipe, "solid_recipe": "tissue"}
    first = {kind: plain_data(LOADERS[kind](name)) for kind, name in origins.items()}

    def start(_: Any) -> Response:
        shipped = {kind: names() for kind, names in LISTS.items()}
        return JSONResponse(
            {
                "controls": {kind: [asdict(one) for one in control_groups(kind)] for kind in shipped},
                "shipped": {
                    kind: {name: plain_data(LOADERS[kind](name)) for name in names} for kind, names in shipped.items()
                },
                "first": first,
                "origin": {kind: name if name in shipped[kind] else "" for kind, name in origins.items()},
                "classes": list_class_tables(),
            }
        )

    def tile(data: Any) -> Response:
        began = time.perf_counter()
        design = Design.from_data(data)
        layout = layouts.layout(design)
        drawn = time.perf_counter()
        shown = layout.render(design.style)
        took = {"draw": drawn - began, "paint": time.perf_counter() - drawn}
        facts = {"milliseconds": {name: round(1e3 * one, 1) for name, one in took.items()}}
        return _picture(shown, facts | {"first_section": design.first_section})

    def figures(data: Any) -> Response:
        design = Design.from_data(data)
        further = [design.next_one(k) for k in range(MEASURED_TILES if design.section is None else MEASURED_BLOCKS)]
        made = [layouts.layout(one).render(design.style) for one in further]
        tiles = [one[0] if isinstance(one, Volume) else one for one in made]
        masks = np.stack([one.masks for one in tiles])
        found = measure_quickly(LabelledTiles.of(np.stack([one.image for one in tiles]), masks, tiles[0].classes))
        sides = {"synthetic": found} | ({"real": real.figures} if real.figures else {})
        histograms = {side: {k: v.round(5).tolist() for k, v in one.histograms.items()} for side, one in sides.items()}
        rows = comparison_rows(found, real.figures)
        return JSONResponse({"tiles": len(tiles), "histograms": histograms, "rows": rows})

    def real_state(_: Any) -> Response:
        folder = "" if real.folder is None else str(real.folder)
        state = {"folder": folder, "reading": real.reading, "slices": real.count, "message": real.message}
        return JSONResponse(state)

    def real_tile(data: Any) -> Response:
        number, size = (_whole(data, name) for name in ("number", "size"))
        return _picture(real.window(number, size), {})

    routes = [
        Route("/", lambda _: FileResponse(STATIC / "index.html")),
        Mount("/static", StaticFiles(directory=STATIC)),
        Route("/api/start", _answering(start), methods=["POST"]),
        Route("/api/tile", _answering(tile), methods=["POST"]),
        Route("/api/figures", _answering(figures), methods=["POST"]),
        Route("/api/real", _answering(real_state), methods=["POST"]),
        Route("/api/real/tile", _answering(real_tile), methods=["POST"]),
        Route("/api/toml", _answering(_toml), methods=["POST"]),
        Route("/api/open", _answering(_open), methods=["POST"]),
        Route("/api/python", _answering(_python), methods=["POST"]),
    ]
    app = Starlette(routes=routes)
    app.add_middleware(LocalOnly)
    return app


def _answering(answer: Answer) -> Callable[[Request], Awaitable[Response]]:
    """Return an endpoint that answers JSON in a thread, and says errors of synthem as such."""

    async def endpoint(request: Request) -> Response:
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > LARGEST_REQUEST:
                raise HTTPException(413)
        try:
            data = json.loads(body or b"{}")
        except ValueError:
            return _refused("the request must be JSON")
        try:
            return await run_in_threadpool(answer, data)
        except SynthemError as error:
            return _refused(str(error))

    return endpoint


def _refused(reason: str) -> Response:
    return JSONResponse({"error": reason}, status_code=422)


def _toml(data: Any) -> Response:
    """Answer with a style or a recipe as the text of a TOML file."""
    kind = _text(data, "kind")
    return PlainTextResponse(read_value(kind, data.get("data")).to_toml())


def _open(data: Any) -> Response:
    """Answer with what the text of a TOML file is, and what it says, as plain data."""
    kind, value = read_toml_text(_text(data, "text"))
    return JSONResponse({"kind": kind, "data": plain_data(value)})


def _python(data: Any) -> Response:
    """Answer with Python that makes a tile."""
    design = Design.from_data(data.get("design"))
    return PlainTextResponse(python_code(design, _text(data, "style"), _text(data, "recipe")))


def _text(data: Any, name: str) -> str:
    value = data.get(name) if isinstance(data, Mapping) else None
    if not isinstance(value, str):
        raise ConfigError(f"`{name}` must be a text, got {value!r}")
    return value


def _whole(data: Any, name: str) -> int:
    value = data.get(name) if isinstance(data, Mapping) else None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 31:
        raise ConfigError(f"`{name}` must be a whole number, got {value!r}")
    return value


def _picture(shown: Tile | LabelledImage, facts: Mapping[str, Any]) -> Response:
    """Answer with pictures and their masks: a JSON header after its length, greys, then a bit per class and pixel."""
    height, width = shown.image.shape[-2:]
    images, masks = shown.image.reshape(-1, height, width), shown.masks.reshape(len(shown.masks), -1, height, width)
    header = dict(facts) | {
        "depth": len(images),
        "height": height,
        "width": width,
        "classes": [{"name": one.name, "colour": list(one.colour)} for one in shown.classes],
        "pixel_size_nm": shown.pixel_size_nm,
    }
    if isinstance(shown, Tile):
        header["missing"] = [[one.kind, one.placed, one.requested] for one in shown.report if one.missing]
        header |= {"seed": shown.seed, "index": shown.index}
    else:
        header["name"] = shown.name
    text = json.dumps(header).encode()
    bits = np.packbits(masks, axis=0, bitorder="little").swapaxes(0, 1)  # (Z, planes of 8 classes, H, W)
    content = struct.pack("<I", len(text)) + text + images.tobytes() + bits.tobytes()
    return Response(content, media_type="application/octet-stream", headers={"Cache-Control": "no-store"})
