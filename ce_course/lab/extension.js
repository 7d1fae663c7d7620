// The course in JupyterLab and Jupyter Notebook: an extension without a build step. It draws the
// course's widgets from what is stored in the notebook (widgets/stored.py), with the same modules as
// every other front end (widgets/explorer.js, quiz.js, board.js), and lets them talk to Python as
// soon as the widget's model is there. extension.py lays it out for JupyterLab.

(() => {
  const NAME = "ce-course";
  const MIME = "application/vnd.ce-course.widget+json";
  const WIDGET = "application/vnd.jupyter.widget-view+json"; // what ipywidgets draws
  const KINDS = ["explorer", "quiz", "board"];
  const HERE = document.currentScript.src;

  // What JupyterLab asks of an extension: `init` brings the modules that all extensions share.
  let shared = {};
  window._JUPYTERLAB ??= {};
  window._JUPYTERLAB[NAME] = {
    init: (scope) => void (shared = scope),
    get: async () => {
      const plugin = extension(await take("@jupyterlab/rendermime"), await take("@lumino/widgets"));
      return () => ({ __esModule: true, default: plugin });
    },
  };

  async function take(name) {
    const versions = Object.values(shared[name]);
    const version = versions.find((each) => each.loaded) ?? versions[0];
    return (await version.get())();
  }

  function extension({ IRenderMimeRegistry }, { Widget }) {
    return {
      id: `${NAME}:plugin`,
      autoStart: true,
      requires: [IRenderMimeRegistry],
      activate(app, rendermime) {
        style();
        window.addEventListener("keydown", letShortcutsThrough, true);
        markNotebooks(app);
        const createRenderer = (options) => new Renderer(Widget, app, rendermime, options).widget;
        // Safe, so that it is drawn in a notebook that is not trusted; before ipywidgets' -10.
        rendermime.addFactory({ safe: true, mimeTypes: [MIME], createRenderer }, -20);
      },
    };
  }

  function style() {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = new URL("style.css", HERE);
    document.head.append(link);
  }

  // ---------------------------------------------------------------- the look of the course's notebooks

  const SECTIONS = { "## Is it true?": "true", "## Going further": "further" };

  // For notebook.css: the notebooks that run in the course's kernel, their sections and captions.
  function markNotebooks(app) {
    const marked = new WeakSet();
    app.shell.currentChanged?.connect(async () => {
      for (const panel of app.shell.widgets("main")) {
        if (marked.has(panel) || !panel.content?.widgets || !panel.context?.model?.getMetadata) continue;
        marked.add(panel);
        await panel.context.ready;
        const mark = () => {
          const course = panel.context.model.getMetadata("kernelspec")?.name === NAME;
          panel.toggleClass("ce-notebook", course);
          if (course) makeRoom(app.shell);
          markSections(panel.content.widgets);
        };
        panel.content.modelContentChanged.connect(mark);
        mark();
      }
    });
  }

  // On a phone JupyterLab's file browser would leave a notebook a tenth of the screen. It comes back
  // by its tab.
  let roomy = !matchMedia("(max-width: 760px)").matches;
  function makeRoom(shell) {
    if (!roomy) shell.collapseLeft?.();
    roomy = true; // only once
  }

  function markSections(cells) {
    let section = "";
    for (const { model, node } of cells) {
      const text = model.type === "markdown" ? model.sharedModel.getSource() : "";
      if (text.startsWith("## "))
        section = SECTIONS[Object.keys(SECTIONS).find((head) => text.startsWith(head))] ?? "";
      node.dataset.ceSection = section;
      node.dataset.ceCaption = text.startsWith("*Figure ");
    }
  }

  // ---------------------------------------------------------------- one output

  class Renderer {
    constructor(Widget, app, rendermime, options) {
      this.app = app;
      this.rendermime = rendermime;
      this.options = options;
      this.note = document.createElement("p");
      this.note.className = "ce-note";
      this.widget = new Widget();
      this.widget.addClass("ce-output");
      this.widget.renderModel = (output) => this.render(output);
      this.widget.onAfterAttach = () => void this.connect();
      const dispose = this.widget.dispose.bind(this.widget);
      this.widget.dispose = () => {
        this.leave();
        dispose();
      };
    }

    // Called again when the output has changed, by our own `remember` too.
    async render(output) {
      const stored = output.data[MIME];
      this.output = output;
      if (JSON.stringify(stored) === JSON.stringify(this.stored)) return;
      this.stored = stored;
      this.leave();
      this.widget.node.replaceChildren();
      delete this.widget.node.dataset.connected;
      try {
        if (!KINDS.includes(stored.kind)) throw new Error(`an unknown kind, ${stored.kind}`);
        const module = await import(new URL(`${stored.kind}.js`, HERE));
        const values = await unpack(stored.values);
        if (stored !== this.stored) return; // there is a newer one already
        this.draw(module.default, values);
      } catch (error) {
        console.warn("The widget cannot be drawn from what is stored.", error);
        this.leave();
        await this.standIn(output);
      }
      this.late = setTimeout(() => this.tell(), 1500);
      void this.connect();
    }

    draw(module, values) {
      const html = (text) => this.options.sanitizer.sanitize(text); // the file may be anybody's
      this.model = new Model(this.stored.kind === "explorer" ? values : everyText(values, html));
      this.model.path = () => this.panel()?.context.path;
      if (this.stored.kind === "quiz") this.choices();
      const el = document.createElement("div");
      this.clean = module.render({ model: this.model, el });
      this.widget.node.append(el, this.note);
    }

    leave() {
      clearTimeout(this.late);
      this.forget?.();
      this.model?.disconnect();
      this.clean?.();
      this.clean = this.forget = this.model = this.manager = null;
    }

    // The picture or the text of the output, of a widget that another edition has stored.
    async standIn(output) {
      const type = ["image/png", "text/html", "text/plain"].find((each) => each in output.data);
      const renderer = this.rendermime.createRenderer(type);
      await renderer.renderModel(output);
      this.widget.node.replaceChildren(renderer.node, this.note);
    }

    // ------------------------------------------------------------ Python

    panel() {
      const panels = [...this.app.shell.widgets("main")];
      const { resolver } = this.options;
      return resolver && panels.find((each) => each.context?.urlResolver === resolver);
    }

    // Look for the widget's model now, and again whenever the kernel's state changes.
    async connect() {
      const panel = this.panel();
      if (!this.model || !panel || this.forget) return;
      const { sessionContext } = panel;
      const look = () => this.look(sessionContext);
      const signals = [sessionContext.statusChanged, sessionContext.kernelChanged];
      for (const signal of signals) signal.connect(look);
      const forget = () => {
        for (const signal of signals) signal.disconnect(look);
      };
      this.forget = forget;
      for (const wait of [0, 100, 300, 1000, 3000, 10000]) {
        await new Promise((done) => setTimeout(done, wait));
        if (this.forget !== forget) return; // the output has changed meanwhile
        this.manager ??= await managerOf(panel.content.rendermime);
        if (this.manager) break;
      }
      if (!this.manager) return;
      signals.push(this.manager.restored);
      this.manager.restored.connect(look);
      await look();
    }

    async look(sessionContext) {
      const { manager, model } = this;
      const status = sessionContext.session?.kernel?.status;
      const gone = ["dead", "terminating", "restarting", "autorestarting"].includes(status ?? "dead");
      let live = null;
      if (!gone && manager?.has_model(this.stored.model_id))
        live = await manager.get_model(this.stored.model_id).catch(() => null);
      if (!model || model !== this.model) return;
      if (live?.comm_live) model.connect(live);
      else model.disconnect();
      if (model.live || manager?.restoredStatus || gone) this.tell();
    }

    tell() {
      const { kind, whole } = this.stored;
      this.model?.tell("connected", Boolean(this.model.live));
      const text = !this.model
        ? "Run this cell to move it."
        : this.model.live || whole
          ? ""
          : kind === "board"
            ? "As it was when this cell ran. Run this cell to bring it up to date."
            : "Python is not connected, and not every setting is stored. Run this cell to move it.";
      if (this.note.textContent !== text) this.note.textContent = text;
      this.widget.node.dataset.connected = Boolean(this.model?.live);
    }

    // ------------------------------------------------------------ choices

    // A quiz's choices are kept in the output, and in the browser until Python has them.
    choices() {
      const { model } = this;
      const names = model.get("questions").map((question) => question.name);
      const adopt = (field) => {
        const kept = keptChoices();
        const chosen = names
          .map((name) => [name, optionAt(model, name, kept[name]?.[field])])
          .filter(([, index]) => index >= 0);
        model.tell(field, { ...model.get(field), ...Object.fromEntries(chosen) });
      };
      adopt("first");
      adopt("latest");
      model.tell("untold", names.some((name) => keptChoices()[name]?.untold));
      model.saved = () => {
        if (!model.live) adopt("first"); // another copy of the question may have been answered before
        keepChoices(model);
        void this.remember({ first: model.get("first"), latest: model.get("latest") });
      };
      // What Python does not know yet goes there first.
      model.connecting = (live) => {
        const kept = keptChoices();
        const untold = names.filter((name) => kept[name]?.untold && !(name in live.get("first")));
        for (const field of untold.length ? ["first", "latest"] : []) {
          const chosen = untold.map((name) => [name, optionAt(model, name, kept[name][field])]);
          live.set(field, { ...live.get(field), ...Object.fromEntries(chosen.filter(([, i]) => i >= 0)) });
        }
        if (untold.length) live.save_changes();
      };
      model.settled = () => keepChoices(model);
    }

    async remember(values) {
      const before = await unpack(this.stored.values);
      if (!different({ ...before, ...values }, before)) return;
      this.stored = { ...this.stored, values: await pack({ ...before, ...values }) };
      this.output.setData({ data: { ...this.output.data, [MIME]: this.stored } });
    }
  }

  // ---------------------------------------------------------------- what a widget's module is given

  // Holds the values itself; while there is a model with a kernel, both tell each other.
  class Model {
    constructor(values) {
      this.values = values; // and `connected`, once that is known
      this.heard = new Map();
      this.live = null;
    }
    get(name) {
      return this.values[name];
    }
    set(name, value) {
      this.values[name] = value;
      this.live?.set(name, value);
      this.say(`change:${name}`);
    }
    save_changes() {
      this.live?.save_changes();
      this.saved?.();
    }
    send(content) {
      if (this.live) this.live.send(content);
      else this.say("msg:custom", { answer: "Python is not connected. Run this cell, then try again." });
    }
    on(event, hear) {
      this.heard.set(event, [...(this.heard.get(event) ?? []), hear]);
    }
    off(event, hear) {
      this.heard.set(event, (this.heard.get(event) ?? []).filter((each) => each !== hear));
    }
    say(event, ...details) {
      for (const hear of this.heard.get(event) ?? []) hear(...details);
    }
    connect(live) {
      if (this.live === live) return;
      this.disconnect();
      hearAll(live);
      const names = Object.keys(this.values).filter((name) => !["connected", "untold"].includes(name));
      this.connecting?.(live);
      const take = (name) => {
        this.values[name] = live.get(name);
        this.say(`change:${name}`);
      };
      const handlers = Object.fromEntries(names.map((name) => [`change:${name}`, () => take(name)]));
      handlers["msg:custom"] = (...details) => this.say("msg:custom", ...details);
      handlers["comm_live_update"] = () => live.comm_live || this.disconnect();
      for (const [event, hear] of Object.entries(handlers)) live.on(event, hear);
      this.unhear = () => {
        for (const [event, hear] of Object.entries(handlers)) live.off(event, hear);
      };
      this.live = live;
      // Only what is new: what is drawn stays, with its focus. The scenes come before the state.
      for (const name of [...names].reverse())
        if (different(this.values[name], live.get(name))) take(name);
      this.tell("connected", true);
      this.settled?.();
    }
    disconnect() {
      if (!this.live) return;
      this.unhear();
      this.live = null;
      this.tell("connected", false);
    }
    // What the extension itself knows, and Python need not.
    tell(name, value) {
      if (this.values[name] === value) return;
      this.values[name] = value;
      this.say(`change:${name}`);
    }
  }

  // anywidget gives a page two seconds to load a model's module. If that takes longer, on a busy
  // machine, it drops all that Python says from then on. Here the module is not needed: what comes
  // goes to ipywidgets' own model.
  function hearAll(live) {
    const anywidgets = live._handle_comm_msg;
    let model = live;
    while (model?._handle_comm_msg === anywidgets) model = Object.getPrototypeOf(model);
    const own = model?._handle_comm_msg;
    if (own) live.comm?.on_msg((message) => own.call(live, message));
  }

  function different(one, other) {
    const text = (value) => JSON.stringify(value, (_, item) => (ArrayBuffer.isView(item) ? hash(item) : item));
    return text(one) !== text(other);
  }

  function hash(view) {
    let sum = view.byteLength;
    for (let i = 0; i < view.byteLength; i++) sum = (Math.imul(sum, 31) + view.getUint8(i)) | 0;
    return sum;
  }

  // The manager of the notebook's widgets; null where there is none (yet). ipywidgets hands it to
  // its own renderers only, so one is made to ask it.
  async function managerOf(rendermime) {
    if (!rendermime?.getFactory(WIDGET)) return null;
    const renderer = rendermime.createRenderer(WIDGET);
    const soon = new Promise((done) => setTimeout(done, 50, null));
    const manager = await Promise.race([renderer._manager?.promise ?? null, soon]);
    renderer.dispose();
    return manager;
  }

  // ---------------------------------------------------------------- what is stored

  async function unpack(text) {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return JSON.parse(await new Response(stream).text(), (_, value) =>
      typeof value?.base64 === "string"
        ? new DataView(Uint8Array.from(atob(value.base64), (c) => c.charCodeAt(0)).buffer)
        : value,
    );
  }

  async function pack(values) {
    const stream = new Blob([JSON.stringify(values)]).stream().pipeThrough(new CompressionStream("deflate"));
    const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  }

  function everyText(value, change) {
    if (typeof value === "string") return change(value);
    if (Array.isArray(value)) return value.map((item) => everyText(item, change));
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, everyText(item, change)]));
  }

  // ---------------------------------------------------------------- what the browser keeps

  // question's name: {first, latest: texts of options; untold: whether Python does not know it}
  function keptChoices() {
    try {
      return JSON.parse(localStorage.getItem(`${NAME}:choices`)) ?? {};
    } catch {
      return {};
    }
  }

  function keepChoices(model) {
    const kept = keptChoices();
    for (const { name, options } of model.get("questions")) {
      const text = (field) => plain(options[model.get(field)[name]]?.text);
      if (!text("first")) delete kept[name];
      else {
        const untold = !model.live && (kept[name]?.untold ?? true);
        kept[name] = { first: text("first"), latest: text("latest"), untold };
      }
    }
    model.tell("untold", model.get("questions").some(({ name }) => kept[name]?.untold));
    try {
      localStorage.setItem(`${NAME}:choices`, JSON.stringify(kept));
    } catch {
      // a browser that keeps nothing: the notebook still does, when it is saved
    }
  }

  // The place of the option with this text; -1 if there is none (any more).
  function optionAt(model, name, text) {
    const question = model.get("questions").find((each) => each.name === name);
    return question.options.findIndex((option) => plain(option.text) === text);
  }

  function plain(html = "") {
    return new DOMParser().parseFromString(html, "text/html").body.textContent;
  }

  // ---------------------------------------------------------------- keys

  // A control keeps letters and arrows from the notebook's commands (data-lm-suppress-shortcuts).
  // What no control has a use for goes through: Ctrl+S, Shift+Enter and their kin.
  function letShortcutsThrough(event) {
    const { target } = event;
    if (!target.closest?.(".ce-output") || target.dataset?.lmSuppressShortcuts !== "true") return;
    const accel = event.ctrlKey || event.metaKey;
    if (!(accel || event.altKey || event.shiftKey) || (!accel && event.key !== "Enter")) return;
    delete target.dataset.lmSuppressShortcuts;
    setTimeout(() => (target.dataset.lmSuppressShortcuts = "true"));
  }
})();
