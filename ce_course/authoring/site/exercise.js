// Exercises in the page: the learner's code, kept in the browser, and buttons that run it, check it and
// help. Python is loaded while the first answer is written, in a worker that all exercises share.

(() => {
  const HERE = document.currentScript.src;
  const CODE = "ce-course:code"; // exercise's name -> the learner's code
  const RAN = "ce-course:ran"; // exercise's name -> what of it has run and come back: later ones may use it
  const places = [...document.querySelectorAll(".ce-exercise")];
  const { pyodide, megabytes } = window.ceSettings;
  const parts = places.map((place) => ({ place, ...JSON.parse(place.querySelector("script").textContent) }));
  const KEPT = "Your code is as it was. Python is being started again.";
  const LOADING = `Loading Python, once: about ${megabytes} MB. Then checks take a moment.`;
  const long = ({ allowed, seconds }) =>
    `Still running after ${allowed} seconds, which is all that an answer may take on a computer. ` +
    `Does a loop never end? Stop ends it and keeps your code. After ${seconds} seconds it is stopped.`;
  let worker = null; // {post, ready, loaded, end}
  let begun = false; // whether Python has been asked for
  let busy = null; // what is to be done when the run that is under way is ended

  function html(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  }

  function kept(key) {
    try {
      return JSON.parse(localStorage.getItem(key)) ?? {};
    } catch {
      return {};
    }
  }

  function keep(key, name, text) {
    const all = kept(key);
    if (text === null) delete all[name];
    else all[name] = text;
    try {
      localStorage.setItem(key, JSON.stringify(all));
    } catch {
      // a browser that keeps nothing: the code stays until the page is left
    }
  }

  // ---- Python

  function python() {
    if (worker) return worker;
    begun = true;
    const one = new Worker(new URL("worker.js", HERE));
    const heard = { hear: () => {} };
    one.onmessage = ({ data }) => heard.hear(data);
    one.onerror = (event) => heard.hear({ failed: event.message || "the worker could not be started" });
    const end = () => {
      one.terminate();
      worker = null;
    };
    const link = { loaded: false, end, heard, post: (message) => one.postMessage(message) };
    link.ready = new Promise((resolve, reject) => {
      heard.hear = (data) => {
        if (data.ready) {
          link.loaded = true;
          resolve();
        }
        if (data.failed) {
          end();
          reject(new Error(data.failed));
        }
      };
    });
    one.postMessage({ pyodide: new URL(pyodide, HERE).href, course: new URL("course.zip", HERE).href });
    worker = link;
    return link;
  }

  // Loads Python before it is needed; what fails is said when it is.
  async function ahead(tell = () => {}) {
    try {
      const { ready } = python();
      tell(LOADING);
      await ready;
      if (!busy) tell("Python is ready.");
    } catch {
      if (!busy) tell("");
    }
  }

  // What comes of the code; `tell` is told what happens meanwhile.
  async function run(part, code, tell) {
    let link = null;
    try {
      link = python();
    } catch (error) {
      const where = location.protocol === "file:" ? "in a page opened from the disk; a web server is needed" : "here";
      return { state: "error", text: `Python cannot be started ${where}: ${error.message}` };
    }
    const { ready, loaded, end, heard, post } = link;
    if (!loaded) tell(LOADING);
    const stopped = new Promise((resolve) => {
      busy = (why) => {
        end();
        resolve({ state: "stopped", text: why });
        ahead();
      };
    });
    const clocks = [];
    const stand = () => clocks.splice(0).forEach(clearTimeout);
    const done = (async () => {
      await ready;
      const limit = () => {
        stand();
        tell("Running …");
        const after = (seconds, act) => clocks.push(setTimeout(act, seconds * 1000));
        after(part.allowed, () => tell(long(part)));
        after(part.seconds, () => busy?.(`Stopped: it did not come back for ${part.seconds} seconds. ${KEPT}`));
      };
      const index = parts.indexOf(part);
      const before = parts.slice(0, index).map(({ name }) => kept(RAN)[name]).filter(Boolean);
      const result = new Promise((resolve, reject) => {
        heard.hear = (data) => {
          if (data.loading) {
            stand();
            tell(`Loading ${data.loading} …`);
          }
          if (data.running) limit();
          if (data.result) {
            if (data.result.state !== "error") keep(RAN, part.name, code);
            resolve(data.result);
          }
          if (data.failed) reject(new Error(data.failed));
        };
      });
      limit();
      post({ name: part.name, code, setup: part.setup, before });
      return result;
    })();
    try {
      return await Promise.race([done, stopped]);
    } catch (error) {
      worker?.end();
      return { state: "error", text: `Python could not be loaded or has ended: ${error.message}` };
    } finally {
      stand();
      busy = null;
    }
  }

  // ---- one exercise

  function show(part) {
    const { place, name, stub, hints, solution, torch } = part;
    const button = (text, click) => {
      const node = html("button", { type: "button" }, text);
      node.addEventListener("click", click);
      return node;
    };
    const said = html("pre", { class: "ce-said", role: "status", tabindex: "0", "aria-label": `What came of ${name}` });
    const help = html("div", { class: "ce-help" });
    const tell = (text, state = "") => {
      said.textContent = text;
      said.dataset.state = state;
    };

    const check = button("Run and check", async () => {
      if (busy) return tell("Another check is still running.");
      stop.hidden = false;
      const { state, text } = await run(part, editor.get(), tell);
      stop.hidden = true;
      tell(text, state);
      if (state === "right") window.ceProgress.passed(name);
      else if (state === "not right" && !text.startsWith(`${name}: not attempted`)) window.ceProgress.tried(name);
    });
    const stop = button("Stop", () => busy?.(`Stopped. ${KEPT}`));
    let seen = 0;
    const hint = button("Hint", () => {
      if (seen < hints.length) {
        help.append(html("p", {}, html("strong", {}, `Hint ${seen + 1} of ${hints.length}. `), hints[seen++]));
        window.ceProgress.hinted(name);
      }
      hint.disabled = seen === hints.length;
    });
    const answer = button("Solution", () => {
      help.append(html("p", {}, "One answer:"), html("pre", { tabindex: "0" }, html("code", {}, solution)));
      answer.disabled = true;
    });
    const again = button("Start again", () => {
      if (!confirm("Throw away your code for this exercise?")) return;
      editor.set(stub);
      keep(RAN, name, null);
    });
    stop.hidden = true;
    const field = html("div", { class: "ce-code" });
    const edited = (text) => {
      keep(CODE, name, text === stub ? null : text);
      if (!begun && !torch && !navigator.connection?.saveData) ahead(tell);
    };
    const editor = ceEditor(field, kept(CODE)[name] ?? stub, `Your code for ${name}`, edited);
    const mark = html("span", { class: "ce-mark" });
    const marked = () => {
      const day = window.ceProgress.read().exercises[name]?.passed;
      mark.textContent = day ? `✓ passed on ${day}` : "";
    };
    marked();
    document.addEventListener("ce-progress", marked);
    const first = torch
      ? [html("p", { class: "ce-note" }, "This exercise needs PyTorch, which does not run in a browser. Write it here if you like, and check it in a notebook: the first page says how to install the course.")]
      : [check, stop];
    place.replaceChildren(field, html("div", { class: "ce-buttons" }, ...first, hint, answer, again, mark), said, help);
  }

  parts.forEach(show);
})();
