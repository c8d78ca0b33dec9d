// How many pictures, in words.

/** @param {number} count */
export const pictures = (count) => `${count.toLocaleString("en")} picture${count === 1 ? "" : "s"}`;
