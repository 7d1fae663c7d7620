// Questions with radio buttons. All texts, verdicts and replies come from Python (quiz.py); the
// choices go back in `first` and `latest` (question's name: index of the option). Nothing here
// waits for the kernel, so a page without one answers too.

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
    problem.textContent = model.get("problem");
  };
  const events = ["change:first", "change:latest", "change:problem"];
  events.forEach((event) => model.on(event, update));
  update();
  return () => events.forEach((event) => model.off(event, update));
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
  const button = html("button", { type: "submit", ...LAB });
  const reply = html("div", { class: "ce-reply", role: "status" });
  const node = html(
    "form",
    {},
    html("fieldset", {}, legend, ...options.map((option) => option.node)),
    button,
    reply
  );

  const latest = () => model.get("latest")[question.name] ?? -1;
  const first = () => model.get("first")[question.name] ?? -1;
  const selected = () => options.findIndex((option) => option.input.checked);

  function update() {
    options.forEach((option, i) => {
      option.note.textContent = i === first() ? " (your first choice)" : "";
    });
    button.textContent = first() < 0 ? "Check my answer" : "Check again";
    answer(selected() === latest() ? question.options[latest()] : null);
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

  node.addEventListener("change", update);
  node.addEventListener("submit", (event) => {
    event.preventDefault();
    const choice = selected();
    if (choice < 0) {
      reply.dataset.text = "";
      reply.textContent = "Choose an answer first.";
      return;
    }
    if (first() < 0) model.set("first", { ...model.get("first"), [question.name]: choice });
    model.set("latest", { ...model.get("latest"), [question.name]: choice });
    model.save_changes();
    update();
  });
  if (latest() >= 0) options[latest()].input.checked = true;
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
