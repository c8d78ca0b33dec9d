// One picture of the review: its piece of the page, and what is on its way to the server.

const LONGEST_NAME = 40;

export class Card {
  /** @param {Element} node */
  constructor(node) {
    this.node = node;
    this.id = node.dataset.reviewCard ?? "";
    this.panel = node.querySelector("[data-panel]");
    this.accepted = false;
    this.stale = false;
    this.busy = 0;
    this.drawnAt = Date.now();
    this.line = Promise.resolve();
  }

  get name() {
    const { name } = this.panel.dataset;
    return name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1)}…` : name;
  }

  /** Do one thing after the other with a picture; `run` deals with its own errors. @param {() => Promise<void>} run */
  queue(run) {
    this.busy += 1;
    this.line = this.line.then(run).finally(() => (this.busy -= 1));
  }
}
