// What a visitor chose and has not sent yet: kept in this browser, for all pages and tabs of the gallery.

/** @typedef {{ ids: number[], name: string, once: string, sent: number[] }} Draft `sent` is what it differs from */

/** @param {string} place the address of the gallery, by which its choice is kept */
export function choiceOf(place) {
  const key = `favourites ${place}`;
  const kept = () => {
    try {
      return JSON.parse(localStorage.getItem(key) ?? "null");
    } catch (error) {
      // A browser that forbids its storages keeps the choice as long as the page.
      console.debug("Nothing is kept here.", error);
      return null;
    }
  };
  return {
    key,
    /** @returns {Draft | null} */
    read() {
      const found = kept();
      return Array.isArray(found?.ids) ? found : null;
    },
    /** What was sent last from this browser; null where it is not known. @returns {number[] | null} */
    sent() {
      const found = kept();
      return Array.isArray(found?.sent) ? found.sent : null;
    },
    /** @param {object} what */
    write(what) {
      try {
        localStorage.setItem(key, JSON.stringify(what));
      } catch (error) {
        console.debug("Nothing is kept here.", error);
      }
    },
  };
}

/** Tell whether two choices hold the same pictures, in whatever order. @param {number[]} one @param {number[]} other */
export const areSame = (one, other) => one.length === other.length && one.every((id) => other.includes(id));
