from __future__ import annotations

import base64
from html.parser import HTMLParser

import numpy as np
import pytest

from synthem.view.document import Document
from synthem.view.sheets import encode_png

PNG = encode_png(np.zeros((2, 2, 3), np.uint8))


@pytest.fixture
def page() -> Document:
    page = Document("A & B")
    page.paragraphs("one <two>", "three")
    page.heading("Numbers")
    page.table(["name", "n", "note"], [["a<b", "1", "x"], ["c", "2", "y"]], marks=["miss", ""], texts=[2])
    page.picture(PNG, "two pixels", file="p.png", caption="Figure 1.", pixels=True)
    page.charts(["<svg></svg>", "<svg></svg>"])
    return page


def test_markdown_holds_the_same_content_and_names_the_files(page: Document) -> None:
    assert page.to_markdown() == (
        "# A & B\n\none <two>\n\nthree\n\n## Numbers\n\n"
        "| name | n | note |\n| --- | --- | --- |\n| a<b | 1 | x |\n| c | 2 | y |\n\n"
        "![two pixels](p.png)\n\nFigure 1.\n"
    )


def test_html_is_well_formed_escaped_and_needs_no_other_file(page: Document) -> None:
    class Reader(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.open: list[str] = []
            self.texts: list[str] = []
            self.pictures: list[str] = []

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found = dict(attrs)
            if tag == "img":
                self.pictures.append(found["src"] or "")
            if tag not in ("img", "meta"):
                self.open.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert self.open.pop() == tag

        def handle_data(self, data: str) -> None:
            self.texts.append(data)

    reader, html = Reader(), page.to_html()
    reader.feed(html)
    assert reader.open == []
    assert {"A & B", "one <two>", "a<b", "Figure 1."} <= set(reader.texts)
    assert reader.pictures == ["data:image/png;base64," + base64.b64encode(PNG).decode()]
    assert '<tr class="miss"><td>a&lt;b</td><td>1</td><td class="text">x</td></tr>' in html
    assert html.count("<svg>") == 2


def test_a_picture_without_a_file_is_in_the_html_alone() -> None:
    page = Document("Pictures")
    page.picture(PNG, "two pixels")
    assert page.to_markdown() == "# Pictures\n"
    assert "data:image/png" in page.to_html()


def test_marks_must_be_one_per_row() -> None:
    with pytest.raises(ValueError, match="zip"):
        Document("Rows").table(["a"], [["1"], ["2"]], marks=["miss"])
