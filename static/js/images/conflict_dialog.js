// "Changed elsewhere: see both": two texts side by side and a choice.

/** Show both texts; gives "mine", "theirs" or "later" (also for Escape). @param {string} mine @param {string} theirs */
export function chooseText(mine, theirs) {
  const template = document.getElementById("clash-template");
  const dialog = template.content.firstElementChild.cloneNode(true);
  dialog.querySelector('[data-clash="mine"]').textContent = mine || "(empty)";
  dialog.querySelector('[data-clash="theirs"]').textContent = theirs || "(empty)";
  document.body.append(dialog);
  dialog.addEventListener("click", (/** @type {Event} */ event) => {
    const choice = event.target?.closest("[data-choice]")?.dataset.choice;
    if (choice) dialog.close(choice);
  });
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue || "later");
    });
    dialog.showModal();
  });
}
