// Timers by name: setting one anew lets the earlier one of that name go.

export class Timers {
  constructor() {
    /** @type {Map<string, number>} */
    this.ids = new Map();
  }

  /** @param {string} name @param {number} after milliseconds @param {() => unknown} run */
  start(name, after, run) {
    this.stop(name);
    const fire = () => {
      this.ids.delete(name);
      run();
    };
    this.ids.set(name, setTimeout(fire, after));
  }

  /** @param {string} name */
  runs(name) {
    return this.ids.has(name);
  }

  /** @param {string} name */
  stop(name) {
    clearTimeout(this.ids.get(name));
    this.ids.delete(name);
  }

  stopAll() {
    for (const name of this.ids.keys()) this.stop(name);
  }
}
