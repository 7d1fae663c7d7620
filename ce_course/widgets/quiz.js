// Questions with radio buttons. All texts, verdicts and replies come from Python (quiz.py); the
// choices go back in `first` and `latest` (question's name: index of the option). Nothing here
// waits for the kernel, so a page without one answers too. Where the model says that it is not
// connected (the course's extension for JupyterLab does), so does the quiz.

function render({ model, el }) {
  const root = html("div", { class: "ce-quiz" });
  const questions = model.get("questions");
  const blocks = questions.map((question, i) =>
    block(model, question, questions.length > 1 ? `${i + 1}. ` : "")
  );
  root.append(...blocks.map((b) => b.node));
  if (model.get("advice").length) root.append(adviser(model));
  const problem = html("p", { class: "ce-problem", role: "status" });
  root.append(problem);
  el.append(root);

  const update = () => {
    blocks.forEach((b) => b.update());
    const text = model.get("problem") || alone(model);
    if (problem.textContent !== text) problem.textContent = text;
  };
  const events = ["first", "latest", "problem", "connected", "untold"].map((name) => `change:${name}`);
  events.forEach((event) => model.on(event, update));
  update();
  return () => events.forEach((event) => model.off(event, update));
}

// What is to be said of answers while no Python takes them.
function alone(model) {
  if (model.get("connected") !== false) return "";
  if (model.get("untold"))
    return "Python is not connected. Your answer is kept in this browser, and counts when you run this cell.";
  const all = model.get("questions").every(({ name }) => name in model.get("first"));
  return all ? "" : "Python is not connected. You can answer: this browser keeps it until you run this cell.";
}

function block(model, question, number) {
  const options = question.options.map((option, i) => {
    const input = html("input", { type: "radio", name: "answer", value: i, ...LAB });
    const text = html("span");
    text.innerHTML = option.text;
    const note = html("span", { class: "ce-first" });
    return { input, text, note, node: html("label", {}, input, html("span", {}, text, note)) };
  });
  const legend = html("legend");
  legend.innerHTML = number + question.ask;
  const button = html("button", { type: "submit", ...LAB }, "Check my answer");
  const reply = html("div", { class: "ce-reply", role: "status" });
  const others = html("p", { class: "ce-others" }, "Your first choice is kept. Choose another answer to read what is said of it.");
  const node = html(
    "form",
    {},
    html("fieldset", {}, legend, ...options.map((option) => option.node)),
    button,
    reply,
    others
  );

  const latest = () => model.get("latest")[question.name] ?? -1;
  const first = () => model.get("first")[question.name] ?? -1;
  const selected = () => options.findIndex((option) => option.input.checked);

  function update() {
    const answered = first() >= 0 && latest() >= 0;
    if (answered) options[latest()].input.checked = true;
    options.forEach((option, i) => {
      option.note.textContent = i === first() ? " (your first choice)" : "";
    });
    if (answered && document.activeElement === button) options[latest()].input.focus();
    button.hidden = answered;
    others.hidden = !answered;
    if (answered || reply.dataset.verdict) answer(answered ? question.options[latest()] : null);
  }

  // The reply is what was asked for last; the same reply is not announced twice.
  function answer(option) {
    const verdict = option ? (option.right ? "right" : "wrong") : "";
    reply.dataset.verdict = verdict;
    const text = option
      ? `<p><strong><span aria-hidden="true">${option.right ? "✓" : "✗"}</span> ` +
        (option.right ? "Right." : "Not right.") +
        `</strong> ${option.reply}</p>` +
        (option.right ? "" : `<p class="ce-misconception">Misconception: ${option.misconception}.</p>`)
      : "";
    if (reply.dataset.text !== text) {
      reply.dataset.text = text;
      reply.innerHTML = text;
    }
  }

  // The first answer is a commitment: it is asked for with the button. The replies to the others
  // are there to be read.
  node.addEventListener("change", () => {
    if (first() >= 0) choose();
    else reply.textContent = "";
  });
  node.addEventListener("submit", (event) => {
    event.preventDefault();
    if (selected() >= 0) choose();
    else reply.textContent = "Choose an answer first.";
  });
  function choose() {
    const choice = { [question.name]: selected() };
    model.set("latest", { ...model.get("latest"), ...choice });
    if (first() < 0) model.set("first", { ...model.get("first"), ...choice });
    model.save_changes();
    update();
  }
  return { node, update };
}

// Where to begin: the first entry that has a question not answered rightly at the first try.
function adviser(model) {
  const button = html("button", { type: "button", ...LAB }, "Where should I begin?");
  const reply = html("div", { class: "ce-reply", role: "status" });
  button.addEventListener("click", () => {
    const questions = model.get("questions");
    const first = model.get("first");
    const right = ({ name, options }) => name in first && options[first[name]].right;
    const known = new Set(questions.filter(right).map((question) => question.name));
    const answered = questions.filter(({ name }) => name in first).length;
    const entry = model
      .get("advice")
      .find(({ questions: names }) => !names.length || !names.every((name) => known.has(name)));
    reply.innerHTML =
      `<p>Answered: ${answered} of ${questions.length}; right at the first try: ${known.size}. ` +
      `A question left out counts as new to you.</p><p><strong>${entry.text}</strong></p>`;
  });
  return html("div", { class: "ce-adviser" }, button, reply);
}

// JupyterLab's command mode would take the keys otherwise; it looks at the focused element only.
const LAB = { "data-lm-suppress-shortcuts": "true" };

function html(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

export default { render };
