// Controls of all parameters, by section, made from what the server says of them.

import { FORM_NAMES, STEPS, formOf, inForm, inWords, numbersOf, rounded, scaleOf } from "./values.js";
import { element } from "./element.js";
import { valueAt } from "./store.js";

const MOST_FOUND = 80; // controls that a search shows
let lastId = 0;

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/** The panel with all controls of the style or of a recipe. */
export class Panel {
  constructor(root, store, controls) {
    Object.assign(this, { root, store, controls, kind: "style", words: "", sections: [] });
  }

  show(kind) {
    this.kind = kind;
    this.build();
  }

  search(text) {
    this.words = text.trim().toLowerCase();
    this.build();
  }

  build() {
    const words = this.words ? this.words.split(/\s+/) : [];
    let left = MOST_FOUND;
    this.sections = [];
    const shown = [];
    let heading = "";
    const groups = this.controls[this.kind];
    const open = groups.find((group) => group.path.length);
    for (const group of [...groups.filter((one) => one.path.length < 2), ...groups.filter((one) => one.path.length > 1)]) {
      const about = [...group.path, group.text].join(" ");
      const found = group.controls.filter((one) => {
        const text = `${about} ${one.name} ${inWords(one.name)} ${one.text} ${one.unit}`.toLowerCase();
        return words.every((word) => text.includes(word));
      }).slice(0, left);
      if (words.length) left -= found.length;
      if (!found.length) continue;
      const parent = group.path.length > 1 ? group.path[0] : "";
      if (parent !== heading && parent) shown.push(element("div", { class: "heading" }, inWords(parent)));
      heading = parent;
      const section = new Section(this.store, this.kind, group, found, words.length > 0 || group === open);
      this.sections.push(section);
      shown.push(section.root);
    }
    this.root.replaceChildren(...(shown.length ? shown : [element("p", { class: "quiet" }, "Nothing found.")]));
  }

  /** Follow a change that came from elsewhere. */
  update() { this.sections.forEach((section) => section.update()); }
}

class Section {
  constructor(store, kind, group, controls, open) {
    Object.assign(this, { store, kind, group, controls, made: [] });
    this.mark = element("span", { class: "changed" });
    const title = group.path.length ? inWords(group.path.at(-1)) : "general";
    const summary = element("summary", { title: group.text },
      element("span", {}, title), element("span", { class: "about" }, group.text), this.mark);
    if (group.optional) {
      this.switch = element("input", { type: "checkbox", "aria-label": `${title}: on`, onchange: () => this.#turn() });
      this.switch.addEventListener("click", (event) => event.stopPropagation());
      summary.append(this.switch);
    }
    this.body = element("div");
    this.root = element("details", { open, "data-section": group.path.join(".") }, summary, this.body);
    this.root.addEventListener("toggle", () => this.#fill());
    if (open) this.#fill();
    this.update();
  }

  get #absent() { return this.group.optional && valueAt(this.store.design[this.kind], this.group.path) === undefined; }

  #turn() {
    this.store.setValue(this.kind, this.group.path, this.switch.checked ? {} : undefined);
    this.store.commit();
    if (this.switch.checked) this.root.open = true;
  }

  #fill() {
    if (!this.root.open || this.made.length) return;
    this.made = this.controls.map((one) => new ParameterControl(this.store, this.kind, this.group, one));
    this.body.append(...this.made.map((one) => one.root));
    this.update();
  }

  update() {
    const { design, loaded } = this.store;
    const differs = (name) => !same(valueAt(design[this.kind], [...this.group.path, name]),
      valueAt(loaded[this.kind], [...this.group.path, name]));
    this.mark.textContent = this.group.controls.some((one) => differs(one.name)) ? "changed" : "";
    if (this.switch) this.switch.checked = !this.#absent;
    this.body.hidden = this.#absent;
    this.made.forEach((one) => one.update());
  }
}

class ParameterControl {
  constructor(store, kind, group, control) {
    Object.assign(this, { store, kind, control, path: [...group.path, control.name], lines: [] });
    this.title = element("label", { class: "title", title: this.path.join(".") }, inWords(control.name));
    this.reset = element("button", { type: "button", class: "reset", title: "As it was loaded", onclick: () => this.#reset() }, "reset");
    const head = element("div", { class: "head" }, this.title, this.reset);
    if (control.forms.length > 1) {
      const options = control.forms.map((form) => element("option", { value: form }, FORM_NAMES[form]));
      this.forms = element("select", { "aria-label": `Form of ${inWords(control.name)}`, onchange: () => this.#reform() }, ...options);
      head.append(this.forms);
    }
    this.root = element("div", { class: "control", "data-path": `${kind}.${this.path.join(".")}` },
      head, element("p", {}, control.text));
    this.update();
  }

  get value() { return valueAt(this.store.design[this.kind], this.path) ?? this.control.default; }

  #set(value) { this.store.setValue(this.kind, this.path, value); this.#mark(); }

  #mark() {
    this.reset.hidden = same(this.value, valueAt(this.store.loaded[this.kind], this.path) ?? this.control.default);
  }

  #reset() {
    this.#set(valueAt(this.store.loaded[this.kind], this.path));
    this.store.commit();
    this.form = undefined;
    this.update();
  }

  #reform() {
    this.form = this.forms.value;
    this.#set(inForm(this.value, this.form, this.control.whole));
    this.#build();
    this.store.commit();
  }

  update() {
    const form = formOf(this.value, this.control.forms, this.form);
    if (form !== this.form || !this.lines.length) {
      this.form = form;
      this.#build();
    }
    if (this.forms) this.forms.value = form;
    this.lines.forEach((line) => line.show(this.value));
    this.#mark();
  }

  #build() {
    this.lines.forEach((line) => line.root.remove());
    this.lines = linesOf(this.form, this.control, this.value, (value) => this.#set(value), () => this.store.commit(), () => this.value);
    this.root.append(...this.lines.map((line) => line.root));
    this.title.htmlFor = this.lines[0].id;
    this.lines.forEach((line) => line.show(this.value));
  }
}

/** The inputs of a value of a form. */
function linesOf(form, control, value, set, done, now) {
  const number = (caption, read, write) => sliderLine(caption, control, value, read, (one) => set(write(now(), one)), done);
  const put = (list, place, one) => list.map((old, k) => (k === place ? one : place === 0 && k === 1 ? Math.max(old, one) : place === 1 && k === 0 ? Math.min(old, one) : old));
  switch (form) {
    case "number": return [number("", (v) => numbersOf(v)[0], (_, one) => one)];
    case "mean": return [sliderLine("", { ...control, whole: false }, value, (v) => v.mean, (one) => set({ mean: one }), done)];
    case "pair": return ["low", "high"].map((name, k) =>
      number(name, (v) => (Array.isArray(v) ? v[k] : v), (v, one) => put(Array.isArray(v) ? v : [v, v], k, one)));
    case "per_tile": {
      const ends = ["low", "high"].map((name, k) => number(name, (v) => v.per_tile[k], (v, one) => ({ ...v, per_tile: put(v.per_tile, k, one) })));
      const spread = { ...control, low: 0, default: 10 };
      return control.forms.includes("pair")
        ? [...ends, sliderLine("spread", spread, value, (v) => v.spread ?? 0, (one) => set({ ...now(), spread: one }), done)] : ends;
    }
    case "switch": return [switchLine(control, set, done)];
    case "choice": return [textLine(control, (v) => v.values.join(", "), (text) => ({ values: text.split(",").map(Number) }), set, done)];
    case "names": return [textLine(control, (v) => v.join(", "), (text) => text.split(",").map((one) => one.trim()).filter(Boolean), set, done)];
    default: return [textLine(control, (v) => v ?? "", (text) => text, set, done)];
  }
}

function sliderLine(caption, control, value, read, write, done) {
  const id = `control-${lastId += 1}`;
  const scale = scaleOf(control, value);
  const label = `${inWords(control.name)} ${caption}`.trim();
  const slider = element("input", { type: "range", id, min: 0, max: STEPS, step: 1, "aria-label": label });
  const limits = { min: control.low ?? undefined, max: control.high ?? undefined };
  const box = element("input", { type: "number", step: control.whole ? 1 : "any", ...limits, "aria-label": `${label}, number` });
  const unit = element("span", {}, control.unit);
  const tell = (number) => slider.setAttribute("aria-valuetext", `${number} ${control.unit}`.trim());
  slider.addEventListener("input", () => {
    const number = scale.number(Number(slider.value));
    box.value = number;
    tell(number);
    write(number);
  });
  box.addEventListener("input", () => {
    if (box.value === "" || !box.validity.valid) return;
    slider.value = scale.position(Number(box.value));
    write(Number(box.value));
  });
  for (const one of [slider, box]) one.addEventListener("change", done);
  const show = (current) => {
    const number = read(current);
    slider.value = scale.position(number);
    if (document.activeElement !== box) box.value = rounded(number, false);
    tell(rounded(number, false));
  };
  return { id, show, root: element("div", { class: "line" }, element("span", {}, caption), slider, box, unit) };
}

function switchLine(control, set, done) {
  const id = `control-${lastId += 1}`;
  const root = element("input", { type: "checkbox", id, onchange: () => { set(root.checked); done(); } });
  return { id, root, show: (value) => { root.checked = Boolean(value); } };
}

function textLine(control, read, parse, set, done) {
  const id = `control-${lastId += 1}`;
  const root = element("input", { type: "text", id, onchange: () => { set(parse(root.value)); done(); } });
  return { id, root, show: (value) => { if (document.activeElement !== root) root.value = read(value); } };
}
