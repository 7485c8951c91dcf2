"use strict";
// Writes plain data as YAML: short mappings and lists on one line, as the files of fgspace are written.

const Yaml = (() => {
  const WIDE = 100;
  const PLAIN = /^[A-Za-z_][\w./-]*$/;
  const RESERVED = /^(true|false|yes|no|on|off|null|y|n|nan|inf|\.nan|\.inf)$/i;

  function scalar(value) {
    if (value === null) return "null";
    if (typeof value === "number") {
      const text = String(value);  // YAML 1.1 takes 1e-7 for text, and 1.0e-7 for a number
      return /e/.test(text) && !text.includes(".") ? text.replace("e", ".0e") : text;
    }
    if (typeof value !== "string") return String(value);
    return PLAIN.test(value) && !RESERVED.test(value) ? value : JSON.stringify(value);
  }

  function flow(value) {
    if (Array.isArray(value)) return `[${value.map(flow).join(", ")}]`;
    if (value === null || typeof value !== "object") return scalar(value);
    return `{${Object.entries(value).map(([key, one]) => `${scalar(key)}: ${flow(one)}`).join(", ")}}`;
  }

  function isDeep(value) {
    return value !== null && typeof value === "object" && Object.values(value).some((one) => one !== null && typeof one === "object" && !Array.isArray(one));
  }

  function lines(value, indent) {
    return Object.entries(value).map(([key, one]) => {
      const start = `${indent}${scalar(key)}:`, short = flow(one);
      const isMapping = one !== null && typeof one === "object" && !Array.isArray(one) && Object.keys(one).length > 0;
      if (!isMapping || (!isDeep(one) && start.length + short.length < WIDE)) return `${start} ${short}\n`;
      return `${start}\n${lines(one, `${indent}  `)}`;
    }).join("");
  }

  return { write: (value) => lines(value, "") };
})();
