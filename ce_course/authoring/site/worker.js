// Python in the page: a worker that runs Pyodide and the course's own checks (ce_course.checks.outside).
// exercise.js ends it where code does not come back. It is told first where Pyodide and the course are.

const PACKAGES = { sklearn: "scikit-learn" }; // where a package has another name than its module

let python = null;

async function start({ pyodide, course }) {
  const archive = fetch(course).then((answer) => answer.arrayBuffer()); // while Python comes
  importScripts(`${pyodide}pyodide.js`);
  const env = { CE_COURSE_HOME: "/progress", HOME: "/home/pyodide" };
  const found = await loadPyodide({ indexURL: pyodide, packages: ["numpy"], env });
  found.unpackArchive(await archive, "zip", { extractDir: "/course" });
  found.runPython("import json, sys; sys.path.insert(0, '/course'); from ce_course.checks.outside import answer");
  return found;
}

async function load(found, name) {
  await found.loadPackage(name, { messageCallback() {}, errorCallback() {} });
}

// Runs and checks; where a module is missing that Pyodide has, once more with it.
async function run({ name, code, setup, before }) {
  const found = await python;
  found.globals.set("asked", JSON.stringify([name, code, setup, before]));
  const tried = new Set();
  for (;;) {
    const result = JSON.parse(found.runPython("json.dumps(answer(*json.loads(asked)))"));
    if (result.state !== "missing") return result;
    if (tried.has(result.module)) return { ...result, state: "error" };
    tried.add(result.module);
    postMessage({ loading: result.module });
    await load(found, PACKAGES[result.module] ?? result.module);
    postMessage({ running: true });
  }
}

onmessage = async ({ data }) => {
  try {
    if (data.pyodide) {
      python = start(data);
      await python;
      postMessage({ ready: true });
    } else postMessage({ result: await run(data) });
  } catch (error) {
    postMessage({ failed: String(error.message ?? error) });
  }
};
