// The pictures of a collection as they stand on its page.

export const page = document.querySelector("[data-collection]");
export const list = page.querySelector("[data-places]");

/** Give the cards in their order; the link to more of them is none. */
export const cards = () => [...list.querySelectorAll(":scope > [data-place]")];
/** @param {Element} card */
export const idOf = (card) => Number(card.dataset.place);
