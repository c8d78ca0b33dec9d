// The filters as a sheet on narrow screens: opened by a link that also works without JavaScript (:target).

const opener = document.querySelector("[data-side-open]");

opener.setAttribute("role", "button");
opener.setAttribute("aria-expanded", "false");
opener.addEventListener("click", async (/** @type {Event} */ event) => {
  event.preventDefault();
  const { openSheet } = await import("../filters/sheet.js");
  openSheet(opener);
});
