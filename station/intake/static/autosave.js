/* Keeps every changed field at once, so that a power cut costs at most the field being typed.
   The pages are complete without this script: each step is kept when it is sent. */
"use strict";
(() => {
  const form = document.querySelector("form[data-autosave]");
  if (!form || !window.fetch) return;
  const said = document.querySelector("[data-autosave-said]");
  let waiting = 0;

  const keep = async () => {
    const values = new FormData(form);
    for (const [name, value] of [...values]) if (value instanceof File) values.delete(name);
    values.set("go", "keep");
    try {
      const answer = await fetch(form.action, { method: "POST", body: values, redirect: "error" });
      if (said && answer.status === 204) said.textContent = said.dataset.autosaveSaid + " " + new Date().toTimeString().slice(0, 5);
    } catch (error) {
      /* The server is restarting or the session ended; the step is kept when it is sent. */
    }
  };

  form.addEventListener("change", (event) => {
    if (event.target.type === "file") return;
    clearTimeout(waiting);
    waiting = setTimeout(keep, 150);
  });
})();
