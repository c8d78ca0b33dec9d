// How large the picture is and where it stands: all of it, down to its own pixels and beyond.

const CLOSEST = 8; // so many pixels of the screen for one of the picture
const STEP = 1.5;

export class Zoom {
  /** @param {HTMLElement} stage @param {(px: number) => void} wanted is told how many pixels of the screen the picture is wide */
  constructor(stage, wanted) {
    this.stage = stage;
    this.box = /** @type {HTMLElement} */ (stage.firstElementChild);
    this.wanted = wanted;
    this.width = 1;
    this.height = 1;
    this.scale = 1;
    this.x = 0;
    this.y = 0;
    this.fitted = true; // when it was drawn last
    /** @type {(() => void)[]} */
    this.told = [];
    this.watcher = new ResizeObserver(() => this.resize());
    this.watcher.observe(stage);
  }

  stop() {
    this.watcher.disconnect();
  }

  /** Show a picture of a size whole; the same one keeps its place. @param {{ width: number, height: number, same?: boolean }} size */
  show({ width, height, same = false }) {
    const fits = same ? this.fits : true;
    [this.width, this.height] = [width || 1, height || 1];
    if (fits) this.fit();
    else this.to(this.scale);
  }

  /** The middle and the size of what is free of the bars. */
  get room() {
    const { paddingTop, paddingRight, paddingBottom, paddingLeft } = getComputedStyle(this.stage);
    const [top, right, bottom, left] = /** @type {[number, number, number, number]} */ ([paddingTop, paddingRight, paddingBottom, paddingLeft].map(parseFloat));
    const { clientWidth, clientHeight } = this.stage;
    const [width, height] = [Math.max(1, clientWidth - left - right), Math.max(1, clientHeight - top - bottom)];
    return { width, height, x: left + width / 2, y: top + height / 2 };
  }

  /** The scale at which all of it is seen; small ones are not blown up. */
  get whole() {
    const { width, height } = this.room;
    return Math.min(width / this.width, height / this.height, 1);
  }

  /** The scale at which a pixel of the picture is one of the screen. */
  get real() {
    return 1 / devicePixelRatio;
  }

  get least() {
    return Math.min(this.whole, this.real);
  }

  get most() {
    return Math.max(this.real * CLOSEST, this.whole);
  }

  get fits() {
    return Math.abs(this.scale / this.whole - 1) < 0.001;
  }

  get percent() {
    return (this.scale / this.real) * 100;
  }

  /** How far the slider is, 0 to 1. */
  get part() {
    return this.most > this.least ? Math.log(this.scale / this.least) / Math.log(this.most / this.least) : 0;
  }

  set part(value) {
    this.to(this.least * (this.most / this.least) ** value);
  }

  fit() {
    [this.x, this.y] = [0, 0];
    this.to(this.whole);
  }

  /** Go to a scale; the point of the picture at a place of the window stays there. @param {number} scale @param {{ x: number, y: number }} [at] */
  to(scale, at) {
    const { x, y } = this.room;
    const next = Math.min(Math.max(scale, this.least), this.most);
    const [px, py] = at ? [at.x - x, at.y - y] : [0, 0];
    this.x = px - (px - this.x) * (next / this.scale);
    this.y = py - (py - this.y) * (next / this.scale);
    this.scale = next;
    this.draw();
  }

  /** Larger (1) or smaller (-1) by a step. @param {number} way @param {{ x: number, y: number }} [at] */
  step(way, at) {
    const next = this.scale * STEP ** way;
    // Both marks are stopped at on the way.
    const marks = [this.whole, this.real].filter((mark) => (mark - this.scale) * way > this.scale * 0.001 && (next - mark) * way > 0);
    this.to(marks.length ? (way > 0 ? Math.min(...marks) : Math.max(...marks)) : next, at);
  }

  /** @param {{ x: number, y: number }} [at] */
  toggle(at) {
    if (!this.fits) this.fit();
    else this.to(this.real > this.whole * 1.05 ? this.real : this.whole * 2, at);
  }

  /** @param {number} dx @param {number} dy */
  move(dx, dy) {
    this.x += dx;
    this.y += dy;
    this.draw();
  }

  resize() {
    if (this.fitted) this.fit();
    else this.draw();
  }

  draw() {
    const { room } = this;
    const [width, height] = [this.width * this.scale, this.height * this.scale];
    const [far, deep] = [Math.max(0, (width - room.width) / 2), Math.max(0, (height - room.height) / 2)];
    this.x = Math.min(Math.max(this.x, -far), far);
    this.y = Math.min(Math.max(this.y, -deep), deep);
    this.fitted = this.fits;
    // On whole pixels of the screen, or real pixels would be blurred.
    const onPixel = (/** @type {number} */ one) => Math.round(one * devicePixelRatio) / devicePixelRatio;
    const [left, top] = [onPixel(room.x + this.x - width / 2), onPixel(room.y + this.y - height / 2)];
    Object.assign(this.box.style, { width: `${width}px`, height: `${height}px`, transform: `translate(${left}px, ${top}px)` });
    this.stage.toggleAttribute("data-loose", far > 0 || deep > 0);
    this.wanted(width * devicePixelRatio);
    for (const tell of this.told) tell();
  }
}
