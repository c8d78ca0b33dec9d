// Enter in a field with suggestions sends its form also where the browser's list of them swallows the key (WebKitGTK 2.44).

// The browser sends the form itself, or puts in the suggestion that was chosen, well before this.
const LATER_MS = 50;

document.addEventListener("keydown", (event) => {
  const input = event.target?.closest?.("input[list]");
  /** @type {HTMLButtonElement | undefined} */
  const button = [...(input?.form?.elements ?? [])].find(({ type }) => type === "submit");
  if (event.key !== "Enter" || !button) return;
  const { form, value } = input;
  let sent = false;
  form.addEventListener("submit", () => (sent = true), { once: true });
  setTimeout(() => {
    if (!sent && !event.defaultPrevented && input.isConnected && input.value === value) form.requestSubmit(button);
  }, LATER_MS);
});
