// Where a picture lies on a canvas, and how it is moved there. All lengths are device pixels, so that 100 % is one
// pixel of the picture on one pixel of the screen.

const SLIGHT = 6; // px of the page: a finger that moved no more than this has tapped
const MOST = 4; // zoom goes up to this many times 100 %

export class Viewport {
  constructor() {
    this.zoom = 0; // device pixels for a pixel of the picture; 0 stands for "fit"
    this.x = 0;
    this.y = 0;
    this.resize(1, 1, 1, 1);
  }

  /** Canvas W x H device pixels, picture w x h; `full` is the zoom that counts as 100 %. */
  resize(W, H, w, h, full = 1) {
    Object.assign(this, { W, H, w, h, full });
    this.clamp();
  }

  get fitted() {
    return this.zoom === 0;
  }

  /** Small pictures are not blown up beyond one pixel of the page. */
  get fitZoom() {
    return Math.min(this.W / this.w, this.H / this.h, this.full * globalThis.devicePixelRatio);
  }

  get scale() {
    return this.zoom || this.fitZoom;
  }

  fit() {
    this.zoom = 0;
    this.clamp();
  }

  /** To 100 %, keeping the point (cx, cy) of the canvas where it is. */
  toFull(cx = this.W / 2, cy = this.H / 2) {
    this.moveTo(this.full, cx, cy);
  }

  zoomBy(factor, cx = this.W / 2, cy = this.H / 2) {
    const most = Math.max(MOST * this.full, 2 * this.fitZoom);
    const after = Math.min(most, this.scale * factor);
    this.moveTo(after, cx, cy);
    // Not larger than "fit" any more: rests there, so that the page scrolls again.
    if (after <= this.fitZoom) this.fit();
  }

  moveTo(after, cx, cy) {
    this.x = cx - ((cx - this.x) * after) / this.scale;
    this.y = cy - ((cy - this.y) * after) / this.scale;
    this.zoom = after;
    this.clamp();
  }

  pan(dx, dy) {
    this.x += dx;
    this.y += dy;
    this.clamp();
  }

  clamp() {
    this.x = inside(this.x, this.W, this.w * this.scale);
    this.y = inside(this.y, this.H, this.h * this.scale);
  }

  /** What of the picture is seen: [source x, y, w, h] in its pixels, [target x, y, w, h] on the canvas. */
  visible(from = 0, to = this.W) {
    const k = this.scale;
    const left = Math.max(from, this.x, 0);
    const top = Math.max(0, this.y);
    const width = Math.min(to, this.W, this.x + this.w * k) - left;
    const height = Math.min(this.H, this.y + this.h * k) - top;
    const source = [(left - this.x) / k, (top - this.y) / k, width / k, height / k];
    return { source, target: [left, top, width, height], empty: width <= 0 || height <= 0 };
  }
}

/** A length is centred where it is shorter than the room, and leaves no gap where it is longer. */
function inside(start, room, length) {
  return length <= room ? (room - length) / 2 : Math.min(0, Math.max(room - length, start));
}

/**
 * Mouse, touch, pen, wheel and keys on `canvas` move `view`.
 *
 * hooks.changed() is called after each change. hooks.takes(point, event) may claim a drag: then hooks.drag(point)
 * gets its points. hooks.key(event) may claim a key by returning true. Returns the function that lets go again.
 */
export function gestures(canvas, view, hooks) {
  const points = new Map();
  let mode = null;
  let moved = 0; // px of the page
  let first = null;

  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    const ratio = canvas.width / box.width;
    return { x: (event.clientX - box.left) * ratio, y: (event.clientY - box.top) * ratio, ratio };
  };
  const changed = () => {
    // At "fit" a vertical swipe scrolls the page; enlarged, every move belongs to the picture.
    canvas.style.touchAction = view.fitted ? "pan-y" : "none";
    hooks.changed();
  };
  const pinch = () => {
    const [a, b] = [...points.values()];
    return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, length: Math.hypot(a.x - b.x, a.y - b.y) || 1 };
  };

  const down = (event) => {
    const point = at(event);
    points.set(event.pointerId, point);
    canvas.setPointerCapture(event.pointerId);
    moved = 0;
    if (points.size > 1) mode = "pinch";
    else mode = hooks.takes?.(point) ? "own" : view.fitted ? null : "pan";
    first = point;
    if (mode !== "own") return;
    if (event.pointerType === "touch") mode = "maybe";
    else hooks.drag(point);
  };
  // A finger that starts upwards or downwards means the page, and one that starts sideways the picture.
  const decide = (point) => {
    if (moved <= SLIGHT) return;
    mode = Math.abs(point.x - first.x) > Math.abs(point.y - first.y) ? "own" : null;
    if (mode) hooks.drag(point);
  };
  const move = (event) => {
    if (!points.has(event.pointerId)) return;
    const last = points.get(event.pointerId);
    const before = mode === "pinch" && points.size > 1 ? pinch() : null;
    const point = at(event);
    points.set(event.pointerId, point);
    moved += Math.hypot(point.x - last.x, point.y - last.y) / point.ratio;
    if (before) {
      const now = pinch();
      view.zoomBy(now.length / before.length, before.x, before.y);
      view.pan(now.x - before.x, now.y - before.y);
    } else if (mode === "pan") view.pan(point.x - last.x, point.y - last.y);
    else if (mode === "maybe") return decide(point);
    else if (mode === "own") return hooks.drag(point);
    else return;
    changed();
  };
  const up = (event) => {
    if (mode === "maybe" && event.type === "pointerup") hooks.drag(at(event));
    points.delete(event.pointerId);
    mode = null;
  };
  const wheel = (event) => {
    const wanted = event.ctrlKey || event.metaKey || !view.fitted;
    if (!wanted) return;
    event.preventDefault();
    const point = at(event);
    const lines = event.deltaMode === 1 ? 16 : 1;
    view.zoomBy(Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0016)), point.x, point.y);
    changed();
  };
  const twice = (event) => {
    const point = at(event);
    if (view.fitted) view.toFull(point.x, point.y);
    else view.fit();
    changed();
  };
  const key = (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (hooks.key?.(event) || moveByKey(view, event.key)) {
      event.preventDefault();
      changed();
    }
  };

  const heard = {
    pointerdown: down, pointermove: move, pointerup: up, pointercancel: up, wheel, dblclick: twice, keydown: key,
  };
  for (const [name, heard_by] of Object.entries(heard)) {
    canvas.addEventListener(name, heard_by, { passive: name !== "wheel" && name !== "keydown" });
  }
  canvas.style.touchAction = "pan-y";
  return () => Object.entries(heard).forEach(([name, by]) => canvas.removeEventListener(name, by));
}

function moveByKey(view, key) {
  const step = 64 * globalThis.devicePixelRatio;
  const pans = { ArrowLeft: [step, 0], ArrowRight: [-step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
  if (key in pans && !view.fitted) view.pan(...pans[key]);
  else if (key === "+" || key === "=") view.zoomBy(1.25);
  else if (key === "-") view.zoomBy(0.8);
  else if (key === "0") view.fit();
  else if (key === "1") view.toFull();
  else return false;
  return true;
}

/** Decoded pictures by address; `arrived()` is called when one has come or could not be had. */
export class Pictures {
  constructor(arrived, options = {}) {
    Object.assign(this, { arrived, options, held: new Map(), failed: new Set() });
  }

  /** The picture, or null while it is on its way or when it failed. */
  get(url) {
    if (!url || this.failed.has(url)) return null;
    if (!this.held.has(url)) {
      this.held.set(url, null);
      this.fetch(url);
    }
    return this.held.get(url);
  }

  async fetch(url) {
    try {
      const answer = await fetch(url);
      if (!answer.ok) throw new Error(`${answer.status} for a picture`);
      const bitmap = await createImageBitmap(await answer.blob(), this.options);
      if (this.held.has(url)) this.held.set(url, bitmap);
      else bitmap.close();
    } catch (error) {
      console.error(error);
      this.failed.add(url);
    }
    this.arrived();
  }

  /** Lets go of every picture but those in `wanted`; a failed one is tried again when next asked for. */
  keep(wanted) {
    for (const [url, bitmap] of this.held) {
      if (wanted.includes(url)) continue;
      bitmap?.close();
      this.held.delete(url);
      this.failed.delete(url);
    }
  }
}

/** Makes a canvas as many pixels as it covers on the screen. Returns whether that changed it. */
export function sharpen(canvas) {
  const ratio = globalThis.devicePixelRatio;
  const width = Math.max(1, Math.round(canvas.clientWidth * ratio));
  const height = Math.max(1, Math.round(canvas.clientHeight * ratio));
  if (canvas.width === width && canvas.height === height) return false;
  canvas.width = width;
  canvas.height = height;
  return true;
}
