// The bars of the viewer: what they say of the picture and the zoom, their buttons, and that they go when nothing moves.

import { toastError } from "../core/toast.js";

const REST_MS = 2000;

export class Controls {
  /** @param {Viewer} viewer */
  constructor(viewer) {
    const { dialog, zoom } = viewer;
    this.viewer = viewer;
    this.dialog = dialog;
    this.zoom = zoom;
    /** @type {any} */
    this.list = null;
    this.slider = this.part("slider");
    this.slider.addEventListener("input", () => (zoom.part = this.slider.value / 100));
    zoom.told.push(() => this.draw());
    dialog.setAttribute("aria-labelledby", "viewer-name");
    dialog.removeAttribute("aria-label");
    dialog.addEventListener("click", (/** @type {any} */ { target }) => {
      const button = target.closest("[data-viewer-do]");
      if (button) this.run(button.dataset.viewerDo);
    });
    dialog.addEventListener("viewer:do", (/** @type {any} */ { detail }) => this.run(detail));
    dialog.addEventListener("viewer:failed", (/** @type {any} */ { detail }) => this.fail(detail));
    this.watchRest();
  }

  /** @param {string} name */
  part(name) {
    return this.dialog.querySelector(`[data-viewer-${name}]`);
  }

  /** @param {any} list */
  follow(list) {
    this.list = list;
    list.strip.addEventListener("click", (/** @type {any} */ event) => {
      const link = event.target.closest("[data-viewer-item]");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      list.ahead = 0;
      list.goTo(link);
    });
  }

  /** @param {string} name */
  run(name) {
    const { zoom, list } = this;
    /** @type {Record<string, () => unknown>} */
    const acts = {
      close: () => this.viewer.close(),
      fit: () => zoom.fit(),
      real: () => zoom.to(zoom.real),
      in: () => zoom.step(1),
      out: () => zoom.step(-1),
      next: () => list?.go(1),
      previous: () => list?.go(-1),
      first: () => list?.goToEnd("first"),
      last: () => list?.goToEnd("last"),
      info: () => this.unfold("info", this.part("info").hidden),
      more: () => this.unfold("more", !("more" in this.dialog.dataset)),
    };
    Promise.resolve(acts[name]()).catch((error) => this.fail(error.message) ?? toastError(error));
  }

  /** @param {string} what @param {boolean} open */
  unfold(what, open) {
    this.dialog.querySelector(`[data-viewer-do="${what}"]`).setAttribute("aria-expanded", String(open));
    this.dialog.toggleAttribute(`data-${what}`, open);
    if (what === "info") this.part("info").hidden = !open;
  }

  /** Say why the picture is not there; nothing when it is. @param {string} sentence */
  fail(sentence) {
    const note = this.part("failed");
    note.hidden = !sentence;
    note.querySelector("span").textContent = sentence;
    note.querySelector("button").onclick = () => {
      note.hidden = true;
      this.viewer.picture.again();
    };
  }

  /** @param {ViewerItem} item */
  about(item) {
    for (const place of this.dialog.querySelectorAll("[data-viewer-name]")) place.textContent = item.name;
    for (const place of this.dialog.querySelectorAll("[data-viewer-note]")) place.textContent = item.note;
    const { list } = this;
    const number = (/** @type {number} */ one) => one.toLocaleString("en");
    this.part("count").textContent = list?.position && list.total ? `${number(list.position)} of ${number(list.total)}` : "";
    for (const [name, end, at] of /** @type {const} */ ([["previous", list?.starts, 0], ["next", list?.ends, (list?.links.length ?? 0) - 1]])) {
      this.dialog.querySelector(`.viewer-step[data-viewer-do="${name}"]`).hidden = Boolean(end) && list?.at === at;
    }
    const link = this.part("download");
    link.hidden = !item.download;
    if (item.download) link.href = item.download;
    this.tell(item);
  }

  /** @param {ViewerItem} item */
  tell(item) {
    const lines = [item.name, item.note, item.width ? `${item.width.toLocaleString("en")} × ${item.height.toLocaleString("en")} pixels` : "", item.bytes ?? ""];
    const parts = lines.filter(Boolean).map((text, at) => Object.assign(document.createElement("p"), { textContent: text, dir: "auto", className: at ? "" : "viewer-title" }));
    this.part("info").replaceChildren(...parts);
  }

  draw() {
    const { zoom } = this;
    const percent = `${zoom.percent < 10 ? zoom.percent.toFixed(1).replace(".0", "") : Math.round(zoom.percent)} %`;
    this.slider.value = String(zoom.part * 100);
    this.slider.style.setProperty("--part", `${zoom.part * 100}%`);
    this.slider.setAttribute("aria-valuetext", percent);
    this.part("percent").textContent = percent;
    const pressed = { fit: zoom.fits, real: Math.abs(zoom.scale / zoom.real - 1) < 0.001 };
    for (const [name, on] of Object.entries(pressed)) this.dialog.querySelector(`.viewer-choice[data-viewer-do="${name}"]`).setAttribute("aria-pressed", String(on));
  }

  // What floats goes when the mouse rests, but not for whoever uses the keys, and not from under the pointer.
  watchRest() {
    const { dialog } = this;
    let timer = 0;
    const rest = () => {
      const held = dialog.querySelector("[data-viewer-bar]:hover, [data-viewer-bar]:focus-within:has(:focus-visible)");
      if (!held && this.part("failed").hidden && !("info" in dialog.dataset)) dialog.dataset.rest = "";
    };
    const wake = (/** @type {boolean} */ goes) => {
      clearTimeout(timer);
      delete dialog.dataset.rest;
      if (goes) timer = setTimeout(rest, REST_MS);
    };
    let [x, y] = [-1, -1];
    dialog.addEventListener("pointermove", (event) => {
      // Some browsers say that a pointer moved when what is below it changes.
      if (event.pointerType !== "mouse" || (event.clientX === x && event.clientY === y)) return;
      [x, y] = [event.clientX, event.clientY];
      wake(true);
    });
    dialog.addEventListener("keydown", () => wake(false));
    dialog.addEventListener("close", () => clearTimeout(timer));
  }
}
