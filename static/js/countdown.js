// Counts down to a deadline in words: `<span data-countdown="seconds left when the request arrived">2 hours 10 minutes
// left</span>`, beside `<p role="status" data-countdown-said="submit your application"></p>`. The seconds since then are
// measured, so that it does not matter what time the computer thinks it is. Words change once a minute; a screen reader
// hears of four of them. A page that has slept asks the server again.
(() => {
  const DAY = 86400;
  const SAID = [3600, 900, 300, 60]; // seconds
  const SLEPT = 5; // seconds by which two clocks of the computer differ
  const LEAST = 30000; // milliseconds between two questions to the server

  const counted = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;
  const words = (left) => {
    const minutes = Math.floor(left / 60);
    if (!minutes) {
      return "less than a minute";
    }
    const parts = [Math.floor(minutes / 60) && counted(Math.floor(minutes / 60), "hour"), minutes % 60 && counted(minutes % 60, "minute")];
    return parts.filter(Boolean).join(" ");
  };

  function count(shown) {
    const told = document.querySelector("[data-countdown-said]");
    let total = Number(shown.dataset.countdown);
    let begun = 0; // by performance.now(), whose beginning is the request
    let offset = Date.now() - performance.now();
    let asked = 0;
    let before = Infinity;
    let timer;

    const ask = async () => {
      const now = performance.now();
      if (now - asked < LEAST && asked) {
        return;
      }
      asked = now;
      const answer = await fetch(window.location.href).catch(() => undefined);
      const fresh = answer?.ok && new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-countdown]");
      if (fresh) {
        total = Number(fresh.dataset.countdown);
        begun = now;
        shown.textContent = fresh.textContent;
      }
      offset = Date.now() - performance.now();
      tick();
    };

    const tick = () => {
      clearTimeout(timer);
      const left = total - (performance.now() - begun) / 1000;
      const reached = SAID.find((mark) => left <= mark && before > mark && before !== Infinity);
      if (left <= 0) {
        shown.textContent = "the time is up";
        told.textContent = "The time is up. What you have saved is kept.";
        return;
      }
      if (left < DAY) {
        shown.textContent = `${words(left)} left`;
      }
      if (reached) {
        told.textContent = `${words(SAID.findLast((mark) => left <= mark))} left to ${told.dataset.countdownSaid}`;
      }
      before = left;
      // the next whole minute, and a moment more; days are the server's to count
      timer = setTimeout(tick, left < DAY + 60 ? ((left % 60) + 0.05) * 1000 : 3600000);
    };

    document.addEventListener("visibilitychange", () => {
      const slept = Math.abs(Date.now() - performance.now() - offset) > SLEPT * 1000;
      if (!document.hidden && (slept || total - (performance.now() - begun) / 1000 > DAY)) {
        ask();
      }
    });
    tick();
  }

  const shown = document.querySelector("[data-countdown]");
  if (shown) {
    count(shown);
  }
})();
