// Draws the course's widgets in a plain page: it gives widgets/explorer.js, quiz.js and board.js what
// they ask of a model, and reads the scenes that scenes.py has computed ahead. No Python, no server.
// Beside it lies widgets.js, which holds these modules as ceModules. A place for a widget is
//   <div class="ce-widget" data-kind="explorer" data-name="loss_curve" data-state="[0, 699]">
// with a picture or words in it, which stay until the widget is drawn.

(() => {
  const HERE = document.currentScript?.src;
  const NEAR = "800px"; // a widget is drawn when it comes so near to the screen
  const tables = new Map(); // explorer's name -> {promise, arrived} of its spec and sweeps

  class Model {
    heard = new Map();
    constructor(values, { saved, asked } = {}) {
      Object.assign(this, { values, saved, asked });
    }
    get(name) {
      return this.values[name];
    }
    set(name, value) {
      this.values[name] = value;
      this.say(`change:${name}`);
    }
    save_changes() {
      this.saved?.(this);
    }
    send(content) {
      this.asked?.(this, content);
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
  }

  // ---- the scenes of an explorer: a script brings them, in this file's folder or in the page

  function table(name) {
    if (!tables.has(name)) {
      const entry = {};
      entry.promise = new Promise((resolve, reject) => Object.assign(entry, { resolve, reject }));
      tables.set(name, entry);
    }
    return tables.get(name);
  }

  window.ceScenes = (name, text) => {
    const entry = table(name);
    entry.here = true;
    unpack(text).then(entry.resolve, entry.reject);
  };

  function scenes(name) {
    const entry = table(name);
    if (!entry.here) {
      entry.here = true;
      const script = document.createElement("script");
      script.src = new URL(`scenes/${name}.js`, HERE);
      script.onerror = () => entry.reject(new Error(`no scenes of ${name}`));
      document.head.append(script);
    }
    return entry.promise;
  }

  async function unpack(text) {
    const packed = await fetch(`data:application/octet-stream;base64,${text}`);
    const plain = new Response(packed.body.pipeThrough(new DecompressionStream("deflate")));
    return read(await plain.arrayBuffer());
  }

  // The inverse of `pack` in scenes.py, which says what lies where.
  function read(buffer) {
    const view = new DataView(buffer);
    let at = 4 + view.getUint32(0, true);
    const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, at - 4)));
    const block = () => {
      const count = view.getUint32(at, true) / 2;
      const low = new Uint8Array(buffer, at + 4, count);
      const high = new Uint8Array(buffer, at + 4 + count, count);
      at += 4 + 2 * count;
      return Int16Array.from(low, (byte, i) => byte | (high[i] << 8));
    };
    const [fixed, moving] = [block(), block()];
    const size = fixed.length / head.sweeps.length;
    let numbers = new Int16Array(size);
    let m = 0;
    const sweeps = head.sweeps.map((sweep, s) => {
      numbers = numbers.map((number, i) => number + fixed[s * size + i]);
      let place = 0;
      const columns = Uint16Array.from(sweep.columns, (step) => (place += step));
      const rows = head.spec.controls[sweep.control].texts.length;
      const travel = new Int16Array(rows * columns.length);
      columns.forEach((column, k) => {
        let number = numbers[column];
        for (let row = 0; row < rows; row++) travel[row * columns.length + k] = number += moving[m++];
      });
      return { ...sweep, fixed: numbers, columns, moving: travel };
    });
    return { spec: head.spec, sweeps };
  }

  // ---- drawing

  const kinds = {
    async explorer({ name, state }) {
      const { spec, sweeps } = await scenes(name);
      const start = state ? JSON.parse(state) : spec.controls.map((control) => control.start);
      const controls = spec.controls.map((control, i) => ({ ...control, start: start[i] }));
      return new Model({ spec: { ...spec, controls }, state: start, sweeps });
    },
  };

  async function draw(place) {
    if (place.dataset.alive) return;
    place.dataset.alive = "soon";
    try {
      const model = await kinds[place.dataset.kind](place.dataset, place);
      const el = document.createElement("div");
      place.replaceChildren(el);
      ceModules[place.dataset.kind].render({ model, el });
      place.dataset.alive = "yes";
    } catch (error) {
      place.dataset.alive = "no"; // the picture stays
      console.error(error);
    }
  }

  // A link that sets a widget's controls wakes it first.
  async function wake(event) {
    const link = event.target.closest?.("a[href*='#ce:']");
    const name = link?.hash.split(":")[1];
    const places = [...document.querySelectorAll(`.ce-widget[data-name="${name}"]`)];
    const asleep = places.filter((place) => !place.dataset.alive);
    if (!asleep.length) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    await Promise.all(asleep.map(draw));
    link.click();
  }

  function begin() {
    const near = new IntersectionObserver(
      (entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => void draw(entry.target)),
      { rootMargin: NEAR },
    );
    document.querySelectorAll(".ce-widget").forEach((place) => near.observe(place));
    document.addEventListener("click", wake, true);
  }

  window.ceHost = { Model, kinds, draw };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})();
