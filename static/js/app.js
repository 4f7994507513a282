// Everything here only betters a page that already works without it.
window.GOVUKFrontend.initAll();

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
