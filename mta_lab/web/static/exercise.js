// An exercise: its story, and its questions one by one.
import { element, fill } from "./dom.js";
import { Question } from "./question.js";
import { chapter } from "./story.js";

export class Exercise {
  /** `lookAt(capture, frame)` shows a frame, `renew(exercise)` hears what came of an answer. */
  constructor(parent, lookAt, renew) {
    this.lookAt = lookAt;
    this.renew = renew;
    this.parent = parent;
    this.questions = [];
    this.at = 0; // which question is shown
    this.frame = null; // that is chosen in the ladder
    this.known = "";
    this.story = element("div");
    this.rest = element("div");
    this.steps = element("ol", { class: "steps" });
    this.place = element("div");
    this.before = turning("Previous question", () => this.turn(this.at - 1));
    this.after = turning("Next question", () => this.turn(this.at + 1));
    this.done = element("p", { class: "feedback done", role: "status" });
    parent.append(this.story,
      element("nav", { "aria-label": "Questions" }, this.steps), this.place,
      element("div", { class: "row-of" }, this.before, this.after), this.done, this.rest);
  }

  /** Show it as it stands now. */
  show(now) {
    this.tell(now);
    if (!this.questions.length) {
      this.questions = now.questions.map((each, at) =>
        new Question(each, at, this.renew, this.lookAt));
      this.at = Math.max(0, now.questions.findIndex((each) => !each.mark?.right));
      this.buttons = now.questions.map((each, at) => turning(String(at + 1), () => this.turn(at)));
      fill(this.steps, ...this.buttons.map((each) => element("li", {}, each)));
      this.open();
    }
    now.questions.forEach((each, at) => {
      this.questions[at].update(each, now.playing);
      this.mark(this.buttons[at], each, at);
    });
    const right = now.questions.filter((each) => each.mark?.right).length;
    const all = right === now.questions.length;
    const text = all ? `All answers are right: ${now.points} of ${now.of} points.` : "";
    if (this.done.textContent !== text) this.done.textContent = text;
  }

  /** The capture that the shown question is about. */
  capture() {
    return this.questions[this.at]?.now.capture;
  }

  /** What is chosen in the ladder. */
  chosen(what) {
    this.frame = what;
    for (const question of this.questions) question.chosen(what);
  }

  /** The story, which who has begun to answer has read; what else is told is below. */
  tell({ story, questions }) {
    const known = JSON.stringify(story);
    if (known === this.known) return; // what was opened or closed stays
    this.known = known;
    const [first, ...others] = story;
    fill(this.story, chapter(first, questions.every((each) => !each.answer)));
    fill(this.rest, ...others.map((each) => chapter(each, false)));
  }

  turn(at) {
    this.at = at;
    this.open();
    this.questions[at].title.focus();
  }

  open() {
    const question = this.questions[this.at];
    if (!question) return;
    fill(this.place, question.element);
    question.chosen(this.frame);
    this.before.hidden = this.at === 0;
    this.after.hidden = this.at === this.questions.length - 1;
    this.buttons.forEach((each, at) => {
      if (at === this.at) each.setAttribute("aria-current", "step");
      else each.removeAttribute("aria-current");
    });
  }

  mark(button, { name, mark, answer }, at) {
    const state = mark ? (mark.right ? "right" : "wrong") : answer ? "not played" : "not answered";
    button.className = `tab step ${state.replace(" ", "-")}`;
    button.setAttribute("aria-label", `Question ${at + 1}, ${name}: ${state}`);
  }
}

function turning(name, turn) {
  const button = element("button", { type: "button", class: "tab" }, name);
  button.addEventListener("click", turn);
  return button;
}
