// The switch between dark and light; the server keeps the choice in a cookie.

import { api } from "./http.js";
import { toastError } from "./toast.js";

document.addEventListener("click", (event) => {
  const button = event.target?.closest("[data-theme-toggle]");
  if (!button) return;
  event.preventDefault();
  const theme = button.value;
  document.documentElement.dataset.bsTheme = theme;
  for (const toggle of document.querySelectorAll("[data-theme-toggle]")) {
    toggle.value = theme === "dark" ? "light" : "dark";
    toggle.querySelector("use").setAttribute("href", `${document.body.dataset.icons}#${theme === "dark" ? "sun" : "moon-stars"}`);
  }
  api("POST", "/preferences", { theme }).catch(toastError);
});
