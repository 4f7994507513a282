// Everything here only betters a page that already works without it.
window.GOVUKFrontend.initAll();

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// Boxes of a table that belong to one form: all of them at once, and none again.
for (const button of document.querySelectorAll("[data-tick-all]")) {
  const boxes = [...document.querySelectorAll(`input[type=checkbox][form="${button.dataset.tickAll}"]`)];
  const named = () => {
    button.textContent = boxes.every((box) => box.checked) ? "Select none" : "Select all";
  };
  button.hidden = boxes.length < 2;
  button.addEventListener("click", () => {
    const ticked = !boxes.every((box) => box.checked);
    for (const box of boxes) box.checked = ticked;
    named();
  });
  document.addEventListener("change", named);
  window.addEventListener("pageshow", named);
}

// On a phone what was found comes first; filters that cannot be read stay in view.
if (window.matchMedia("(max-width: 1019px)").matches) {
  for (const panel of document.querySelectorAll("[data-folded-on-phones]")) {
    panel.open = Boolean(panel.querySelector(".govuk-error-message"));
  }
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

// What autosave.js kept in this tab goes once it was sent, which another page of ours shows, with whoever signs out, and
// when somebody else has signed in.
try {
  const { writer } = document.body.dataset;
  for (const [name, kept] of Object.entries(sessionStorage)) {
    const { sent, path, whose } = name.startsWith("unsaved ") ? JSON.parse(kept) : {};
    const another = writer && whose && writer !== whose;
    if (another || (sent && path !== location.pathname)) sessionStorage.removeItem(name);
  }
  document.querySelector("[data-forgets]")?.addEventListener("submit", () => sessionStorage.clear());
} catch {
  // a browser that keeps nothing has nothing to forget
}

// A page that waits for a job brings its parts up to date by itself; without this there is a link to check again.
const refresh = async (waiting) => {
  const answer = await fetch(window.location.href).catch(() => undefined);
  const fresh = answer?.ok && new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of fresh ? document.querySelectorAll("[data-refreshed]") : []) {
    const later = fresh.getElementById(part.id);
    if (later && later.innerHTML !== part.innerHTML) {
      part.replaceChildren(...later.childNodes);
    }
  }
  if (!fresh || fresh.getElementById(waiting.id)?.dataset.refresh) {
    setTimeout(refresh, waiting.dataset.refresh * 1000, waiting);
  }
};
for (const waiting of document.querySelectorAll("[data-refresh]")) {
  setTimeout(refresh, waiting.dataset.refresh * 1000, waiting);
}
