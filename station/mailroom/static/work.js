// Draws how far an export or import is. Without this script the page asks again by itself every 2 seconds.
"use strict";
const bar = document.getElementById("work-bar");
const step = document.getElementById("work-step");
async function look() {
  try {
    const answer = await fetch(bar.dataset.figures, { headers: { Accept: "application/json" } });
    const figures = await answer.json();
    if (figures.is_over) {
      location.reload();
      return;
    }
    bar.value = figures.percent;
    step.textContent = `${figures.step} ${figures.percent}%`;
  } catch {
    // the next look tries again
  }
  setTimeout(look, 1000);
}
if (bar) look();
