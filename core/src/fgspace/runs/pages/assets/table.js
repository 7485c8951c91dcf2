"use strict";
// The table of trials: sorted by a column, filtered by words and bounds, fifty rows at a time.

class TrialTable {
  constructor(root, study, choose) {
    this.study = study;
    this.choose = choose;
    this.table = root.querySelector("table.trials");
    this.input = root.querySelector("input[type=search]");
    this.shown = root.querySelector(".pages .shown");
    this.earlier = root.querySelector(".earlier");
    this.later = root.querySelector(".later");
    this.columns = ["trial", "state", ...study.metrics, "seconds", ...study.paths, "reason"];
    this.order = { column: "trial", falls: false };
    this.page = 0;
    this.chosen = null;
    this.input.addEventListener("input", () => this.filter());
    this.earlier.addEventListener("click", () => this.turn(-1));
    this.later.addEventListener("click", () => this.turn(1));
    this.filter();
  }

  value(name, trial) {
    if (name === "state") return this.study.state(trial);
    if (name === "reason") return this.study.reason(trial);
    const path = this.study.paths.indexOf(name);
    if (path >= 0 && !(name in this.study.trials.metrics)) return this.study.trials.points[trial][path];
    return this.study.value(name, trial);
  }

  text(name, trial) {
    const value = this.value(name, trial);
    return value !== null && typeof value === "object" ? JSON.stringify(value) : inShort(value);
  }

  // Keeps the trials that have every word, and are within every bound (`accuracy>0.9`, `state=failed`).
  filter() {
    const tests = this.input.value.trim().split(/\s+/).filter(Boolean).map((word) => this.test(word));
    this.kept = [];
    for (let trial = 0; trial < this.study.count; trial++) if (tests.every((test) => test(trial))) this.kept.push(trial);
    this.sort();
    say(`${this.kept.length} trials`);
  }

  test(word) {
    const [, name, sign, bound] = word.match(/^(.+?)(<=|>=|=|<|>)(.+)$/) ?? [];
    if (name && this.columns.includes(name)) {
      const number = Number(bound);
      return (trial) => {
        const value = this.value(name, trial);
        if (sign === "=") return this.text(name, trial) === bound || value === number;
        if (typeof value !== "number" || Number.isNaN(number)) return false;
        return sign === "<" ? value < number : sign === ">" ? value > number : sign === "<=" ? value <= number : value >= number;
      };
    }
    const wanted = word.toLowerCase();
    return (trial) => this.columns.some((column) => this.text(column, trial).toLowerCase().includes(wanted));
  }

  sort() {
    const { column, falls } = this.order, sign = falls ? -1 : 1;
    const keys = new Map(this.kept.map((trial) => [trial, this.value(column, trial)]));
    const isNumber = (value) => typeof value === "number";
    this.kept.sort((a, b) => {
      const one = keys.get(a), two = keys.get(b);
      if (isNumber(one) && isNumber(two)) return sign * (one - two) || a - b;
      if (isNumber(one) !== isNumber(two)) return isNumber(one) ? -1 : 1;  // what has no value comes last
      return sign * String(one ?? "").localeCompare(String(two ?? "")) || a - b;
    });
    this.page = 0;
    this.draw();
  }

  sortBy(column) {
    this.order = { column, falls: this.order.column === column && !this.order.falls };
    this.sort();
    this.table.querySelector(`thead button[data-column="${CSS.escape(column)}"]`).focus();
    say(`sorted by ${column}, ${this.order.falls ? "falling" : "rising"}`);
  }

  turn(step) {
    this.page += step;
    this.draw();
    say(this.shown.textContent);
  }

  mark(trial) {
    this.chosen = trial;
    this.draw();
  }

  draw() {
    const size = TrialTable.ROWS, start = this.page * size, rows = this.kept.slice(start, start + size);
    this.table.replaceChildren(make("thead", {}, this.header()), make("tbody", {}, ...rows.map((trial) => this.row(trial))));
    this.shown.textContent = this.kept.length ? `${start + 1} to ${start + rows.length} of ${this.kept.length.toLocaleString("en-US")}` : "no trial fits the filter";
    this.earlier.disabled = this.page === 0;
    this.later.disabled = start + size >= this.kept.length;
  }

  header() {
    return make("tr", {}, ...this.columns.map((column) => {
      const sorted = this.order.column === column;
      const button = make("button", { "data-column": column, onclick: () => this.sortBy(column) }, column, sorted ? (this.order.falls ? " ▼" : " ▲") : "");
      return make("th", { scope: "col", "aria-sort": sorted ? (this.order.falls ? "descending" : "ascending") : null }, button);
    }));
  }

  row(trial) {
    const [, ...rest] = this.columns;
    const button = make("button", { class: "link", "aria-label": `trial ${trial}`, onclick: () => this.choose(trial, { copies: false, shows: true }) }, String(trial));
    const cells = rest.map((column) => {
      const text = this.text(column, trial);
      return make("td", text.length > 24 ? { title: text } : {}, text);
    });
    return make("tr", { "aria-current": trial === this.chosen ? "true" : null }, make("th", { scope: "row" }, button), ...cells);
  }
}

TrialTable.ROWS = 50;
