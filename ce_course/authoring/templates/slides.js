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
const WIDTHS = [680, 800, 920, 1060];
const LETTERS = { inside: 13.5, beside: 15 }; // of a widget's picture, and of the words around it
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

// A widget: of some widths the one at which the smallest letters in it become largest when it is
// enlarged to fill the slide. It draws itself anew at each width, in the frame after.
let turn = 0;
const drawn = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));

async function fitWidget(place) {
  const mine = ++turn; // a later call ends this one
  const section = place.closest("section");
  section.style.fontSize = "26px";
  place.style.cssText = "height: 0";
  const room = { width: RIGHT - place.offsetLeft, height: BOTTOM - place.offsetTop };
  place.style.cssText = "visibility: hidden";
  const lay = async (width) => {
    place.style.width = `${width}px`;
    await drawn();
    return Math.min(room.width / width, room.height / place.offsetHeight);
  };
  let best = { size: 0 };
  for (const width of WIDTHS) {
    const scale = await lay(width);
    if (mine !== turn) return;
    const panels = [...place.querySelectorAll(".ce-panel > svg")];
    const inside = panels.map((svg) => (LETTERS.inside * svg.clientWidth) / svg.viewBox.baseVal.width);
    const size = scale * Math.min(LETTERS.beside, ...inside);
    if (size > best.size) best = { size, width };
  }
  const scale = await lay(best.width);
  if (mine !== turn) return;
  place.style.cssText = `width: ${best.width}px; height: 0; transform: scale(${scale})`; // 0: else its unscaled height counts
  place.dataset.letters = best.size.toFixed(1);
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
