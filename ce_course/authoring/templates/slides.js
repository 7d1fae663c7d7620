// Starts reveal.js, counts hands on the slide of a question, and makes widgets as large as they fit.

// ---- the vote: 1 to 4 count a hand, with Shift one less; 0 clears; V shows what is said of each

function counter(section) {
  const options = [...section.querySelectorAll("li")];
  const counts = options.map(() => 0);
  const show = () => {
    const most = Math.max(...counts, 1);
    options.forEach((option, i) => {
      option.querySelector("output").textContent = counts[i];
      option.querySelector(".ce-bar").style.width = `${(100 * counts[i]) / most}%`;
    });
  };
  const vote = {
    count(i, change) {
      if (!(i in counts)) return;
      counts[i] = Math.max(0, counts[i] + change);
      show();
    },
    clear() {
      counts.fill(0);
      vote.say(false);
      show();
    },
    say(said = !section.classList.contains("ce-said")) {
      section.classList.toggle("ce-said", said);
      options.forEach((option, i) => {
        option.querySelector(".ce-reply").hidden = !said;
        option.classList.toggle("ce-right", said && i === Number(section.dataset.right));
      });
    },
  };
  options.forEach((option, i) =>
    option.querySelector("button").addEventListener("click", (event) => vote.count(i, event.shiftKey ? -1 : 1)),
  );
  return vote;
}

const votes = new Map([...document.querySelectorAll(".ce-vote")].map((section) => [section, counter(section)]));

// Before reveal.js hears it: the digits and V mean nothing to it.
document.addEventListener(
  "keydown",
  (event) => {
    const vote = votes.get(Reveal.getCurrentSlide());
    if (!vote || event.ctrlKey || event.metaKey || event.altKey) return;
    const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code)?.[1];
    if (digit === "0") vote.clear();
    else if (digit) vote.count(Number(digit) - 1, event.shiftKey ? -1 : 1);
    else if (event.code === "KeyV") vote.say();
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  },
  true,
);

// ---- as large as the slide allows

const SIZES = [44, 42, 40, 38, 36, 34, 32, 31, 30, 29, 28, 27, 26];
const [RIGHT, BOTTOM] = [1262, 764]; // where a slide of 1280 × 800 ends for its words

// A text: the largest letters with which nothing runs out of the slide.
function fitText(section) {
  const fits = (size) => {
    section.style.fontSize = `${size}px`;
    const scale = section.offsetWidth / section.getBoundingClientRect().width;
    const { left, top } = section.getBoundingClientRect();
    return [...section.querySelectorAll(":scope > *, .ce-body > *, td:last-child, svg")].every((part) => {
      const { right, bottom } = part.getBoundingClientRect();
      return (right - left) * scale <= RIGHT && (bottom - top) * scale <= BOTTOM;
    });
  };
  section.classList.remove("ce-narrow");
  if (SIZES.some(fits)) return;
  section.classList.add("ce-narrow"); // formulas that are too wide are made smaller
  if (!SIZES.some(fits)) section.dataset.full = "too full";
}

// A widget: the largest letters with which its controls, beside the picture, and what it says, below
// them or below everything, leave the picture enough room. The picture is drawn for letters of 13
// pixels and enlarged; it draws itself anew for its width in the frame after. Where the widget says
// more than at first, only these words become smaller: nothing jumps while it is dragged.
const WIDGET_SIZES = [26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14];
const BESIDE = [200, 220, 240, 260, 280, 300, 320, 340, 360, 380]; // widths of the controls
const DRAWN = 13;
const BLANK = 8; // below the lowest words of a picture
const WISHED = 20; // a fortieth of the slide: for that a widget does without its title
const LEAST = [521, 560, 650]; // the own width of a picture with one, two, three or more panels
let turn = 0;
const drawn = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));

async function fitWidget(place) {
  const mine = ++turn; // a later call ends this one
  const section = place.closest("section");
  section.style.fontSize = "24px";
  place.style.cssText = "height: 0";
  const room = { width: RIGHT - place.offsetLeft, height: BOTTOM + 26 - place.offsetTop };
  place.style.cssText = `width: ${room.width}px; --ce-room: ${room.height}px`;
  const widget = place.querySelector(".ce-explorer");
  if (!widget) return; // its picture, until it is drawn
  const parts = [".ce-panels", ".ce-controls", ".ce-readout"];
  const [picture, controls, said] = parts.map((part) => widget.querySelector(part));
  place.style.visibility = "hidden";
  await drawn();
  if (mine !== turn) return;
  const high = Math.max(...[...picture.querySelectorAll(".ce-panel > svg")].map((svg) => svg.clientHeight));
  place.style.setProperty("--ce-high", `${high}px`); // the picture's full height, at every width

  const end = () => {
    const unscaled = section.offsetWidth / section.getBoundingClientRect().width;
    return (said.getBoundingClientRect().bottom - place.getBoundingClientRect().top) * unscaled;
  };
  const lay = ({ size, beside, below, bare }) => {
    place.classList.toggle("ce-below", below);
    place.classList.toggle("ce-bare", bare);
    const scale = size / DRAWN;
    const wide = room.width - beside - 20;
    const lengths = { size, beside, wide: wide / scale, grown: 0 };
    for (const [name, value] of Object.entries(lengths)) place.style.setProperty(`--ce-${name}`, `${value}px`);
    place.style.setProperty("--ce-scale", scale);
    place.style.setProperty("--ce-grown", `${(scale - 1) * picture.offsetHeight - BLANK * scale}px`);
    return (
      picture.offsetWidth >= LEAST[Math.min(picture.children.length, LEAST.length) - 1] &&
      widget.offsetHeight <= room.height &&
      end() + 1.3 * size <= room.height && // what it says may become a line longer
      [widget, controls].every((part) => part.scrollWidth <= part.clientWidth)
    );
  };
  const shorten = () => {
    said.style.fontSize = "";
    const smaller = WIDGET_SIZES.filter((size) => size < best.size);
    for (const size of smaller) if (end() > room.height) said.style.fontSize = `${size}px`;
  };
  said.style.fontSize = "";
  let best = { size: 0 };
  for (const bare of [false, true])
    for (const below of [false, true])
      for (const beside of BESIDE) {
        if (bare && best.size >= WISHED) break;
        const size = WIDGET_SIZES.find((size) => size > best.size && lay({ size, beside, below, bare }));
        if (size) best = { size, beside, below, bare };
      }
  if (!best.size) section.dataset.full = "too full";
  lay(best.size ? best : { size: WIDGET_SIZES.at(-1), beside: BESIDE[0], below: true, bare: true });
  place.style.removeProperty("--ce-high");
  await drawn();
  if (mine !== turn) return;
  place.style.removeProperty("visibility");
  place.dataset.letters = best.size;
  said.shorten = shorten;
  said.observer ??= new MutationObserver(() => said.shorten()); // it says something longer
  said.observer.observe(said, { childList: true });
}

function fit(section = Reveal.getCurrentSlide()) {
  const place = section.querySelector(".ce-widget");
  if (place) fitWidget(place);
  else fitText(section);
}

votes.forEach((vote, section) => {
  const say = vote.say;
  vote.say = (...words) => (say(...words), fit(section));
});
// A widget that was drawn has another size than its picture.
new MutationObserver((changes) => {
  if (changes.some(({ target }) => target.closest("section") === Reveal.getCurrentSlide())) fit();
}).observe(document.body, { subtree: true, attributeFilter: ["data-alive"] });

await MathJax.startup.promise;
// The speaker's window has no style to hide what screen readers are given beside a formula.
document.querySelectorAll(".notes mjx-assistive-mml").forEach((copy) => copy.remove());
await Reveal.initialize({
  width: 1280,
  height: 800,
  margin: 0,
  center: false,
  hash: true,
  slideNumber: "c/t",
  transition: "none",
  controls: false,
  plugins: [RevealNotes],
});
fit();
Reveal.on("slidechanged", () => fit());
document.documentElement.dataset.ready = "yes";
