// Files dropped or pasted anywhere on the page go to the chat input's own file field. The framework's own drop
// target speaks English only, so the overlay here covers it, and its other fixed words are replaced.

const CHAT = '[data-testid="stChatInput"]';

const has = (event) => !!event.dataTransfer && [...event.dataTransfer.types].includes("Files");
const field = () => document.querySelector(`${CHAT} input[type=file]`);

/** Hands files to the chat input as if a person had chosen them there. */
function give(files) {
  const input = field();
  if (!input || !files.length) return;
  const carried = new DataTransfer();
  for (const file of files) carried.items.add(file);
  input.files = carried.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
  document.querySelector(`${CHAT} textarea`)?.focus();
}

/** The files of a drop, with folders replaced by what is in them. Entries have to be taken before the first await. */
async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.some((entry) => entry.isDirectory)) return [...transfer.files];
  return (await Promise.all(entries.map(filesOf))).flat();
}

async function filesOf(entry) {
  if (entry.name.startsWith(".")) return [];
  if (entry.isFile) return [await new Promise((done, failed) => entry.file(done, failed))];
  const reader = entry.createReader();
  const inside = [];
  for (;;) { // a browser gives at most 100 at once
    const some = await new Promise((done, failed) => reader.readEntries(done, failed));
    if (!some.length) return (await Promise.all(inside.map(filesOf))).flat();
    inside.push(...some);
  }
}

const typesInto = (target) => target instanceof Element && !!target.closest("input,textarea,[contenteditable]");

function listeners(overlay) {
  const show = (on) => overlay.classList.toggle("on", on);
  return {
    // In the capture phase: the framework's English drop target in the chat input never sees the event.
    dragenter: (event) => has(event) && take(event),
    dragover(event) {
      if (!has(event)) return;
      take(event);
      event.dataTransfer.dropEffect = field() ? "copy" : "none";
      show(!!field());
    },
    dragleave(event) {
      if (has(event)) event.stopPropagation();
      if (!event.relatedTarget) show(false);
    },
    dragend: () => show(false),
    drop(event) {
      show(false);
      if (!has(event)) return;
      take(event);
      dropped(event.dataTransfer).then(give);
    },
    paste(event) {
      const files = [...(event.clipboardData?.files ?? [])];
      const chat = event.target instanceof Element && event.target.closest(CHAT);
      if (!files.length || chat || typesInto(event.composedPath()[0])) return;
      event.preventDefault();
      give(files);
    },
  };
}

function take(event) {
  event.preventDefault();
  event.stopPropagation();
}

/** From the framework's English to other words; a "*" stands for any text. Undefined where there are none. */
function dictionary(words) {
  const literal = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const open = Object.entries(words).filter(([english]) => english.includes("*"));
  const patterns = open.map(([english, other]) => [new RegExp(`^${english.split("*").map(literal).join("(.*)")}$`), other]);
  const known = new Map(Object.entries(words));
  return (text) => {
    if (known.has(text.trim())) return known.get(text.trim());
    const [pattern, other] = patterns.find(([candidate]) => candidate.test(text.trim())) ?? [];
    return pattern && other.replace("*", () => text.trim().match(pattern)[1]);
  };
}

/** Replaces the framework's fixed English words, now and whenever the page changes. */
function translate(words) {
  if (!Object.keys(words).length) return () => {};
  const say = dictionary(words);
  const one = (element) => {
    for (const name of ["aria-label", "title", "placeholder", "alt"]) {
      const said = element.hasAttribute?.(name) && say(element.getAttribute(name));
      if (said) element.setAttribute(name, said);
    }
  };
  const texts = (root) => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const own = !node.parentElement?.closest('[data-testid="stMarkdownContainer"],textarea,script,style');
      if (own && say(node.data)) node.data = say(node.data);
    }
  };
  const all = (root) => {
    if (!(root instanceof Element)) return;
    one(root);
    root.querySelectorAll("[aria-label],[title],[placeholder],[alt]").forEach(one);
    texts(root);
  };
  all(document.body);
  const watcher = new MutationObserver((records) => {
    for (const record of records) {
      if (record.type === "attributes") one(record.target);
      else if (record.type === "characterData") texts(record.target.parentElement ?? record.target);
      else record.addedNodes.forEach((node) => all(node instanceof Element ? node : node.parentElement));
    }
  });
  watcher.observe(document.body, {
    subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ["aria-label", "title", "placeholder", "alt"],
  });
  return () => watcher.disconnect();
}

export default function ({ parentElement, data }) {
  parentElement.koutu?.();
  document.documentElement.lang = data.lang;
  const overlay = parentElement.querySelector(".overlay");
  overlay.querySelector("span").textContent = data.label;
  const heard = Object.entries(listeners(overlay));
  heard.forEach(([name, by]) => document.addEventListener(name, by, true));
  const quiet = translate(data.words ?? {});
  const close = () => {
    heard.forEach(([name, by]) => document.removeEventListener(name, by, true));
    quiet();
  };
  parentElement.koutu = close;
  return () => parentElement.koutu?.();
}
