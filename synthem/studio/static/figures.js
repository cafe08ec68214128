// Histograms of greys and the table of key figures.

import { element } from "./element.js";
import { inWords } from "./values.js";

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 40;

function path(kind, values, highest) {
  const made = document.createElementNS(SVG, "path");
  const points = values.map((value, k) => `${k},${(HEIGHT * (1 - value / highest)).toFixed(2)}`);
  made.setAttribute("class", kind);
  made.setAttribute("d", kind === "synthetic" ? `M0,${HEIGHT}L${points.join("L")}L${values.length - 1},${HEIGHT}Z` : `M${points.join("L")}`);
  return made;
}

export function showHistograms(root, { synthetic, real }) {
  root.replaceChildren(...Object.entries(synthetic).map(([name, values]) => {
    const beside = real?.[name];
    const highest = Math.max(...values, ...(beside ?? []), 1e-9);
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", `0 0 ${values.length - 1} ${HEIGHT}`);
    svg.setAttribute("preserveAspectRatio", "none");
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", `Greys of ${inWords(name)}${beside ? ", real ones as a line" : ""}`);
    svg.append(path("synthetic", values, highest));
    if (beside) svg.append(path("real", beside, highest));
    return element("div", {}, svg, inWords(name));
  }));
}

const written = (value) => (value === null || value === undefined ? "–" : Number(value.toPrecision(3)).toString());

export function showFigures(table, { rows, tiles }) {
  const real = rows.some((row) => "real" in row);
  const heads = real ? ["", "tiles", "real", "allowed"] : ["", "tiles"];
  const head = element("thead", {}, element("tr", {}, ...heads.map((text) => element("th", {}, text))));
  const body = rows.map((row) => {
    const state = row.met === undefined || row.met === null ? "" : row.met ? "met" : "missed";
    const cells = real ? [written(row.synthetic), written(row.real), `±${row.allowed}`] : [written(row.synthetic)];
    return element("tr", { class: state }, element("th", { scope: "row" }, row.name), ...cells.map((text) => element("td", {}, text)));
  });
  table.replaceChildren(element("caption", { class: "quiet" }, `Of ${tiles} tiles, from this one on.`), head, element("tbody", {}, ...body));
}
