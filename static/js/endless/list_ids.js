// Which pictures the list holds, from top to bottom: those whose rows are drawn, and those whose rows were let go.

/** What stands in the place of rows that were let go -> the ids of their pictures, as numbers: these are small. @type {WeakMap<Element, Float64Array>} */
const inPlaceOf = new WeakMap();

/** Note which pictures an element stands for. @param {Element} element @param {string[]} ids */
export const standFor = (element, ids) => inPlaceOf.set(element, Float64Array.from(ids, Number));

/** Give the ids an element of the list stands for: its own, those let go, or none. @param {any} element */
export function idsOf(element) {
  const own = element?.dataset?.imageId;
  return own ? [own] : Array.from(inPlaceOf.get(element) ?? [], String);
}

/** Tell how many pictures an element of the list stands for. @param {any} element */
export const countOf = (element) => (element?.dataset?.imageId ? 1 : (inPlaceOf.get(element)?.length ?? 0));

const elements = () => [...document.querySelector("[data-rows]").children];

export const listIds = () => elements().flatMap(idsOf);

/** Give what stands for a picture in the list: its row, or what is in the place of it. @param {string} id */
export const standsFor = (id) => elements().find((element) => element.dataset.imageId === id || inPlaceOf.get(element)?.includes(Number(id)));
