// Files and the clipboard: TOML in and out, Python out.

import { ask, askText } from "./api.js";
import { element } from "./element.js";

/** Save the style or recipe under its name. */
export async function saveToml(store, kind) {
  const data = store.design[kind];
  const text = await askText("/api/toml", { kind, data });
  const address = URL.createObjectURL(new Blob([text], { type: "application/toml" }));
  const name = `${data.name.replace(/[^\w.-]+/g, "_")}.toml`;
  element("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
  return name;
}

/** Load a style or recipe from a file of the user; return which of them it is. */
export async function openToml(store, file) {
  const { kind, data } = await ask("/api/open", { text: await file.text() });
  store.load(kind, data);
  return kind;
}

/** Put Python that makes the tile into the clipboard; return it, and whether the clipboard took it. */
export async function copyPython(store) {
  const { origin, design } = store;
  const recipe = design.section === null ? origin.recipe : origin.solid_recipe;
  const text = await askText("/api/python", { design, style: origin.style, recipe });
  try {
    await navigator.clipboard.writeText(text);
    return { text, copied: true };
  } catch {
    return { text, copied: false };
  }
}
