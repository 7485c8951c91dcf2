"use strict";
// Asks the server that the page came from whether the study has gone on, and loads the page again if so.

const Refresh = (() => {
  const PAUSE = 2000, KEPT = "fgspace";

  // What the reader chose: lists of options, the filter, the trial and the place on the page.
  function keep() {
    const chosen = [...document.querySelectorAll("select[id], input[id]")].map((field) => [field.id, field.value]);
    const trials = [...Started].map(([index, { details }]) => [index, details.trial ?? null]);
    sessionStorage.setItem(KEPT, JSON.stringify({ chosen, trials, top: window.scrollY }));
  }

  function restore() {
    const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
    if (!kept) return;
    for (const [id, value] of kept.chosen) {
      const field = document.getElementById(id);
      if (!field || field.value === value) continue;
      field.value = value;
      field.dispatchEvent(new Event(field.tagName === "SELECT" ? "change" : "input"));
    }
    for (const [index, trial] of kept.trials) if (trial !== null) Started.get(index)?.choose(trial);
    window.scrollTo(0, kept.top);
  }

  async function ask() {
    try {
      const answer = await fetch("state", { cache: "no-store" });
      const state = await answer.text();
      if (Refresh.state === undefined) Refresh.state = state;
      else if (state !== Refresh.state) {
        keep();
        location.reload();
        return;
      }
    } catch {
      say("The server of this page has ended");
    }
    setTimeout(ask, PAUSE);
  }

  restore();
  ask();
  return {};
})();
