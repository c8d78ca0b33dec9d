// The words of one field while they are typed: kept in this browser at once, and after a second of silence on the
// server, for whoever types them alone.

import { say, sayFailed, saySaved } from "./edit_state.js";
import { dropText, keepText, reach, reached } from "./kept_texts.js";
import { Timers } from "./open_typings.js";
import { nextNumber, tab } from "./tab.js";

const FIRST_RETRY_MS = 2000;
const LAST_RETRY_MS = 60_000;

export class Autosave {
  /** @param {TypingOptions} options */
  constructor({ id, field, control, was, place }) {
    this.id = id;
    this.field = field;
    this.control = control;
    this.place = place;
    this.was = was; // what is published, as far as is known here
    this.tab = tab;
    this.number = 0; // of the text as it is now
    this.onServer = 0; // of the text that the server keeps
    this.asked = false; // whether the server was asked to keep one
    this.flushed = 0;
    this.kept = true; // in this browser
    this.aim = () => this.autosave(); // what is tried again
    this.tries = 0;
    this.spoken = false;
    this.clashing = false;
    /** @type {Promise<unknown>} */
    this.line = Promise.resolve();
    this.timers = new Timers();
  }

  /** @returns {Typed} */
  get entry() {
    const { id, field, tab: name, number, was } = this;
    return { id, field, tab: name, number, was, text: this.control.value, at: Date.now() };
  }

  /** True when the words are nowhere but in the field. */
  get isRisky() {
    return !this.kept && this.onServer !== this.number;
  }

  get isWaiting() {
    return this.timers.runs("retry");
  }

  /** Count the text as it is now as a new one, and keep it in this browser; a status is no text. */
  renew(least = 0) {
    this.number = nextNumber(Math.max(this.number, least));
    this.kept = this.field === "status" || keepText(this.entry);
  }

  /** Go on with words that another tab left, over what is published now. @param {Typed} typed @param {string} now */
  takeOver({ tab: name, number }, now) {
    Object.assign(this, { tab: name, number, onServer: number, asked: true, was: now });
  }

  /** Have the server keep the text. @returns {Promise<unknown>} */
  autosave() {
    const { entry } = this;
    if (entry.text === this.was) return this.giveUp();
    if (entry.number === this.onServer) return Promise.resolve();
    this.saySaving();
    this.line = this.line.then(() => (entry.number === this.number ? this.send(entry) : null));
    return this.line;
  }

  /** The page is being left: send what the server does not have, without waiting for anything. */
  flush() {
    const { entry } = this;
    // What is not loaded cannot be asked: the words are kept here.
    if (!reached()) return;
    if ([this.onServer, this.flushed].includes(entry.number) || entry.text === this.was) return;
    this.flushed = entry.number;
    this.send(entry, true);
  }

  /** @param {Typed} entry */
  async send(entry, keepalive = false) {
    const { number } = entry;
    this.asked = true;
    try {
      const { keepOnServer } = reached() ?? (await reach());
      const answer = await keepOnServer(entry, keepalive);
      if (number !== this.number) return;
      // Something newer of this tab is there: the clock of this device was set back.
      if (answer.number > number) return void (this.renew(answer.number), this.autosave());
      this.onServer = number;
      dropText(entry);
      this.calm();
    } catch (error) {
      if (number === this.number) this.failed(/** @type {Failure} */ (error));
    }
  }

  /** What was typed is published or given up: from here on it is this tab's. */
  end() {
    Object.assign(this, { tab, onServer: 0, asked: false });
  }

  /** Keep nothing of it any more. @returns {Promise<unknown>} */
  giveUp() {
    this.timers.stopAll();
    this.clashing = false;
    this.tries = 0;
    dropText(this.entry);
    say(this.place(), "", "");
    if (!this.asked) return Promise.resolve();
    const { entry } = this;
    this.end();
    this.line = this.line.then(async () => (await reach()).dropFromServer(entry)).catch((error) => {
      // Nothing is lost by it: the words would come back once more.
      console.debug("What was given up is on the server still.", error);
    });
    return this.line;
  }

  saySaving() {
    if (!this.tries && !this.clashing) say(this.place(), "saving", "Saving…", { silent: true });
  }

  calm() {
    this.tries = 0;
    this.timers.stop("retry");
    if (this.clashing) return;
    saySaved(this.place(), this.spoken);
    this.spoken = true;
  }

  /** @param {Failure} error */
  failed(error) {
    // A page that is left may come back.
    if (error.name === "AbortError") error = { ...error, message: error.message, status: 0, temporary: true };
    if (!this.clashing) sayFailed(this.place(), error, this.kept, () => this.retry());
    // Whoever typed may come back after somebody else had signed in (403).
    if (!error.temporary && error.status !== 403) return;
    const pause = error.temporary ? FIRST_RETRY_MS * 2 ** this.tries : LAST_RETRY_MS;
    this.timers.start("retry", Math.min(LAST_RETRY_MS, pause), () => this.aim());
    this.tries += 1;
  }

  retry() {
    this.timers.stop("retry");
    return this.aim();
  }
}
