// The acts at the foot of a phone press what stands further up, or go there to write.

document.addEventListener("click", (event) => {
  const button = event.target?.closest("[data-foot-act]");
  if (!button) return;
  const target = document.querySelector(button.dataset.footAct);
  if (!target.matches("input:not([type=radio]), textarea")) return target.click();
  target.focus();
  target.scrollIntoView({ block: "center" });
});
