// Draws an explorer's scenes. It gets pixels and texts from Python and holds no mathematics:
// a lookup (which of the scenes sent ahead belongs to the controls?) and a pen.

const HIDDEN = -32768; // a number that is not to be drawn
const REST = 120; // ms without input until a control counts as at rest
const KEPT = 400; // sweeps kept in the browser

export default { render };

function render({ model, el }) {
  const spec = model.get("spec");
  const view = build(spec, el);
  const sweeps = new Map(); // "control|positions of the others" -> decoded sweep
  let state = [...model.get("state")];
  let drawn = null; // the state that is on show: scenes are pure, so it need not be drawn again
  let resting = null; // the timer of a move that Python has not been told of

  function learn() {
    for (const sent of model.get("sweeps")) {
      const key = `${sent.control}|${sent.others}`;
      sweeps.delete(key);
      sweeps.set(key, decode(sent));
    }
    for (const key of sweeps.keys()) if (sweeps.size > KEPT) sweeps.delete(key);
  }

  function find(at) {
    for (let control = 0; control < at.length; control++) {
      const sweep = sweeps.get(`${control}|${at.filter((_, i) => i !== control)}`);
      if (sweep) return frame(sweep, at[control]);
    }
    return null;
  }

  function show() {
    view.set(state);
    const found = `${state}` === drawn || find(state);
    if (found && found !== true) {
      view.draw(found);
      drawn = `${state}`;
    }
    view.waiting(!found);
    return Boolean(found);
  }

  function tell() {
    clearTimeout(resting);
    resting = null;
    model.set("state", [...state]);
    model.save_changes(); // one message under way at a time: the latest value wins
  }

  function moved(control, position) {
    if (position === state[control]) return;
    state[control] = position;
    clearTimeout(resting);
    if (show()) resting = setTimeout(tell, REST);
    else tell();
  }

  function reset() {
    state = spec.controls.map((control) => control.start);
    show();
    tell();
  }

  const fromPython = () => {
    if (resting !== null) return; // the reader has moved on: their value is newer
    state = [...model.get("state")];
    show();
  };
  const newSweeps = () => {
    learn();
    show();
  };
  view.controls.forEach((control, i) => (control.moved = (position) => moved(i, position)));
  view.reset.addEventListener("click", reset);
  model.on("change:state", fromPython);
  model.on("change:sweeps", newSweeps);
  learn();
  show();
  return () => {
    clearTimeout(resting);
    model.off("change:state", fromPython);
    model.off("change:sweeps", newSweeps);
  };
}

// ---------------------------------------------------------------- what Python sent

function integers(view, Type) {
  return new Type(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
}

function decode(sent) {
  return {
    fixed: integers(sent.fixed, Int16Array),
    columns: integers(sent.columns, Uint16Array),
    moving: integers(sent.moving, Int16Array),
    texts: sent.texts,
    textColumns: sent.text_columns,
    movingTexts: sent.moving_texts,
  };
}

function frame(sweep, position) {
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
  const picture = svg("svg", {
    viewBox: `0 0 ${spec.width} ${spec.height}`,
    role: "img",
    "aria-label": `${spec.title}. ${spec.description}`,
    style: `max-width: ${spec.width}px`,
  });
  const pens = paint(spec, picture, id);
  const readout = html("output", { class: "ce-readout", role: "status", "aria-live": "polite" });
  const note = html("p", { class: "ce-waiting", role: "status" });
  const controls = spec.controls.map((control, i) =>
    (control.kind === "slider" ? slider : control.texts.length > 5 ? list : radios)(
      control,
      `${id}-${i}`,
    ),
  );
  const sliders = controls.filter((control) => control.name);
  const widest = Math.max(...sliders.map((control) => control.name.textContent.length));
  if (sliders.length > 1 && widest <= 24) for (const { name } of sliders) name.style.minWidth = `${widest * 0.56}em`;
  const reset = html("button", { type: "button", class: "ce-reset", ...KEYS }, "Reset");
  const root = html(
    "div",
    { class: "ce-explorer", role: "group", "aria-label": spec.title },
    html("p", { class: "ce-title" }, spec.title),
    html("div", { class: "ce-controls" }, ...controls.map((c) => c.node), reset),
    legend(spec),
    picture,
    readout,
    note,
  );
  el.append(root);
  let late = null;
  return {
    controls,
    reset,
    set: (state) => state.forEach((position, i) => controls[i].set(position)),
    draw({ numbers, texts }) {
      let at = 0;
      let word = 1;
      for (const pen of pens) {
        const [lists, size, ...image] = pen.shape;
        const take = (count) => numbers.subarray(at, (at += count));
        const coordinates = Array.from({ length: lists }, () => take(size));
        if (pen.kind === "image") pen.draw(coordinates, take(image[0] * image[1]));
        else if (pen.kind === "text") pen.draw(coordinates, texts.slice(word, (word += size)));
        else pen.draw(coordinates);
      }
      write(readout, texts[0]);
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
    name,
    node: html("div", { class: "ce-slider" }, name, input, value),
    set(position) {
      input.value = position;
      input.setAttribute("aria-valuetext", control.texts[position]);
      write(value, control.texts[position]);
    },
  };
  input.addEventListener("input", () => me.moved(Number(input.value)));
  return me;
}

function radios(control, id) {
  const inputs = control.texts.map((text, i) =>
    html("input", { type: "radio", name: id, id: `${id}-${i}`, value: i, ...KEYS }),
  );
  const me = {
    node: html(
      "fieldset",
      {},
      html("legend", {}, control.label),
      ...inputs.map((input, i) => html("label", { for: input.id }, input, ` ${control.texts[i]}`)),
    ),
    set: (position) => (inputs[position].checked = true),
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
  const me = {
    node: html("div", { class: "ce-list" }, html("label", { for: id }, control.label), select),
    set: (position) => (select.value = position),
  };
  select.addEventListener("change", () => me.moved(Number(select.value)));
  return me;
}

function legend(spec) {
  const entries = spec.marks
    .filter((mark) => mark.label)
    .map((mark) => {
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
  return html("ul", entries.length ? { class: "ce-legend" } : { class: "ce-legend", hidden: "" }, ...entries);
}

// ---------------------------------------------------------------- the picture

function paint(spec, picture, id) {
  const boxes = {};
  for (const [i, panel] of spec.panels.entries()) {
    const [left, top, width, height] = panel.box;
    const bottom = top + height;
    const inside = svg("g", { "clip-path": `url(#${id}-clip-${i})` });
    boxes[panel.name] = inside;
    const lines = svg("g", { class: "ce-grid" });
    const words = svg("g", { class: "ce-ticks" });
    for (const [x, text] of panel.xticks) {
      lines.append(svg("path", { d: `M${x} ${top}V${bottom}` }));
      words.append(svg("text", { x, y: bottom + 17, "text-anchor": "middle" }, text));
    }
    for (const [y, text] of panel.yticks) {
      lines.append(svg("path", { d: `M${left} ${y}H${left + width}` }));
      words.append(svg("text", { x: left - 7, y: y + 4, "text-anchor": "end" }, text));
    }
    const middle = top + height / 2;
    picture.append(
      svg(
        "clipPath",
        { id: `${id}-clip-${i}` },
        svg("rect", { x: left - 7, y: top - 7, width: width + 14, height: height + 14 }),
      ),
      lines,
      svg("path", { class: "ce-frame", d: `M${left} ${top}V${bottom}H${left + width}` }),
      words,
      svg(
        "g",
        { class: "ce-labels" },
        svg("text", { x: left + width / 2, y: top - 12, "text-anchor": "middle" }, panel.title),
        svg("text", { x: left + width / 2, y: bottom + 38, "text-anchor": "middle" }, panel.xlabel),
        svg(
          "text",
          { x: 0, y: 0, "text-anchor": "middle", transform: `translate(${left - 46} ${middle}) rotate(-90)` },
          panel.ylabel,
        ),
      ),
      inside,
    );
  }
  return spec.marks.map((mark) => {
    const pen = { ...mark, ...PENS[mark.kind](mark, spec.subpixels) };
    boxes[mark.axes].append(pen.node);
    return pen;
  });
}

const MARKERS = {
  circle: (x, y) => `M${x - 5.5} ${y}a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0 -11 0Z`,
  square: (x, y) => `M${x - 5} ${y - 5}h10v10h-10Z`,
  triangle: (x, y) => `M${x} ${y - 6}l6 11h-12Z`,
  diamond: (x, y) => `M${x} ${y - 6.5}l6.5 6.5l-6.5 6.5l-6.5 -6.5Z`,
  cross: (x, y) => `M${x - 5} ${y - 3}l2 -2l3 3l3 -3l2 2l-3 3l3 3l-2 2l-3 -3l-3 3l-2 -2l3 -3Z`,
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
  line: (mark, unit) =>
    path(mark, ([x, y]) => {
      let text = "";
      let down = false;
      for (let i = 0; i < x.length; i++) {
        const seen = x[i] !== HIDDEN && y[i] !== HIDDEN;
        if (seen) text += `${down ? "L" : "M"}${x[i] / unit} ${y[i] / unit}`;
        down = seen;
      }
      return text;
    }),
  points: (mark, unit) =>
    path(mark, ([x, y]) => each(x, [y], (i) => MARKERS[mark.form](x[i] / unit, y[i] / unit))),
  bars: (mark, unit) =>
    path(mark, ([x0, y0, x1, y1]) =>
      each(x0, [y0, x1, y1], (i) => `M${x0[i] / unit} ${y0[i] / unit}H${x1[i] / unit}V${y1[i] / unit}H${x0[i] / unit}Z`),
    ),
  arrows: (mark, unit) =>
    path(mark, ([x0, y0, x1, y1]) =>
      each(x0, [y0, x1, y1], (i) => ARROW(x0[i] / unit, y0[i] / unit, x1[i] / unit, y1[i] / unit)),
    ),
  area: (mark, unit) =>
    path(mark, ([x0, y0, x1, y1]) => {
      const there = each(x0, [y0, y1], (i) => `L${x0[i] / unit} ${y0[i] / unit}`);
      let back = "";
      for (let i = x1.length - 1; i >= 0; i--)
        if (x1[i] !== HIDDEN && y1[i] !== HIDDEN && y0[i] !== HIDDEN) back += `L${x1[i] / unit} ${y1[i] / unit}`;
      return there ? `M${there.slice(1)}${back}Z` : "";
    }),
  text(mark, unit) {
    const nodes = Array.from({ length: mark.shape[1] }, () =>
      svg("text", { "text-anchor": mark.form, class: `ce-text ce-c-${mark.color}` }),
    );
    return {
      node: svg("g", {}, ...nodes),
      draw([x, y], texts) {
        nodes.forEach((node, i) => {
          const seen = x[i] !== HIDDEN && y[i] !== HIDDEN;
          if (seen) {
            node.setAttribute("x", x[i] / unit);
            node.setAttribute("y", y[i] / unit + 4);
          }
          write(node, seen ? texts[i] : "");
        });
      },
    };
  },
  // One path for each of 32 greys: unlike a bitmap, it is there in the same frame.
  image(mark, unit) {
    const [, , rows, columns] = mark.shape;
    const greys = Array.from({ length: 32 }, (_, i) => {
      const level = Math.round(255 - (255 * i) / 31);
      return svg("path", { fill: `rgb(${level},${level},${level})` });
    });
    return {
      node: svg("g", { "shape-rendering": "crispEdges" }, ...greys),
      draw([x0, y0, x1, y1], levels) {
        const [left, top] = [x0[0] / unit, y0[0] / unit];
        const [wide, high] = [(x1[0] / unit - left) / columns, (y1[0] / unit - top) / rows];
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

function each(x, others, trace) {
  let text = "";
  for (let i = 0; i < x.length; i++)
    if (x[i] !== HIDDEN && others.every((list) => list[i] !== HIDDEN)) text += trace(i);
  return text;
}
