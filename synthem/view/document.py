"""A page of headings, paragraphs, tables and pictures, as HTML and as Markdown."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from html import escape

__all__ = ["Document"]

STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:1080px;margin:2em auto;padding:0 1em;color:#222}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
td,th{padding:.15em .8em;text-align:right;border-bottom:1px solid #e4e4e4}
td:first-child,th:first-child,td.text{text-align:left}
tr.miss td{background:#fdeeee}tr.unknown td{color:#888}
img{max-width:100%}img.pixels{image-rendering:pixelated}figure{margin:1em 0}
.charts{display:flex;flex-wrap:wrap;gap:12px}svg{width:320px}
svg text{font-size:10px;fill:#555}svg .t{font-size:12px;fill:#222}svg .y{text-anchor:end}svg .m{text-anchor:middle}
"""


class Document:
    """A page that grows from top to bottom.

    The HTML holds its pictures and needs no other file. The Markdown names the files of the pictures, which lie beside
    it; it leaves out charts and pictures without a file.

    Parameters
    ----------
    title : str
        Heading of the page.

    Examples
    --------
    >>> from synthem.view.document import Document
    >>> page = Document("Tiles")
    >>> page.table(["class", "tiles"], [["axon", "3"]])
    >>> print(page.to_markdown())
    # Tiles
    <BLANKLINE>
    | class | tiles |
    | --- | --- |
    | axon | 3 |
    <BLANKLINE>
    """

    def __init__(self, title: str) -> None:
        self.title = title
        self._markdown = [f"# {title}"]
        self._html = [f"<h1>{escape(title)}</h1>"]

    def heading(self, text: str) -> None:
        """Add a heading of the second level."""
        self._markdown.append(f"## {text}")
        self._html.append(f"<h2>{escape(text)}</h2>")

    def paragraphs(self, *texts: str) -> None:
        """Add paragraphs."""
        self._markdown += texts
        self._html += [f"<p>{escape(text)}</p>" for text in texts]

    def table(
        self,
        head: Sequence[str],
        rows: Sequence[Sequence[str]],
        *,
        marks: Sequence[str] = (),
        texts: Sequence[int] = (),
    ) -> None:
        """Add a table.

        Parameters
        ----------
        head : sequence of str
            Headings of the columns.
        rows : sequence of sequence of str
            Cells, row by row.
        marks : sequence of str, default ()
            One CSS class for each row: ``"miss"`` for red, ``"unknown"`` for pale, ``""`` for neither.
        texts : sequence of int, default ()
            Columns that are aligned left, besides the first.
        """
        lines = [head, ["---"] * len(head), *rows]
        self._markdown.append("\n".join("| " + " | ".join(line) + " |" for line in lines))
        body = [f"<tr>{''.join(f'<th>{escape(cell)}</th>' for cell in head)}</tr>"]
        for row, mark in zip(rows, marks or [""] * len(rows), strict=True):
            cells = "".join(
                f'<td class="text">{escape(cell)}</td>' if column in texts else f"<td>{escape(cell)}</td>"
                for column, cell in enumerate(row)
            )
            body.append(f'<tr class="{mark}">{cells}</tr>' if mark else f"<tr>{cells}</tr>")
        self._html.append(f"<table>{''.join(body)}</table>")

    def picture(self, png: bytes, description: str, *, file: str = "", caption: str = "", pixels: bool = False) -> None:
        """Add a picture.

        Parameters
        ----------
        png : bytes
            The picture as PNG.
        description : str
            Text for readers who do not see it.
        file : str, default ""
            Name of its file beside the Markdown.
        caption : str, default ""
            Text under the picture.
        pixels : bool, default False
            Whether a browser magnifies it without smoothing.
        """
        if file:
            self._markdown.append(f"![{description}]({file})")
            self._markdown += [caption] if caption else []
        look = ' class="pixels"' if pixels else ""
        data = base64.b64encode(png).decode("ascii")
        below = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
        image = f'<img{look} alt="{escape(description)}" src="data:image/png;base64,{data}">'
        self._html.append(f"<figure>{image}{below}</figure>")

    def charts(self, drawings: Iterable[str]) -> None:
        """Add ``<svg>`` elements side by side; the Markdown leaves them out."""
        self._html.append(f'<div class="charts">{"".join(drawings)}</div>')

    def to_html(self) -> str:
        """Return one HTML page that needs no other file."""
        head = f'<meta charset="utf-8"><title>{escape(self.title)}</title><style>{STYLE}</style>'
        body = "\n".join(self._html)
        return f'<!doctype html>\n<html lang="en"><head>{head}</head><body>\n{body}\n</body></html>\n'

    def to_markdown(self) -> str:
        """Return the page as Markdown."""
        return "\n\n".join(self._markdown) + "\n"
