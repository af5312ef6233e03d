// One question: its field, what is said about the answer, and its hints.
import { Configurations } from "./configurations.js";
import { element, fill } from "./dom.js";
import { field } from "./fields.js";
import { order } from "./source.js";

export class Question {
  /** `renew(exercise)` hears what came of an answer, `lookAt(capture, frame)` shows a frame. */
  constructor(question, at, renew, lookAt) {
    this.at = at;
    this.renew = renew;
    this.lookAt = lookAt;
    this.now = question;
    this.known = null; // the answer that is on the disk, as the page heard last
    this.given = ""; // what the field showed of it
    this.refused = ""; // why the last answer was not taken
    this.frame = null;
    this.repair = question.kind === "repair" ? new Configurations() : null;
    this.field = this.repair ? null : field(question, `answer-${at}`);
    this.said = element("p", { class: "feedback", role: "status" });
    this.button = element("button", { type: "submit", class: "tab go" }, this.repair ? "Play it" : "Answer");
    this.take = action("", () => this.field.put(String(this.frame)));
    this.look = action("", () => this.show(this.now.mark.look));
    this.hint = action("", () => this.order("hint", { question: at, before: this.now.hints.length }));
    this.hints = element("ol", { class: "hints", "aria-label": "Hints that were taken" });
    this.disk = element("p", { class: "about" });
    this.seconds = element("span", { "aria-hidden": "true" });
    const progress = element("progress", { "aria-label": "The repair is being played" });
    this.playing = element("p", { class: "playing", hidden: "" }, progress, this.seconds);
    const form = element("form", {}, this.repair ? this.repair.element : this.field.element,
      element("div", { class: "row-of" }, this.button, this.take));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.answer();
    });
    const points = question.points === 1 ? "1 point" : `${question.points} points`;
    const where = question.kind === "frame" || question.kind === "filter" ? `Frames are those of ${question.capture}.` : null;
    this.title = element("h3", { tabindex: -1 }, `${at + 1}. ${question.name} (${points})`);
    this.element = element("article", { class: "question" },
      this.title,
      element("p", { class: "asked" }, ...spoken(question.text)),
      where && element("p", { class: "about" }, where),
      form, this.playing, this.said, this.disk,
      element("div", { class: "row-of" }, this.look, this.hint), this.hints);
  }

  /** What is known of it by now; what somebody is writing stays. */
  update(now, playing) {
    this.now = now;
    const { answer, mark, hints, hints_left: left } = now;
    if (this.field && this.known !== answer) this.put(answer);
    const right = Boolean(mark?.right);
    this.element.classList.toggle("right", right);
    this.element.classList.toggle("wrong", Boolean(mark) && !right);
    this.field?.disable(right);
    this.hide(this.button, right && !this.repair);
    this.tell(this.refused || this.words(playing));
    this.playing.hidden = !this.repair || playing === null;
    fill(this.seconds, `${playing} s`);
    this.button.setAttribute("aria-disabled", String(!this.playing.hidden));
    const other = this.field && answer && (this.field.value() !== this.given || !this.given);
    fill(this.disk, other ? `answers.yaml has: ${answer}` : "");
    this.hide(this.look, right || !mark?.look);
    fill(this.look, `Show frame ${mark?.look}`);
    this.hide(this.hint, right || left === 0);
    fill(this.hint, `Take a hint (costs a point; ${left} left)`);
    fill(this.hints, ...hints.map((text) => element("li", {}, ...spoken(text))));
    this.hints.hidden = !hints.length;
    this.offer();
    this.repair?.renew();
  }

  /** Show an answer that is known by now, unless somebody is writing another one. */
  put(answer) {
    const written = this.field.value();
    const idle = this.known === null || written === this.given || !written;
    if (idle) this.field.put(answer);
    if (idle || written === answer) this.given = this.field.value();
    this.known = answer;
  }

  /** Hide a button, or show it; who was there is led to the question's title. */
  hide(button, yes) {
    if (yes && document.activeElement === button) this.title.focus();
    button.hidden = yes;
  }

  /** The frame that is chosen in the ladder, of a capture; null: none. */
  chosen(what) {
    this.frame = what && what.capture === this.now.capture ? what.frame : null;
    this.offer();
  }

  offer() {
    this.take.hidden = this.now.kind !== "frame" || this.frame === null || Boolean(this.now.mark?.right);
    fill(this.take, `Take frame ${this.frame}`);
  }

  /** What there is to say about the answer that is known. */
  words(playing) {
    const { answer, mark } = this.now;
    if (this.repair && playing !== null) return "It is being played: the packets decide.";
    if (mark) return `${mark.feedback} (${mark.points} of ${this.now.points} points)`;
    return answer ? "It has not been played as it is now." : "";
  }

  /** Say something, once. */
  tell(text) {
    if (this.said.textContent !== text) this.said.textContent = text;
  }

  async answer() {
    if (this.button.getAttribute("aria-disabled") === "true") return;
    const answer = this.repair ? "done" : this.field.value();
    if (!answer) return this.tell("Write an answer first.");
    await this.order("answer", { question: this.at, answer, before: this.now.answer });
  }

  async order(name, body) {
    this.refused = "";
    try {
      if (this.repair && name === "answer") await this.repair.save();
      this.renew(await order(name, body));
    } catch (error) {
      this.refused = `Not taken: ${error.message}`;
      this.tell(this.refused);
    }
  }

  async show(frame) {
    const there = await this.lookAt(this.now.capture, frame);
    if (!there) fill(this.disk, `Frame ${frame} has no arrow here. In Wireshark: frame.number == ${frame}`);
  }
}

function action(name, work) {
  const made = element("button", { type: "button", class: "tab" }, name);
  made.addEventListener("click", work);
  return made;
}

/** A text of which what stands between grave accents is code. */
function spoken(text) {
  return text.split("`").map((part, at) => (at % 2 ? element("code", {}, part) : part));
}
