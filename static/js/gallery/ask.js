// "Ask about this" on the picture of a gallery that is pointed at or focused: one link for all, as a page has sixty.

const list = document.querySelector("[data-ask]");
const link = document.createElement("a");
link.className = "gallery-ask";
link.textContent = "Ask about this";

/** @param {Event} event */
function offer({ target }) {
  const work = target?.closest(".gallery-work");
  if (!work || work.contains(link)) return;
  const label = work.nextElementSibling;
  const name = label.querySelector("bdi")?.textContent ?? `Picture ${label.textContent.trim()}`;
  const subject = encodeURIComponent(`${name}, ${document.querySelector("h1").textContent}`);
  const isMail = list.dataset.ask.startsWith("mailto:");
  link.href = isMail ? list.dataset.ask.replace(/%2A$/, subject) : list.dataset.ask;
  if (!isMail) Object.assign(link, { target: "_blank", rel: "noopener noreferrer" });
  work.append(link);
}

for (const type of ["pointerover", "focusin"]) list?.addEventListener(type, offer);
