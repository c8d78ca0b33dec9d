// What runs on the page of shared galleries.

import "../core/clipboard.js";
import "../core/download.js";

// The whole address at one click, for whoever copies by hand.
document.addEventListener("focusin", (event) => {
  if (event.target?.matches(".share-address-copy input")) event.target?.select();
});
