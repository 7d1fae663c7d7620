// The page of claims: shows those of a chapter, with a verdict, that some words are about. The search is
// that of ce_course/claims.py, from the same index; claims-data.js brings it.

(() => {
  const BEST = 20; // shown of those that some words are about
  const { index, synonyms, stop, endings } = window.ceClaims;
  const stops = new Set(stop);
  const meaning = new Map();
  for (const [word, phrases] of Object.entries(synonyms)) for (const phrase of phrases) meaning.set(phrase, word);
  const literal = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const longestFirst = [...meaning.keys()].sort((a, b) => b.length - a.length);
  const phrases = new RegExp(`(?<![\\w-])(?:${longestFirst.map(literal).join("|")})(?![\\w-])`, "g");

  function stem(word) {
    const ending = endings.find((e) => word.endsWith(e) && word.length - e.length >= 4);
    const stemmed = ending && !word.endsWith("ss") ? word.slice(0, -ending.length) : word;
    return stemmed.replaceAll("iz", "is").replace(/y$/, "i");
  }

  function tokens(text) {
    const named = text.toLowerCase().replace(phrases, (found) => ` ${meaning.get(found)} `);
    return (named.match(/[a-z]+|\d+/g) ?? []).filter((word) => !stops.has(word)).map(stem);
  }

  function oneSlip(word, other) {
    while (word && other && word[0] === other[0]) [word, other] = [word.slice(1), other.slice(1)];
    while (word && other && word.at(-1) === other.at(-1)) [word, other] = [word.slice(0, -1), other.slice(0, -1)];
    return Math.max(word.length, other.length) < 2 || (word.length === 2 && word === [...other].reverse().join(""));
  }

  function postings(word) {
    if (index[word] || word.length < 3) return index[word] ?? {};
    const known = Object.keys(index);
    let alike = known.filter((other) => other.startsWith(word));
    if (!alike.length && word.length > 4) alike = known.filter((other) => oneSlip(word, other));
    const found = {};
    for (const other of alike)
      for (const [id, weight] of Object.entries(index[other])) found[id] = Math.max(weight / 4, found[id] ?? 0);
    return found;
  }

  // The ids of the claims that the words are about, the best first; `order` has all ids.
  function find(words, order) {
    const scores = {};
    for (const word of new Set(tokens(words)))
      for (const [id, weight] of Object.entries(postings(word))) scores[id] = (scores[id] ?? 0) + weight;
    return order.filter((id) => id in scores).sort((a, b) => scores[b] - scores[a]);
  }

  window.ceFind = find;

  function begin() {
    const form = document.querySelector(".ce-ask");
    const list = document.querySelector(".ce-claims");
    const items = new Map([...list.children].map((item) => [item.id, item]));
    const order = [...items.keys()];
    const [words, chapter, verdict, count] = ["words", "chapter", "verdict", "count"].map((name) =>
      document.getElementById(`ce-${name}`),
    );
    let heard = null;

    function show() {
      const text = words.value.trim();
      const number = /^c?(\d{1,3})$/i.exec(text);
      const place = number && document.getElementById(`C${number[1].padStart(3, "0")}`);
      const about = place ? [place.closest("li").id] : text ? find(text, order) : order;
      const fits = about.filter((id) => {
        const { chapter: its, verdict: said } = items.get(id).dataset;
        return (!chapter.value || its === chapter.value) && (!verdict.value || said === verdict.value);
      });
      const shown = text ? fits.slice(0, BEST) : fits;
      for (const item of items.values()) item.hidden = true;
      for (const id of shown) {
        items.get(id).hidden = false;
        list.append(items.get(id));
      }
      const best = shown.length < fits.length ? `The best ${shown.length} of ` : "";
      clearTimeout(heard); // it is spoken when the typing rests
      heard = setTimeout(() => {
        count.textContent = `${best}${fits.length} of ${order.length} claims.`;
      }, 300);
    }

    form.hidden = false;
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", show);
    window.addEventListener("hashchange", () => {
      const target = document.getElementById(location.hash.slice(1))?.closest(".ce-claims > li");
      if (target?.hidden) {
        form.reset();
        show();
        target.scrollIntoView();
      }
    });
    show();
  }

  document.addEventListener("DOMContentLoaded", begin);
})();
