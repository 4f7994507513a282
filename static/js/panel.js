// Drags a candidate to another place of the panel's order. The buttons beside each do the same, and so does this: it
// fills in the place and presses “Move”.
(() => {
  "use strict";

  let dragged = null;
  for (const row of document.querySelectorAll("[data-panel-place]")) {
    const form = row.querySelector("form");
    if (!form || !form.elements.to) continue;
    row.draggable = true;
    row.classList.add("app-panel__row--drag");
    row.addEventListener("dragstart", (event) => {
      dragged = row;
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", row.id);
    });
    row.addEventListener("dragend", () => {
      dragged = null;
    });
    row.addEventListener("dragover", (event) => {
      if (dragged && dragged !== row) event.preventDefault();
    });
    row.addEventListener("drop", (event) => {
      event.preventDefault();
      const moving = dragged && dragged.querySelector("form");
      if (!moving || dragged === row) return;
      moving.elements.to.value = row.dataset.panelPlace;
      moving.requestSubmit(moving.querySelector('[value="to"]'));
    });
  }
})();
