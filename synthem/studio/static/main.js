// The page: from controls to requests, and from answers to the picture.

import { ask, askPictures } from "./api.js";
import { Panel } from "./controls.js";
import { element } from "./element.js";
import { showFigures, showHistograms } from "./figures.js";
import { copyPython, openToml, saveToml } from "./files.js";
import { Picture } from "./picture.js";
import { Store } from "./store.js";
import { inWords } from "./values.js";

const PATIENCE = 600; // milliseconds until the page says that it waits
const REST = 350; // milliseconds without a change before figures are measured
const LOOK_AGAIN = 700; // milliseconds between two looks whether the real slices are read

const $ = (id) => document.getElementById(id);
const start = await ask("/api/start");
const store = new Store(
  { ...start.first, size: 256, classes: "epfl6", seed: 7, index: 0, section: null, spacing_nm: null },
  start.origin,
);
const picture = new Picture($("picture"), $("legend"), $("stage"));
const panel = new Panel($("panel"), store, start.controls);
const recipeKind = () => (store.design.section === null ? "recipe" : "solid_recipe");
let block = { key: "", pictures: [] }; // sections that were made at once
let kept = null;
let realNumber = 0;

function say(text) { $("state").textContent = text; }

function complain(text) {
  $("message").hidden = !text;
  $("message").textContent = text;
}

/** Call an asynchronous function again and again while it is asked for, but never twice at a time. */
function latest(work, tell = () => {}) {
  let running = false, again = false;
  return async () => {
    again = true;
    if (running) return;
    running = true;
    tell(true);
    while (again) {
      again = false;
      try { await work(); } catch (error) { complain(error.message); }
    }
    running = false;
    tell(false);
  };
}

/** The tile, or the section of a volume: of the sections that are there already, or made anew with its neighbours. */
async function tileNow() {
  const { section, ...rest } = store.design;
  if (section === null) return (await askPictures("/api/tile", store.design))[0];
  const key = JSON.stringify(rest);
  const place = section - (block.pictures[0]?.first_section ?? NaN);
  if (key !== block.key || !(place in block.pictures)) {
    block = { key, pictures: await askPictures("/api/tile", store.design) };
    return block.pictures[section - block.pictures[0].first_section];
  }
  return block.pictures[place];
}

const showTile = latest(async () => {
  const waiting = setTimeout(() => {
    $("stage").classList.add("waiting");
    say("Drawing. The first tile after an installation compiles for up to half a minute.");
  }, PATIENCE);
  try {
    const tile = await tileNow();
    picture.setTile(tile);
    complain("");
    const { draw, paint } = tile.milliseconds;
    say(`Drawn in ${draw} ms, painted in ${paint} ms.${tile.missing.map(([kind, placed, wanted]) => ` Only ${placed} of ${wanted} found room: ${inWords(kind)}.`).join("")}`);
  } finally {
    clearTimeout(waiting);
    $("stage").classList.remove("waiting");
  }
  await showOther();
  measureLater();
}, (busy) => $("stage").setAttribute("aria-busy", busy));

/** Ask for the picture with which the tile blinks. */
async function showOther() {
  const choice = $("other").value;
  if (choice === "kept") picture.setOther(kept);
  else if (choice === "real") picture.setOther((await askPictures("/api/real/tile", { number: realNumber, size: store.design.size }))[0]);
  else if (!picture.flipped && !$("blink").checked) picture.setOther(null);
  else {
    const pictures = await askPictures("/api/tile", { ...store.design, style: store.loaded.style });
    picture.setOther(pictures[(store.design.section ?? 0) - pictures[0].first_section]);
  }
}

const measure = latest(async () => {
  const found = await ask("/api/figures", store.design);
  $("sample").textContent = found.histograms.real ? "tiles filled, real slices as a line" : "";
  showHistograms($("histograms"), found.histograms);
  showFigures($("figures"), found);
});
let rest;
function measureLater() {
  clearTimeout(rest);
  rest = setTimeout(measure, REST);
}

/** Follow the folder of real slices until it is read. */
async function followReal() {
  const state = await ask("/api/real");
  if (!state.folder) return;
  $("real").hidden = false;
  $("real").classList.toggle("fine", state.slices > 0 || state.reading);
  $("real").textContent = state.reading ? `Reading ${state.folder} …` : state.slices ? `Real: ${state.slices} slices of ${state.folder}` : `Real slices: ${state.message}`;
  $("real").title = state.message;
  if (state.reading) setTimeout(followReal, LOOK_AGAIN);
  else if (state.slices) {
    $("other").querySelector("[value=real]").disabled = false;
    $("other").value = "real";
    $("another").hidden = false;
    showTile();
  }
}

/** Show the controls of the style, or those of the recipe of a tile or a volume. */
function showKind(kind) {
  if (kind !== "style" && kind !== recipeKind()) setTissue(kind === "solid_recipe");
  const tab = kind === "style" ? "style" : "recipe";
  for (const one of ["style", "recipe"]) {
    $(`tab-${one}`).setAttribute("aria-selected", one === tab);
    $(`tab-${one}`).tabIndex = one === tab ? 0 : -1;
  }
  $("panel").setAttribute("aria-labelledby", `tab-${tab}`);
  $("save").textContent = `Save ${tab}`;
  panel.show(kind);
  showOrigin();
}

/** Go to a volume, or back to flat tiles. */
function setTissue(solid) {
  store.set({ section: solid ? 0 : null });
  if (panel.kind !== "style") showKind(recipeKind());
}

function showOrigin() {
  const names = Object.keys(start.shipped[panel.kind]), origin = store.origin[panel.kind];
  const own = origin ? [] : [element("option", { value: "" }, "a file")];
  $("preset").replaceChildren(...own, ...names.map((name) => element("option", { value: name }, name)));
  $("preset").value = origin;
}

store.onChange((follow) => {
  for (const name of ["seed", "index"]) if (document.activeElement !== $(name)) $(name).value = store.design[name];
  $("size").value = store.design.size;
  $("classes").value = store.design.classes;
  const { section, spacing_nm: spacing } = store.design;
  $("tissue").value = section === null ? "flat" : "solid";
  $("volume").hidden = section === null;
  $("section").value = section ?? 0;
  $("depth").textContent = `${section ?? 0}, at ${((section ?? 0) * (spacing ?? pixelSize())).toFixed(0)} nm`;
  if (document.activeElement !== $("spacing")) $("spacing").value = spacing ?? "";
  $("undo").disabled = !store.canUndo;
  $("redo").disabled = !store.canRedo;
  if (follow) {
    panel.update();
    showOrigin();
  }
  showTile();
});

/** Side of a pixel of the style; where it is drawn per tile, the middle. */
function pixelSize() {
  const size = store.design.style.pixel_size_nm;
  return size.per_tile ? (size.per_tile[0] + size.per_tile[1]) / 2 : size;
}

function moveSection(by) {
  const { section } = store.design;
  if (section !== null) store.set({ section: Math.max(0, Math.min(Number($("section").max), section + by)) });
}

const actions = {
  before: () => moveSection(-1),
  behind: () => moveSection(1),
  next: () => store.set({ index: store.design.index + 1 }),
  previous: () => store.set({ index: Math.max(0, store.design.index - 1) }),
  undo: () => store.undo(),
  redo: () => store.redo(),
  python: async () => {
    const { text, copied } = await copyPython(store);
    $("code").querySelector("textarea").value = text;
    if (copied) say("Python copied.");
    else $("code").showModal();
  },
  save: async () => say(`Saved ${await saveToml(store, panel.kind)}.`),
  open: () => $("file").click(),
  help: () => $("keys").showModal(),
  keep: () => {
    kept = picture.tile;
    $("other").value = "kept";
    picture.setOther(kept);
    say("Kept.");
  },
  another: async () => {
    realNumber += 1;
    await showOther();
  },
  flip: async () => {
    picture.flipped = !picture.flipped;
    await showOther();
    picture.flip(picture.flipped);
  },
  overlay: () => {
    picture.setOverlay(!picture.overlay);
    $("overlay").setAttribute("aria-pressed", picture.overlay);
  },
  search: () => $("search").focus(),
};

const act = (name) => Promise.resolve(actions[name]()).catch((error) => complain(error.message));
for (const name of ["next", "previous", "undo", "redo", "python", "save", "open", "help", "keep", "another", "flip", "overlay"]) {
  $(name).addEventListener("click", () => act(name));
}

const KEYS = { n: "next", p: "previous", b: "flip", k: "keep", r: "another", o: "overlay", "/": "search", s: "save", c: "python", "?": "help", "[": "before", "]": "behind" };
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey) {
    const key = event.key.toLowerCase();
    if (key !== "z" && key !== "y") return;
    event.preventDefault();
    act(key === "y" || event.shiftKey ? "redo" : "undo");
    return;
  }
  const typing = event.target.matches("input[type=text], input[type=search], textarea")
    || (event.target.matches("input[type=number], select") && /\w/.test(event.key));
  if (typing || event.altKey || document.querySelector("dialog[open]") || !(event.key in KEYS)) return;
  event.preventDefault();
  if (event.key === "r" && $("another").hidden) return;
  act(KEYS[event.key]);
});

$("tab-style").addEventListener("click", () => showKind("style"));
$("tab-recipe").addEventListener("click", () => showKind(recipeKind()));
document.querySelector("[role=tablist]").addEventListener("keydown", (event) => {
  if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
  const style = panel.kind !== "style";
  showKind(style ? "style" : recipeKind());
  $(style ? "tab-style" : "tab-recipe").focus();
});
$("search").addEventListener("input", () => panel.search($("search").value));
$("preset").addEventListener("change", () => {
  const name = $("preset").value;
  if (name) store.load(panel.kind, start.shipped[panel.kind][name], name);
});
$("file").addEventListener("change", async () => {
  const files = [...$("file").files];
  $("file").value = "";
  try {
    for (const file of files) showKind(await openToml(store, file));
    say(`Opened ${files.map((file) => file.name).join(", ")}.`);
  } catch (error) { complain(error.message); }
});
for (const name of ["seed", "index"]) {
  $(name).addEventListener("input", () => {
    if ($(name).value !== "" && $(name).validity.valid) store.set({ [name]: Number($(name).value) });
  });
}
$("lock").addEventListener("change", () => { store.locked = $("lock").checked; });
$("size").addEventListener("change", () => { store.set({ size: Number($("size").value) }); store.commit(); });
$("tissue").addEventListener("change", () => setTissue($("tissue").value === "solid"));
$("section").addEventListener("input", () => store.set({ section: Number($("section").value) }));
$("spacing").addEventListener("input", () => {
  if ($("spacing").validity.valid) store.set({ spacing_nm: $("spacing").value === "" ? null : Number($("spacing").value) });
});
$("spacing").addEventListener("change", () => store.commit());
$("classes").replaceChildren(...start.classes.map((name) => element("option", {}, name)));
$("classes").addEventListener("change", () => { store.set({ classes: $("classes").value }); store.commit(); });
$("other").addEventListener("change", () => showOther().catch((error) => complain(error.message)));
$("blink").addEventListener("change", async () => {
  picture.blink($("blink").checked);
  await showOther().catch((error) => complain(error.message));
});
picture.onDraw = () => {
  const other = picture.flipped && picture.other;
  const name = { kept: "kept tile", loaded: "style as it was" }[$("other").value];
  const place = store.design.section === null ? "tile" : `section ${store.design.section} of tissue`;
  $("shown").textContent = other ? picture.other.name ? `real: ${picture.other.name}` : name : `${place} ${picture.tile.index} of seed ${picture.tile.seed}, ${picture.tile.pixel_size_nm.toPrecision(3)} nm per pixel`;
  $("flip").setAttribute("aria-pressed", Boolean(other));
};
picture.onOpacity = () => { if (!picture.overlay) act("overlay"); };
$("picture").addEventListener("pointermove", (event) => { $("pixel").textContent = picture.pixelAt(event); });
$("picture").addEventListener("pointerleave", () => { $("pixel").textContent = ""; });

store.set({}, { follow: true });
showKind("style");
await followReal();
