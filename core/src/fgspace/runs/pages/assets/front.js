"use strict";
// The plot of a study: every measured trial by two metrics; hover, click and keys choose a trial.

class FrontPlot {
  constructor(root, study, choose) {
    this.study = study;
    this.choose = choose;
    this.canvas = root.querySelector(".plot");
    this.tip = root.querySelector(".tip");
    this.key = root.querySelector(".key");
    [this.across, this.upwards] = root.querySelectorAll(".pickers select");
    for (const picker of [this.across, this.upwards]) picker.addEventListener("change", () => this.changed());
    this.canvas.addEventListener("mousemove", (event) => this.hover(event));
    this.canvas.addEventListener("mouseleave", () => { this.tip.hidden = true; });
    this.canvas.addEventListener("click", (event) => this.clicked(event));
    this.canvas.addEventListener("keydown", (event) => this.pressed(event));
    this.canvas.addEventListener("blur", () => { this.tip.hidden = true; });
    new ResizeObserver(() => this.draw()).observe(this.canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
    this.chosen = null;
    this.read();
  }

  changed() {
    this.read();
    this.draw();
    say(`${this.points.length} trials by ${this.upwards.value} over ${this.across.value}`);
  }

  // Reads the points of the two metrics; those of the front come last, and so on top.
  read() {
    const x = this.across.value, y = this.upwards.value, order = ["complete", "infeasible", "stopped", "front"];
    this.points = [];
    for (let trial = 0; trial < this.study.count; trial++) {
      const kind = this.study.kind(trial), one = this.study.value(x, trial), two = this.study.value(y, trial);
      if (kind && one !== null && two !== null) this.points.push({ trial, kind, one, two });
    }
    this.points.sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
    this.stops = this.points.filter((point) => point.kind === "front").sort((a, b) => a.one - b.one || a.trial - b.trial);
    if (!this.stops.length) this.stops = [...this.points].sort((a, b) => a.one - b.one).slice(0, 1000);
    this.canvas.setAttribute("aria-label", `Front: ${y} over ${x}, ${this.points.length} trials, ${this.study.front.length} on the front`);
  }

  draw() {
    const width = this.canvas.clientWidth, height = this.canvas.clientHeight;
    if (!width) return;
    const context = Marks.fit(this.canvas, width, height);
    context.clearRect(0, 0, width, height);
    this.x = FrontPlot.scale(this.points.map((point) => point.one), 64, width - 12);
    this.y = FrontPlot.scale(this.points.map((point) => point.two), height - 40, 12);
    this.drawAxes(context, width, height);
    const paints = Object.fromEntries(Object.keys(Marks.WORDS).map((kind) => [kind, Marks.colour(kind)]));
    for (const point of this.points) {
      point.left = this.x.at(point.one);
      point.top = this.y.at(point.two);
      context.globalAlpha = point.kind === "complete" ? 0.7 : 1;
      Marks.draw(context, point.kind, point.left, point.top, paints[point.kind]);
    }
    context.globalAlpha = 1;
    this.ring(context);
    Marks.key(this.key, new Set(this.points.map((point) => point.kind)));
  }

  drawAxes(context, width, height) {
    context.font = "12px system-ui, sans-serif";
    context.lineWidth = 1;
    const line = (x1, y1, x2, y2, name) => {
      context.strokeStyle = Marks.colour(name);
      context.beginPath();
      context.moveTo(x1, y1);
      context.lineTo(x2, y2);
      context.stroke();
    };
    const write = (text, x, y, align, name) => {
      context.fillStyle = Marks.colour(name);
      context.textAlign = align;
      context.fillText(text, x, y);
    };
    for (const value of FrontPlot.ticks(this.x.low, this.x.high, Math.max(2, width / 110))) {
      line(this.x.at(value), 12, this.x.at(value), height - 40, "grid");
      write(FrontPlot.brief(value), this.x.at(value), height - 24, "center", "faint");
    }
    for (const value of FrontPlot.ticks(this.y.low, this.y.high, 6)) {
      line(64, this.y.at(value), width - 12, this.y.at(value), "grid");
      write(FrontPlot.brief(value), 58, this.y.at(value) + 4, "right", "faint");
    }
    line(64, height - 40, width - 12, height - 40, "axis");
    line(64, 12, 64, height - 40, "axis");
    write(this.across.value, (64 + width) / 2, height - 6, "center", "ink");
    context.save();
    context.rotate(-Math.PI / 2);
    write(this.upwards.value, -(height - 28) / 2, 12, "center", "ink");
    context.restore();
  }

  // A ring around the chosen trial.
  ring(context) {
    const point = this.points.find((one) => one.trial === this.chosen);
    if (!point) return;
    context.strokeStyle = Marks.colour("ink");
    context.lineWidth = 2;
    context.beginPath();
    context.arc(point.left, point.top, 9, 0, 2 * Math.PI);
    context.stroke();
  }

  mark(trial) {
    this.chosen = trial;
    this.draw();
  }

  // The trial that is nearest to the mouse, within 20 pixels; of equals, the one on top.
  nearest(event) {
    const box = this.canvas.getBoundingClientRect(), x = event.clientX - box.left, y = event.clientY - box.top;
    let best = null, least = 400;
    for (const point of this.points) {
      const distance = (point.left - x) ** 2 + (point.top - y) ** 2;
      if (distance <= least) [best, least] = [point, distance];
    }
    return best;
  }

  hover(event) {
    const point = this.nearest(event);
    if (point) this.show(point);
    else this.tip.hidden = true;
  }

  show(point) {
    const lines = [`trial ${point.trial}, ${Marks.WORDS[point.kind]}`];
    for (const name of new Set([this.upwards.value, this.across.value, ...Object.keys(this.study.objectives)])) {
      if (name !== "trial") lines.push(`${name} ${inShort(this.study.value(name, point.trial))}`);
    }
    for (const [path, value] of Object.entries(this.study.point(point.trial)).slice(0, 8)) {
      const text = typeof value === "number" ? inShort(value) : typeof value === "string" ? value : JSON.stringify(value);
      lines.push(`${path}: ${text.length > 40 ? `${text.slice(0, 39)}…` : text}`);
    }
    this.tip.textContent = lines.join("\n");
    this.tip.hidden = false;
    const room = this.canvas.clientWidth - this.tip.offsetWidth - 4;
    this.tip.style.left = `${Math.max(0, Math.min(point.left + 12, room))}px`;
    this.tip.style.top = `${point.top + 14}px`;
  }

  clicked(event) {
    const point = this.nearest(event);
    if (point) this.choose(point.trial, { copies: true });
  }

  pressed(event) {
    const last = this.stops.length - 1, at = this.stops.findIndex((point) => point.trial === this.chosen);
    const steps = { ArrowRight: at + 1, ArrowUp: at + 1, ArrowLeft: at < 0 ? last : at - 1, ArrowDown: at < 0 ? last : at - 1, Home: 0, End: last };
    if (event.key === "Enter" && this.chosen !== null) this.choose(this.chosen, { copies: true });
    else if (event.key === "Escape") this.tip.hidden = true;
    else if (event.key in steps && last >= 0) {
      const point = this.stops[Math.max(0, Math.min(last, steps[event.key]))];
      this.choose(point.trial, { copies: false });
      this.show(point);
      say(this.tip.textContent);
    } else return;
    event.preventDefault();
  }

  static scale(values, start, end) {
    let low = Infinity, high = -Infinity;
    for (const value of values) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
    if (low > high) [low, high] = [0, 1];
    const wide = high > low ? (high - low) * 0.04 : Math.abs(high) * 0.05 || 1;
    low -= wide;
    high += wide;
    return { low, high, at: (value) => start + ((value - low) / (high - low)) * (end - start) };
  }

  static ticks(low, high, most) {
    let step = 10 ** Math.floor(Math.log10((high - low) / most));
    step *= [1, 2, 5, 10].find((factor) => (high - low) / (step * factor) <= most);
    const found = [];
    for (let index = Math.ceil(low / step); index * step <= high; index++) found.push(Number((index * step).toPrecision(12)));
    return found;
  }

  static brief(value) {
    for (const [size, letter] of [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e4, "k"]]) {
      if (Math.abs(value) >= size) return `${Number((value / (letter === "k" ? 1e3 : size)).toPrecision(4))}${letter}`;
    }
    return inShort(value);
  }
}
