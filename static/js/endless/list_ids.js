// Which pictures the list holds, from top to bottom: those whose rows are drawn, and those whose rows were let go.

/** What stands in the place of rows that were let go -> the ids of their pictures. @type {WeakMap<Element, string[]>} */
const inPlaceOf = new WeakMap();

/** Note which pictures an element stands for. @param {Element} element @param {string[]} ids */
export const standFor = (element, ids) => inPlaceOf.set(element, ids);

/** Give the ids an element of the list stands for: its own, those let go, or none. @param {any} element */
export function idsOf(element) {
  const own = element?.dataset?.imageId;
  return own ? [own] : (inPlaceOf.get(element) ?? []);
}

const elements = () => [...document.querySelector("[data-rows]").children];

export const listIds = () => elements().flatMap(idsOf);

/** Give what stands for a picture in the list: its row, or what is in the place of it. @param {string} id */
export const standsFor = (id) => elements().find((element) => idsOf(element).includes(id));
