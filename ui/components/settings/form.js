// The form: one group for each step, one row for each field, made from the fields' declarations.

const DEFAULT_COLORS = ["#FFFFFF", "#438EDB", "#FF0000", "#000000", "#808080", "#D3D3D3", "#F5F5DC", "#FFC0CB"];
// What a field shows that has no value: a number nothing at all, so that it is not told as if it had been chosen.
const EMPTY = { integer: null, number: null, boolean: false, text: "", color: "#FFFFFF" };
const LONG = 1000; // a range of more steps than this can't be set with a slider

/** An element with properties and children; text is only ever set as text. */
function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role" || name === "for") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

export class Form {
  /** `changed()` is called after every change, many times while a slider is dragged. */
  constructor(place, data, changed) {
    Object.assign(this, { data, labels: data.labels, changed, rows: [] });
    place.replaceChildren(...data.steps.map((step) => this.group(step)));
    this.reveal();
  }

  group(step) {
    const rows = step.fields.map((field) => this.row(step, field));
    const advanced = rows.filter((row) => row.field.advanced);
    const plain = rows.filter((row) => !row.field.advanced);
    const group = make("fieldset", {}, make("legend", { textContent: step.label }), ...plain.map((row) => row.element));
    if (advanced.length) {
      const folded = make("details", {}, make("summary", { textContent: this.labels.advanced }));
      folded.append(...advanced.map((row) => row.element));
      const unset = (field) => field.minimum ?? EMPTY[field.type] ?? field.choices?.[0]?.value;
      folded.open = advanced.some(({ field, value }) => value !== null && value !== unset(field));
      group.append(folded);
    }
    return group;
  }

  row(step, field) {
    const first = field.choices?.[0]?.value ?? "";
    const value = field.value ?? (field.type in EMPTY ? EMPTY[field.type] : first);
    const row = { step, field, value, id: `${step.call}-${field.name}` };
    const kinds = { integer: number, number, boolean: toggle, choice: choose, color, picture, text };
    if (!(field.type in kinds)) throw new Error(`no way to show a field of the type ${field.type}`);
    const set = (to) => {
      row.value = to;
      this.reveal();
      this.changed();
    };
    row.element = make("div", { className: "row" }, ...kinds[field.type](row, set, this));
    this.rows.push(row);
    return row;
  }

  valueOf(call, name) {
    return this.rows.find((row) => row.step.call === call && row.field.name === name)?.value;
  }

  shows({ step, field }, valueOf = (name) => this.valueOf(step.call, name)) {
    return !field.shown_if || field.shown_if[1].includes(valueOf(field.shown_if[0]));
  }

  reveal() {
    for (const row of this.rows) row.element.hidden = !this.shows(row);
  }

  /** The values of the fields that are shown, of every step that uses `tool`. */
  of(tool) {
    const rows = this.rows.filter((row) => row.step.tool === tool && this.shows(row));
    return Object.fromEntries(rows.map((row) => [row.field.name, row.value]));
  }

  /** The values of the fields with these names, of whichever step has them. */
  values(names) {
    return Object.fromEntries(this.rows.filter((row) => names.includes(row.field.name)).map((row) => [row.field.name, row.value]));
  }

  /** {call: {field: value}}: what differs from the values it came with, and what became visible by that. */
  changes() {
    const result = Object.fromEntries(this.data.steps.map((step) => [step.call, {}]));
    for (const row of this.rows) {
      const { step, field, value } = row;
      const came = (name) => step.fields.find((other) => other.name === name)?.value;
      const asEmpty = field.value ?? (field.type in EMPTY && field.type !== "color" ? EMPTY[field.type] : null);
      if (this.shows(row) && (value !== asEmpty || !this.shows(row, came)) && value !== null) {
        result[step.call][field.name] = value;
      }
    }
    return result;
  }
}

const heading = (row, control, tag = "label") =>
  make("div", { className: "top" }, make(tag, { className: "label", for: row.id, textContent: row.field.label }), control);

const hint = (row, ...more) => {
  const parts = [row.field.hint ? make("span", { textContent: row.field.hint }) : null, ...more];
  return parts.some(Boolean) ? make("div", { className: "hint", id: `${row.id}-hint` }, ...join(parts.filter(Boolean))) : null;
};
const join = (parts) => parts.flatMap((part, i) => (i ? [" · ", part] : [part]));

function number(row, set, form) {
  const { field } = row;
  const [least, most] = [field.minimum ?? null, field.maximum ?? null];
  const step = field.step ?? (field.type === "integer" ? 1 : 0.5);
  const box = make("input", { type: "number", id: row.id, value: row.value ?? "", min: least ?? "", max: most ?? "", step: "any" });
  box.inputMode = field.type === "integer" ? "numeric" : "decimal";
  if (field.hint) box.setAttribute("aria-describedby", `${row.id}-hint`);
  const slides = least !== null && most !== null && (most - least) / step <= LONG;
  const slider = slides ? make("input", { type: "range", min: least, max: most, step, "aria-label": field.label }) : null;
  const share = (value) => (value - least) / (most - least);
  const paint = () => {
    if (!slider) return;
    slider.value = row.value ?? least;
    slider.setAttribute("aria-valuetext", `${row.value ?? ""} ${field.unit ?? ""}`.trim());
    slider.style.setProperty("--value", share(Number(slider.value)));
  };
  const take = (value) => {
    set(value);
    paint();
  };
  const show = (value) => {
    box.value = value;
    take(value);
  };
  box.oninput = () => {
    if (box.value === "" && (field.value ?? null) === null) return take(null);
    const value = Number(box.value);
    const whole = field.type !== "integer" || Number.isInteger(value);
    if (box.value !== "" && box.checkValidity() && whole) take(value);
  };
  box.onchange = () => (box.value = row.value ?? "");
  if (slider) slider.oninput = () => show(Number(slider.value));
  const advised = field.recommended ? recommend(field, form.labels, slider, share, show, step) : null;
  paint();
  const unit = field.unit ? make("span", { textContent: field.unit }) : null;
  return [heading(row, make("span", { className: "number" }, box, unit)), slider, hint(row, advised)].filter(Boolean);
}

/** Marks the recommended range on the track, and offers its middle in words. */
function recommend(field, labels, slider, share, show, step) {
  const [from, to] = field.recommended;
  slider?.style.setProperty("--from", share(from));
  slider?.style.setProperty("--to", share(to));
  const middle = Math.round((from + to) / 2 / step) * step;
  const textContent = `${labels.recommended} ${from}–${to} ${field.unit ?? ""}`.trim();
  return make("button", { type: "button", textContent, onclick: () => show(middle) });
}

function toggle(row, set) {
  const box = make("input", { type: "checkbox", role: "switch", id: row.id, checked: row.value });
  box.onchange = () => set(box.checked);
  return [heading(row, box), hint(row)].filter(Boolean);
}

function choose(row, set) {
  const options = row.field.choices.map(({ value, label }) => make("option", { value, textContent: label }));
  const list = make("select", { id: row.id }, ...options);
  list.value = row.value;
  list.onchange = () => set(list.value);
  return [heading(row, list), hint(row)].filter(Boolean);
}

function text(row, set) {
  const box = make("input", { type: "text", id: row.id, value: row.value });
  box.oninput = () => set(box.value);
  return [heading(row, box), hint(row)].filter(Boolean);
}

function color(row, set, form) {
  const well = make("input", { type: "color", id: row.id });
  const hex = make("input", { type: "text", maxLength: 7, spellcheck: false, "aria-label": `${row.field.label} #RRGGBB` });
  const known = form.data.colors?.length ? form.data.colors : DEFAULT_COLORS.map((value) => ({ value, label: value }));
  const swatches = known.map(({ value, label }) => {
    const button = make("button", { type: "button", title: label, "aria-label": label, onclick: () => take(value) });
    button.style.background = value;
    return [button, value];
  });
  const paint = () => {
    well.value = row.value;
    if (document.activeElement !== hex) hex.value = row.value;
    for (const [button, value] of swatches) button.setAttribute("aria-pressed", String(value.toUpperCase() === row.value));
  };
  const take = (value) => {
    set(value.toUpperCase());
    hex.value = row.value;
    paint();
  };
  well.oninput = () => take(well.value);
  hex.oninput = () => /^#[0-9a-f]{6}$/i.test(hex.value) && take(hex.value);
  hex.onchange = () => (hex.value = row.value);
  row.value = row.value.toUpperCase();
  paint();
  hex.value = row.value;
  const list = make("div", { className: "swatches", role: "group", "aria-label": row.field.label });
  list.append(...swatches.map(([button]) => button));
  return [heading(row, make("span", { className: "well" }, well, hex)), list, hint(row)].filter(Boolean);
}

function picture(row, set, form) {
  const shown = form.data.preview.behind ?? {};
  const tiles = (row.field.choices ?? []).map(({ value, label }) => {
    const image = shown[value] ? make("img", { src: shown[value], alt: "" }) : null;
    const press = () => {
      set(value);
      paint();
    };
    return [make("button", { type: "button", title: label, onclick: press }, image, make("span", { textContent: label })), value];
  });
  const paint = () => tiles.forEach(([tile, value]) => tile.setAttribute("aria-pressed", String(value === row.value)));
  paint();
  const list = make("div", { className: "tiles", role: "group", "aria-label": row.field.label }, ...tiles.map(([tile]) => tile));
  return [make("span", { className: "label", textContent: row.field.label }), list, hint(row)].filter(Boolean);
}
