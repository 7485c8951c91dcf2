"use strict";
// Starts the page: each study gets its plot, its table and its details when it is first shown.

const Started = new Map();

function start(root) {
  const index = Number(root.dataset.study);
  if (Started.has(index)) return;
  const study = Studies[index];
  const choose = (trial, { copies = false, shows = false } = {}) => {
    details.show(trial);
    plot.mark(trial);
    table.mark(trial);
    if (copies) details.copy();
    if (shows) details.panel.focus();
  };
  const details = new Details(root, study, choose);
  const plot = new FrontPlot(root, study, choose);
  const table = new TrialTable(root, study, choose);
  Started.set(index, { study, plot, table, details, choose });
  for (const button of root.querySelectorAll("button[data-trial]")) {
    button.addEventListener("click", () => choose(Number(button.dataset.trial), { shows: true }));
  }
}

function showStudy(index) {
  for (const root of document.querySelectorAll(".study")) {
    root.hidden = Number(root.dataset.study) !== index;
    if (!root.hidden) start(root);
  }
}

document.getElementById("study")?.addEventListener("change", (event) => showStudy(Number(event.target.value)));
showStudy(0);
document.documentElement.dataset.ready = "true";
