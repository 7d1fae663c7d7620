// Draws an explorer's scenes. It gets pixels and texts from Python and holds no mathematics:
// a lookup (which of the scenes sent ahead belongs to the controls, or lies nearest to the
// pointer?) and a pen.

const HIDDEN = -32768; // a number that is not to be drawn
const REST = 120; // ms without input until a control counts as at rest
const SILENCE = 700; // ms at rest until a screen reader is told what is to be seen
const KEPT = 400; // sweeps kept in the browser
const TRAVEL = 8000; // ms that a whole travel takes when it is played
const LONG = 22; // letters of an option that needs the whole width of a narrow page
const CUT = 40; // letters of an option that does not fit there, either
const GAP = 4; // pixels between two texts in a row
const STILL = "(prefers-reduced-motion: reduce)";

export default { render };

function render({ model, el }) {
  const spec = model.get("spec");
  const view = build(spec, el);
  const sweeps = new Map(); // "control|positions of the others" -> decoded sweep
  let state = [...model.get("state")];
  let drawn = null; // the state that is on show: scenes are pure, so it need not be drawn again
  let resting = null; // the timer of a move that Python has not been told of
  let speaking = null; // the timer of what a screen reader is to be told
  let held = null; // the handle in the reader's hand, and where they want it
  let playing = null; // the timer of a control that moves by itself

  // ---- the scenes that are here

  function learn() {
    for (const sent of model.get("sweeps")) {
      const key = `${sent.control}|${sent.others}`;
      sweeps.delete(key);
      sweeps.set(key, decode(sent));
      view.makeRoom(readings(sent));
    }
    for (const key of sweeps.keys()) if (!spec.whole && sweeps.size > KEPT) sweeps.delete(key);
  }

  const along = (control, at) => sweeps.get(`${control}|${at.filter((_, i) => i !== control)}`);

  function find(at) {
    for (let control = 0; control < at.length; control++) {
      const sweep = along(control, at);
      if (sweep) return { at, sweep, position: at[control] };
    }
    return null;
  }

  // An entry beyond the last of a list is its last, and the slider ends there.
  function within(position, control) {
    if (!spec.controls[control].counts) return position;
    const last = spec.controls[control].texts.length - 1;
    const sweep = along(control, state);
    const end = sweep ? reach(sweep, last) : last;
    view.controls[control].end(end);
    return Math.min(position, end);
  }

  // All places that a control can go to from here and whose scenes are here.
  function travel(control, at) {
    const mine = along(control, at);
    return spec.controls[control].texts
      .map((_, position) => {
        const there = at.with(control, position);
        return mine ? { at: there, sweep: mine, position } : find(there);
      })
      .filter(Boolean);
  }

  // ---- from the controls to the picture and to Python

  function show() {
    state = state.map(within);
    view.set(state);
    const found = `${state}` === drawn || find(state);
    if (found && found !== true) {
      view.draw(found);
      drawn = `${state}`;
    }
    spec.controls.forEach((_, control) => {
      const sweep = along(control, state);
      if (sweep) view.controls[control].idle(!sweep.columns.length && !sweep.textColumns.length);
    });
    view.waiting(!found);
    return Boolean(found);
  }

  function tell() {
    clearTimeout(resting);
    resting = null;
    model.set("state", [...state]);
    model.save_changes(); // one message under way at a time: the latest value wins
  }

  function go(to) {
    if (`${to}` === `${state}`) return;
    state = [...to];
    clearTimeout(resting);
    if (show()) resting = setTimeout(tell, REST);
    else tell();
    clearTimeout(speaking);
    speaking = setTimeout(view.speak, SILENCE);
  }

  const moved = (control, position) => go(state.with(control, position));

  // ---- a handle follows the pointer: the scene in which it lies nearest

  function seek() {
    const { handle, x, y } = held;
    const here = find(state);
    if (!here) return;
    let choices = handle.controls.flatMap((control) => travel(control, state));
    if (spec.whole)
      choices = handle.controls.reduce((all, c) => all.flatMap(({ at }) => travel(c, at)), [here]);
    const far = ({ at, sweep, position }) => {
      const steps = at.reduce((sum, there, i) => sum + Math.abs(there - state[i]), 0);
      return handle.near(reader(sweep, position), x, y).distance + 1e-6 * steps; // a tie: the nearer
    };
    let [best, least] = [here, far(here) - 0.01];
    for (const choice of choices) {
      const distance = far(choice);
      if (distance < least) [best, least] = [choice, distance];
    }
    if (best === here) return;
    go(best.at);
    if (handle.controls.some((control) => !along(control, state)) && !spec.whole) tell();
  }

  function take(handle, event) {
    const here = find(state);
    if (event.button || held || !here) return;
    event.preventDefault(); // no text is selected
    stop();
    const [x, y] = view.pointer(handle, event);
    const place = handle.near(reader(here.sweep, here.position), x, y);
    held = { handle, x, y, dx: x - place.x, dy: y - place.y, pointer: event.pointerId };
    handle.hit.setPointerCapture(event.pointerId); // dragging goes on outside
    view.hold(handle);
    view.controls[handle.controls[0]].focus(); // the arrow keys go on from here
  }

  function drag(event) {
    if (event.pointerId !== held?.pointer) return; // another finger
    const [x, y] = view.pointer(held.handle, event);
    Object.assign(held, { x: x - held.dx, y: y - held.dy });
    seek();
  }

  function letGo(event) {
    if (event.pointerId !== held?.pointer) return;
    if (event.type === "pointerup") drag(event); // it may be elsewhere than the last move
    held = null;
    view.hold(null);
    if (resting !== null) tell();
  }

  for (const handle of view.handles) {
    handle.hit.addEventListener("pointerdown", (event) => take(handle, event));
    handle.hit.addEventListener("pointermove", drag);
    // `touch-action: none` has no effect on some shapes in Chromium: the page would scroll.
    handle.hit.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"])
      handle.hit.addEventListener(end, letGo);
  }

  // ---- time

  const process = spec.controls.findIndex((control) => control.plays);
  const last = () => spec.controls[process].texts.length - 1;

  function step() {
    if (playing !== null && view.play.hidden) return stop(); // less motion is asked for now
    if (`${state}` !== drawn) return; // it waits for Python
    if (state[process] < last()) moved(process, state[process] + 1);
    if (state[process] === last()) stop();
  }

  function stop() {
    clearInterval(playing);
    playing = null;
    view.playing(false);
  }

  function play() {
    if (playing !== null) return stop();
    if (state[process] === last()) moved(process, 0);
    playing = setInterval(step, Math.min(300, Math.max(40, TRAVEL / last())));
    view.playing(true);
  }

  // ---- what the reader, Python and the chapter's text ask for

  function reset() {
    stop();
    go(spec.controls.map((control) => control.start));
    tell();
  }

  // A link to "#ce:loss_curve:p=0.001" sets the control p of every loss_curve on the page, and shows
  // the nearest. In a value, "," is written %2C and ":" is written %3A.
  function followed(event) {
    const [, name, wanted] = event.target.closest?.("a[href*='#ce:']")?.hash.split(":") ?? [];
    if (name !== spec.name || !wanted) return;
    event.preventDefault();
    stop();
    const to = [...state];
    for (const wish of wanted.split(",")) {
      const [who, ...text] = decodeURIComponent(wish).split("=");
      const control = spec.controls.findIndex((one) => one.name === who);
      const position = spec.controls[control]?.texts.indexOf(text.join("="));
      if (position >= 0) to[control] = position;
    }
    go(to);
    const away = (node) => Math.abs(node.getBoundingClientRect().top - event.target.getBoundingClientRect().top);
    const same = [...document.querySelectorAll(".ce-explorer")].filter((node) => node.ariaLabel === spec.title);
    if (same.every((node) => away(view.root) <= away(node))) view.root.scrollIntoView({ block: "nearest" });
  }

  const fromPython = () => {
    if (resting !== null || held) return; // the reader has moved on: their value is newer
    state = [...model.get("state")];
    show();
  };
  const newSweeps = () => {
    learn();
    show();
    if (held) seek();
  };
  view.controls.forEach((control, i) => {
    control.moved = (position) => {
      stop();
      moved(i, position);
    };
  });
  view.reset.addEventListener("click", reset);
  view.play?.addEventListener("click", play);
  view.step?.addEventListener("click", () => {
    stop();
    step();
  });
  document.addEventListener("click", followed, true);
  model.on("change:state", fromPython);
  model.on("change:sweeps", newSweeps);
  learn();
  show();
  return () => {
    for (const timer of [resting, speaking]) clearTimeout(timer);
    clearInterval(playing);
    view.close();
    document.removeEventListener("click", followed, true);
    model.off("change:state", fromPython);
    model.off("change:sweeps", newSweeps);
  };
}

// ---------------------------------------------------------------- what Python sent

function integers(view, Type) {
  return new Type(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
}

function decode(sent) {
  const sweep = {
    fixed: integers(sent.fixed, Int16Array),
    columns: integers(sent.columns, Uint16Array),
    moving: integers(sent.moving, Int16Array),
    texts: sent.texts,
    textColumns: sent.text_columns,
    movingTexts: sent.moving_texts,
  };
  sweep.where = new Int32Array(sweep.fixed.length).fill(-1); // number -> its column in `moving`
  sweep.columns.forEach((column, k) => (sweep.where[column] = k));
  return sweep;
}

// The first position after which nothing changes any more.
function reach({ columns, moving, textColumns, movingTexts }, last) {
  const size = columns.length;
  const same = (a, b) =>
    columns.every((_, k) => moving[a * size + k] === moving[b * size + k]) &&
    textColumns.every((_, k) => movingTexts[a][k] === movingTexts[b][k]);
  while (last > 0 && same(last, last - 1)) last--;
  return last;
}

// What the scenes of a sweep say: their first texts.
function readings(sent) {
  const column = sent.text_columns.indexOf(0);
  return column < 0 ? sent.texts.slice(0, 1) : sent.moving_texts.map((texts) => texts[column]);
}

// One scene's numbers, read where they lie.
function reader(sweep, position) {
  const row = position * sweep.columns.length;
  return (n) => (sweep.where[n] < 0 ? sweep.fixed[n] : sweep.moving[row + sweep.where[n]]);
}

function frame({ sweep, position }) {
  const numbers = Int16Array.from(sweep.fixed);
  const row = position * sweep.columns.length;
  sweep.columns.forEach((column, k) => (numbers[column] = sweep.moving[row + k]));
  const texts = [...sweep.texts];
  sweep.textColumns.forEach((column, k) => (texts[column] = sweep.movingTexts[position][k]));
  return { numbers, texts };
}

// ---------------------------------------------------------------- the page's parts

function html(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

// The page changes only where something is new: no needless paint, nothing spoken twice.
function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// JupyterLab takes the keys from an input in a cell unless the input itself carries this.
const KEYS = { "data-lm-suppress-shortcuts": "true" };

function build(spec, el) {
  const id = `ce-explorer-${Math.random().toString(36).slice(2)}`; // radios of one name are a group
  const reading = html("span");
  const readout = html("output", { class: "ce-readout", "aria-live": "off", "data-longest": "" }, reading);
  const spoken = html("p", { class: "ce-spoken", role: "status", "aria-live": "polite" });
  const note = html("p", { class: "ce-waiting", role: "status" });
  const controls = spec.controls.map((control, i) =>
    (control.kind === "slider" ? slider : control.texts.length > 5 ? list : radios)(control, `${id}-${i}`),
  );
  const button = (name, text) => html("button", { type: "button", class: `ce-${name}`, ...KEYS }, text);
  const reset = button("reset", "Reset");
  const plays = spec.controls.some((control) => control.plays);
  const [play, step] = plays ? [button("play", "Play"), button("step", "One step")] : [];
  const many = spec.controls.length > 5 ? " ce-many" : "";

  const panels = spec.panels.map((panel, i) => makePanel(spec, panel, i, `${id}-clip-${i}`));
  const byName = Object.fromEntries(spec.panels.map((panel, i) => [panel.name, panels[i]]));
  const picture = html("div", { class: "ce-panels" }, ...panels.map((panel) => panel.node));
  picture.style.maxWidth = `${spec.width}px`;
  picture.style.setProperty("--ce-least", `${0.85 * panels[0].nominal}px`);
  panels[0].picture.setAttribute("role", "img");
  panels[0].picture.setAttribute("aria-label", `${spec.title}. ${spec.description}`);
  for (const panel of panels.slice(1)) panel.picture.setAttribute("aria-hidden", "true");
  let start = 0;
  const pens = spec.marks.map((mark) => {
    const [lists, size, ...image] = mark.shape;
    const pen = { ...mark, panel: byName[mark.axes], start };
    start += lists * size + (image.length ? image[0] * image[1] : 0);
    Object.assign(pen, PENS[mark.kind](mark, pen.panel));
    pen.panel.inside.append(pen.node);
    return pen;
  });
  const handles = (spec.handles ?? []).map((handle) => makeHandle(handle, pens[handle.mark]));

  const root = html(
    "div",
    { class: "ce-explorer", role: "group", "aria-label": spec.title },
    html("div", { class: "ce-title", role: "heading", "aria-level": 4 }, spec.title),
    html(
      "div",
      { class: `ce-controls${many}` },
      ...controls.map((control) => control.node),
      html("div", { class: "ce-actions" }, ...[play, step, reset].filter(Boolean)),
    ),
    picture,
    readout,
    spoken,
    note,
  );
  el.append(root);

  let late = null;
  let scene = null; // what is on show
  let at = spec.controls.map((control) => control.start); // the controls' positions
  let [taken, pointed] = [null, null]; // the handle that is held, and the one under the mouse
  const guide = () => {
    const focused = spec.controls.findIndex((_, i) => controls[i].node.contains(document.activeElement));
    const wanted = (handle) => handle === (taken ?? pointed) || (!taken && !pointed && handle.controls.includes(focused));
    const text = (handle) => handle.controls.map((i) => spec.controls[i].texts[at[i]]).join(", ");
    const told = new Set(); // one value in a panel
    for (const handle of handles) {
      const seen = handle.guide(wanted(handle) ? scene : null, told.has(handle.panel) ? "" : text(handle));
      if (seen) told.add(handle.panel);
    }
  };
  for (const handle of handles)
    for (const [event, now] of [["pointerenter", handle], ["pointerleave", null]])
      handle.hit.addEventListener(event, () => ((pointed = now), guide()));
  for (const event of ["focusin", "focusout"]) root.addEventListener(event, () => setTimeout(guide));

  const paint = () => {
    let word = 1;
    for (const panel of panels) panel.words = [];
    for (const pen of pens) {
      const [lists, size, ...image] = pen.shape;
      const take = (at, count) => scene.numbers.subarray(at, at + count);
      const coordinates = Array.from({ length: lists }, (_, k) => take(pen.start + k * size, size));
      if (pen.kind === "image") pen.draw(coordinates, take(pen.start + lists * size, image[0] * image[1]));
      else if (pen.kind === "text") pen.draw(coordinates, scene.texts.slice(word, (word += size)));
      else pen.draw(coordinates);
    }
    for (const handle of handles) handle.draw((n) => scene.numbers[n]);
    guide();
  };
  // Each panel has as many pixels as it has room: texts keep their size at every width.
  const fit = () => {
    const whole = picture.clientWidth || spec.width;
    const high = Math.min(spec.height, Math.max(280, 0.72 * whole));
    const sizes = panels.map((panel) => panel.node.clientWidth || panel.nominal); // read, then write
    const font = `${whole > 520 ? 12.5 : 11}px ${getComputedStyle(root).fontFamily || "sans-serif"}`; // as explorer.css
    panels.forEach((panel, i) => panel.fit(Math.max(160, sizes[i]), high, font));
    if (scene) paint();
  };
  const observer = new ResizeObserver(fit);
  observer.observe(picture);
  fit();
  const still = matchMedia(STILL);
  const calm = () => play?.toggleAttribute("hidden", still.matches);
  still.addEventListener("change", calm);
  calm();

  return {
    root,
    controls,
    handles,
    reset,
    play,
    step,
    set(state) {
      at = state;
      state.forEach((position, i) => controls[i].set(position));
    },
    draw(found) {
      scene = frame(found);
      paint();
      write(reading, scene.texts[0]);
    },
    // The widget has room for its longest reading, so that nothing below it moves, which would also
    // cost more than the picture.
    makeRoom(texts) {
      const longest = texts.reduce((a, b) => (b.length > a.length ? b : a), readout.dataset.longest);
      if (longest !== readout.dataset.longest) readout.dataset.longest = longest;
    },
    speak: () => write(spoken, reading.textContent),
    pointer(handle, event) {
      const { picture } = handle.panel;
      const box = picture.getBoundingClientRect();
      const scale = box.width / picture.clientWidth; // not 1 where a page enlarges it, as slides do
      return [(event.clientX - box.left) / scale, (event.clientY - box.top) / scale];
    },
    hold(handle) {
      taken = handle;
      root.classList.toggle("ce-holding", Boolean(handle));
      guide();
    },
    playing(yes) {
      if (play) write(play, yes ? "Pause" : "Play");
    },
    waiting(yes) {
      clearTimeout(late);
      picture.toggleAttribute("aria-busy", yes);
      if (!yes) write(note, "");
      else
        late = setTimeout(() => {
          note.textContent =
            "The picture still shows an earlier setting: it waits for Python. " +
            "If nothing runs here, open the notebook in Jupyter and run this cell.";
        }, 1500);
    },
    close() {
      clearTimeout(late);
      observer.disconnect();
      still.removeEventListener("change", calm);
    },
  };
}

function slider(control, id) {
  const input = html("input", {
    type: "range",
    id,
    min: 0,
    max: control.texts.length - 1,
    step: 1,
    ...KEYS,
  });
  const value = html("span", { class: "ce-value", "aria-hidden": "true" });
  const widest = Math.max(...control.texts.map((text) => text.length));
  value.style.minWidth = `${widest}ch`;
  const name = html("label", { for: id }, control.label);
  const me = {
    node: html("div", { class: "ce-control" }, name, input, value),
    set(position) {
      input.value = position;
      input.setAttribute("aria-valuetext", control.texts[position]);
      write(value, control.texts[position]);
    },
    end(position) {
      input.max = position;
    },
    focus: () => input.focus({ preventScroll: true }),
    idle: (yes) => idle(me.node, [input], yes),
  };
  input.addEventListener("input", () => me.moved(Number(input.value)));
  return me;
}

function radios(control, id) {
  const inputs = control.texts.map((text, i) =>
    html("input", { type: "radio", name: id, id: `${id}-${i}`, value: i, ...KEYS }),
  );
  const labels = inputs.map((input, i) => html("label", { for: input.id }, input, ` ${control.texts[i]}`));
  const me = {
    node: row(
      control,
      { role: "radiogroup", "aria-labelledby": id },
      html("span", { id }, control.label),
      html("div", { class: "ce-options" }, ...labels),
    ),
    set: (position) => (inputs[position].checked = true),
    focus: () => inputs.find((input) => input.checked)?.focus({ preventScroll: true }),
    idle: (yes) => idle(me.node, inputs, yes),
  };
  inputs.forEach((input, i) => input.addEventListener("change", () => me.moved(i)));
  return me;
}

function list(control, id) {
  const select = html(
    "select",
    { id, ...KEYS },
    ...control.texts.map((text, i) => html("option", { value: i }, text)),
  );
  // On a narrow page a closed list cuts a long option: all of it stands below, in room for the longest.
  const cut = control.texts.map((text) => (text.length > CUT ? text : ""));
  const longest = cut.reduce((a, b) => (b.length > a.length ? b : a));
  const whole = html("span", {});
  const below = html("span", { class: "ce-whole", "aria-hidden": "true", "data-longest": longest }, whole);
  const me = {
    node: row(control, {}, html("label", { for: id }, control.label), select, ...(longest ? [below] : [])),
    set(position) {
      select.value = position;
      write(whole, cut[position]);
    },
    focus: () => select.focus({ preventScroll: true }),
    idle: (yes) => idle(me.node, [select], yes),
  };
  select.addEventListener("change", () => me.moved(Number(select.value)));
  return me;
}

// A control's node; where there is little room, long options stand below its name.
function row(control, attributes, ...children) {
  const long = control.texts.some((text) => text.length > LONG) ? " ce-long" : "";
  return html("div", { class: `ce-control${long}`, ...attributes }, ...children);
}

// A control that changes nothing for the present values of the others says so.
function idle(node, inputs, yes) {
  if (node.classList.contains("ce-idle") === yes) return;
  node.classList.toggle("ce-idle", yes);
  node.title = yes ? "changes nothing here" : "";
  for (const input of inputs) input.disabled = yes;
}

function legend(marks) {
  const entries = marks.map((mark) => {
    const swatch = svg("svg", { viewBox: "0 0 28 14", class: "ce-swatch", "aria-hidden": "true" });
    const path = svg("path", {
      class: `ce-${mark.kind} ce-c-${mark.color} ce-d-${mark.dash}`,
      d: {
        line: "M1 7H27",
        points: MARKERS[mark.form]?.(14, 7),
        arrows: ARROW(2, 7, 26, 7),
      }[mark.kind] ?? "M3 2H25V12H3Z",
    });
    swatch.append(path);
    return html("li", {}, swatch, ` ${mark.label}`);
  });
  return html("ul", { class: "ce-legend" }, ...entries);
}

// ---------------------------------------------------------------- one panel of the picture

// Python sends pixels of a picture of `spec.width` by `spec.height`. A panel moves and stretches
// them to the room that it has; a bare one (no axes) keeps its proportions.
function makePanel(spec, panel, index, clip) {
  const nominal = spec.width / spec.panels.length;
  const [left, top, wide, tall] = panel.box;
  const margin = { left: left - index * nominal, right: (index + 1) * nominal - left - wide, below: spec.height - top - tall };
  if (panel.bare) Object.assign(margin, { left: 14, below: 14 });
  const picture = svg("svg");
  const inside = svg("g", { "clip-path": `url(#${clip})` });
  const over = svg("g"); // what one takes hold of
  const hole = svg("rect");
  const parts = svg("g");
  picture.append(svg("clipPath", { id: clip }, hole), parts, inside, over);
  const entries = spec.marks.filter((mark) => mark.label && mark.axes === panel.name);
  const me = {
    nominal,
    bare: panel.bare,
    alone: spec.panels.length === 1,
    picture,
    inside,
    over,
    node: html("div", { class: "ce-panel" }, ...(entries.length ? [legend(entries)] : []), picture),
    words: [], // the boxes of the texts that are drawn
    fit(width, height, font) {
      me.font = font;
      let [x0, y0] = [margin.left, top];
      let [w, h] = [width - margin.left - margin.right, height - top - margin.below];
      let [sx, sy] = [w / wide, h / tall];
      if (panel.bare) {
        sx = sy = Math.min(sx, sy);
        [x0, y0] = [x0 + (w - wide * sx) / 2, y0 + (h - tall * sy) / 2];
        [w, h] = [wide * sx, tall * sy];
      }
      me.box = { left: x0, top: y0, right: x0 + w, bottom: y0 + h };
      me.x = (v) => x0 + (v / spec.subpixels - left) * sx;
      me.y = (v) => y0 + (v / spec.subpixels - top) * sy;
      const size = { viewBox: `0 0 ${width} ${height}`, width, height };
      for (const [name, value] of Object.entries(size)) picture.setAttribute(name, value);
      const room = { x: x0 - 7, y: y0 - 7, width: w + 14, height: h + 14 };
      for (const [name, value] of Object.entries(room)) hole.setAttribute(name, value);
      parts.replaceChildren(...surroundings(panel, me, width, spec.subpixels));
    },
  };
  me.fit(nominal, spec.height, "12.5px sans-serif");
  return me;
}

// How wide a text is drawn, in pixels, and the box that it takes.
const RULER = document.createElement("canvas").getContext("2d");

function extent(text, font) {
  RULER.font = font;
  return RULER.measureText(text).width;
}

function textBox(text, anchor, x, y, font) {
  const wide = extent(text, font);
  const left = x - { start: 0, middle: wide / 2, end: wide }[anchor];
  return [left, y - 9, left + wide, y + 2];
}

const touches = ([a, b, c, d], [e, f, g, h]) => a < g && e < c && b < h && f < d;

// A text that is wider than its room, in two lines, where it has a space.
function lines(text, room, font) {
  const gaps = [...text.matchAll(/ /g)].map((space) => space.index);
  if (!gaps.length || extent(text, font) <= room) return [text];
  const middle = (one, other) => Math.abs(2 * one - text.length) - Math.abs(2 * other - text.length);
  const [cut] = gaps.sort(middle);
  return [text.slice(0, cut), text.slice(cut + 1)];
}

// Grid, ticks, frame and names of the axes; where tick labels would touch, some are left out.
function surroundings(panel, me, width, unit) {
  const { left, top, right, bottom } = me.box;
  const font = me.font.replace(/^\S+/, "13px"); // as explorer.css
  const word = (text, at) => svg("text", { "text-anchor": "middle", ...at }, text);
  const name = (text, y) => {
    const half = extent(text, font) / 2 + 1;
    const x = Math.max(half, Math.min(width - half, (left + right) / 2)); // all of it is seen
    return word(text, half > width / 2 ? { x: width / 2, y, textLength: width, lengthAdjust: "spacingAndGlyphs" } : { x, y });
  };
  const title = name(panel.title, Math.max(14, top - 12));
  if (panel.bare) {
    if (me.alone) place(title, { x: left, "text-anchor": "start" }); // as what lies below it
    return [svg("g", { class: "ce-labels" }, title)];
  }
  const grid = svg("g", { class: "ce-grid" });
  const words = svg("g", { class: "ce-ticks" });
  const places = panel.xticks.map(([at]) => me.x(at * unit));
  const room = Math.min(...places.slice(1).map((x, i) => Math.abs(x - places[i])));
  let free = -Infinity;
  panel.xticks.forEach(([, text], i) => {
    const x = places[i];
    grid.append(svg("path", { d: `M${x} ${top}V${bottom}` }));
    const parts = lines(text, room - 10, me.font);
    const half = Math.max(...parts.map((part) => extent(part, me.font))) / 2;
    const gap = text.length > 1 ? 2.5 : 0.5; // single letters do not run into one another
    if (x - half - gap < free) return;
    free = x + half + gap;
    parts.forEach((part, k) => words.append(word(part, { x: Math.min(x, width - half - 1), y: bottom + 17 + 14 * k })));
  });
  for (const [at, text] of panel.yticks) {
    const y = me.y(at * unit);
    grid.append(svg("path", { d: `M${left} ${y}H${right}` }));
    words.append(word(text, { x: left - 7, y: y + 4, "text-anchor": "end" }));
  }
  const turned = `translate(${left - 50} ${(top + bottom) / 2}) rotate(-90)`;
  const names = [
    title,
    name(panel.xlabel, bottom + 38),
    word(panel.ylabel, { x: 0, y: 0, transform: turned }),
  ];
  const border = svg("path", { class: "ce-frame", d: `M${left} ${top}V${bottom}H${right}` });
  return [grid, border, words, svg("g", { class: "ce-labels" }, ...names)];
}

// A place outside the axes is drawn on their edge, as an arrow that points to it.
function edge({ left, top, right, bottom }, x, y) {
  const way = y < top - 1 ? "up" : y > bottom + 1 ? "down" : x > right + 1 ? "right" : x < left - 1 ? "left" : null;
  return [Math.min(right, Math.max(left, x)), Math.min(bottom, Math.max(top, y)), way];
}

// Where a text stands beside a point: on the side with more room.
function beside({ left, right, top }, [x, y], away) {
  const turned = x > (left + right) / 2;
  const below = y < top + 20;
  return { "text-anchor": turned ? "end" : "start", x: x + (turned ? -away : away), y: 4 + y + (below ? away : -away) };
}

function place(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
}

// ---------------------------------------------------------------- handles

// What can be taken hold of: a mark, or one of its items, as a line of one or more points. For a
// bar that is its top edge.
function makeHandle({ item, controls }, { name, kind, shape, start, panel }) {
  const [, size] = shape;
  const items = item === null ? [...Array(size).keys()] : [item];
  const hit = svg("path", { class: `ce-hit ce-grip-${kind}`, "data-mark": name, "data-item": item ?? "" });
  const halo = svg("path", { class: `ce-halo ce-grip-${kind}` });
  const guides = svg("path", { class: "ce-guide" });
  const note = svg("text", { class: "ce-text ce-note" }); // the control's value, at the point
  const above = panel.over.querySelector(".ce-grip-points"); // a point lies above a line
  if (kind !== "points" && above) panel.over.insertBefore(guides, panel.over.firstChild), above.before(hit);
  else panel.over.append(guides, hit);
  panel.inside.prepend(halo);
  panel.over.append(note);

  // Beside the point, where no other text stands if there is such a place.
  function noteAt(text, [x, y]) {
    const usual = beside(panel.box, [x, y], 17);
    const there = ["start", "end"].flatMap((anchor) => [-13, 21, -30, 38].map((down) => ({
      "text-anchor": anchor, x: x + (anchor === "end" ? -17 : 17), y: y + down,
    })));
    const free = (at) => {
      const box = textBox(text, at["text-anchor"], at.x, at.y, `600 ${panel.font}`);
      const inside = box[0] > panel.box.left && box[2] < panel.box.right + 7 && box[1] > panel.box.top - 7 && box[3] < panel.box.bottom;
      return inside && !panel.words.some((other) => touches(box, other));
    };
    return [usual, ...there].find(free) ?? usual;
  }

  // Runs of points, in the panel's pixels.
  function runs(read) {
    const number = (list, i) => read(start + list * size + i);
    const found = [];
    let run = null;
    for (const i of items) {
      const lists = Array.from({ length: kind === "bars" ? 4 : 2 }, (_, k) => number(k, i));
      if (lists.includes(HIDDEN)) {
        run = null;
        continue;
      }
      if (kind === "bars")
        found.push([lists[0], lists[2]].map((x) => edge(panel.box, panel.x(x), panel.y(lists[3]))));
      else if (kind === "points") found.push([edge(panel.box, panel.x(lists[0]), panel.y(lists[1]))]);
      else {
        if (!run) found.push((run = []));
        run.push([panel.x(lists[0]), panel.y(lists[1])]);
      }
    }
    return found;
  }

  return {
    controls,
    panel,
    hit,
    near(read, x, y) {
      let best = { distance: Infinity, x, y };
      for (const run of runs(read))
        run.forEach((end, k) => {
          const [px, py] = nearest(run[Math.max(0, k - 1)], end, x, y);
          const distance = (px - x) ** 2 + (py - y) ** 2;
          if (distance < best.distance) best = { distance, x: px, y: py };
        });
      return best;
    },
    draw(read) {
      const trace = runs(read).map((run) => `M${run.map(([x, y]) => `${x} ${y}`).join("L")}${run[1] ? "" : "h0"}`);
      for (const node of [hit, halo]) node.setAttribute("d", trace.join(""));
    },
    // Says whether there is a point to be guided to.
    guide(scene, value) {
      const found = scene && kind === "points" ? runs((n) => scene.numbers[n]) : [];
      const lines = panel.bare ? [] : found.map(([[x, y]]) => `M${panel.box.left} ${y}H${x}V${panel.box.bottom}`);
      guides.setAttribute("d", lines.join(""));
      const text = found.length === 1 ? value : "";
      if (text) place(note, noteAt(text, found[0][0]));
      write(note, text);
      return found.length > 0;
    },
  };
}

// The point of the stretch from (x0, y0) to (x1, y1) that lies nearest to (x, y).
function nearest([x0, y0], [x1, y1], x, y) {
  const [dx, dy] = [x1 - x0, y1 - y0];
  const length = dx * dx + dy * dy;
  const share = length ? Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / length)) : 0;
  return [x0 + share * dx, y0 + share * dy];
}

// ---------------------------------------------------------------- pens

const MARKERS = {
  circle: (x, y) => `M${x - 5.5} ${y}a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0 -11 0Z`,
  square: (x, y) => `M${x - 5} ${y - 5}h10v10h-10Z`,
  triangle: (x, y) => `M${x} ${y - 6}l6 11h-12Z`,
  diamond: (x, y) => `M${x} ${y - 6.5}l6.5 6.5l-6.5 6.5l-6.5 -6.5Z`,
  cross: (x, y) => `M${x - 5} ${y - 3}l2 -2l3 3l3 -3l2 2l-3 3l3 3l-2 2l-3 -3l-3 3l-2 -2l3 -3Z`,
  // outside the axes, which lie this way
  up: (x, y) => `M${x} ${y - 6}l7 11h-14Z`,
  down: (x, y) => `M${x} ${y + 6}l7 -11h-14Z`,
  right: (x, y) => `M${x + 6} ${y}l-11 7v-14Z`,
  left: (x, y) => `M${x - 6} ${y}l11 7v-14Z`,
};

function ARROW(x0, y0, x1, y1) {
  const length = Math.hypot(x1 - x0, y1 - y0);
  if (length < 0.5) return "";
  const head = Math.min(9, length);
  const [ux, uy] = [(x1 - x0) / length, (y1 - y0) / length];
  const [bx, by] = [x1 - head * ux, y1 - head * uy];
  return (
    `M${x0} ${y0}L${bx} ${by}` +
    `M${x1} ${y1}L${bx - 0.5 * head * uy} ${by + 0.5 * head * ux}L${bx + 0.5 * head * uy} ${by - 0.5 * head * ux}Z`
  );
}

// A mark that is one <path>: `trace` turns its point lists into the path's text.
function path(mark, trace) {
  const node = svg("path", { class: `ce-${mark.kind} ce-c-${mark.color} ce-d-${mark.dash}` });
  let last = null;
  return {
    node,
    draw(numbers) {
      const text = trace(numbers);
      if (text !== last) node.setAttribute("d", (last = text));
    },
  };
}

const PENS = {
  line: (mark, panel) =>
    path(mark, ([x, y]) => {
      let text = "";
      let down = false;
      for (let i = 0; i < x.length; i++) {
        const seen = x[i] !== HIDDEN && y[i] !== HIDDEN;
        if (seen) text += `${down ? "L" : "M"}${panel.x(x[i])} ${panel.y(y[i])}`;
        down = seen;
      }
      return text;
    }),
  points: (mark, panel) =>
    path(mark, ([x, y]) =>
      each(x, [y], (i) => {
        const [px, py, way] = edge(panel.box, panel.x(x[i]), panel.y(y[i]));
        return MARKERS[way ?? mark.form](px, py);
      }),
    ),
  // A bar that ends outside the axes has a notch that points there.
  bars: (mark, panel) =>
    path(mark, ([x0, y0, x1, y1]) =>
      each(x0, [y0, x1, y1], (i) => {
        const [a, b, c, d] = [panel.x(x0[i]), panel.y(y0[i]), panel.x(x1[i]), panel.y(y1[i])];
        const notch = d < panel.box.top - 1 ? MARKERS.up((a + c) / 2, panel.box.top + 10) : "";
        return `M${a} ${b}H${c}V${d}H${a}Z${notch}`;
      }),
    ),
  arrows: (mark, panel) =>
    path(mark, ([x0, y0, x1, y1]) =>
      each(x0, [y0, x1, y1], (i) => ARROW(panel.x(x0[i]), panel.y(y0[i]), panel.x(x1[i]), panel.y(y1[i]))),
    ),
  area: (mark, panel) =>
    path(mark, ([x0, y0, x1, y1]) => {
      const there = each(x0, [y0, y1], (i) => `L${panel.x(x0[i])} ${panel.y(y0[i])}`);
      let back = "";
      for (let i = x1.length - 1; i >= 0; i--)
        if (x1[i] !== HIDDEN && y1[i] !== HIDDEN && y0[i] !== HIDDEN) back += `L${panel.x(x1[i])} ${panel.y(y1[i])}`;
      return there ? `M${there.slice(1)}${back}Z` : "";
    }),
  text(mark, panel) {
    const nodes = Array.from({ length: mark.shape[1] }, () =>
      svg("text", { "text-anchor": mark.form, class: `ce-text ce-c-${mark.color}` }),
    );
    // How far the next text of the same row is away.
    const apart = (i, x, y, texts) => {
      let least = Infinity;
      for (let j = 0; j < x.length; j++)
        if (j !== i && x[j] !== HIDDEN && texts[j] !== "" && Math.abs(panel.y(y[j]) - panel.y(y[i])) < 11)
          least = Math.min(least, Math.abs(panel.x(x[j]) - panel.x(x[i])));
      return least;
    };
    return {
      node: svg("g", {}, ...nodes),
      draw([x, y], texts) {
        nodes.forEach((node, i) => {
          let seen = x[i] !== HIDDEN && y[i] !== HIDDEN && texts[i] !== "";
          if (seen) {
            const point = [panel.x(x[i]), panel.y(y[i])];
            const at =
              mark.form === "beside"
                ? beside(panel.box, edge(panel.box, ...point), 12)
                : { "text-anchor": mark.form, x: point[0], y: point[1] + 4 };
            const box = inside(at, narrowed(at, texts[i], apart(i, x, y, texts), panel.font), panel.box);
            seen = !panel.words.some((other) => touches(box, other)); // no text on another
            if (seen) panel.words.push(box);
            node.removeAttribute("textLength");
            place(node, at);
          }
          write(node, seen ? texts[i] : "");
        });
      },
    };
  },
  // One path for each of 32 greys: unlike a bitmap, it is there in the same frame.
  image(mark, panel) {
    const [, , rows, columns] = mark.shape;
    const greys = Array.from({ length: 32 }, (_, i) => {
      const level = Math.round(255 - (255 * i) / 31);
      return svg("path", { fill: `rgb(${level},${level},${level})` });
    });
    return {
      node: svg("g", { "shape-rendering": "crispEdges" }, ...greys),
      draw([x0, y0, x1, y1], levels) {
        const [left, top] = [panel.x(x0[0]), panel.y(y0[0])];
        const [wide, high] = [(panel.x(x1[0]) - left) / columns, (panel.y(y1[0]) - top) / rows];
        const traces = greys.map(() => "");
        levels.forEach((level, i) => {
          const [row, column] = [Math.floor(i / columns), i % columns];
          traces[Math.round((level / 255) * 31)] +=
            `M${left + wide * column} ${top + high * row}h${wide}v${high}h${-wide}Z`;
        });
        greys.forEach((grey, i) => grey.setAttribute("d", traces[i]));
      },
    };
  },
};

// Texts in a row that all but touch are drawn a little narrower, if that is enough. Changes `at`;
// returns the box.
function narrowed(at, text, apart, font) {
  const box = textBox(text, at["text-anchor"], at.x, at.y, font);
  const [wide, room] = [box[2] - box[0], apart - GAP];
  if (at["text-anchor"] !== "middle" || wide <= room || room < 0.8 * wide) return box;
  Object.assign(at, { textLength: room, lengthAdjust: "spacingAndGlyphs" });
  return [at.x - room / 2, box[1], at.x + room / 2, box[3]];
}

// A text that would end outside the axes moves to the left, and where that is not enough it is drawn
// narrower. Changes `at`; returns the box.
function inside(at, [left, top, right, bottom], axes) {
  const [start, end] = [axes.left - 7, axes.right + 7]; // as far as the marks are drawn
  const by = Math.max(0, Math.min(right - end, left - start));
  at.x -= by;
  if (right - by > end) Object.assign(at, { textLength: end - left + by, lengthAdjust: "spacingAndGlyphs" });
  return [left - by, top, Math.min(right - by, end), bottom];
}

function each(x, others, trace) {
  let text = "";
  for (let i = 0; i < x.length; i++)
    if (x[i] !== HIDDEN && others.every((list) => list[i] !== HIDDEN)) text += trace(i);
  return text;
}
