// What a visitor chose and has not sent yet: kept in this browser, for all pages and tabs of the gallery.

/** @typedef {{ ids: number[], name: string, once: string }} Draft */

/** @param {string} place the address of the gallery, by which its choice is kept */
export function choiceOf(place) {
  const key = `favourites ${place}`;
  return {
    key,
    /** @returns {Draft | null} */
    read() {
      try {
        const kept = JSON.parse(localStorage.getItem(key) ?? "null");
        return kept && Array.isArray(kept.ids) ? kept : null;
      } catch (error) {
        // A browser that forbids its storages keeps the choice as long as the page.
        console.debug("Nothing is kept here.", error);
        return null;
      }
    },
    /** @param {object | null} kept */
    write(kept) {
      try {
        if (kept) localStorage.setItem(key, JSON.stringify(kept));
        else localStorage.removeItem(key);
      } catch (error) {
        console.debug("Nothing is kept here.", error);
      }
    },
  };
}

/** Tell whether two choices hold the same pictures, in whatever order. @param {number[]} one @param {number[]} other */
export const areSame = (one, other) => one.length === other.length && one.every((id) => other.includes(id));
