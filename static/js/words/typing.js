// What becomes of the words of one field: published for everybody when it is left and when a minute has passed.
// The minute is counted here and not by the server: a tab that dies publishes no half sentence.

import { asText, load, shownVersion } from "../images/image_store.js";
import { Autosave } from "./autosave.js";
import { dropText, nameOf, reach, reached } from "./kept_texts.js";
import { forget, isComposing, isOpen, remember, track } from "./open_typings.js";

const SILENCE_MS = 1000;
const MINUTE_MS = 60_000;
// Names that pictures share: half of one would be a new one for everybody.
export const SHARED_NAMES = ["category", "hashtags"];

export class Typing extends Autosave {
  /** @param {TypingOptions} options */
  constructor(options) {
    super(options);
    this.since = shownVersion(options.id); // the version of the picture in which `was` is published
    this.saved = options.saved;
    this.theirs = options.theirs;
    /** What stood there when the field was entered. @type {string | null} */
    this.start = null;
    this.overdue = false; // since a minute there are words that are not published
    /** @type {{ number: number, done: Promise<boolean> } | null} */
    this.publishing = null;
  }

  /** The text has changed. */
  typed() {
    this.start ??= this.was;
    this.aim = () => this.autosave();
    this.renew();
    remember(this);
    this.timers.start("silence", SILENCE_MS, () => this.pause());
    if (!this.overdue && !this.timers.runs("minute")) this.timers.start("minute", MINUTE_MS, () => this.minute());
  }

  minute() {
    this.overdue = true;
    if (!this.timers.runs("silence")) this.pause();
  }

  /** A second has passed without a key. @returns {unknown} */
  pause() {
    if (isComposing()) return this.timers.start("silence", SILENCE_MS, () => this.pause());
    const whole = !SHARED_NAMES.includes(this.field) && this.control.value.trim() !== "";
    return this.overdue && whole && !this.clashing ? this.publish() : this.autosave();
  }

  flush() {
    if (!this.publishing) super.flush();
  }

  giveUp() {
    forget(this);
    this.overdue = false;
    return super.giveUp();
  }

  /** Publish what stands in the field. Tells whether it went well. */
  publish() {
    if (!isOpen(this) && !this.onServer) this.renew();
    remember(this);
    const { entry, publishing } = this;
    if (publishing?.number === entry.number) return publishing.done;
    this.timers.stopAll();
    this.aim = () => this.publish();
    this.saySaving();
    const done = track(this.put(entry));
    this.publishing = { number: entry.number, done };
    return done;
  }

  /** Save it; where nothing stood, it goes before a draft that came meanwhile. @param {Typed} entry */
  async put(entry) {
    const autosave = this.field === "status" ? undefined : nameOf(entry);
    try {
      const { save } = reached() ?? (await reach());
      const { image, merged } = await save(this.id, this.field, entry.text, this.was, { autosave, shown: this.was ? this.since : shownVersion(this.id) });
      this.publishing = null;
      await this.published(entry, image, merged);
      return true;
    } catch (error) {
      this.publishing = null;
      const { theirs } = /** @type {Failure} */ (error);
      if (theirs === undefined) this.failed(/** @type {Failure} */ (error));
      else await this.clash(theirs);
      return false;
    }
  }

  /** @param {Typed} entry @param {ImageJson} image @param {boolean} merged */
  published(entry, image, merged) {
    const { id, field, was } = this;
    const start = this.start ?? was;
    [this.was, this.since] = [asText(image[field]), String(image.version)];
    this.clashing = this.overdue = false;
    dropText(entry);
    if (this.number === entry.number) {
      forget(this);
      this.end();
    }
    this.calm();
    document.dispatchEvent(new CustomEvent("words:saved", { detail: { id, field, was, start, version: image.version } }));
    return this.saved(image, entry.text, merged);
  }

  /** The field is left: publish what is new. Tells whether nothing is left to do. */
  async leave() {
    if (this.control.value !== this.was && !(await this.publish())) return false;
    if (this.control.value === this.was && isOpen(this)) this.giveUp();
    if (!isOpen(this)) this.start = null;
    return true;
  }

  /** Bring back what stood there when the field was entered, before anything that a minute published. */
  async takeBack() {
    const { control } = this;
    const back = this.start ?? this.was;
    this.timers.stopAll();
    control.value = back;
    if (this.publishing) await this.publishing.done;
    // What was typed while that was under way is new.
    if (control.value !== back) return undefined;
    this.start = null;
    if (back === this.was) return this.giveUp();
    this.renew();
    remember(this);
    return this.publish();
  }

  async clash(/** @type {string} */ theirs) {
    Object.assign(this, { clashing: true, tries: 0 });
    remember(this);
    (await import("./clash.js")).sayClash(this, theirs);
  }

  /** Show both texts, as `theirs` is by now. */
  async choose(/** @type {string} */ theirs) {
    const now = await load(this.id).then((image) => asText(image[this.field]), () => theirs);
    const { chooseText } = await import("../images/conflict_dialog.js");
    const choice = await chooseText(this.control.value, now);
    if (choice === "later") return this.control.focus();
    [this.clashing, this.was, this.since] = [false, now, shownVersion(this.id)];
    if (choice === "mine") return this.publish();
    [this.control.value, this.start] = [now, null];
    this.giveUp();
    return this.theirs(now);
  }
}
