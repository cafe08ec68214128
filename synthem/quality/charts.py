"""Small line charts as SVG text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

__all__ = ["line_chart"]

WIDTH, HEIGHT = 300, 170
LEFT, RIGHT, TOP, BOTTOM = 44, 8, 22, 26
COLORS = {"real": "#1a1a1a", "synthetic": "#d1495b"}


def line_chart(title: str, x: Sequence[float], curves: Mapping[str, Sequence[float]], x_label: str) -> str:
    """Draw curves over a common axis.

    Parameters
    ----------
    title : str
        Heading of the chart.
    x : sequence of float
        Positions, increasing.
    curves : dict of str to sequence of float
        Values of ``real`` and ``synthetic``.
    x_label : str
        Name of the horizontal axis.

    Returns
    -------
    str
        An ``<svg>`` element.
    """
    values = [value for curve in curves.values() for value in curve]
    low, high = min(values), max(values)
    high = high if high > low else low + 1.0
    span = (x[-1] - x[0]) or 1.0

    def point(at: float, value: float) -> str:
        right = LEFT + (at - x[0]) / span * (WIDTH - LEFT - RIGHT)
        down = TOP + (high - value) / (high - low) * (HEIGHT - TOP - BOTTOM)
        return f"{right:.1f},{down:.1f}"

    lines = [
        f'<polyline fill="none" stroke="{COLORS[name]}" stroke-width="1.5" '
        f'points="{" ".join(point(a, v) for a, v in zip(x, curve, strict=True))}"/>'
        for name, curve in curves.items()
    ]
    base = HEIGHT - BOTTOM
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">'
        f'<text x="{LEFT}" y="14" class="t">{escape(title)}</text>'
        f'<path d="M{LEFT},{TOP}V{base}H{WIDTH - RIGHT}" fill="none" stroke="#999"/>'
        f'<text x="{LEFT - 4}" y="{TOP + 8}" class="y">{high:.3g}</text>'
        f'<text x="{LEFT - 4}" y="{base}" class="y">{low:.3g}</text>'
        f'<text x="{LEFT}" y="{base + 13}">{x[0]:g}</text>'
        f'<text x="{WIDTH - RIGHT}" y="{base + 13}" class="y">{x[-1]:g}</text>'
        f'<text x="{(LEFT + WIDTH) // 2}" y="{HEIGHT - 2}" class="m">{escape(x_label)}</text>'
        f"{''.join(lines)}</svg>"
    )
