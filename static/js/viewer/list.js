// The pictures of the list that the viewer goes through: those of the strip, and more of them when an end comes near.

import { fragment } from "../core/http.js";
import { itemOf } from "./item.js";

const NEAR = 8; // so many before an end, more are asked for
const MOST = 240; // more are not kept

export class List {
  /**
   * @param {HTMLElement} strip @param {URL} place the address of the neighbours of the first picture
   * @param {(item: ViewerItem) => void} show
   */
  constructor(strip, place, show) {
    this.strip = strip;
    this.place = place;
    this.show = show;
    this.list = strip.querySelector("[data-strip]");
    [this.starts, this.ends] = ["starts" in this.list.dataset, "ends" in this.list.dataset];
    const count = strip.closest("dialog").querySelector("[data-viewer-count]").dataset;
    this.total = Number(count.total) || 0;
    this.number = Number(count.number) || 0; // of the first picture of the strip; 0 where that is not known
    this.at = this.links.findIndex((link) => link.dataset.viewerItem === strip.dataset.shown);
    /** @type {Record<string, Promise<void> | undefined>} */
    this.fetching = {};
    this.ahead = 0; // steps that are still to be made
    this.going = false;
  }

  /** @returns {HTMLAnchorElement[]} */
  get links() {
    return [...this.list.querySelectorAll("[data-viewer-item]")];
  }

  get item() {
    return itemOf(this.links[this.at]);
  }

  /** The number of the picture in the whole list, or 0. */
  get position() {
    return this.number && this.number + this.at;
  }

  /** What is worth fetching before it is wanted. */
  beside() {
    return [this.links[this.at + 1], this.links[this.at - 1]].filter(Boolean).map(itemOf);
  }

  /** @param {HTMLAnchorElement} link */
  goTo(link) {
    const { links } = this;
    this.at = links.indexOf(link);
    for (const one of links) {
      one.tabIndex = one === link ? 0 : -1;
      if (one === link) one.setAttribute("aria-current", "true");
      else one.removeAttribute("aria-current");
    }
    const [room, { left, width }] = [this.strip, link.getBoundingClientRect()];
    room.scrollLeft += left + width / 2 - room.getBoundingClientRect().left - room.clientWidth / 2;
    this.show(itemOf(link));
    if (!this.ends && links.length - this.at <= NEAR) this.more("after").catch(quiet);
    if (!this.starts && this.at < NEAR) this.more("before").catch(quiet);
  }

  /** Go on by a step. What is not there yet is waited for, and no step that is made meanwhile is lost. @param {number} step */
  async go(step) {
    this.ahead += step;
    if (this.going) return;
    this.going = true;
    try {
      while (this.ahead) {
        const on = this.ahead > 0;
        if (!this.links[this.at + (on ? 1 : -1)] && !(on ? this.ends : this.starts)) await this.more(on ? "after" : "before");
        const to = Math.min(Math.max(this.at + this.ahead, 0), this.links.length - 1);
        this.ahead = to === this.at ? 0 : this.ahead - (to - this.at);
        if (to !== this.at) this.goTo(this.links[to]);
      }
    } finally {
      [this.ahead, this.going] = [0, false];
    }
  }

  /** Go to the first or the last picture of the whole list. @param {"first" | "last"} end */
  async goToEnd(end) {
    this.ahead = 0;
    if (!(end === "first" ? this.starts : this.ends)) await this.replace(end);
    this.goTo(this.links[end === "first" ? 0 : this.links.length - 1]);
  }

  /** @param {string} way */
  more(way) {
    return (this.fetching[way] ??= this.fetch(way).finally(() => (this.fetching[way] = undefined)));
  }

  /** Ask from the end of what is there; from further in where pictures there are gone meanwhile. @param {string} way */
  async ask(way) {
    const links = way === "before" ? this.links : this.links.reverse();
    const url = new URL(this.place);
    url.searchParams.set("way", way);
    for (let [from, next] = [0, 1]; ; [from, next] = [next, next * 2]) {
      url.pathname = url.pathname.replace(/\d+(?=\/neighbours$)/, String(links[from].dataset.viewerItem));
      const found = await fragment(url).catch((error) => {
        if (error.status !== 404 || !links[next]) throw error;
      });
      if (found) return found.querySelector("[data-strip]");
    }
  }

  /** @param {string} way */
  async fetch(way) {
    const edge = this.list.firstElementChild;
    const more = await this.ask(way);
    if (!edge.isConnected) return; // left for another end of the list meanwhile
    const [here, before] = [this.links[this.at], this.strip.scrollWidth];
    const known = new Set(this.links.map((link) => link.dataset.viewerItem));
    const fresh = [...more.children].filter((one) => !known.has(one.firstElementChild.dataset.viewerItem));
    if (way === "before") {
      this.starts = "starts" in more.dataset;
      this.list.prepend(...fresh);
      if (this.number) this.number = Math.max(1, this.number - fresh.length);
      this.strip.scrollLeft += this.strip.scrollWidth - before;
    } else {
      this.ends = "ends" in more.dataset;
      this.list.append(...fresh);
    }
    this.trim(way);
    this.at = this.links.indexOf(here);
  }

  /** Let go of what is far away. @param {string} way */
  trim(way) {
    const much = this.list.children.length - MOST;
    for (let count = 0; count < much; count += 1) (way === "before" ? this.list.lastElementChild : this.list.firstElementChild).remove();
    if (much <= 0) return;
    if (way === "before") this.ends = false;
    else [this.starts, this.number] = [false, this.number && this.number + much];
  }

  /** @param {"first" | "last"} end */
  async replace(end) {
    const fresh = await this.ask(end);
    this.list.replaceChildren(...fresh.children);
    [this.starts, this.ends] = ["starts" in fresh.dataset, "ends" in fresh.dataset];
    this.number = end === "first" ? 1 : this.total && this.total - this.links.length + 1;
  }
}

/** @param {unknown} error */
const quiet = (error) => console.debug("The next pictures are not here yet.", error);
