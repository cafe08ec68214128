"""A report as one HTML page that needs no other file."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from html import escape

import numpy as np
from numpy.typing import NDArray

from synthem.quality.advice import advice
from synthem.quality.charts import line_chart
from synthem.quality.measurement import Measurement
from synthem.quality.regions import LAGS
from synthem.quality.report import SHOWN_GIVEAWAYS, Report, deviation_text
from synthem.quality.texture import POWER_BINS
from synthem.view.sheets import encode_png

__all__ = ["page"]

STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:1080px;margin:2em auto;padding:0 1em;color:#222}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
td,th{padding:.15em .8em;text-align:right;border-bottom:1px solid #e4e4e4}
td:first-child,th:first-child,td.l{text-align:left}
tr.miss td{background:#fdeeee}tr.unknown td{color:#888}
img{max-width:100%;image-rendering:pixelated}
.charts{display:flex;flex-wrap:wrap;gap:12px}svg{width:320px}
svg text{font-size:10px;fill:#555}svg .t{font-size:12px;fill:#222}svg .y{text-anchor:end}svg .m{text-anchor:middle}
.s{color:#d1495b}
"""


def page(report: Report) -> str:
    """Return the page of a report: verdict, figures, give-aways, charts, sheets and the key."""
    real, synthetic = report.real, report.synthetic
    intro = (
        f"{real.tiles} real tiles from {real.slices} slices, {synthetic.tiles} synthetic tiles from "
        f"{synthetic.slices}; all cut to the same size and measured by the same code."
    )
    parts = [
        "<h1>Real and synthetic tiles</h1>",
        _paragraphs([intro, *report.verdicts(), *report.notes]),
        "<h2>Which is real?</h2>",
        _paragraphs(["Tiles are counted row by row, from the top left; the key is at the end of the page."]),
        _picture(report.quiz, "real and synthetic tiles in random order"),
        "<h2>Figures</h2>",
        _figures(report),
        "<h2>What gives most away</h2>",
        _giveaways(report),
        '<h2>Distributions: real, <span class="s">synthetic</span></h2>',
        f'<div class="charts">{"".join(_charts(real, synthetic))}</div>',
        "<h2>Side by side</h2>",
        _paragraphs(["Real and its labels | synthetic and its labels, at the same scale."]),
        _picture(report.pairs, "real tiles and labels beside synthetic tiles and labels"),
        "<h2>Key</h2>",
        _paragraphs([", ".join(f"{index} {side}" for index, side in enumerate(report.quiz_key, 1))]),
    ]
    head = f'<meta charset="utf-8"><title>Real and synthetic tiles</title><style>{STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{"".join(parts)}</body></html>\n'


def _paragraphs(texts: Iterable[str]) -> str:
    return "".join(f"<p>{escape(text)}</p>" for text in texts)


def _picture(pixels: NDArray[np.uint8], description: str) -> str:
    data = base64.b64encode(encode_png(pixels)).decode("ascii")
    return f'<img alt="{escape(description)}" src="data:image/png;base64,{data}">'


def _figures(report: Report) -> str:
    floor = {figure.name: deviation_text(figure) for figure in report.halves}
    rows = []
    for figure in report.figures:
        state = {True: "", False: "miss", None: "unknown"}[figure.met]
        allowed = f"{100 * figure.tolerance:.0f} %" if figure.relative else f"{figure.tolerance:g}"
        cells = (
            f"{figure.real:.2f}",
            f"{figure.synthetic:.2f}",
            deviation_text(figure),
            allowed,
            floor.get(figure.name, "-"),
        )
        texts = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        rows.append(f'<tr class="{state}"><td>{escape(figure.name)}</td>{texts}</tr>')
    heads = ("figure", "real", "synthetic", "deviation", "allowed", "two real halves")
    return f"<table><tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr>{''.join(rows)}</table>"


def _giveaways(report: Report) -> str:
    worst = dict.fromkeys((*report.giveaways[:SHOWN_GIVEAWAYS], *report.joint_giveaways[:SHOWN_GIVEAWAYS]))
    rows = [
        f"<tr><td>{escape(g.feature)}</td><td>{g.separation:.2f}</td><td>{g.effect:+.1f}</td>"
        f"<td>{g.conditional:+.1f}</td><td>{g.real:.4g}</td><td>{g.synthetic:.4g}</td>"
        f"<td class='l'>{escape(advice(g))}</td></tr>"
        for g in worst
    ]
    heads = ("feature", "separation", "shift, real sd", "shift given the others", "real", "synthetic", "what it sees")
    return f"<table><tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr>{''.join(rows)}</table>"


def _charts(real: Measurement, synthetic: Measurement) -> Iterable[str]:
    units = {"grey": "grey level", "shapes": "px", "compartments": "px", "arrangement": "px or ratio"}
    for part, unit in units.items():
        one, two = getattr(real, part), getattr(synthetic, part)
        for name in one:
            if name in two and one[name].count and two[name].count:
                curves = {"real": one[name].percentiles[1:-1], "synthetic": two[name].percentiles[1:-1]}
                title = f"{name.replace('_', ' ')}, {unit}"
                yield line_chart(title, range(1, 100), curves, "percentile")
    rings = {"real": _power(real), "synthetic": _power(synthetic)}
    centres = [(k + 0.5) / (2 * POWER_BINS) for k in range(POWER_BINS)]
    yield line_chart("log10 power", centres, rings, "cycles per pixel")
    for axis in ("x", "y"):
        if real.noise and synthetic.noise:
            lags = {"real": real.noise[axis], "synthetic": synthetic.noise[axis]}
            yield line_chart(f"noise autocorrelation, {axis}", list(LAGS), lags, "lag, px")


def _power(side: Measurement) -> list[float]:
    means = dict(zip(side.features.names, side.features.values.mean(axis=0).tolist(), strict=True))
    return [means[f"power_{k:02d}"] for k in range(POWER_BINS)]
