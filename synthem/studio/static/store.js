// What this tab shows: one design, and the designs before it for undo.

const MOST_STEPS = 200;

/** The value at a path of plain data, or undefined. */
export const valueAt = (data, path) => path.reduce((place, key) => place?.[key], data);

/** A copy of plain data with another value at a path; undefined takes it away. */
export function withValue(data, path, value) {
  const copy = structuredClone(data);
  let place = copy;
  for (const key of path.slice(0, -1)) place = place[key] ??= {};
  if (value === undefined) delete place[path.at(-1)];
  else place[path.at(-1)] = value;
  return copy;
}

export class Store {
  /** `design` holds style, recipes, size and classes, and seed, index and section, which undo leaves alone. */
  constructor(design, origin) {
    this.design = design;
    this.origin = origin; // names of the shipped style and recipes from which it began
    this.loaded = Object.fromEntries(Object.keys(origin).map((kind) => [kind, design[kind]]));
    this.locked = true;
    this.listeners = [];
    this.past = [this.#snapshot()];
    this.future = [];
  }

  /** Call a function after each change; it is told whether other controls than the one in use must follow. */
  onChange(listener) { this.listeners.push(listener); }

  /** Change the design for now; `commit` makes it a step of undo. */
  set(changes, { follow = false } = {}) {
    this.design = { ...this.design, ...changes };
    this.listeners.forEach((listener) => listener(follow));
  }

  /** Change one parameter of the style or of a recipe. */
  setValue(kind, path, value) {
    let data = withValue(this.design[kind], path, value);
    const named = path.length === 1 && path[0] === "name";
    if (!named && data.name === this.loaded[kind].name) data = { ...data, name: `my_${data.name}` };
    this.set({ [kind]: data });
  }

  /** Load a whole style or recipe. */
  load(kind, data, origin = "") {
    this.origin = { ...this.origin, [kind]: origin };
    this.loaded = { ...this.loaded, [kind]: data };
    this.set({ [kind]: data }, { follow: true });
    this.commit();
  }

  /** Make what is shown a step of undo; with an open lock, go on to another tile. */
  commit() {
    const now = this.#snapshot();
    if (now === this.past.at(-1)) return;
    this.past = [...this.past, now].slice(-MOST_STEPS);
    this.future = [];
    this.set(this.locked ? {} : { index: this.design.index + 1 }, { follow: true });
  }

  undo() { if (this.past.length > 1) { this.future.push(this.past.pop()); this.#restore(); } }
  redo() { if (this.future.length) { this.past.push(this.future.pop()); this.#restore(); } }
  get canUndo() { return this.past.length > 1; }
  get canRedo() { return this.future.length > 0; }

  #snapshot() {
    const { seed, index, section, ...rest } = this.design;
    return JSON.stringify({ rest, origin: this.origin, loaded: this.loaded });
  }

  #restore() {
    const { rest, origin, loaded } = JSON.parse(this.past.at(-1));
    this.origin = origin;
    this.loaded = loaded;
    this.set(rest, { follow: true });
  }
}
