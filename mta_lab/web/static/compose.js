// A form to send mail at any MTA of a lab. What the MTA refuses is said in its own words.
import { element, fill } from "./dom.js";
import { ask, inTurn, order } from "./source.js";
import { panel } from "./table.js";

const PRIORITIES = ["normal", "urgent", "non-urgent"];
const REPORTS = { "non-delivery": "when it fails", delivery: "in any case", none: "never" };

export class Compose {
  constructor(parent) {
    this.renew = inTurn(() => this.read());
    this.known = element("datalist", { id: "known-addresses" });
    const address = { type: "text", list: "known-addresses", autocomplete: "off", required: "" };
    this.at = element("select");
    this.from = element("input", address);
    this.to = element("input", address);
    this.subject = element("input", { type: "text" });
    this.text = element("textarea", { rows: 4 });
    this.priority = element("select", {}, ...PRIORITIES.map((each) => element("option", {}, each)));
    this.report = element("select", {}, ...Object.entries(REPORTS).map(([value, name]) =>
      element("option", { value }, name)));
    this.count = element("input", { type: "number", min: 1, max: 1000, value: 1 });
    this.files = element("input", { type: "file", multiple: "" });
    this.came = element("p", { class: "about", role: "status" });
    this.button = element("button", { type: "submit", class: "tab" }, "Send");
    const form = element("form", { class: "compose" },
      label("At", this.at), label("From", this.from), label("To", this.to),
      label("Subject", this.subject), label("Text", this.text), label("Priority", this.priority),
      label("Report", this.report), label("How many", this.count), label("Files", this.files),
      this.button, this.known);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    parent.append(panel("Send", form, this.came));
  }

  /** Know the MTAs, and addresses to offer. */
  async read() {
    if (this.at.children.length) return;
    try {
      const { hosts, addresses } = await ask("users.json");
      fill(this.at, ...hosts.map((each) => element("option", {}, each)));
      [this.from.placeholder, this.to.placeholder] = [addresses[0] ?? "", addresses[1] ?? ""];
      fill(this.known, ...addresses.map((value) => element("option", { value })));
    } catch {
      return; // the page says by itself that nobody answers
    }
  }

  async send() {
    this.button.setAttribute("aria-busy", "true");
    try {
      const files = await Promise.all([...this.files.files].map(octets));
      const { mts_identifiers } = await order("send", { host: this.at.value, message: this.message(), files });
      fill(this.came, `${this.at.value} has taken ${mts_identifiers.join(", ")}`);
    } catch (error) {
      fill(this.came, `${this.at.value} has not taken it: ${error.message}`);
    }
    this.button.removeAttribute("aria-busy");
  }

  message() {
    return {
      from: this.from.value,
      to: this.to.value.split("\n").map((each) => each.trim()).filter(Boolean),
      subject: this.subject.value,
      text: this.text.value,
      priority: this.priority.value,
      report: this.report.value,
      count: Number(this.count.value),
    };
  }
}

function label(name, control) {
  control.id = `compose-${name.replaceAll(" ", "-")}`;
  return element("div", {}, element("label", { for: control.id }, name), control);
}

/** A file's name and its octets as Base64. */
async function octets(file) {
  const binary = Array.from(new Uint8Array(await file.arrayBuffer()), (each) => String.fromCharCode(each));
  return { name: file.name, octets: btoa(binary.join("")) };
}
