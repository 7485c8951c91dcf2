"use strict";
// The marks of trials on a canvas: a shape and a colour for each state, as the figures have them.

const Marks = (() => {
  const WORDS = { front: "on the front", complete: "dominated", stopped: "stopped early", infeasible: "against a constraint" };

  function colour(name) { return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim(); }

  function draw(context, kind, x, y, paint) {
    context.fillStyle = context.strokeStyle = paint;
    context.beginPath();
    if (kind === "front") polygon(context, [[x, y - 6], [x + 6, y], [x, y + 6], [x - 6, y]]);
    else if (kind === "stopped") polygon(context, [[x, y - 4], [x + 4, y + 3], [x - 4, y + 3]]);
    else if (kind === "infeasible") context.rect(x - 3, y - 3, 6, 6);
    else context.arc(x, y, 3, 0, 2 * Math.PI);
    if (kind === "infeasible") context.stroke();
    else context.fill();
  }

  function polygon(context, corners) {
    corners.forEach(([x, y], index) => (index ? context.lineTo(x, y) : context.moveTo(x, y)));
    context.closePath();
  }

  // Makes a canvas as fine as the screen, and returns its context, in CSS pixels.
  function fit(canvas, width, height) {
    const fine = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * fine);
    canvas.height = Math.round(height * fine);
    const context = canvas.getContext("2d");
    context.setTransform(fine, 0, 0, fine, 0, 0);
    return context;
  }

  function key(list, kinds) {
    list.replaceChildren(...Object.keys(WORDS).filter((kind) => kinds.has(kind)).map((kind) => {
      const canvas = make("canvas", { "aria-hidden": "true", style: "width:16px;height:16px" });
      draw(fit(canvas, 16, 16), kind, 8, 8, colour(kind));
      return make("li", {}, canvas, WORDS[kind]);
    }));
  }

  return { WORDS, colour, draw, fit, key };
})();
