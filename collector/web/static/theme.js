// Light, dark, or as the system has it: kept in this browser, applied before anything is painted.
"use strict";
(() => {
  const NAMES = { "": "auto", light: "light", dark: "dark" };
  const ORDER = ["", "dark", "light"];
  const root = document.documentElement;

  const kept = () => {
    try {
      return localStorage.getItem("theme") || "";
    } catch {
      return ""; // storage may be forbidden: then each page begins as the system has it
    }
  };
  const apply = (theme) => {
    if (theme in NAMES && theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
  };
  apply(kept());

  document.addEventListener("DOMContentLoaded", () => {
    const button = document.querySelector("[data-theme-switch]");
    if (!button) return;
    const word = button.querySelector(".word");
    const tell = () => { word.textContent = NAMES[root.dataset.theme || ""]; };
    button.hidden = false;
    tell();
    button.addEventListener("click", () => {
      const next = ORDER[(ORDER.indexOf(root.dataset.theme || "") + 1) % ORDER.length];
      apply(next);
      try {
        localStorage.setItem("theme", next);
      } catch { /* it holds for this page alone */ }
      tell();
      document.dispatchEvent(new CustomEvent("theme"));
    });
  });
})();
