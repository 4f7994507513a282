// Saves a long text while it is written: `<form data-autosave="a key of its own">` with one textarea and the hidden
// `seen` (mastery_hub/common/writing.py says what the two sides tell each other). What cannot be saved stays in the
// page and, until the tab is closed, its writer signs out or somebody else signs in, in its sessionStorage: a school's
// computer is shared, so nothing is kept longer. Screen readers hear of failures alone.
(() => {
  const PAUSE = 3000; // milliseconds without a key
  const LONGEST = 30000; // milliseconds of typing without a pause
  const AGAIN = [5000, 10000, 20000, 40000, 60000]; // milliseconds until the next attempt
  const LEAVING = 60000; // characters that a browser still sends for a page that is left
  const KNOWN = 200; // marks
  const NOT_SAVED = "Not saved: we cannot reach the service. Your text is safe on this page and we keep trying.";
  const LEFT = " Copy it before you close this page.";

  const newMark = () => Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const storage = () => {
    try {
      return window.sessionStorage;
    } catch {
      return undefined; // switched off
    }
  };

  function watch(form) {
    const text = form.querySelector("textarea");
    const name = `unsaved ${form.dataset.autosave}`;
    const seen = form.elements.namedItem("seen");
    const marks = new Set(seen.value.split(" ").filter(Boolean));
    const mark = Object.assign(document.createElement("input"), { type: "hidden", name: "mark", disabled: true });
    const said = Object.assign(document.createElement("p"), { className: "govuk-hint app-autosave", hidden: true });
    const failed = Object.assign(document.createElement("div"), { className: "app-autosave" });
    let saved = text.value, timer, since, failures = 0, stopped = false, order = 0, answered = 0, going = false;

    failed.setAttribute("role", "alert");
    form.append(mark);
    text.closest(".govuk-form-group").after(failed, said);

    const unsaved = () => text.value !== saved;

    const know = (...more) => {
      more.forEach((each) => marks.add(each));
      seen.value = [...marks].slice(-KNOWN).join(" ");
    };

    const fail = (problem, ...more) => {
      if (failed.dataset.problem !== problem) {
        const line = Object.assign(document.createElement("p"), { className: "govuk-error-message", textContent: problem });
        line.append(...more);
        failed.replaceChildren(line);
        failed.dataset.problem = problem;
      }
      said.hidden = true;
    };

    const succeed = (words) => {
      failed.replaceChildren();
      delete failed.dataset.problem;
      said.textContent = words;
      said.hidden = false;
      failures = 0;
    };

    const keepHere = (more = {}) => {
      try {
        const whose = form.elements.namedItem("writer")?.value;
        storage()?.setItem(name, JSON.stringify({ text: text.value, seen: seen.value, path: location.pathname, whose, ...more }));
      } catch {
        // no room: the page still has it
      }
    };

    const later = (wait) => {
      clearTimeout(timer);
      timer = setTimeout(save, wait);
    };

    const again = () => later(AGAIN[Math.min(failures++, AGAIN.length - 1)]);

    const post = (leaving) => {
      const fresh = newMark();
      know(fresh);
      const body = new URLSearchParams(new FormData(form));
      body.set("mark", fresh);
      const keepalive = leaving && body.toString().length < LEAVING;
      return fetch(form.action, { method: "POST", body, keepalive, redirect: "error", headers: { Accept: "application/json" } });
    };

    const refused = (status, { problem, sign_in: signIn }) => {
      keepHere();
      if (signIn) {
        const link = Object.assign(document.createElement("a"), { className: "govuk-link", href: signIn, target: "_blank", rel: "noopener" });
        link.textContent = "Sign in (opens in a new tab)";
        fail("Not saved: you have been signed out. ", link, ", then come back to this page. We save your text then.");
        return again();
      }
      if (status >= 500 || status === 429) {
        fail(NOT_SAVED);
        return again();
      }
      stopped = status !== 422; // what is wrong with the text may be put right in it
      if (status === 409 && problem) return fail(`Not saved. ${problem} Save this page to see both texts.`);
      fail(`Not saved. ${problem ?? "This can no longer be changed from here."}${LEFT}`);
    };

    async function save(leaving = false, retried = false) {
      clearTimeout(timer);
      if (stopped || !unsaved() || (going && !leaving) || !text.value.trim()) return; // to empty it is for the button alone
      const sent = text.value, number = ++order;
      going = true;
      since = undefined;
      try {
        const response = await post(leaving);
        if (number < answered) return; // a later one was quicker
        answered = number;
        if (response.ok) {
          const told = await response.json();
          know(told.seen);
          saved = sent;
          storage()?.removeItem(name);
          succeed(told.saved);
        } else {
          const why = await response.json().catch(() => ({}));
          if (why.token && !retried) {
            for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = why.token;
            going = false;
            return await save(leaving, true);
          }
          refused(response.status, why);
        }
      } catch {
        keepHere();
        fail(NOT_SAVED);
        again();
      } finally {
        going = false;
      }
      if (unsaved() && !failures && !stopped) later(PAUSE);
    }

    const bringBack = () => {
      const kept = JSON.parse(storage()?.getItem(name) ?? "null");
      if (!kept || kept.text === text.value) return storage()?.removeItem(name);
      const stored = text.value;
      const undo = Object.assign(document.createElement("button"), { type: "button", className: "govuk-button govuk-button--secondary" });
      undo.textContent = "Use what is saved instead";
      undo.addEventListener("click", () => {
        storage()?.removeItem(name);
        location.reload();
      });
      text.value = kept.text;
      marks.clear(); // what it is saved over is what was seen when it was written
      know(...kept.seen.split(" "));
      text.dispatchEvent(new Event("input", { bubbles: true }));
      if (stored) text.closest(".govuk-form-group").before(undo);
      said.textContent = "This is what you typed here before. It is not saved yet.";
      said.hidden = false;
    };

    text.addEventListener("input", () => {
      since ??= Date.now();
      failures = 0;
      if (unsaved()) later(Math.max(0, Math.min(PAUSE, since + LONGEST - Date.now())));
      if (failed.dataset.problem) keepHere();
    });
    form.addEventListener("submit", () => {
      clearTimeout(timer);
      mark.value = newMark();
      know(mark.value);
      mark.disabled = false;
      stopped = true;
      if (unsaved()) keepHere({ sent: true }); // app.js forgets it as soon as another page of ours comes
    });
    window.addEventListener("pageshow", (event) => {
      if (event.persisted) stopped = false; // somebody has come back to this page
    });
    window.addEventListener("online", () => save());
    window.addEventListener("focus", () => failed.dataset.problem && save());
    document.addEventListener("visibilitychange", () => document.hidden && save(true));
    window.addEventListener("beforeunload", (event) => {
      if (!stopped && unsaved() && failed.dataset.problem) event.preventDefault();
    });
    bringBack();
  }

  // The page shows both texts: which of them counts is a choice that nothing may take.
  for (const form of document.querySelectorAll("[data-autosave-off]")) {
    storage()?.removeItem(`unsaved ${form.dataset.autosaveOff}`);
  }
  document.querySelectorAll("[data-autosave]").forEach(watch);
})();
