// Values of parameters: the forms that they may have, and where a slider stands for a number.

export const STEPS = 200; // of a slider

export const FORM_NAMES = {
  number: "fixed", pair: "range", choice: "choice", mean: "mean", per_tile: "per tile",
};

/** The form of a value; `current` is kept where the value has that form, too. */
export function formOf(value, forms, current) {
  const found = plainForm(value);
  if (forms.length === 1) return forms[0];
  const fixed = found === "pair" && value[0] === value[1] && forms.includes("number");
  if (found === "pair" && fixed) return current === "pair" ? "pair" : "number";
  return forms.includes(found) ? found : forms[0];
}

function plainForm(value) {
  if (Array.isArray(value)) return value.some((one) => typeof one === "string") ? "names" : "pair";
  if (typeof value === "boolean") return "switch";
  if (typeof value === "string") return "text";
  if (value && typeof value === "object") {
    return "mean" in value ? "mean" : "values" in value ? "choice" : "per_tile";
  }
  return "number";
}

/** All numbers of a value. */
export function numbersOf(value) {
  if (typeof value === "number") return [value];
  if (Array.isArray(value)) return value.filter((one) => typeof one === "number");
  if (value && typeof value === "object") return numbersOf(value.per_tile ?? value.values ?? value.mean);
  return [];
}

/** The same numbers in another form. */
export function inForm(value, form, whole) {
  const numbers = numbersOf(value).length ? numbersOf(value) : [0];
  const low = Math.min(...numbers), high = Math.max(...numbers);
  const middle = rounded((low + high) / 2, whole);
  if (form === "pair") return [rounded(low, whole), rounded(high, whole)];
  if (form === "choice") return { values: [...new Set([low, high])] };
  if (form === "mean") return { mean: rounded((low + high) / 2, false) };
  if (form === "per_tile") return { per_tile: [low, high] };
  return middle;
}

/** A number as it is written: whole, or of four digits. */
export const rounded = (number, whole) => (whole ? Math.round(number) : Number(number.toPrecision(4)));

/** The scale of a slider: linear, or finer near its lower end where usual values are far below the limit. */
export function scaleOf(control, value) {
  const numbers = [...numbersOf(control.default), ...numbersOf(value)].map(Math.abs);
  const usual = Math.max(...numbers, 0) || 1;
  const low = control.low ?? 0;
  const limit = control.high ?? Infinity;
  const high = limit < 1e5 ? limit : Math.max(10, 5 * usual);
  const power = low >= 0 && usual - low < 0.15 * (high - low) ? 3 : 1;
  return {
    position: (number) => STEPS * Math.max(0, Math.min(1, (number - low) / (high - low))) ** (1 / power),
    number: (position) => rounded(low + (high - low) * (position / STEPS) ** power, control.whole),
  };
}

/** A key of a file in words: without underscores and its unit. */
export const inWords = (key) => key.replace(/_(nm|px)$/, "").replaceAll("_", " ");
