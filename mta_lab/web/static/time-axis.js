// The one time axis: what was played, packets, log lines and queues above each other, and a slider
// through them. What lies too close together to be told apart is one mark.
import { element, fill, shape } from "./dom.js";
import { queueLane, wasUsed } from "./queues.js";

const LANE = 20;
const QUEUES = 40;
const STEPS = 1000; // of the slider

export class TimeAxis {
  constructor(parent, model, look) {
    this.model = model;
    this.time = model.end;
    this.drawing = element("div", { class: "lanes" });
    this.slider = element("input", {
      type: "range", min: 0, max: STEPS, step: 1, value: STEPS, "aria-label": "The moment that is looked at",
    });
    this.slider.addEventListener("input", () => look(this.timeOf(Number(this.slider.value)), "axis"));
    this.now = element("output", { class: "now" });
    parent.append(this.drawing, this.slider, this.now);
    new ResizeObserver(() => this.draw()).observe(this.drawing);
    this.draw();
  }

  /** Nothing is selected here. */
  selected() {}

  /** The model is another one. */
  renewed() {
    this.draw();
  }

  /** The moment that is looked at. */
  at(time, by) {
    this.time = time;
    if (by !== "axis") this.slider.value = String(Math.round(this.share(time) * STEPS));
    this.cursor();
  }

  timeOf(step) {
    return this.model.begin + (step / STEPS) * (this.model.end - this.model.begin);
  }

  share(time) {
    return (time - this.model.begin) / (this.model.end - this.model.begin);
  }

  draw() {
    const width = Math.max(1, this.drawing.clientWidth - 2 * PAD);
    this.x = (time) => PAD + this.share(time) * width;
    const { page } = this.model;
    const lanes = [["Packets", LANE, this.ticks(page.arrows, colourOfArrow)]];
    if (page.said.length) lanes.push(["Logs", LANE, this.ticks(page.said, colourOfSaid)]);
    if (page.queues.length) lanes.push(["Queues", QUEUES, queueLane(page.queues, this.x, this.model, QUEUES)]);
    if (page.played.length) lanes.unshift(["Played", LANE, this.steps()]);
    const height = lanes.reduce((sum, [, high]) => sum + high, 0);
    const picture = shape("svg", {
      width: this.drawing.clientWidth, height, role: "img", "aria-label": this.summary(),
    });
    let top = 0;
    for (const [name, high, marks] of lanes) {
      picture.append(
        shape("g", { transform: `translate(0 ${top})` },
          shape("line", { class: "base", x1: 0, x2: this.drawing.clientWidth, y1: high - 0.5, y2: high - 0.5 }),
          ...marks,
          shape("text", { class: "lane", x: 2, y: 9 }, name)),
      );
      top += high;
    }
    this.line = shape("line", { class: "cursor", y1: 0, y2: height });
    picture.append(this.line);
    fill(this.drawing, picture);
    this.cursor();
  }

  cursor() {
    const x = this.x(this.time);
    this.line.setAttribute("x1", x);
    this.line.setAttribute("x2", x);
    const { page } = this.model;
    const depths = page.queues
      .filter(wasUsed)
      .map((queue) => `${queue.host} ${queue.connector}: ${this.model.depth(queue, this.time)} queued`);
    const played = page.played.filter((step) => step.time <= this.time).at(-1);
    const lab = this.model.labTime(this.time);
    const wall = this.model.wallTime(this.time);
    fill(
      this.now,
      element("b", {}, `${this.model.stamp(this.time)} s`),
      element("span", {}, lab === null || lab === wall ? wall : `lab ${lab}, wall ${wall}`),
      ...depths.map((text, at) => element("span", { class: `depth queue-${at % 4}` }, text)),
      played ? element("span", { class: "played" }, played.text) : null,
    );
    this.slider.setAttribute("aria-valuetext", `${this.model.stamp(this.time)} seconds; ${depths.join("; ")}`);
  }

  ticks(things, colour) {
    const marks = new Map(); // by pixel and colour
    for (const each of things) {
      const place = `${Math.round(this.x(each.time))} ${colour(each)}`;
      marks.set(place, (marks.get(place) || 0) + 1);
    }
    return [...marks].map(([place]) => {
      const [x, name] = place.split(" ");
      const high = name === "plain" ? 8 : 12;
      return shape("line", { class: `tick ${name}`, x1: x, x2: x, y1: LANE - high, y2: LANE - 1 });
    });
  }

  steps() {
    return this.model.page.played.map((step, at) => {
      const x = this.x(step.time);
      return shape("g", { class: "step" },
        shape("title", {}, step.text),
        shape("line", { x1: x, x2: x, y1: 4, y2: LANE }),
        shape("circle", { cx: x, cy: LANE - 5, r: 3.5 }),
      );
    });
  }

  summary() {
    const { page } = this.model;
    return `${page.arrows.length} arrows, ${page.said.length} log lines, ${page.played.length} steps, over ` +
      `${(this.model.end - this.model.begin).toFixed(3)} seconds`;
  }
}

const PAD = 8; // half of the slider's thumb

function colourOfArrow(arrow) {
  if (arrow.findings.some((each) => each.severity === "protocol broken")) return "broken";
  return arrow.outcome ? arrow.outcome.replaceAll(" ", "-") : arrow.mail ? "mail" : "plain";
}

function colourOfSaid(said) {
  return said.event === null ? "plain" : said.type.toLowerCase();
}
