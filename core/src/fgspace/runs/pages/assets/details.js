"use strict";
// What is known of the chosen trial: its outcome, its point, where it comes from, and its description to copy.

class Details {
  constructor(root, study, choose) {
    this.study = study;
    this.choose = choose;
    this.panel = root.querySelector(".details");
  }

  show(trial) {
    const study = this.study, copy = study.trials.duplicate_of[trial];
    const yaml = Yaml.write(study.description(trial));
    this.trial = trial;
    this.panel.replaceChildren(
      make("h3", {}, `Trial ${trial}`),
      make("p", {}, [study.state(trial), study.onFront.has(trial) ? "on the front" : "", copy === null ? "" : `the same network as trial ${copy}`].filter(Boolean).join(", ")),
      ...(study.reason(trial) ? [make("pre", {}, study.reason(trial))] : []),
      this.list(this.metrics(trial)),
      make("h4", {}, "Point"),
      this.list(Object.entries(study.point(trial)).map(([path, value]) => [path, this.valueText(path, value, trial)])),
      make("h4", {}, "Lineage"),
      this.lineage(trial),
      make("h4", {}, "Description"),
      make("p", {}, make("button", { onclick: () => this.copy() }, "Copy as YAML")),
      make("pre", { tabindex: "0", "aria-label": "The description as YAML" }, yaml),
    );
    this.panel.hidden = false;
    this.yaml = yaml;
  }

  metrics(trial) {
    const names = this.study.metrics.filter((name) => this.study.value(name, trial) !== null);
    const pairs = names.map((name) => [name, inShort(this.study.value(name, trial))]);
    const seconds = this.study.trials.seconds[trial];
    return seconds === null ? pairs : [...pairs, ["seconds", inShort(seconds)]];
  }

  list(pairs) {
    return make("dl", {}, ...pairs.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]));
  }

  // A value, and what it was in each parent that has another one.
  valueText(path, value, trial) {
    const text = JSON.stringify(value), index = this.study.paths.indexOf(path);
    const before = this.study.parents(trial).map((parent) => [parent, JSON.stringify(this.study.trials.points[parent][index])]);
    const unlike = before.filter(([, other]) => other !== text).map(([parent, other]) => `${other} in ${parent}`);
    return unlike.length ? `${text}  (${unlike.join(", ")})` : text;
  }

  // The operators that led to a trial, back to points without parents.
  lineage(trial) {
    const items = [], seen = new Set(), waiting = [trial];
    while (waiting.length && items.length < Details.MOST) {
      const one = waiting.shift();
      if (seen.has(one)) continue;
      seen.add(one);
      const parents = this.study.parents(one), operator = this.study.operator(one) || "proposed by the algorithm";
      const names = parents.flatMap((parent, index) => [index ? " and " : " of ", this.link(parent)]);
      const outcome = Object.keys(this.study.objectives).map((name) => `${name} ${inShort(this.study.value(name, one))}`).join(", ");
      items.push(make("li", {}, one === trial ? `${one}` : this.link(one), `: ${operator}`, ...names, this.study.kind(one) ? ` (${outcome})` : ` (${this.study.state(one)})`));
      waiting.push(...parents);
    }
    if (waiting.length) items.push(make("li", {}, "… and earlier ones"));
    return make("ol", { class: "lineage" }, ...items);
  }

  link(trial) {
    return make("button", { class: "link", "aria-label": `trial ${trial}`, onclick: () => this.choose(trial, { copies: false, shows: true }) }, String(trial));
  }

  async copy() {
    try {
      await navigator.clipboard.writeText(this.yaml);
    } catch {  // where a browser refuses, as for some pages from files
      const area = make("textarea", { class: "hidden" });
      area.value = this.yaml;
      document.body.append(area);
      area.select();
      const worked = document.execCommand("copy");
      area.remove();
      if (!worked) return say("The browser refuses to copy; the description is below the plot");
    }
    say(`The description of trial ${this.trial} is copied as YAML`);
  }
}

Details.MOST = 40;
