// Everything here only betters a page that already works without it.
window.GOVUKFrontend.initAll();

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// govuk-frontend writes aria-expanded on radios, where ARIA does not allow it: the revealed field is announced without it.
const plainRadios = () => {
  for (const radio of document.querySelectorAll("input[type=radio][aria-expanded]")) {
    radio.removeAttribute("aria-expanded");
  }
};
plainRadios();
document.addEventListener("click", plainRadios);
window.addEventListener("pageshow", plainRadios);
