// What a page of the site does beside its widgets (host.js): it keeps what the reader has done, in
// this browser and in the format of ce_course.progress, folds a result until its question is answered,
// and shows how far one is. course.js says which chapters, exercises and questions there are.

(() => {
  const KEY = "ce-course:progress";
  const LATEST = "ce-course:latest"; // question's name -> the option chosen last, which Python does not keep
  const EMPTY = { version: 1, exercises: {}, choices: {} };
  const course = window.ceCourse;
  const { Model, kinds } = window.ceHost;

  function html(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  }

  // ---- what is kept

  function load(key, fallback) {
    try {
      return JSON.parse(localStorage.getItem(key)) ?? fallback;
    } catch {
      return fallback;
    }
  }

  function store(key, value) {
    try {
      localStorage.setItem(key, JSON.stringify(value));
      return "";
    } catch {
      return "This browser keeps nothing for this page: what you do here is gone when you leave.";
    }
  }

  let memory = null; // stands in for the browser's where it keeps nothing
  const progress = () => memory ?? load(KEY, structuredClone(EMPTY));

  // Changes what is kept and tells the page; returns why it could not be kept.
  function change(edit) {
    const data = progress();
    edit(data);
    const problem = store(KEY, data);
    memory = problem ? data : null;
    document.dispatchEvent(new Event("ce-progress"));
    return problem;
  }

  const today = () => new Date(Date.now() - new Date().getTimezoneOffset() * 60000).toISOString().slice(0, 10);
  const record = (data, name) => (data.exercises[name] ??= { passed: null, attempts: 0, hints: 0 });

  window.ceProgress = {
    read: progress,
    passed: (name) => change((data) => {
      const entry = record(data, name);
      entry.attempts += 1;
      entry.passed ??= today();
    }),
    tried: (name) => change((data) => void (record(data, name).attempts += 1)),
    hinted: (name) => change((data) => void (record(data, name).hints += 1)),
  };

  // ---- questions

  kinds.quiz = async (_, place) => {
    const { questions, advice } = JSON.parse(place.querySelector("script").textContent);
    const indices = (texts) =>
      Object.fromEntries(
        questions.map((q) => [q.name, q.texts.indexOf(texts[q.name])]).filter(([, index]) => index >= 0),
      );
    const first = indices(progress().choices);
    const latest = { ...first, ...indices(load(LATEST, {})) };
    const saved = (model) => {
      const text = (field, q) => q.texts[model.get(field)[q.name]];
      const chosen = questions.filter((q) => q.name in model.get("first"));
      store(LATEST, { ...load(LATEST, {}), ...Object.fromEntries(chosen.map((q) => [q.name, text("latest", q)])) });
      const problem = change((data) => chosen.forEach((q) => (data.choices[q.name] ??= text("first", q))));
      model.set("problem", problem);
      model.set("first", indices(progress().choices)); // another copy may have been answered before
    };
    return new Model({ questions, advice, first, latest, problem: "" }, { saved });
  };

  // ---- results wait for the answer

  function fold() {
    for (const result of document.querySelectorAll(".ce-result")) {
      if (result.dataset.open) continue;
      const open = () => {
        result.dataset.open = "yes";
        result.fold?.remove();
        setTimeout(reach);
      };
      if (result.dataset.after in progress().choices) open();
      else if (!result.fold) {
        const button = html("button", { type: "button" }, "Show me the result");
        button.addEventListener("click", () => {
          open();
          result.setAttribute("tabindex", "-1");
          result.focus({ preventScroll: true });
        });
        result.fold = html("div", { class: "ce-fold" }, "What comes out is shown when you have answered. ", button);
        result.before(result.fold);
      }
    }
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const around = target && target.closest(".ce-result");
    if (around && !around.dataset.open) {
      around.fold.querySelector("button").click();
      target.scrollIntoView();
    }
  }

  // A link to a widget opens the result that it is folded away with.
  function unfold(event) {
    const name = event.target.closest?.("a[href*='#ce:']")?.hash.split(":")[1];
    const places = [...document.querySelectorAll(`.ce-widget[data-name="${name}"]`)];
    const folded = places.map((place) => place.closest(".ce-result:not([data-open])"));
    if (folded.length && folded.every(Boolean)) folded[0].fold.querySelector("button").click();
  }

  // ---- how far one is

  function tally({ exercises, questions }) {
    const { exercises: records, choices } = progress();
    const answered = Object.keys(questions).filter((name) => name in choices);
    return {
      exercises: exercises.length,
      passed: exercises.filter((name) => records[name]?.passed).length,
      questions: Object.keys(questions).length,
      answered: answered.length,
      right: answered.filter((name) => choices[name] === questions[name]).length,
    };
  }

  // As board.py says it.
  const passedOf = (n) => (n.exercises ? `${n.passed} of ${n.exercises} exercises passed` : "no exercises");
  const answeredOf = (n) => `Questions: ${n.answered} of ${n.questions} answered, ${n.right} right at the first try.`;

  function stateOf(entry) {
    if (entry?.passed) return `✓ passed on ${entry.passed}`;
    return entry?.attempts ? "… tried, not passed yet" : "○ not tried yet";
  }

  const up = () => document.documentElement.dataset.content_root ?? "./";

  function boardHtml() {
    const counts = course.map((chapter) => [chapter, tally(chapter)]);
    const total = {};
    for (const [, count] of counts)
      for (const [name, value] of Object.entries(count)) total[name] = (total[name] ?? 0) + value;
    const begun = counts.find(([, n]) => n.passed < n.exercises)?.[0];
    const root = html("div", {}, html("p", {}, html("strong", {}, `${passedOf(total)}.`), ` ${answeredOf(total)}`));
    for (const [chapter, n] of counts) {
      const bar = html("progress", { "aria-hidden": "true", value: n.passed, max: n.exercises || 1 });
      const links = [html("a", { href: `${up()}notebooks/${chapter.name}.html` }, "Chapter"), " · "];
      const rows = chapter.exercises.map((name) => {
        const entry = progress().exercises[name];
        return html(
          "tr",
          {},
          html("th", { scope: "row" }, html("code", {}, name)),
          html("td", {}, stateOf(entry)),
          html("td", {}, `${entry?.hints ?? 0}`),
        );
      });
      const head = ["Exercise", "State", "Hints"].map((text) => html("th", { scope: "col" }, text));
      const table = html("table", {}, html("thead", {}, html("tr", {}, ...head)), html("tbody", {}, ...rows));
      if (rows.length)
        links.push(html("a", { href: `${up()}exercises/${chapter.name}/${chapter.name}.html` }, "Exercises"), " · ");
      root.append(
        html(
          "details",
          chapter === begun ? { open: "" } : {},
          html("summary", {}, `${chapter.title}: ${passedOf(n)} `, ...(rows.length ? [bar] : [])),
          html("p", {}, ...links, answeredOf(n)),
          ...(rows.length ? [table] : []),
        ),
      );
    }
    return root.innerHTML;
  }

  kinds.board = async (_, place) => {
    const forgotten = "ce-course:progress-before-reset";
    const asked = (model, { ask }) => {
      let answer = "The board is up to date.";
      if (ask === "reset") {
        store(forgotten, progress());
        change((data) => Object.assign(data, structuredClone(EMPTY)));
        store(LATEST, {});
        answer = "Progress forgotten. The button beside brings it back.";
      } else if (ask === "undo") {
        change((data) => Object.assign(data, load(forgotten, data)));
        answer = "Progress restored.";
      }
      model.set("html", boardHtml());
      model.say("msg:custom", { answer });
    };
    const model = new Model({ html: boardHtml() }, { asked });
    document.addEventListener("ce-progress", () => model.set("html", boardHtml()));
    place.after(takeAlong());
    return model;
  };

  // A file out, and a file in: of both, what was first stays.
  function takeAlong() {
    const out = html("button", { type: "button" }, "Save as a file");
    const input = html("input", { type: "file", accept: ".json,application/json", id: "ce-file" });
    const said = html("p", { role: "status" });
    out.addEventListener("click", () => {
      const file = new Blob([`${JSON.stringify(progress(), null, 1)}\n`], { type: "application/json" });
      const link = html("a", { href: URL.createObjectURL(file), download: "progress.json" });
      link.click();
      URL.revokeObjectURL(link.href);
    });
    input.addEventListener("change", async () => {
      try {
        const other = valid(JSON.parse(await input.files[0].text()));
        change((data) => merge(data, other));
        said.textContent = "What is in the file has been added.";
      } catch {
        said.textContent = "That file is not one that was saved here or by the course in Python.";
      }
      input.value = "";
    });
    const words = [
      "To go on in another browser, or in Python: save your progress as a file, and bring it in there. ",
      "In Python it goes where ",
      html("code", {}, "progress.folder()"),
      " says.",
    ];
    const bring = html("label", { for: "ce-file" }, "Bring a file in: ", input);
    return html("div", { class: "ce-along" }, html("p", {}, ...words), out, " ", bring, said);
  }

  function valid(data) {
    const good =
      data.version === EMPTY.version &&
      Object.values(data.exercises).every(
        ({ passed, attempts, hints }) =>
          (passed === null || /^\d{4}-\d\d-\d\d$/.test(passed)) && Number.isInteger(attempts) && Number.isInteger(hints),
      ) &&
      Object.values(data.choices).every((option) => typeof option === "string");
    if (!good) throw new Error("no progress");
    return data;
  }

  function merge(data, other) {
    for (const [name, entry] of Object.entries(other.exercises)) {
      const mine = record(data, name);
      mine.passed = [mine.passed, entry.passed].filter(Boolean).sort()[0] ?? null;
      mine.attempts = Math.max(mine.attempts, entry.attempts);
      mine.hints = Math.max(mine.hints, entry.hints);
    }
    data.choices = { ...other.choices, ...data.choices };
  }

  // The chapters on the first page, and in the list beside every page.
  function mark() {
    for (const chapter of course) {
      const n = tally(chapter);
      const text = n.passed || n.answered ? `${n.passed}/${n.exercises} exercises, ${n.answered}/${n.questions} questions` : "";
      const place = document.querySelector(`.ce-map [data-chapter="${chapter.name}"] .ce-done`);
      if (place) place.textContent = text && ` ${text}`;
      const done = n.passed === n.exercises && n.answered === n.questions;
      for (const link of document.querySelectorAll(`.bd-links a[href*="notebooks/${chapter.name}.html"]`))
        link.classList.toggle("ce-all", done);
    }
  }

  const SENTENCE = 4; // words: more are read, not compared

  // What is wider than its place can be moved with the keys, and fades where it goes on.
  const WIDE = ".bd-article :is(mjx-container[display=true], div.math, .output, pre, .pst-scrollable-table-container)";

  const heard = new WeakSet();
  const fade = (node) => node.classList.toggle("ce-more", node.scrollWidth - node.clientWidth - node.scrollLeft > 1);

  function reach() {
    for (const node of document.querySelectorAll(".bd-article mjx-container:not([display=true])")) {
      const room = node.closest("p, li, td, th, dd, h1, h2, h3, h4")?.clientWidth ?? Infinity;
      const long = node.firstElementChild.getBoundingClientRect().width > room;
      node.classList.toggle("ce-long", long);
      if (!long) node.classList.remove("ce-more"); // it was, on a narrower screen
    }
    for (const node of document.querySelectorAll(`${WIDE}, .ce-long`)) {
      if (node.scrollWidth > node.clientWidth) node.setAttribute("tabindex", "0");
      if (!heard.has(node)) node.addEventListener("scroll", () => fade(node));
      heard.add(node);
      fade(node);
    }
  }

  // In a table of numbers, a column that has a sentence in it is read from the left, and none is broken.
  function align() {
    for (const { tHead, tBodies } of document.querySelectorAll("table.dataframe")) {
      const rows = [...(tBodies[0]?.rows ?? [])];
      const cell = (row, column) => row.cells[row.cells.length - column]; // from the right: headers span rows
      for (const td of rows.flatMap((row) => [...row.querySelectorAll("td")]))
        td.classList.toggle("ce-number", /^[-−+\d.,e%]+$/.test(td.textContent.trim()));
      const widest = Math.max(...rows.map((row) => row.querySelectorAll("td").length));
      for (let column = 1; column <= widest; column++)
        if (rows.some((row) => cell(row, column)?.textContent.match(/[a-z]+/gi)?.length > SENTENCE))
          for (const row of [...(tHead?.rows ?? []), ...rows]) cell(row, column)?.classList.add("ce-prose");
    }
  }

  // The theme names its button otherwise than it is written.
  const rename = () => document.querySelectorAll(".search-button-field").forEach((node) => node.removeAttribute("aria-label"));

  // A page opened from the disk may not read the others: what is found is listed without excerpts.
  if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;

  // Paper is white.
  const root = document.documentElement.dataset;
  window.addEventListener("beforeprint", () => ([root.before, root.theme] = [root.theme, "light"]));
  window.addEventListener("afterprint", () => (root.theme = root.before));

  const update = () => {
    fold();
    mark();
  };
  document.addEventListener("ce-progress", update);
  window.addEventListener("storage", (event) => event.key === KEY && document.dispatchEvent(new Event("ce-progress")));
  window.addEventListener("hashchange", fold);
  document.addEventListener("click", unfold, true); // before the link is followed
  document.addEventListener("DOMContentLoaded", update);
  document.addEventListener("DOMContentLoaded", rename);
  document.addEventListener("DOMContentLoaded", align);
  window.addEventListener("resize", reach);
  window.addEventListener("load", () => (window.MathJax?.startup?.promise ?? Promise.resolve()).then(reach));
})();
