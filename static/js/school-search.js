// Suggests schools while somebody types into a school's field. Where this does not run or the server does not answer,
// the form's button searches with what was typed.
(() => {
  const WAIT = 200; // milliseconds without a key
  const SLOW = 1000; // milliseconds without an answer
  const LEAST = 3;
  const LONGEST = 100;
  const TOO_SHORT = `Type ${LEAST} or more letters or numbers to see schools`;

  const escaped = (text) => {
    const safe = document.createElement("span");
    safe.textContent = text;
    return safe.innerHTML;
  };

  const shown = (school) => {
    const facts = [school.phase, school.place, school.authority, `URN ${school.urn}`].filter(Boolean).join(" · ");
    const tag = school.status ? ` <strong class="govuk-tag govuk-tag--grey">${escaped(school.status)}</strong>` : "";
    return `<span class="app-suggestion">${escaped(school.name)}${tag}</span> <span class="app-suggestion__facts">${escaped(facts)}</span>`;
  };

  const counted = (number) => (number === 1 ? "1 school" : `${number} schools`);

  function enhance(root) {
    const plain = root.querySelector("input[type=text]");
    const { id, name, className } = plain;
    const button = plain.form.querySelector("button[type=submit]");
    const label = document.querySelector(`label[for="${id}"]`);
    const described = (plain.getAttribute("aria-describedby") || "").split(" ").filter(Boolean);
    const chosenFor = root.querySelector("[data-for]");
    let urn = root.querySelector("[data-urn]");
    let timer, asked, said = "", alike = "", restoring = false;

    const box = document.createElement("div");
    const message = document.createElement("p");
    message.className = "govuk-hint app-school-search__said";
    message.hidden = true;

    const say = (text) => {
      said = text;
      message.textContent = text;
      message.hidden = !text;
    };

    const stop = () => {
      clearTimeout(timer);
      asked?.abort();
      asked = undefined;
    };

    // What was found for another text, and the school chosen for it, no longer count.
    const unchoose = () => {
      if (!chosenFor) return;
      root.querySelectorAll("[data-found], [data-closed]").forEach((each) => each.remove());
      if (!urn) {
        urn = Object.assign(document.createElement("input"), { type: "hidden", name: name.replace(/-text$/, "") });
        root.append(urn);
      }
      urn.value = chosenFor.value = "";
      if (root.dataset.choose) button.textContent = root.dataset.search;
    };

    const choose = (school) => {
      if (!school) return;
      stop();
      say("");
      if ("goes" in root.dataset) {
        window.location.assign(school.href);
        return;
      }
      urn.value = school.urn;
      chosenFor.value = school.label;
      if (school.status === "Closed") say(`${school.label} is closed. Look for the school that took its place`);
      if (root.dataset.choose) button.textContent = root.dataset.choose;
    };

    const ask = async (query, answer) => {
      const asking = new AbortController();
      const slow = setTimeout(() => say("Searching…"), SLOW);
      asked = asking;
      asking.signal.addEventListener("abort", () => clearTimeout(slow));
      try {
        const response = await fetch(`${root.dataset.schoolSearch}?q=${encodeURIComponent(query)}`, { signal: asking.signal });
        if (!response.ok) throw new Error(response.status);
        const found = await response.json();
        if (asked !== asking) return;
        alike = found.alike ? `Nothing found for “${query}”. ` : "";
        box.querySelector("[role=listbox]").dataset.said = alike && `${alike}Schools like it:`;
        say(found.schools.length ? "" : `No school found for “${query}”`);
        answer(found.schools);
      } catch {
        if (asked !== asking) return;
        say(`Search is not answering: press “${button.textContent.trim()}” instead`);
        answer([]);
      } finally {
        clearTimeout(slow);
      }
    };

    const source = (query, answer) => {
      if (restoring) return;
      unchoose();
      stop();
      if ((query.match(/[\p{L}\p{N}]/gu) || []).length < LEAST) return say(TOO_SHORT);
      if (query.trim().length > LONGEST) return say(`Your search must be ${LONGEST} characters or fewer`);
      timer = setTimeout(() => ask(query.trim(), answer), WAIT);
    };

    label.id ||= `${id}-label`;
    plain.replaceWith(box, message);
    window.accessibleAutocomplete({
      element: box,
      id,
      name,
      source,
      minLength: LEAST,
      confirmOnBlur: false,
      showNoOptionsFound: false,
      displayMenu: "overlay",
      inputClasses: className,
      menuAttributes: { "aria-labelledby": label.id },
      templates: { inputValue: (school) => school?.label ?? "", suggestion: shown },
      onConfirm: choose,
      tAssistiveHint: () =>
        "When schools are listed, use the up and down arrows to review them and enter to choose one. " +
        "Touch device users, explore by touch or with swipe gestures.",
      tStatusQueryTooShort: () => TOO_SHORT,
      tStatusNoResults: () => said,
      tStatusSelectedOption: (school, length, index) => `${school}, ${index + 1} of ${length}, is highlighted`,
      tStatusResults: (length, chosen) => (alike ? `${alike}${counted(length)} like it. ${chosen}` : `${counted(length)} found. ${chosen}`),
    });

    const input = box.querySelector("input");
    // The list's own script knows no hint and no error of ours.
    const describe = () => {
      const ids = (input.getAttribute("aria-describedby") || "").split(" ").filter(Boolean);
      const missing = described.filter((each) => !ids.includes(each));
      if (missing.length) input.setAttribute("aria-describedby", [...ids, ...missing].join(" "));
    };
    new MutationObserver(describe).observe(input, { attributeFilter: ["aria-describedby"] });
    describe();

    // Given as the list's first value, what stood in the field would be listed as if it were a school.
    restoring = true;
    input.value = plain.value;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    restoring = false;

    box.addEventListener("input", () => {
      if (restoring) return;
      unchoose();
      stop();
      say("");
    }, true);
    // No list opens behind the back of somebody who has gone on; what was said stays, or the page would move.
    box.addEventListener("focusout", (event) => box.contains(event.relatedTarget) || stop());
    // Enter in the field sends the form, as in any other field; on a school of the list it chooses that. Escape closes
    // the list also where it was about to open.
    box.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target === input) event.stopPropagation();
      if (event.key === "Escape") stop();
    }, true);
  }

  document.querySelectorAll("[data-school-search]").forEach(enhance);
})();
