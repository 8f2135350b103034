/* Hold the files of a chosen folder against the manifests and the statement. Reads only; nothing leaves this page. */
const MANIFEST = "manifest-sha256.txt", TAGS = "tagmanifest-sha256.txt";

function readManifest(text) {
  const listed = new Map();
  for (const line of text.split("\n").slice(0, -1)) {
    const found = /^([0-9a-f]{64})  ([A-Za-z0-9_][A-Za-z0-9._\/-]*)$/.exec(line);
    if (!found || listed.has(found[2]) || found[2].split("/").includes("..")) return null;
    listed.set(found[2], found[1]);
  }
  const again = [...listed.keys()].sort().map((path) => `${listed.get(path)}  ${path}\n`).join("");
  return listed.size && again === text ? listed : null;
}

/* files: Map path -> File. Returns { broken: [[path, word]], seal, count, bytes, statement }. */
async function checkPackage(files, told) {
  const broken = [], digests = new Map();
  const total = [...files.values()].reduce((sum, file) => sum + file.size, 0);
  let done = 0;
  for (const [path, file] of [...files].sort((a, b) => (a[0] < b[0] ? -1 : 1))) {
    try {
      digests.set(path, await fileSha256(file, (bytes) => told((done += bytes) / Math.max(1, total), path)));
    } catch {
      broken.push([path, "unreadable"]);
    }
  }
  const payload = [...files.keys()].filter((path) => path.startsWith("data/"));
  const tags = [...files.keys()].filter((path) => !path.startsWith("data/") && path !== TAGS);
  for (const [name, present] of [[MANIFEST, payload], [TAGS, tags]]) {
    if (!files.has(name)) { broken.push([name, "missing"]); continue; }
    const listed = readManifest(await files.get(name).text());
    if (!listed) { broken.push([name, "nolist"]); continue; }
    for (const path of listed.keys()) if (!present.includes(path)) broken.push([path, "missing"]);
    for (const path of present) {
      if (!listed.has(path)) broken.push([path, "extra"]);
      else if (digests.has(path) && digests.get(path) !== listed.get(path)) broken.push([path, "changed"]);
    }
  }
  const statement = await readStatement(files);
  if (!statement) broken.push(["data/pernyataan.json", "nolist"]);
  for (const [path, digest] of Object.entries(statement?.pendamping ?? {}))
    if (digests.has(path) && digests.get(path) !== digest) broken.push([path, "stated"]);
  return { broken: unique(broken), seal: await sealOf(files, statement), count: files.size, bytes: total, statement };
}

const unique = (rows) => rows.filter((row, i) => rows.findIndex((one) => one[0] === row[0]) === i);

async function readStatement(files) {
  try {
    const statement = JSON.parse(await files.get("data/pernyataan.json").text());
    return statement && typeof statement === "object" ? statement : null;
  } catch {
    return null;
  }
}

/* { state: "good" | "broken" | "unknown", ... } */
async function sealOf(files, statement) {
  const names = ["segel/manifest.p7s", MANIFEST, "segel/sertifikat/rantai.pem", "segel/sertifikat/akar.pem"];
  if (names.some((name) => !files.has(name))) return { state: "broken", why: names.find((name) => !files.has(name)) };
  try {
    const [seal, manifest] = await Promise.all(names.slice(0, 2).map(async (name) => new Uint8Array(await files.get(name).arrayBuffer())));
    const facts = checkSeal(seal, manifest, await files.get(names[2]).text(), await files.get(names[3]).text());
    const said = statement?.kunci ?? {};
    if (said.akar_sha256 !== facts.root || said.segel_sha256 !== facts.sealing) return { state: "broken", why: "pernyataan" };
    return { state: "good", ...facts };
  } catch (error) {
    if (error instanceof UnknownAlgorithm) return { state: "unknown", why: error.message };
    return { state: "broken", why: error instanceof SealError ? error.message : "DER" };
  }
}

/* A folder that was chosen or dropped, as Map path -> File, without the folder's own name. */
function chosenFiles(list) {
  return new Map([...list].map((file) => [file.webkitRelativePath.split("/").slice(1).join("/"), file]));
}

async function droppedFiles(items) {
  const found = new Map();
  const walk = async (entry, prefix) => {
    if (entry.isFile) {
      found.set(prefix + entry.name, await new Promise((good, bad) => entry.file(good, bad)));
      return;
    }
    const reader = entry.createReader(), below = prefix + entry.name + "/";
    for (;;) {
      const part = await new Promise((good, bad) => reader.readEntries(good, bad));
      if (!part.length) return;
      for (const one of part) await walk(one, below);
    }
  };
  const entries = [...items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  for (const entry of entries) await walk(entry, "");
  return new Map([...found].map(([path, file]) => [entries.length === 1 && entries[0].isDirectory ? path.split("/").slice(1).join("/") : path, file]));
}
