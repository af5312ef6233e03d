// The mailboxes of a lab's MTAs: what came, and the message that is chosen, to be read. Its files are
// saved by the browser; nothing of them is shown.
import { element, fill } from "./dom.js";
import { ask, inTurn } from "./source.js";
import { Table, panel } from "./table.js";

export class Mailbox {
  constructor(parent) {
    this.renew = inTurn(() => this.read());
    this.host = element("select", { "aria-label": "Mailbox of" });
    this.host.addEventListener("change", () => {
      this.after = [0];
      this.renew();
    });
    this.after = [0]; // where each page begins that was turned to
    this.earlier = turning("Earlier", () => this.after.pop());
    this.later = turning("Later", () => this.after.push(this.last));
    for (const button of [this.earlier, this.later]) button.addEventListener("click", () => this.renew());
    this.list = new Table(["Subject", "No.", "Came (lab time)", "For", "Octets"]);
    this.letter = element("article", { class: "letter", hidden: true, "aria-live": "polite" });
    const choice = element("p", { class: "form" }, this.host, this.earlier, this.later);
    parent.append(panel("Mailboxes", choice, this.list.element, this.letter));
  }

  /** Show what there is now. */
  async read() {
    try {
      if (!this.host.children.length) {
        const { hosts } = await ask("users.json");
        fill(this.host, ...hosts.map((each) => element("option", {}, each)));
      }
      const host = this.host.value;
      const found = await ask(`mailbox.json?host=${encodeURIComponent(host)}&after=${this.after.at(-1)}`);
      this.show(host, found);
    } catch {
      return; // the page says by itself that nobody answers
    }
  }

  show(host, found) {
    this.last = found.length ? found.at(-1).number : 0;
    this.earlier.hidden = this.after.length === 1;
    this.later.hidden = found.length < PAGE;
    this.list.show(found, (each) => `${host} ${each.number}`, (each) => [
      this.button(host, each),
      String(each.number), each.time.replace("T", " ").slice(0, 23), each.recipient, String(each.octets),
    ]);
  }

  button(host, { number, subject }) {
    const button = element("button", { type: "button", class: "link" }, subject || "(no subject)");
    button.addEventListener("click", () => this.open(host, number));
    return button;
  }

  async open(host, number) {
    const which = `host=${encodeURIComponent(host)}&number=${number}`;
    let parts;
    try {
      parts = letter(await ask(`letter.json?${which}`), which);
    } catch (error) {
      parts = [element("p", {}, `It cannot be read: ${error.message}`)];
    }
    fill(this.letter, ...parts, saved("The content as it came", `content?${which}`));
    this.letter.hidden = false;
  }
}

const PAGE = 100; // lines, as the server sends them

function letter({ fields, text, files }, which) {
  return [
    element("dl", {}, ...fields.flatMap(([name, value]) => [
      element("dt", {}, name), element("dd", {}, value),
    ])),
    text && element("pre", { class: "words", tabindex: 0, role: "region", "aria-label": "Text" }, text),
    ...files.map(([name, octets], place) =>
      saved(`${name} (${octets} octets)`, `file?${which}&place=${place}`)),
  ].filter(Boolean);
}

function saved(name, address) {
  return element("p", {}, element("a", { href: address, download: "" }, name));
}

function turning(name, turn) {
  const button = element("button", { type: "button", class: "tab", hidden: true }, name);
  button.addEventListener("click", turn);
  return button;
}
