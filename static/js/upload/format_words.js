// What is said of a file that is not taken as it is: what it is, and the step to take.

const THEN = { one: "then add that.", many: "then add those." };
// Endings of what the library takes.
const PROMISING = /(\.(?:png|jpe?g|jpe|jfif|gif))$/i;
const ONLY = "Only pictures can be added.";
/** @type {[string, string]} */
const INSIDE = [`Save the pictures in it as PNG or JPEG, ${THEN.many}`, `Save the pictures in them as PNG or JPEG, ${THEN.many}`];
/** @type {[string, string]} */
const UNPACK = ["Unpack it, then add the pictures in it.", "Unpack them, then add the pictures in them."];
const STAYS = { one: "Your own file stays as it is.", many: "Your own files stay as they are." };

/**
 * By the name of the format: how one and several are called, and what they are exported as or what else to do with one
 * and with several; `turned` says that it can be turned.
 * @type {Record<string, { one: string, many: string, as?: string, turned?: boolean, step?: [string, string] }>}
 */
const WORDS = {
  HEIC: { one: "a HEIC photo", many: "HEIC photos", as: "JPEG", turned: true },
  AVIF: { one: "an AVIF picture", many: "AVIF pictures", as: "PNG or JPEG", turned: true },
  WebP: { one: "a WebP picture", many: "WebP pictures", as: "PNG or JPEG", turned: true },
  TIFF: { one: "a TIFF picture", many: "TIFF pictures", as: "PNG or JPEG", turned: true },
  BMP: { one: "a BMP picture", many: "BMP pictures", as: "PNG or JPEG", turned: true },
  "JPEG XL": { one: "a JPEG XL picture", many: "JPEG XL pictures", as: "PNG or JPEG" },
  "JPEG 2000": { one: "a JPEG 2000 picture", many: "JPEG 2000 pictures", as: "PNG or JPEG" },
  "camera raw": { one: "a camera raw file", many: "camera raw files", as: "JPEG from your photo program" },
  Photoshop: { one: "a Photoshop file", many: "Photoshop files", as: "PNG or JPEG" },
  GIMP: { one: "a GIMP file", many: "GIMP files", as: "PNG or JPEG" },
  Krita: { one: "a Krita file", many: "Krita files", as: "PNG or JPEG" },
  "Clip Studio": { one: "a Clip Studio file", many: "Clip Studio files", as: "PNG or JPEG" },
  Affinity: { one: "an Affinity file", many: "Affinity files", as: "PNG or JPEG" },
  Procreate: { one: "a Procreate file", many: "Procreate files", as: "PNG or JPEG from Procreate" },
  SVG: { one: "an SVG drawing", many: "SVG drawings", as: "PNG" },
  EPS: { one: "an EPS or Illustrator drawing", many: "EPS or Illustrator drawings", as: "PNG" },
  PDF: { one: "a PDF document", many: "PDF documents", as: "PNG or JPEG" },
  ICO: { one: "an icon", many: "icons", as: "PNG" },
  video: { one: "a video", many: "videos", step: [`Save a still of it as JPEG, ${THEN.one}`, `Save a still of each as JPEG, ${THEN.many}`] },
  audio: { one: "a sound file", many: "sound files", step: [ONLY, ONLY] },
  Word: { one: "a Word document", many: "Word documents", step: INSIDE },
  Office: { one: "an Office document", many: "Office documents", step: INSIDE },
  ZIP: { one: "a ZIP archive", many: "ZIP archives", step: UNPACK },
  archive: { one: "an archive", many: "archives", step: UNPACK },
};

/** True for a format that this server can turn: HEIC and AVIF need a library that is not everywhere. @param {string} format */
export function isConvertible(format) {
  return Boolean(WORDS[format]?.turned) && (document.body.dataset.turned ?? "").split(" ").includes(format);
}

/** Say what a file is and what to do; "" for a format without words. @param {string} format @param {string} name */
export function adviceForOne(format, name = "") {
  const words = WORDS[format];
  if (!words) return "";
  const [, promised] = PROMISING.exec(name) ?? [];
  const begin = `This is ${words.one}${promised ? `, although its name ends in ${promised.toLowerCase()}` : ""}.`;
  if (isConvertible(format)) return `${begin} Export it as ${words.as}, or let us turn it into one. ${STAYS.one}`;
  return `${begin} ${words.step?.[0] ?? `Export it as ${words.as}, ${THEN.one}`}`;
}

/** Say what to do with several files of one format that cannot be turned; "" for one without words. @param {string} format */
export function adviceForMany(format) {
  const words = WORDS[format];
  if (!words) return "";
  return words.step?.[1] ?? `Export them as ${words.as}, ${THEN.many}`;
}

/** Say what to do with several files that can be turned, of one format or of some. @param {string[]} formats */
export function adviceForTurning(formats) {
  const counts = [...new Set(formats)].map((name) => `${formats.filter((other) => other === name).length} ${name}`);
  const kinds = counts.length > 1 ? `${new Intl.ListFormat("en-GB").format(counts)}. ` : "";
  const as = formats.every((format) => WORDS[format]?.as === "JPEG") ? "JPEG" : "PNG or JPEG";
  return `${kinds}Export them as ${as}, or let us turn them. ${STAYS.many}`;
}

/** Name several files: "12 HEIC photos". @param {string[]} formats */
export function headingFor(formats) {
  const [first] = formats;
  if (formats.some((format) => format !== first)) return `${formats.length} pictures in other formats`;
  return `${formats.length} ${WORDS[first]?.many ?? "files"}`;
}
