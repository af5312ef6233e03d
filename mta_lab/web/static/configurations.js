// The configurations that a repair may change, to be edited here; an editor on the disk may, too, and
// what one of them has written is not overwritten by the other.
import { element, fill } from "./dom.js";
import { ask, inTurn, order } from "./source.js";

export class Configurations {
  constructor() {
    this.renew = inTurn(() => this.read());
    this.files = [];
    this.list = element("div");
    this.said = element("p", { class: "about", role: "status" });
    this.element = element("div", {}, this.list, this.said);
  }

  /** Show what is on the disk; what was changed here and is not written yet stays. */
  async read() {
    try {
      this.show(await ask("hosts.json"));
      fill(this.said);
    } catch (error) {
      fill(this.said, error.message);
    }
  }

  show(found) {
    if (!this.files.length) {
      this.files = found.map(({ host }, at) => new File(host, at));
      fill(this.list, ...this.files.map((each) => each.element));
    }
    found.forEach(({ text }, at) => this.files[at].show(text));
  }

  /** Write what was changed. Throws what the server refuses. */
  async save() {
    for (const file of this.files) {
      if (file.changed()) this.show(await order("change", file.change()));
    }
  }
}

class File {
  constructor(host, at) {
    this.at = at;
    this.known = null; // what is on the disk, as the page heard last
    const id = `file-${at}`;
    this.area = element("textarea", { id, rows: 16, spellcheck: "false", class: "written", wrap: "off" });
    this.note = element("p", { class: "about" });
    const again = element("button", { type: "button", class: "tab" }, "Take the file as it is on the disk");
    again.addEventListener("click", () => this.take(this.disk));
    this.newer = element("div", { hidden: "" },
      element("p", { class: "about" }, "The file on the disk is another one by now, and your text is not written to it."),
      again);
    this.element = element("details", { open: at === 0 ? "" : null },
      element("summary", {}, `hosts/${host}.yaml`),
      element("label", { for: id }, `Configuration of ${host}`), this.area, this.newer);
  }

  show(text) {
    this.disk = text;
    if (this.known === null || !this.changed()) this.take(text);
    else this.newer.hidden = text === this.known;
  }

  take(text) {
    this.known = text;
    if (this.area.value !== lines(text)) this.area.value = text;
    this.newer.hidden = true;
  }

  changed() {
    return this.area.value !== lines(this.known);
  }

  change() {
    return { host: this.at, text: this.area.value, before: this.known };
  }
}

/** A text as a text area has it. */
function lines(text) {
  return text.replace(/\r\n?/g, "\n");
}
