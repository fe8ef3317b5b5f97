"use strict";
const held = JSON.parse(document.getElementById("data").textContent), rule = held.form;
let lang = document.documentElement.lang;

// The rule: a segment's points are its constant and those of each answer; the first with most points is told.
function points(answers) {
  return rule.questions.reduce((total, one, i) => total.map((sum, j) => sum + (
    "slope" in one ? one.slope[j] * (one.log ? Math.log1p(answers[i]) : answers[i]) : one.points[answers[i]][j])),
  rule.constants.slice());
}
function ranked(total) {
  return total.map((_, j) => j).sort((a, b) => total[b] - total[a] || a - b);
}
function made(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}
function question(one, i) {
  const words = rule.questions[i].said[lang], name = "q" + i;
  if (!one.answers.length) {
    const input = made("input", { type: "number", step: "any", id: name, name, required: true });
    if (one.log) input.min = "0";
    return made("div", { className: "number" }, made("label", { htmlFor: name, textContent: words }), input);
  }
  return made("fieldset", {}, made("legend", { textContent: words }), ...one.answers.map((_, j) =>
    made("label", {}, made("input", { type: "radio", name, value: String(j), required: true }), one.answers_said[lang][j])));
}
function answer(form, one, i) {
  const field = form.elements.namedItem("q" + i);
  if (field === null || field.value === "") return null;
  if (!one.answers.length) return field.validity.valid ? Number(field.value) : null;
  return "slope" in one ? one.answers[Number(field.value)] : Number(field.value);
}
function tell(form) {
  const words = held.words[lang], said = rule.segments_said[lang], result = document.getElementById("result");
  const answers = rule.questions.map((one, i) => answer(form, one, i));
  const open = rule.questions.filter((_, i) => answers[i] === null).map(one => one.said[lang]);
  if (open.length) {
    result.replaceChildren(made("p", { className: "open", textContent: words.open.replace("{questions}", () => open.join(", ")) }));
    const first = form.elements.namedItem("q" + answers.indexOf(null));
    (first instanceof RadioNodeList ? first[0] : first).focus();
    return;
  }
  const [first, second] = ranked(points(answers));
  result.replaceChildren(
    made("p", { className: "first", textContent: words.result.replace("{segment}", () => said[first]) }),
    made("p", { textContent: words.second.replace("{segment}", () => said[second]) }));
}
function show() {
  const words = held.words[lang], form = document.getElementById("form"), codes = Object.keys(held.languages);
  document.documentElement.lang = lang;
  document.title = words.title;
  for (const id of ["study", "title", "lead", "accuracy", "real"]) document.getElementById(id).textContent = words[id];
  const languages = document.getElementById("languages");
  languages.setAttribute("aria-label", words.language);
  languages.replaceChildren(...(codes.length < 2 ? [] : codes.map(code => {
    const button = made("button", { type: "button", lang: code, textContent: held.languages[code] });
    button.setAttribute("aria-pressed", String(code === lang));
    button.addEventListener("click", () => { lang = code; show(); document.querySelector('nav [aria-pressed="true"]').focus(); });
    return button;
  })));
  const given = rule.questions.map((_, i) => form.elements.namedItem("q" + i)?.value ?? "");
  form.replaceChildren(...rule.questions.map(question),
    made("button", { type: "submit", textContent: words.tell }), " ", made("button", { type: "reset", textContent: words.clear }));
  given.forEach((value, i) => { if (value !== "") form.elements.namedItem("q" + i).value = value; });
  document.getElementById("result").replaceChildren();
}
const form = document.getElementById("form");
form.addEventListener("submit", event => { event.preventDefault(); tell(form); });
form.addEventListener("reset", () => document.getElementById("result").replaceChildren());
show();
