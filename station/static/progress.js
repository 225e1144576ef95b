// Draws how far a long work is. Without this script the page asks again by itself every 2 seconds.
"use strict";
const bar = document.getElementById("progress-bar");
const told = document.getElementById("progress-told");
async function look() {
  try {
    const answer = await fetch(bar.dataset.figures, { headers: { Accept: "application/json" } });
    const figures = await answer.json();
    if (figures.is_over) {
      location.reload();
      return;
    }
    bar.value = figures.percent;
    told.textContent = figures.told;
  } catch {
    // the next look tries again
  }
  setTimeout(look, 1000);
}
if (bar) look();
