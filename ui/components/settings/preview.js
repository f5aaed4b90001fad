// The actual picture with the settings applied. Only the stages behind a changed setting are computed again, and
// only the rectangle of pixels that came out different is drawn again.
import { denoise, dilate, erode, feather, threshold } from "./edges.js";
import { Pictures, Viewport, gestures, sharpen } from "../viewport.js";

const OFF = { alpha_threshold: 0, erode: 0, dilate: 0, denoise: false, feather: 0 };
const NOTHING_BEHIND = { kind: "transparent", color: "#FFFFFF", color2: "#000000", direction: "vertical", blur: 0 };

/** In the order of tools/pixels/edges.py: setting, whether it is a length, and what it does. */
const STAGES = [
  ["alpha_threshold", false, (alpha, w, h, level) => threshold(alpha, level)],
  ["erode", true, erode],
  ["dilate", true, dilate],
  ["denoise", false, (alpha, w, h) => denoise(alpha, w, h)],
  ["feather", true, feather],
];

/** The pixels of a decoded picture, as they are in the file. */
function pixelsOf(bitmap) {
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.drawImage(bitmap, 0, 0);
  return pen.getImageData(0, 0, bitmap.width, bitmap.height);
}

/** The red of each pixel: the alpha that a grey picture carries. */
function greyOf(bitmap) {
  const { data } = pixelsOf(bitmap);
  const grey = new Uint8Array(data.length / 4);
  for (let i = 0; i < grey.length; i++) grey[i] = data[i * 4];
  return grey;
}

export class Preview {
  constructor(root) {
    this.find = (selector) => root.querySelector(selector);
    this.canvas = this.find("canvas");
    this.view = new Viewport();
    this.pictures = new Pictures(() => this.request(), { colorSpaceConversion: "none", premultiplyAlpha: "none" });
    this.leave = gestures(this.canvas, this.view, { changed: () => this.request() });
    root.querySelectorAll("[data-zoom]").forEach((button) => (button.onclick = () => this.zoomTo(button.dataset.zoom)));
    this.holdForOriginal(this.find(".before"));
    this.sizes = new ResizeObserver(() => this.request());
    this.sizes.observe(this.canvas);
    this.frame = 0;
    this.wanted = { edges: OFF, background: NOTHING_BEHIND, keep: "everything" };
  }

  /** The picture as it came, as long as the button is held down, with a finger, the mouse or the keyboard. */
  holdForOriginal(button) {
    const show = (held) => () => {
      this.held = held;
      this.request();
    };
    button.onpointerdown = show(true);
    button.onpointerup = button.onpointercancel = button.onpointerleave = button.onblur = button.onkeyup = show(false);
    button.onkeydown = (event) => (event.key === " " || event.key === "Enter") && show(true)();
    button.oncontextmenu = (event) => event.preventDefault(); // a long press is not a wish for a menu
  }

  /** Which pictures; see the data of the part. */
  load(source, labels) {
    Object.assign(this, { source, labels, cut: null, alphas: new Map(), stages: [], blurred: null });
    this.pictures.keep([]);
    this.view.fit();
    for (const name of ["fit", "full"]) this.find(`[data-zoom=${name}]`).textContent = labels[name];
    this.canvas.setAttribute("aria-label", labels.preview);
    this.find(".before").textContent = labels.before;
    this.request();
  }

  /** What the picture shall look like: settings that are not given are those of the picture as it is now. */
  set({ edges, background, keep }) {
    this.wanted = {
      edges: { ...OFF, ...this.source.recipe?.edges, ...edges },
      background: { ...NOTHING_BEHIND, ...this.source.recipe?.background, ...background },
      keep: keep ?? this.source.recipe?.keep ?? "everything",
    };
    this.request();
  }

  zoomTo(which) {
    if (which === "fit") this.view.fit();
    else this.view.toFull();
    this.canvas.style.touchAction = this.view.fitted ? "pan-y" : "none";
    this.request();
  }

  request() {
    if (!this.frame && this.source) this.frame = requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.frame = 0;
    const start = performance.now();
    const foreground = this.pictures.get(this.source.foreground);
    const alpha = this.networkAlpha();
    const resting = this.pictures.get(this.source.original);
    if (foreground && alpha) this.cutOut(foreground, alpha);
    sharpen(this.canvas);
    const size = foreground ?? resting;
    if (size) {
      this.find(".stage").style.aspectRatio = `${size.width} / ${size.height}`;
      this.paint(size);
    }
    this.tell(!!(foreground && alpha));
    performance.clearMeasures("koutu:preview"); // so that the browser holds only the last one
    performance.measure("koutu:preview", { start, end: performance.now() });
  }

  /** The alpha of the network for what shall be kept; one address, or one for each value of `keep`. */
  networkAlpha() {
    const { alpha } = this.source;
    const url = typeof alpha === "string" ? alpha : alpha[this.wanted.keep] ?? alpha.everything;
    if (!this.alphas.has(url)) {
      const bitmap = this.pictures.get(url);
      if (!bitmap) return null;
      this.alphas.set(url, greyOf(bitmap));
    }
    return this.alphas.get(url);
  }

  cutOut(foreground, alpha) {
    const { width, height } = foreground;
    if (!this.cut) this.prepare(foreground);
    const finished = this.finish(alpha, width, height);
    if (finished === this.applied) return;
    const box = this.applyAlpha(finished, width, height);
    this.applied = finished;
    if (box) this.cut.pen.putImageData(this.cut.image, 0, 0, box.left, box.top, box.width, box.height);
  }

  prepare(foreground) {
    const canvas = new OffscreenCanvas(foreground.width, foreground.height);
    const image = pixelsOf(foreground);
    this.cut = { canvas, image, words: new Uint32Array(image.data.buffer), pen: canvas.getContext("2d") };
    this.cut.pen.putImageData(image, 0, 0);
    this.applied = null;
  }

  /** Alpha after all stages; a stage whose input and setting are the same as last time is not run. */
  finish(alpha, width, height) {
    let result = alpha;
    STAGES.forEach(([name, isLength, run], i) => {
      const value = isLength ? this.wanted.edges[name] * this.source.scale : this.wanted.edges[name];
      const known = this.stages[i];
      if (known?.input === result && known.value === value) result = known.output;
      else {
        const output = value ? run(result, width, height, value) : result;
        this.stages[i] = { input: result, value, output };
        result = output;
      }
    });
    return result;
  }

  /** Writes alpha into the picture; returns the rectangle that changed, or null. (A word is A B G R.) */
  applyAlpha(alpha, width, height) {
    const { words } = this.cut;
    let [left, right, top, bottom] = [width, -1, height, -1];
    for (let y = 0; y < height; y++) {
      const start = y * width;
      for (let i = start; i < start + width; i++) {
        const value = alpha[i];
        if (words[i] >>> 24 === value) continue;
        words[i] = (words[i] & 0xffffff) | (value << 24);
        const x = i - start;
        if (x < left) left = x;
        if (x > right) right = x;
        if (y < top) top = y;
        bottom = y;
      }
    }
    return right < 0 ? null : { left, top, width: right - left + 1, height: bottom - top + 1 };
  }

  paint(size) {
    const { canvas, view } = this;
    view.resize(canvas.width, canvas.height, size.width, size.height, 1 / this.source.scale);
    const pen = canvas.getContext("2d");
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.imageSmoothingQuality = "high";
    const kind = this.held ? "original" : this.wanted.background.kind;
    this.place(kind);
    pen.save();
    pen.beginPath();
    pen.rect(...view.visible().target);
    pen.clip();
    pen.translate(view.x, view.y);
    pen.scale(view.scale, view.scale);
    this.paintBehind(pen, kind, size.width, size.height);
    if (this.cut && kind !== "original") pen.drawImage(this.cut.canvas, 0, 0);
    pen.restore();
  }

  place(kind) {
    const ratio = this.canvas.width / this.canvas.clientWidth;
    const { view } = this;
    const box = { left: view.x, top: view.y, width: view.w * view.scale, height: view.h * view.scale };
    const behind = this.find(".behind");
    behind.hidden = kind !== "transparent" || !this.cut;
    for (const [name, length] of Object.entries(box)) behind.style[name] = `${length / ratio}px`;
  }

  /** In pixels of the preview. */
  paintBehind(pen, kind, width, height) {
    const { background } = this.wanted;
    const original = this.pictures.get(this.source.original);
    if (kind === "color") fill(pen, background.color, width, height);
    else if (kind === "gradient") fill(pen, gradient(pen, background, width, height), width, height);
    else if (kind === "picture") {
      const behind = this.pictures.get(this.source.behind?.[background.background_picture]);
      if (behind) cover(pen, behind, width, height);
    } else if (kind === "blur" && original) pen.drawImage(this.blur(original), 0, 0, width, height);
    else if (original && (kind === "original" || !this.cut)) pen.drawImage(original, 0, 0, width, height);
  }

  /** The original blurred; a strength of 0 is one that suits the picture's size, as in tools/pixels/backgrounds.py. */
  blur(original) {
    const { width, height } = original;
    const chosen = this.wanted.background.blur * this.source.scale;
    const px = chosen || Math.max(width, height) * AUTOMATIC_BLUR;
    if (this.blurred?.px !== px || this.blurred.cut !== this.cut) this.blurred = { px, cut: this.cut, canvas: softened(original, this.alphaSeen(), px) };
    return this.blurred.canvas;
  }

  /** The network's alpha if it has arrived. */
  alphaSeen() {
    return this.cut ? this.networkAlpha() : null;
  }

  tell(ready) {
    for (const [name, on] of [["fit", this.view.fitted], ["full", !this.view.fitted]]) {
      this.find(`[data-zoom=${name}]`).setAttribute("aria-pressed", String(on));
    }
    const note = this.find(".note");
    const failed = this.pictures.failed.size > 0;
    note.textContent = failed ? this.labels.failed : this.labels.loading;
    note.hidden = ready && !failed;
  }

  close() {
    cancelAnimationFrame(this.frame);
    this.sizes.disconnect();
    this.leave();
    this.pictures.keep([]);
  }
}

const AUTOMATIC_BLUR = 0.02; // of the longest side
const UNSURE = 10; // alpha above it may hold the subject's colour

function fill(pen, style, width, height) {
  pen.fillStyle = style;
  pen.fillRect(0, 0, width, height);
}

function gradient(pen, { color, color2, direction }, width, height) {
  const [x, y] = [width / 2, height / 2];
  const made = {
    vertical: () => pen.createLinearGradient(0, 0, 0, height),
    horizontal: () => pen.createLinearGradient(0, 0, width, 0),
    radial: () => pen.createRadialGradient(x, y, 0, x, y, Math.hypot(x, y)),
  }[direction]();
  made.addColorStop(0, color);
  made.addColorStop(1, color2);
  return made;
}

/** Fills the picture and is centred on it; what hangs over is cut off. */
function cover(pen, behind, width, height) {
  const ratio = Math.max(width / behind.width, height / behind.height);
  const [w, h] = [behind.width * ratio, behind.height * ratio];
  pen.drawImage(behind, (width - w) / 2, (height - h) / 2, w, h);
}

/**
 * The background alone, blurred: the subject's colours don't get into it. Three box blurs of a picture shrunk so far
 * that they are small look like a Gaussian of `px`. `alpha` is that of the subject, null if it is not known.
 */
function softened(picture, alpha, px) {
  const shrink = Math.max(1, px / 2);
  const width = Math.max(1, Math.round(picture.width / shrink));
  const height = Math.max(1, Math.round(picture.height / shrink));
  const canvas = new OffscreenCanvas(width, height);
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.imageSmoothingQuality = "high";
  pen.drawImage(alpha ? withoutSubject(picture, alpha) : picture, 0, 0, width, height);
  const image = pen.getImageData(0, 0, width, height);
  const sums = Float32Array.from(image.data, (value, i) => (i % 4 === 3 ? value : value * image.data[i | 3]));
  const radius = Math.max(1, Math.round(px / shrink));
  for (let pass = 0; pass < 3; pass++) {
    boxBlur(sums, width, height, 4, width * 4, radius);
    boxBlur(sums, height, width, width * 4, 4, radius);
  }
  for (let i = 0; i < sums.length; i++) image.data[i] = i % 4 === 3 ? 255 : sums[i] / Math.max(sums[i | 3], 1e-6);
  pen.putImageData(image, 0, 0);
  return canvas;
}

/** The picture, transparent wherever the subject's colour may be. */
function withoutSubject(picture, alpha) {
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  const image = pixelsOf(picture);
  for (let i = 0; i < alpha.length; i++) image.data[i * 4 + 3] = alpha[i] > UNSURE ? 0 : 255;
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

/** The mean of 2 * radius + 1 pixels along each of `lines` lines of `length` pixels, borders repeated, in place. */
function boxBlur(data, length, lines, step, lineStep, radius) {
  const line = new Float32Array(length);
  const within = (i) => line[Math.min(length - 1, Math.max(0, i))];
  for (let n = 0; n < lines; n++) {
    for (let channel = 0; channel < 4; channel++) {
      const start = n * lineStep + channel;
      for (let i = 0; i < length; i++) line[i] = data[start + i * step];
      let sum = 0;
      for (let i = -radius; i <= radius; i++) sum += within(i);
      for (let i = 0; i < length; i++) {
        data[start + i * step] = sum / (2 * radius + 1);
        sum += within(i + radius + 1) - within(i - radius);
      }
    }
  }
}
