// The progress board. Python (board.py) renders what is to be read; here are the buttons, which ask
// the kernel to refresh, to reset and to undo, and say what it answered.

function render({ model, el }) {
  const content = html("div", {});
  const status = html("p", { class: "ce-status", role: "status" });
  const button = (text, click) => {
    const node = html("button", { type: "button", ...LAB }, text);
    node.addEventListener("click", click);
    return node;
  };

  const refresh = button("Refresh", () => ask("refresh"));
  const reset = button("Reset progress…", () => question(true));
  const undo = button("Undo the reset", () => {
    ask("undo");
    undo.hidden = true;
    refresh.focus();
  });
  const cancel = button("Keep it", () => {
    question(false);
    reset.focus();
  });
  const confirm = button("Forget it", () => {
    question(false);
    ask("reset");
    undo.hidden = false;
    undo.focus();
  });
  const words = "Forget all passed exercises, hints and answers? You can undo it afterwards.";
  const sure = html("div", { class: "ce-sure", role: "group", "aria-label": words }, words, cancel, confirm);

  function question(open) {
    sure.hidden = !open;
    if (open) cancel.focus();
  }

  function ask(what) {
    status.textContent = "Asking the kernel. If nothing comes, run this cell again.";
    model.send({ ask: what });
  }

  // New content keeps open what was open.
  function update() {
    const before = [...content.querySelectorAll("details")].map((details) => details.open);
    content.innerHTML = model.get("html");
    content.querySelectorAll("details").forEach((details, i) => {
      if (i in before) details.open = before[i];
    });
    for (const node of content.querySelectorAll("summary, a")) node.setAttribute(...LAB_ENTRY);
  }
  const answered = (message) => {
    if (message.answer) status.textContent = message.answer;
  };

  content.addEventListener("click", (event) => openInLab(event, model.path?.() ?? shownPath()));
  undo.hidden = sure.hidden = true;
  el.append(html("div", { class: "ce-board" }, content, html("div", { class: "ce-buttons" }, refresh, reset, undo), sure, status));
  model.on("change:html", update);
  model.on("msg:custom", answered);
  update();
  return () => {
    model.off("change:html", update);
    model.off("msg:custom", answered);
  };
}

// JupyterLab opens a link's notebook in a tab of its own if the link names a command for it. Its path
// is relative to that of the notebook that the board stands in.
function openInLab(event, notebook) {
  const link = event.target.closest("a[href]");
  if (!link || !notebook) return;
  const path = new URL(link.getAttribute("href"), new URL(encodeURI(notebook), "http://lab/")).pathname;
  link.dataset.commandlinkerCommand = "docmanager:open";
  link.dataset.commandlinkerArgs = JSON.stringify({ path: decodeURIComponent(path.slice(1)) });
}

// Where no extension tells it: the path of the notebook shown, from the page's address.
function shownPath() {
  const shown = location.pathname.match(/^.*\/lab(?:\/workspaces\/[^/]+)?\/tree\/(.*)$/);
  return shown && decodeURIComponent(shown[1]);
}

// JupyterLab's command mode would take the keys otherwise; it looks at the focused element only.
const LAB_ENTRY = ["data-lm-suppress-shortcuts", "true"];
const LAB = Object.fromEntries([LAB_ENTRY]);

function html(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

export default { render };
