// The tile on the canvas, with its overlay, and the other picture with which it blinks.

import { element } from "./element.js";
import { inWords } from "./values.js";

const BLINK = 450; // milliseconds per picture

export class Picture {
  constructor(canvas, legend, stage) {
    Object.assign(this, { canvas, legend, stage, tile: null, other: null, flipped: false, overlay: false, opacities: new Map() });
    new ResizeObserver(() => this.fit()).observe(stage);
  }

  /** Show a tile, or give what it blinks with. */
  setTile(tile) { this.tile = tile; this.#list(tile.classes); this.draw(); }
  setOther(other) { this.other = other; this.draw(); }
  get shown() { return this.flipped && this.other ? this.other : this.tile; }

  flip(on = !this.flipped) { this.flipped = on && this.other !== null; this.draw(); }
  blink(on) {
    clearInterval(this.timer);
    this.timer = on ? setInterval(() => this.flip(), BLINK) : undefined;
    if (!on) this.flip(false);
  }
  setOverlay(on) { this.overlay = on; this.draw(); }

  /** As many whole screen pixels per pixel as there is room for. */
  fit() {
    const { width } = this.shown ?? { width: this.canvas.width };
    const phone = matchMedia("(max-width: 720px)").matches;
    const style = getComputedStyle(this.stage);
    const across = phone ? innerWidth - 20 : this.stage.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    const room = Math.min(across, (phone ? 0.42 : 0.72) * innerHeight);
    const scale = room >= width ? Math.floor(room / width) : 1;
    const side = phone ? room : Math.min(room, width * scale);
    this.canvas.style.width = this.canvas.style.height = `${Math.floor(side)}px`;
  }

  draw() {
    const shown = this.shown;
    if (!shown) return;
    const { width, height, grey, classes, has } = shown;
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
    const picture = new ImageData(width, height);
    const data = new Uint32Array(picture.data.buffer);
    const layers = this.overlay
      ? classes.map((one, place) => ({ place, colour: one.colour, opacity: this.opacities.get(one.name) ?? 0 })).filter((one) => one.opacity > 0)
      : [];
    for (let k = 0; k < grey.length; k += 1) {
      let red = grey[k], green = red, blue = red;
      for (const { place, colour, opacity } of layers) {
        if (!has(place, k)) continue;
        red += opacity * (colour[0] - red);
        green += opacity * (colour[1] - green);
        blue += opacity * (colour[2] - blue);
      }
      data[k] = 0xff000000 | (blue << 16) | (green << 8) | red;
    }
    this.canvas.getContext("2d").putImageData(picture, 0, 0);
    this.canvas.dataset.drawn = Number(this.canvas.dataset.drawn ?? 0) + 1;
    this.fit();
    this.onDraw?.(shown);
  }

  /** Grey and classes of the pixel below a place of the screen. */
  pixelAt(event) {
    const shown = this.shown, box = this.canvas.getBoundingClientRect();
    if (!shown) return "";
    const col = Math.floor((event.clientX - box.left) / box.width * shown.width);
    const row = Math.floor((event.clientY - box.top) / box.height * shown.height);
    if (col < 0 || row < 0 || col >= shown.width || row >= shown.height) return "";
    const k = row * shown.width + col;
    const names = shown.classes.filter((_, place) => shown.has(place, k)).map((one) => inWords(one.name));
    return `row ${row}, column ${col}, grey ${shown.grey[k]}${names.length ? `: ${names.join(", ")}` : ""}`;
  }

  /** List the classes with their opacities, once per class table. */
  #list(classes) {
    const key = classes.map((one) => one.name).join();
    if (key === this.listed) return;
    this.listed = key;
    this.legend.replaceChildren(...classes.map(({ name, colour }) => {
      if (!this.opacities.has(name)) this.opacities.set(name, 0.45);
      const slider = element("input", { type: "range", min: 0, max: 100, value: 100 * this.opacities.get(name), "aria-label": `Opacity of ${inWords(name)}` });
      const box = element("input", { type: "checkbox", checked: this.opacities.get(name) > 0, id: `class-${name}` });
      const set = () => {
        this.opacities.set(name, box.checked ? Number(slider.value) / 100 : 0);
        this.onOpacity?.();
        this.draw();
      };
      slider.addEventListener("input", () => { box.checked = slider.value > 0; set(); });
      box.addEventListener("change", () => { if (box.checked && slider.value === "0") slider.value = 45; set(); });
      const swatch = element("span", { class: "swatch" });
      swatch.style.background = `rgb(${colour.join()})`;
      return element("div", { class: "legend" }, box, element("label", { for: box.id }, swatch, inWords(name)), slider);
    }));
  }
}
