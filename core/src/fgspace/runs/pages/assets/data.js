"use strict";
// The data of the report: studies, and what is known of each trial by its number.

class Study {
  constructor(data, states) {
    Object.assign(this, data);
    this.states = states;
    this.count = this.trials.state.length;
    this.onFront = new Set(this.front);
  }

  // The value of a metric of a trial; also its number and its seconds. null where there is none.
  value(name, trial) {
    if (name in this.trials.metrics) return this.trials.metrics[name][trial];
    return name === "trial" ? trial : name === "seconds" ? this.trials.seconds[trial] : null;
  }

  state(trial) { return this.states[this.trials.state[trial]]; }

  reason(trial) { return this.trials.reasons[this.trials.reason[trial]] ?? ""; }

  operator(trial) { return this.trials.operators[this.trials.operator[trial]] ?? ""; }

  parents(trial) { return this.trials.parents[trial]; }

  // How a trial is drawn: only what was measured, and not as a duplicate, has a place in a plot.
  kind(trial) {
    const state = this.state(trial);
    if (this.trials.duplicate_of[trial] !== null || (state !== "complete" && state !== "stopped")) return null;
    if (this.onFront.has(trial)) return "front";
    return state === "stopped" ? "stopped" : this.trials.feasible[trial] ? "complete" : "infeasible";
  }

  // path → value of the active hyper-parameters.
  point(trial) {
    const pairs = this.paths.map((path, index) => [path, this.trials.points[trial][index]]);
    return Object.fromEntries(pairs.filter(([, value]) => value !== null));
  }

  // The description of a trial's network, as `fgspace build` reads it.
  description(trial) {
    const point = this.point(trial), { branches, paths } = this.template, known = new Set(paths);
    const filled = (node) => {
      if (Array.isArray(node)) return node.map(filled);
      if (node === null || typeof node !== "object") return node;
      const keys = Object.keys(node);
      if (keys.length === 1 && keys[0] === "hyper_parameter" && known.has(node.hyper_parameter)) return chosen(node.hyper_parameter);
      return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, filled(value)]));
    };
    const chosen = (path) => {
      const value = point[path], options = branches[path] ?? {};
      return typeof value === "string" && Object.hasOwn(options, value) ? filled(options[value]) : value;
    };
    return { search_space: { ...filled(this.template.description), ...this.template.input } };
  }
}

// A number for people: whole numbers with commas, others with four digits.
function inShort(value) {
  if (typeof value !== "number") return value === null || value === undefined ? "" : String(value);
  if (Number.isInteger(value) && Math.abs(value) >= 10) return value.toLocaleString("en-US");
  return String(Number(value.toPrecision(4)));
}

// An element with its attributes and children; text in it stays text.
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

function say(text) { document.getElementById("said").textContent = text; }

const Report = JSON.parse(document.getElementById("data").textContent);
const Studies = Report.studies.map((study) => new Study(study, Report.states));
