// The page's JSON (docs/page-json.md), and what several parts want to know of it.
//
// What is selected is {kind: "arrow" | "said" | "call", at: its place in that list}.

const FIREWALL_SAID = new Set(["connection", "decided", "repeated", "reload-refused"]);

/** Words for what an arrow decided. */
export const OUTCOMES = ["accepted", "refused", "cut off", "reset", "unanswered"];

export class Model {
  constructor(page) {
    this.take(page);
  }

  /** Be the model of another page's JSON: that of the same lab, later. */
  take(page) {
    this.page = page;
    const moments = [0, ...page.arrows.map((arrow) => arrow.time)];
    for (const each of page.said) moments.push(each.time);
    for (const step of page.played) moments.push(step.time);
    for (const queue of page.queues) for (const [time] of queue.points) moments.push(time);
    this.begin = moments.reduce((one, other) => Math.min(one, other));
    this.end = moments.reduce((one, other) => Math.max(one, other), this.begin + 0.001);
    this.wall = Date.parse(page.began);
    this.lab = page.clock ? Date.parse(page.clock.lab_began) : null;
  }

  /** What is selected at first: the arrow that decided about the first call that failed. */
  get first() {
    const decided = this.page.arrows.findIndex((arrow) => arrow.outcome && arrow.outcome !== "accepted");
    if (decided >= 0) return { kind: "arrow", at: decided };
    return this.page.arrows.length ? { kind: "arrow", at: 0 } : null;
  }

  /** A name that what is selected keeps in a later model, where places may be others. */
  nameOf({ kind, at }) {
    const { arrows, calls, said } = this.page;
    if (kind === "call") return { kind, number: calls[at].legs[0].number };
    if (kind === "arrow") return { kind, frame: arrows[at].frame, rank: rank(arrows, at, "frame") };
    return { kind, host: said[at].host, rank: rank(said, at, "host") };
  }

  /** What has that name in this model; null when nothing has. */
  named({ kind, number, frame, host, rank }) {
    const { arrows, calls, said } = this.page;
    let at;
    if (kind === "call") {
      at = calls.findIndex((call) => call.legs.some((leg) => leg.number === number));
    } else if (kind === "arrow") {
      at = placeOf(arrows, "frame", frame, rank);
    } else {
      at = placeOf(said, "host", host, rank);
    }
    return at >= 0 ? { kind, at } : null;
  }

  /** The moment of what is selected. */
  timeOf({ kind, at }) {
    if (kind === "arrow") return this.page.arrows[at].time;
    return kind === "said" ? this.page.said[at].time : this.page.calls[at].began;
  }

  /** Seconds after the beginning, as a stamp of a row. */
  stamp(time) {
    return time.toFixed(3);
  }

  /** The wall's time of a moment. */
  wallTime(time) {
    return clock(this.wall + time * 1000);
  }

  /** The lab's time of a moment; null without a lab. */
  labTime(time) {
    return this.lab === null ? null : clock(this.lab + time * 1000 * this.page.clock.scale);
  }

  /** The column's name. */
  column(at) {
    return this.page.columns[at].name;
  }

  /** "EXTERNAL calls INTERNAL". */
  callName(call) {
    return `${this.column(call.legs[0].sender)} calls ${this.column(call.legs.at(-1).receiver)}`;
  }

  /** An end with the address that is on the wire, where that is another one; else null. */
  onWire(end) {
    const port = end.lastIndexOf(":");
    const wire = this.page.addresses[end.slice(0, port)];
    return wire ? `${wire}${end.slice(port)}` : null;
  }

  /** How many messages a queue had at a moment. */
  depth(queue, time) {
    let depth = 0;
    for (const [since, queued] of queue.points) if (since <= time) depth = queued;
    return depth;
  }

  /** The places in `said` that a filter of the logs shows. */
  shown(filter) {
    const places = [];
    this.page.said.forEach((each, place) => {
      const firewall = FIREWALL_SAID.has(each.kind);
      const wanted = { events: each.kind === "event", firewalls: firewall, everything: true };
      if (wanted[filter]) places.push(place);
    });
    return places;
  }
}

/** How many before a place are of the same frame or host. */
function rank(list, place, field) {
  return list.slice(0, place).filter((each) => each[field] === list[place][field]).length;
}

/** The place of the one that has so many of its frame or host before it; -1: there is none. */
function placeOf(list, field, value, before) {
  let found = -1;
  return list.findIndex((each) => each[field] === value && (found += 1) === before);
}

function clock(milliseconds) {
  return new Date(milliseconds).toISOString().replace("T", " ").replace("Z", "");
}
