// The switch between dark and light; the server keeps the choice in a cookie.

import { api } from "./http.js";
import { toastError } from "./toast.js";

document.addEventListener("click", (event) => {
  const button = event.target?.closest("[data-theme-toggle]");
  if (!button) return;
  event.preventDefault();
  const theme = button.value;
  document.documentElement.dataset.bsTheme = theme;
  button.value = theme === "dark" ? "light" : "dark";
  const icon = button.querySelector("use");
  icon.setAttribute("href", `${document.body.dataset.icons}#${theme === "dark" ? "sun" : "moon-stars"}`);
  api("POST", "/preferences", { theme }).catch(toastError);
});
