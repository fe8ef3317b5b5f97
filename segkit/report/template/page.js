"use strict";
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const words = document.body.dataset;

// The table of contents marks the section in view.
const links = new Map(all(".contents a").map((a) => [a.hash.slice(1), a]));
const targets = [...links.keys()].map((id) => document.getElementById(id)).filter(Boolean);
const follow = () => {
  const atEnd = scrollY + innerHeight >= document.documentElement.scrollHeight - 2;
  const reached = targets.filter((t) => t.getBoundingClientRect().top <= innerHeight * 0.25);
  const current = atEnd && scrollY > 0 ? targets.at(-1) : reached.at(-1);
  links.forEach((a) => a.removeAttribute("aria-current"));
  if (current) links.get(current.id).setAttribute("aria-current", "true");
};
let waiting = false;
addEventListener("scroll", () => {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => { waiting = false; follow(); });
}, { passive: true });
follow();

const button = (text, act) => {
  const made = Object.assign(document.createElement("button"), { type: "button", textContent: text });
  made.addEventListener("click", act);
  return made;
};

// A button turns the page dark or light, as the system is not; the choice stays where the browser keeps one.
const root = document.documentElement, system = matchMedia("(prefers-color-scheme: dark)");
const isDark = () => root.dataset.scheme === "dark" || (!root.dataset.scheme && system.matches);
const kept = (scheme) => { try { return scheme ? localStorage.setItem("segkit", scheme) : localStorage.getItem("segkit"); } catch { return null; } };
const scheme = button("", () => { root.dataset.scheme = isDark() ? "light" : "dark"; kept(root.dataset.scheme); named(); });
const named = () => { scheme.textContent = isDark() ? words.light : words.dark; };
if (["dark", "light"].includes(kept())) root.dataset.scheme = kept();
system.addEventListener("change", named);
document.querySelector(".top nav").before(scheme);
named();

// Tables sort by a click on a column's name: numbers by their value, words by the page's language.
const compare = new Intl.Collator(document.documentElement.lang, { numeric: true }).compare;
const value = (cell) => cell.dataset.value === undefined ? cell.textContent.trim() : Number(cell.dataset.value);
const order = (a, b) => typeof a === "number" && typeof b === "number" ? a - b
  : typeof a === "number" ? -1 : typeof b === "number" ? 1 : compare(a, b);

for (const figure of all("figure.table")) {
  const body = figure.querySelector("tbody"), [upper, lower] = all("thead tr", figure), under = [...lower?.cells ?? []];
  const heads = [...upper.cells].flatMap((head) => head.colSpan > 1 && lower ? under.splice(0, head.colSpan) : head);
  if (body.rows.length > 1 && body.rows[0].cells.length === heads.length) heads.forEach((head, column) => {
    const sort = button("", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      heads.forEach((h) => h.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const rows = [...body.rows].sort((a, b) => order(value(a.cells[column]), value(b.cells[column])) * (down ? -1 : 1));
      body.append(...rows);
      fit(figure.querySelector(".scroll"));  // the arrow takes room
    });
    sort.className = "sort";
    sort.setAttribute("aria-label", `${head.dataset.value ?? head.textContent.trim()}: ${words.sort}`);
    const term = head.querySelector(".term");
    if (term) {
      sort.dataset.term = term.hash.slice(1);
      term.replaceWith(...term.childNodes);
    }
    sort.append(...head.childNodes);
    head.append(sort);
  });
  // A spreadsheet must not take a cell for a formula.
  const quoted = (cell) => {
    const text = cell.dataset.value ?? cell.textContent.trim();
    const safe = cell.dataset.value === undefined && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return `"${safe.replaceAll('"', '""')}"`;
  };
  const download = button(words.csv, () => {
    const lines = [heads, ...[...body.rows].map((row) => [...row.cells])].map((row) => row.map(quoted).join(","));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(["\ufeff" + lines.join("\r\n") + "\r\n"], { type: "text/csv" }));
    link.download = `${document.title.split(" · ")[0]} ${figure.id}.csv`;
    link.click();
    URL.revokeObjectURL(link.href);
  });
  download.className = "download";
  figure.append(download);
}

// A table that would be cut takes less room, where it has its place then; on a narrow screen it scrolls.
const fit = (scroll) => {
  scroll.classList.remove("tight");
  if (innerWidth >= 960 && scroll.scrollWidth > scroll.clientWidth) scroll.classList.add("tight");
};
const widths = new Map(), fitted = new ResizeObserver((entries) => {
  for (const { target } of entries) if (widths.get(target) !== target.clientWidth) {
    widths.set(target, target.clientWidth);
    fit(target);
  }
});
for (const scroll of all("figure.table .scroll")) { fit(scroll); fitted.observe(scroll); }

// The definition of a term, on hover, focus and tap; Escape takes it away. Without a script it is a link.
const note = document.getElementById("note");
let shown = null;
const hide = () => { if (note) note.hidden = true; shown?.removeAttribute("aria-describedby"); shown = null; };
const tell = (anchor, text) => {
  if (!note || shown === anchor) return;
  hide();
  note.style.pointerEvents = anchor.ownerSVGElement ? "none" : "";  // marks lie close together
  note.textContent = text;
  note.hidden = false;
  const box = anchor.getBoundingClientRect(), width = note.offsetWidth;
  note.style.left = `${scrollX + Math.max(8, Math.min(box.left, document.documentElement.clientWidth - width - 8))}px`;
  note.style.top = `${scrollY + (box.bottom + note.offsetHeight + 12 > innerHeight ? box.top - note.offsetHeight - 6 : box.bottom + 6)}px`;
  shown = anchor;
};
const show = (anchor) => {
  const entry = document.getElementById(anchor.dataset.term ?? anchor.hash.slice(1));
  if (!entry) return;
  tell(anchor, entry.querySelector("dd, span").textContent);
  anchor.setAttribute("aria-describedby", "note");
};
for (const anchor of all("a.term, [data-term]")) {
  anchor.addEventListener("mouseenter", () => show(anchor));
  anchor.addEventListener("focus", () => show(anchor));
  anchor.addEventListener("blur", hide);
  anchor.addEventListener("mouseleave", (event) => { if (event.relatedTarget !== note) hide(); });
  if (anchor.hash) anchor.addEventListener("click", (event) => { event.preventDefault(); show(anchor); });
}
note?.addEventListener("mouseleave", hide);

// Where the threshold of a check comes from: on hover; a click or a key opens it, which works without a script too.
for (const wanted of all("details.threshold > summary")) {
  wanted.addEventListener("mouseenter", () => { if (!wanted.parentNode.open) tell(wanted, wanted.nextSibling.textContent); });
  wanted.addEventListener("mouseleave", hide);
  wanted.addEventListener("click", hide);
}
document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });

// The marks of a figure tell their values under the pointer, or after a tap until the next one.
for (const title of note ? all("figure svg title") : []) {
  const mark = title.parentNode, text = title.textContent;
  title.remove();
  mark.addEventListener("pointerenter", () => tell(mark, text));
  mark.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse") hide(); });
}
document.addEventListener("pointerdown", (event) => { if (shown?.ownerSVGElement && event.target !== shown) hide(); });

// What a link leads to is opened where it is folded.
const unfold = () => { const t = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1))); for (let d = t && t.closest("details:not([open])"); d; d = d.parentElement.closest("details:not([open])")) { d.open = true; t.scrollIntoView(); } };
addEventListener("hashchange", unfold);
unfold();

// What is folded for reading is open in print; code stays out of it.
addEventListener("beforeprint", () => root.dataset.print || all("details:not(.code, [open])").forEach((d) => { d.open = true; d.dataset.opened = ""; }));
addEventListener("afterprint", () => all("[data-opened]").forEach((d) => { d.open = false; delete d.dataset.opened; }));

// The summary alone: question, decision, what to do with each group, and the health card.
document.querySelector(".decision")?.append(Object.assign(button(words.summary, () => { root.dataset.print = "summary"; print(); }), { className: "download" }));
addEventListener("afterprint", () => { delete root.dataset.print; });

// Code is folded; one button opens or folds all of it.
const folds = all("details.code");
if (folds.length) {
  const toggle = button(words.code, () => {
    const open = !folds.every((f) => f.open);
    folds.forEach((f) => { f.open = open; });
    toggle.textContent = open ? words.hide : words.code;
  });
  toggle.className = "fold";
  document.querySelector("article").before(toggle);
}

// The index finds reports by title and findings, accents aside.
const search = document.querySelector("input[type=search]");
if (search) {
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").replaceAll("đ", "d").replaceAll("Đ", "D").toLowerCase();
  search.addEventListener("input", () => {
    const wanted = plain(search.value.trim()).split(/\s+/);
    all(".cards li").forEach((card) => { card.hidden = !wanted.every((w) => plain(card.textContent).includes(w)); });
  });
}
