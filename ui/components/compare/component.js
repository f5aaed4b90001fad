// The result viewer: before and after under one divider, the matte, zoom up to single pixels, backgrounds behind
// what is transparent. Small previews are shown until more is asked for; only then full pictures are fetched.
import { Pictures, Viewport, gestures, sharpen } from "../viewport.js";

const GRIP = 26; // px of the page: this near to the divider, a drag in the enlarged picture moves the divider
const BIG = 8e6; // pixels; full pictures larger than this are let go of when the whole is shown again

class Viewer {
  constructor(root) {
    this.find = (selector) => root.querySelector(selector);
    this.canvas = this.find("canvas");
    this.view = new Viewport();
    this.pictures = new Pictures(() => this.request());
    Object.assign(this, { look: "compare", ground: "checker", divider: 0.5, unsure: false, frame: 0, shown: "" });
    this.listen(root);
    this.leave = gestures(this.canvas, this.view, {
      changed: () => this.changed(),
      takes: (point) => this.takesDivider(point),
      drag: (point) => this.moveDivider(point.x / this.canvas.width),
      key: (event) => this.dividerByKey(event),
    });
    this.sizes = new ResizeObserver(() => this.request());
    this.sizes.observe(this.canvas);
  }

  listen(root) {
    const on = (selector, act) => root.querySelectorAll(selector).forEach((b) => (b.onclick = () => act(b)));
    on("[data-look]", (button) => this.set({ look: button.dataset.look }));
    on("[data-ground]", (button) => this.set({ ground: button.dataset.ground }));
    on(".unsure", () => this.set({ unsure: !this.unsure }));
    on("[data-zoom]", (button) => this.zoomTo(button.dataset.zoom));
    const own = this.find(".own input");
    own.oninput = own.onclick = () => this.set({ ground: own.value });
    const whole = this.find(".whole");
    whole.hidden = !document.fullscreenEnabled;
    whole.onclick = () => this.toggleWhole();
  }

  /** New data from Python. A different picture starts afresh; the same one keeps its zoom and divider. */
  show(data) {
    this.data = data;
    const same = JSON.stringify([data.before, data.after, data.matte]);
    if (same !== this.shown) {
      this.shown = same;
      this.pictures.keep([]);
      this.view.fit();
      Object.assign(this, { divider: 0.5, look: "compare" });
    }
    this.find(".stage").style.aspectRatio = `${data.width} / ${data.height}`;
    this.find(".grounds").hidden = data.opaque;
    this.find('[data-look="matte"]').hidden = !data.matte;
    this.words(data.labels);
    this.outline(data.regions, data.labels.unsure);
    this.set({});
  }

  words(labels) {
    for (const [look, text] of [["compare", labels.slider], ["result", labels.result], ["matte", labels.matte]]) {
      this.find(`[data-look=${look}]`).textContent = text;
    }
    for (const name of ["checker", "black", "white"]) called(this.find(`[data-ground=${name}]`), labels[name]);
    for (const name of ["fit", "full"]) this.find(`[data-zoom=${name}]`).textContent = labels[name];
    called(this.find(".own input"), labels.colour);
    called(this.find(".whole"), labels.fullscreen);
    this.find(".looks").setAttribute("aria-label", labels.look);
    this.find(".grounds").setAttribute("aria-label", labels.behind);
    this.find(".tag.before").textContent = labels.before;
    this.find(".tag.after").textContent = labels.after;
  }

  /** Places where the matte may be wrong; boxes are shares of the picture. */
  outline(regions, label) {
    const button = this.find(".unsure");
    button.hidden = !regions.length;
    button.textContent = label;
    const boxes = regions.map(({ box: [left, top, right, bottom], label: said }) => {
      const place = document.createElement("div");
      const sides = { left, top, width: right - left, height: bottom - top };
      for (const [name, share] of Object.entries(sides)) place.style[name] = `${share * 100}%`;
      place.append(document.createElement("span"));
      place.firstChild.textContent = said;
      return place;
    });
    this.find(".regions").replaceChildren(...boxes);
  }

  set(state) {
    Object.assign(this, state);
    const press = (selector, pressed) =>
      this.find(selector).parentElement.querySelectorAll("button").forEach((button) => {
        button.setAttribute("aria-pressed", String(pressed(button.dataset)));
      });
    press("[data-look]", (of) => of.look === this.look);
    press("[data-ground]", (of) => of.ground === this.ground);
    const own = this.ground.startsWith("#");
    this.find(".own").classList.toggle("on", own);
    const behind = this.find(".behind");
    behind.dataset.behind = this.ground;
    behind.style.background = own ? this.ground : "";
    this.find(".unsure").setAttribute("aria-pressed", String(this.unsure));
    this.find(".regions").hidden = !this.unsure;
    this.find(".tag.before").hidden = this.find(".tag.after").hidden = this.look !== "compare" || this.unsure;
    this.describe();
    this.request();
  }

  describe() {
    const compares = this.look === "compare";
    const { labels } = this.data;
    this.canvas.setAttribute("role", compares ? "slider" : "img");
    called(this.canvas, compares ? labels.divider : labels[this.look], false);
    const value = Math.round(this.divider * 100);
    const spoken = { valuemin: 0, valuemax: 100, valuenow: value, valuetext: `${labels.before} ${value} %` };
    for (const [name, text] of Object.entries(spoken)) {
      if (compares) this.canvas.setAttribute(`aria-${name}`, text);
      else this.canvas.removeAttribute(`aria-${name}`);
    }
  }

  zoomTo(which) {
    if (which === "fit") this.view.fit();
    else this.view.toFull();
    this.changed();
  }

  changed() {
    this.canvas.style.touchAction = this.view.fitted ? "pan-y" : "none";
    if (this.view.fitted && this.data.width * this.data.height > BIG) {
      this.pictures.keep([this.data.preview_before, this.data.preview_after, this.data.preview_matte]);
    }
    this.request();
  }

  takesDivider(point) {
    if (this.look !== "compare") return false;
    const away = Math.abs(point.x - this.divider * this.canvas.width) / point.ratio;
    return this.view.fitted || away < GRIP;
  }

  moveDivider(to) {
    this.divider = Math.min(1, Math.max(0, to));
    this.describe();
    this.request();
  }

  dividerByKey(event) {
    const step = event.shiftKey ? 0.1 : 0.02;
    const to = { ArrowLeft: this.divider - step, ArrowRight: this.divider + step, Home: 0, End: 1 }[event.key];
    if (this.look !== "compare" || to === undefined) return false;
    this.moveDivider(to);
    return true;
  }

  toggleWhole() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.find(".viewer").requestFullscreen();
  }

  request() {
    if (!this.frame && this.data) this.frame = requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.frame = 0;
    sharpen(this.canvas);
    const { canvas, view, data } = this;
    view.resize(canvas.width, canvas.height, data.width, data.height);
    this.place();
    const pen = canvas.getContext("2d");
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.imageSmoothingQuality = "high";
    const split = this.divider * canvas.width;
    const parts = { compare: [["before", 0, split], ["after", split, canvas.width]] };
    const look = this.look === "result" ? "after" : this.look;
    for (const [name, from, to] of parts[look] ?? [[look, 0, canvas.width]]) this.put(pen, name, from, to);
    if (this.look === "compare") this.drawDivider(pen, split);
    this.tell();
  }

  /** What lies behind transparent pixels is an element of the page under the canvas, as large as the picture. */
  place() {
    const ratio = this.canvas.width / this.canvas.clientWidth;
    const { view } = this;
    const box = { left: view.x, top: view.y, width: view.w * view.scale, height: view.h * view.scale };
    for (const part of [".behind", ".regions"]) {
      const { style } = this.find(part);
      for (const [name, length] of Object.entries(box)) style[name] = `${length / ratio}px`;
    }
    const drawn = this.look === "compare" ? this.pictures.held.get(this.data.preview_before) : true;
    this.find(".behind").hidden = !drawn;
  }

  put(pen, name, from, to) {
    const bitmap = this.bestOf(name);
    const { source, target, empty } = this.view.visible(from, to);
    if (!bitmap || empty) return;
    const ratio = bitmap.width / this.view.w;
    pen.imageSmoothingEnabled = this.view.scale / ratio < 3; // enlarged further, single pixels are shown as such
    pen.drawImage(bitmap, ...source.map((length) => length * ratio), ...target);
  }

  /** The preview while it is sharp enough or the full picture is on its way, else the full picture. */
  bestOf(name) {
    const preview = this.pictures.get(this.data[`preview_${name}`] ?? this.data[name]);
    const enough = preview && preview.width >= this.view.w * this.view.scale * 0.95;
    if (enough || (!preview && !this.failed(name))) return preview;
    return (this.view.fitted && preview) || (this.pictures.get(this.data[name]) ?? preview);
  }

  failed(name) {
    return this.pictures.failed.has(this.data[`preview_${name}`]);
  }

  drawDivider(pen, x) {
    const unit = this.canvas.width / this.canvas.clientWidth;
    const y = this.canvas.height / 2;
    pen.save();
    pen.shadowColor = "rgb(0 0 0 / 45%)";
    pen.shadowBlur = 5 * unit;
    pen.fillStyle = "#fff";
    pen.fillRect(x - unit, 0, 2 * unit, this.canvas.height);
    pen.beginPath();
    pen.arc(x, y, 16 * unit, 0, 2 * Math.PI);
    pen.fill();
    pen.restore();
    pen.strokeStyle = "#333";
    pen.lineWidth = 1.8 * unit;
    pen.lineJoin = pen.lineCap = "round";
    for (const side of [-1, 1]) {
      pen.beginPath();
      pen.moveTo(x + side * 4.5 * unit, y - 4.5 * unit);
      pen.lineTo(x + side * 9 * unit, y);
      pen.lineTo(x + side * 4.5 * unit, y + 4.5 * unit);
      pen.stroke();
    }
  }

  tell() {
    const { labels } = this.data;
    const percent = Math.round(this.view.scale * 100);
    this.find(".size").textContent = `${percent} %`;
    const press = (name, on) => this.find(`[data-zoom=${name}]`).setAttribute("aria-pressed", String(on));
    press("fit", this.view.fitted);
    press("full", !this.view.fitted && percent === 100);
    const note = this.find(".note");
    const waits = [...this.pictures.held].some(([url, got]) => !got && !this.pictures.failed.has(url));
    note.textContent = this.pictures.failed.size ? labels.failed : labels.loading;
    note.hidden = !this.pictures.failed.size && !waits;
  }

  close() {
    cancelAnimationFrame(this.frame);
    this.sizes.disconnect();
    this.leave();
    this.pictures.keep([]);
  }
}

/** A name for screen readers, and for the mouse where `hover`. */
function called(element, text, hover = true) {
  element.setAttribute("aria-label", text);
  if (hover) element.title = text;
}

export default function ({ parentElement, data }) {
  parentElement.koutu ??= new Viewer(parentElement);
  parentElement.koutu.show(data);
  return () => {
    parentElement.koutu?.close();
    parentElement.koutu = undefined;
  };
}
