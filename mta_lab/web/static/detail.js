// The detail pane: one arrow layer by layer with its octets, one line of a log, or one call. What
// caused what is a button both ways.
import { element, fill } from "./dom.js";
import { dump } from "./octets.js";

export class Detail {
  constructor(parent, model, select, say) {
    this.parent = parent;
    this.model = model;
    this.select = select;
    this.say = say;
    this.known = ""; // what is shown, as JSON
  }

  /** The model is another one: what has not changed stays as it is, with what is open of it. */
  renewed(what) {
    if (what && this.known !== this.json(what)) this.selected(what);
  }

  json({ kind, at }) {
    const { arrows, said, calls } = this.model.page;
    return JSON.stringify([kind, at, { arrow: arrows, said, call: calls }[kind][at]]);
  }

  /** Show what is selected. */
  selected(what) {
    this.known = this.json(what);
    const parts = { arrow: this.arrow, said: this.said, call: this.call }[what.kind];
    fill(this.parent, ...parts.call(this, what.at).filter((part) => part !== null));
    this.parent.scrollTop = 0;
  }

  /** The pane has no moment of its own. */
  at() {}

  arrow(at) {
    const { page } = this.model;
    const arrow = page.arrows[at];
    return [
      element("h3", {}, arrow.name),
      element("p", { class: "lead" }, arrow.text || (arrow.passed_on ? "passed on" : "")),
      facts([
        ["From", this.named(arrow.sender, arrow.source)],
        ["To", this.named(arrow.receiver, arrow.destination)],
        ...this.times(arrow.time),
        ["Decides", arrow.outcome],
      ]),
      ...arrow.findings.map((each) => this.finding(each)),
      this.effects(arrow.brought),
      this.copy(arrow.filter, `Frame ${arrow.frame}`),
      this.callOf(arrow.call),
      element("h4", {}, "Layers, the highest first"),
      ...[...arrow.layers].reverse().map(layer),
      this.octets(arrow.frame),
    ];
  }

  said(at) {
    const said = this.model.page.said[at];
    return [
      element("h3", {}, said.event ? `Event ${said.event} at ${said.host}` : `${said.kind} at ${said.host}`),
      element("p", { class: "lead" }, said.text),
      facts([
        ["Why", said.reason],
        ["Configured", said.configured],
        ...this.times(said.time),
        ["Type", said.type],
        ["Source", said.source],
        ["Category", said.category],
        ["Computer", said.host],
      ]),
      this.causes(said.caused_by),
    ];
  }

  call(at) {
    const call = this.model.page.calls[at];
    return [
      element("h3", {}, this.model.callName(call)),
      element("p", { class: "lead" }, call.disposition),
      facts([
        ["Why", call.reason],
        ["Configured", call.configured],
        ["Mode", call.mode],
        ...this.times(call.began),
        ["Lasted", `${(call.ended - call.began).toFixed(3)} s`],
      ]),
      element("h4", {}, call.legs.length > 1 ? "Its connections" : "Its connection"),
      ...call.legs.map((leg) =>
        facts([
          ["Association", leg.number],
          [this.model.column(leg.sender), this.end(leg.calling)],
          [this.model.column(leg.receiver), this.end(leg.called)],
        ]),
      ),
      call.filter ? this.copy(call.filter, "All packets of it") : null,
    ];
  }

  times(time) {
    const lab = this.model.labTime(time);
    const wall = this.model.wallTime(time);
    if (lab === null || lab === wall) return [["Time", `${wall} UTC`]];
    return [["Lab time", `${lab} UTC`], ["Wall time", `${wall} UTC`]];
  }

  /** An end with the name of its column, unless that is its address. */
  named(at, end) {
    const name = this.model.column(at);
    return end.startsWith(`${name}:`) ? this.end(end) : `${name}, ${this.end(end)}`;
  }

  end(end) {
    const wire = this.model.onWire(end);
    return wire ? `${end} (${wire} on the wire)` : end;
  }

  finding({ severity, layer: whose, text, count }) {
    const times = count > 1 ? ` (${count} times, the first here)` : "";
    const words = `${severity}: ${whose ? `${whose}: ` : ""}${text}${times}`;
    return element("p", { class: `finding ${severity.replaceAll(" ", "-")}` }, words);
  }

  effects(places) {
    return this.links("What it brought about", places, "said", (at) => {
      const said = this.model.page.said[at];
      return `${said.host}: ${said.event ? `event ${said.event}` : said.text}`;
    });
  }

  causes(places) {
    return this.links("The packet that caused it", places, "arrow", (at) => {
      const arrow = this.model.page.arrows[at];
      return `Frame ${arrow.frame}: ${arrow.name}`;
    });
  }

  callOf(at) {
    const call = this.model.page.calls[at];
    return this.links("Part of", [at], "call", () =>
      [this.model.callName(call), call.disposition].filter(Boolean).join(": "),
    );
  }

  links(title, places, kind, text) {
    if (!places.length) return null;
    const buttons = places.map((at) =>
      element("li", {}, element(
        "button",
        { type: "button", class: "link", onclick: () => this.select({ kind, at }, "detail") },
        text(at),
      )),
    );
    return element("div", { class: "links" }, element("h4", {}, title), element("ul", {}, ...buttons));
  }

  copy(filter, what) {
    const code = element("code", {}, filter);
    const button = element("button", { type: "button", class: "copy" }, "Copy display filter");
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(filter);
        this.say(`Copied: ${filter}`);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(code); // there is no clipboard: it is ready to be copied
        this.say("Selected, to be copied");
      }
    });
    return element("div", { class: "filter" }, element("span", {}, what), code, button);
  }

  octets(frame) {
    const packet = this.model.page.packets[frame];
    if (!packet) return null;
    const shown = atob(packet.octets).length;
    const rest = packet.length > shown ? `, the first ${shown} of them here` : "";
    return element(
      "details",
      { class: "octets" },
      element("summary", {}, `Frame ${frame}: ${packet.length} octets over TCP${rest}`),
      element("pre", { tabindex: 0, role: "region", "aria-label": "Octets" }, dump(packet.octets)),
    );
  }
}

function layer(each, place) {
  const title = [each.layer, each.primitive, each.kind === "pdu" ? "" : each.kind, each.pdu];
  const made = element(
    "details",
    { class: "layer" },
    element("summary", {}, element("b", {}, title[0]), ` ${title.slice(1).filter(Boolean).join(" · ")}`),
    each.summary ? element("p", {}, each.summary) : null,
    facts(Object.entries(each.parameters).map(([name, value]) => [name.replaceAll("_", " "), value])),
  );
  made.open = place === 0;
  return made;
}

/** Names and values; what is empty is left out. */
function facts(pairs) {
  const known = pairs.filter(([, value]) => value !== "" && value !== null && value !== undefined);
  if (!known.length) return null;
  return element(
    "dl",
    {},
    ...known.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, text(value))]),
  );
}

/** A value of a layer: a text, or what JSON has for it. */
function text(value) {
  if (typeof value === "string") return value;
  return Array.isArray(value) && value.every((each) => typeof each !== "object")
    ? value.join(", ")
    : JSON.stringify(value);
}
