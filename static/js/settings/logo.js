// The logo of the studio is sent as soon as it is chosen.

for (const form of document.querySelectorAll("[data-logo]")) {
  form.addEventListener("change", () => form.requestSubmit());
}
