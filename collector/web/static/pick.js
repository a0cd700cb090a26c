// A list that is chosen from shows what was chosen at once: its button is for who has no JavaScript.
"use strict";
for (const select of document.querySelectorAll("select[data-submit]")) {
  const button = select.form.querySelector("button[type=submit]");
  if (button) button.hidden = true;
  select.addEventListener("change", () => select.form.requestSubmit());
}
