// What can be said of a file before it is sent. The server decides in the end, from the content as well.

const KINDS = [
  { name: "PNG", start: [0x89, 0x50, 0x4e, 0x47] },
  { name: "JPEG", start: [0xff, 0xd8, 0xff] },
  { name: "GIF", start: [0x47, 0x49, 0x46, 0x38] },
];

// What systems and programs leave in folders beside the pictures; hidden files begin with a dot.
const SYSTEM_FILES = /^(?:\.|__MACOSX$|@eaDir$|ehthumbs(?:_vista)?\.db$|Thumbs\.db|desktop\.ini$|Icon\r?$|\$RECYCLE\.BIN$|System Volume Information$)/i;

/** True for a file or folder, given by its name or path, that nobody put there to be seen. @param {string} path */
export function isSystemFile(path) {
  return path.split("/").some((name) => SYSTEM_FILES.test(name));
}

/** Give the reason why a file cannot be added, or "" when it may be sent. @param {File} file @param {number} limitMb */
export async function refusal(file, limitMb) {
  if (file.size === 0) return "This file is empty.";
  let head;
  try {
    head = new Uint8Array(await file.slice(0, 4).arrayBuffer());
  } catch {
    return "This file could not be read.";
  }
  const known = KINDS.some(({ start }) => start.every((byte, i) => head[i] === byte));
  if (!known) return "Not a picture we can use. PNG, JPG and GIF work.";
  if (file.size > limitMb * 1024 * 1024) return `${megabytes(file.size)} MB. The limit is ${limitMb} MB.`;
  return "";
}

/** Rounded up, so that a file one byte over the limit does not read as being on it. @param {number} bytes */
function megabytes(bytes) {
  return (Math.ceil((bytes / 1024 / 1024) * 10) / 10).toFixed(1);
}
