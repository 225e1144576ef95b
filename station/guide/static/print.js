"use strict";
// The print button works only where a script may press it; without one the page says which keys do.
document.querySelectorAll("[data-print]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
});
