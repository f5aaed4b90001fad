// Settings by hand: the form, and the actual picture that follows it. Python hears of it only at the end.
import { Form } from "./form.js";
import { Preview } from "./preview.js";

const EDGES = ["alpha_threshold", "erode", "dilate", "denoise", "feather"]; // whichever step asks for them

class Settings {
  constructor(root) {
    this.root = root;
    this.preview = new Preview(root);
    this.shown = "";
    root.querySelector("form").onsubmit = (event) => {
      event.preventDefault();
      this.finish("apply", this.form.changes());
    };
    root.querySelector(".reset").onclick = () => this.fill();
    root.querySelector(".cancel").onclick = () => this.finish("cancel", true);
  }

  /** New data from Python; the same data leaves what a person has set so far. */
  show(data, trigger) {
    this.trigger = trigger;
    const all = JSON.stringify(data);
    if (all === this.shown) return;
    this.shown = all;
    this.root.querySelector(".primary").textContent = data.labels.apply;
    this.root.querySelector(".cancel").textContent = data.labels.cancel;
    this.root.querySelector(".reset").textContent = data.labels.reset;
    this.buttons(false);
    this.root.querySelector(".look").hidden = !data.preview;
    if (data.preview) this.preview.load(data.preview, data.labels);
    this.data = data;
    this.fill();
  }

  /** The form with the values that it came with: what was proposed. */
  fill() {
    this.form = new Form(this.root.querySelector(".steps"), this.data, () => this.follow());
    this.follow();
  }

  follow() {
    if (!this.preview.source) return;
    const edges = this.form.values(EDGES);
    this.preview.set({ edges, background: this.form.of("set_background"), keep: this.form.of("matte").keep });
  }

  /** One answer only: a second click would decide something that is decided. */
  finish(name, value) {
    this.buttons(true);
    this.trigger(name, value);
  }

  buttons(disabled) {
    this.root.querySelectorAll(".acts button").forEach((button) => (button.disabled = disabled));
  }
}

export default function ({ parentElement, data, setTriggerValue }) {
  parentElement.koutu ??= new Settings(parentElement);
  parentElement.koutu.show(data, setTriggerValue);
  return () => {
    parentElement.koutu?.preview.close();
    parentElement.koutu = undefined;
  };
}
