/* The page itself: texts, timeline, keys, the check and its verdicts, the photo sheet. */
const at = (id) => document.getElementById(id);
const make = (tag, text, name) => Object.assign(document.createElement(tag), text === undefined ? {} : { textContent: text }, name ? { className: name } : {});
const player = new Player(DATA);
let result = null;

function speak() {
  document.documentElement.lang = language;
  document.title = `${t("title")} ${DATA.package}`;
  for (const one of document.querySelectorAll("[data-t]")) one.textContent = t(one.dataset.t);
  for (const one of document.querySelectorAll("[data-label]")) one.setAttribute("aria-label", t(one.dataset.label));
  at("training").hidden = !DATA.training;
  at("spans").textContent = `${DATA.lp} · ${wita(DATA.from_us)} – ${wita(DATA.to_us)}`;
  drawGaps();
  drawPhotos();
  drawResult();
}

function drawGaps() {
  const body = at("gaprows");
  body.replaceChildren();
  const rows = DATA.cameras.flatMap((camera) => camera.gaps.map((gap) => [camera, gap]));
  at("gaptable").hidden = !rows.length;
  at("nogaps").hidden = rows.length > 0;
  for (const [camera, gap] of rows) {
    const row = make("tr"), go = make("button", wita(gap.from_us), "plain mono");
    go.addEventListener("click", () => { player.seek(gap.from_us - 2e6); scrollTo({ top: 0 }); });
    const first = make("td");
    first.append(go);
    row.append(make("td", camera.name), first, make("td", wita(gap.to_us), "mono"), make("td", lengthText(gap.to_us - gap.from_us)), make("td", cause(gap.cause)));
    body.append(row);
  }
}

function drawLanes() {
  const lanes = at("lanes"), whole = player.to - player.from, place = (us) => `${(100 * (us - player.from)) / whole}%`;
  for (const camera of DATA.cameras) {
    const lane = make("div", undefined, "lane"), bar = make("div", undefined, "bar");
    const put = (name, from, to) => {
      const part = make("span", undefined, name);
      part.style.left = place(Math.max(player.from, from));
      part.style.width = `${(100 * (Math.min(player.to, to) - Math.max(player.from, from))) / whole}%`;
      bar.append(part);
    };
    for (const file of camera.files) for (const piece of file.pieces) if (!piece.card) put("film", piece.from_us, piece.to_us);
    for (const gap of camera.gaps) put("gap", gap.from_us, gap.to_us);
    const cursor = make("i", undefined, "cursor");
    bar.append(cursor);
    bar.addEventListener("pointerdown", (event) => { const box = bar.getBoundingClientRect(); player.seek(player.from + (whole * (event.clientX - box.left)) / box.width); });
    lane.append(make("span", camera.name, "name"), bar);
    lanes.append(lane);
  }
}

player.heard = ({ us, playing }) => {
  at("now").textContent = `${wita(us, "fine")} WITA`;
  at("play").textContent = t(playing ? "pause" : "play");
  if (document.activeElement !== at("slide") || playing) at("slide").value = us - player.from;
  for (const cursor of document.querySelectorAll(".cursor")) cursor.style.left = `${(100 * (us - player.from)) / (player.to - player.from)}%`;
};

/* ---- the check */

const LINES = ["files", "seal", "stamp", "log", "witnesses", "signature", "time", "gapline", "roles", "bast"];

async function check(files) {
  const bar = at("progress");
  result = null;
  drawResult();
  bar.hidden = false;
  const name = (await readStatement(files))?.paket;
  const found = await checkPackage(files, (share, path) => {
    bar.firstElementChild.value = share;
    bar.lastElementChild.textContent = t("checking", { percent: Math.floor(share * 100), path });
  });
  result = { ...found, other: name && name !== DATA.package ? name : "" };
  bar.hidden = true;
  drawResult();
}

function verdicts() {
  const { broken, seal, count, bytes, other } = result;
  const files = other ? ["RUSAK", t("other", { name: other })] : broken.length ? ["RUSAK", t("filesbad", { count: broken.length })] : ["SESUAI", t("filesgood", { count, size: sizeText(bytes) })];
  const given = at("given").value.replace(/[^0-9a-fA-F]/g, "").toLowerCase();
  let line = ["TIDAK", t("sealunknown", { why: seal.why })];
  if (seal.state === "broken") line = ["RUSAK", t("sealbad", { why: seal.why })];
  if (seal.state === "good") {
    const same = given === seal.root;
    line = given.length < 64 ? ["BELUM", t("sealgood", { time: wita(seal.at * 1000) })] : same ? ["SESUAI", t("rootsame")] : ["RUSAK", t("rootother")];
  }
  return { files, seal: line };
}

function drawResult() {
  const list = at("verdicts");
  list.replaceChildren();
  at("result").hidden = !result;
  if (!result) return;
  const found = verdicts();
  for (const name of LINES) {
    const [verdict, sentence] = found[name] ?? ["TIDAK", t("elsewhere")];
    const item = make("li", undefined, verdict);
    item.append(make("b", t(name)), make("strong", t(verdict)), make("span", sentence));
    list.append(item);
  }
  const broken = at("broken");
  broken.replaceChildren(...result.broken.map(([path, word]) => { const item = make("li"); item.append(make("span", path, "mono"), `: ${t(word)}`); return item; }));
  broken.hidden = !result.broken.length;
  at("rootbox").hidden = result.seal.state !== "good";
  at("root").textContent = (result.seal.root ?? "").toUpperCase().replace(/(.{4})/g, "$1 ").trim();
}

/* ---- the photo sheet */

function drawPhotos() {
  const sheet = at("sheet");
  sheet.replaceChildren();
  at("nophotos").hidden = DATA.photos.length > 0;
  at("print").hidden = !DATA.photos.length;
  for (const original of DATA.photos.filter((photo) => !photo.derived_from)) {
    const copies = DATA.photos.filter((photo) => photo.derived_from === original.path);
    const row = make("div", undefined, copies.length ? "row pair" : "row");
    row.append(...[original, ...copies].map(drawPhoto));
    sheet.append(row);
  }
}

function drawPhoto(photo) {
  const figure = make("figure", undefined, "photo"), facts = make("dl");
  const image = Object.assign(make("img"), { src: photo.path, alt: `${photo.camera}, ${photo.time}` });
  if (photo.derived_from) figure.append(make("p", t("enhanced"), "enhanced"));
  const rows = [["camera", photo.camera], ["at", photo.time], ["uncertainty", photo.uncertainty || t("unmeasured")], ["frame", photo.picture ? t("frameof", photo) : t("unmeasured")]];
  if (photo.steps) rows.push(["steps", photo.steps], ["original", photo.derived_from]);
  for (const [key, value] of rows) facts.append(make("dt", t(key)), make("dd", value));
  facts.append(make("dt", "SHA-256"), make("dd", photo.sha256, "mono"));
  figure.append(image, facts);
  return figure;
}

/* ---- hands */

for (const tile of player.tiles) at("tiles").append(tile.box);
at("tiles").dataset.count = Math.min(4, player.tiles.length);
at("slide").max = player.to - player.from;
drawLanes();
at("play").addEventListener("click", () => player.toggle());
at("back").addEventListener("click", () => player.seek(player.us - 10e6));
at("forward").addEventListener("click", () => player.seek(player.us + 10e6));
at("stepback").addEventListener("click", () => player.step(-1));
at("stepon").addEventListener("click", () => player.step(1));
at("slide").addEventListener("input", (event) => player.seek(player.from + Number(event.target.value)));
at("speed").addEventListener("change", (event) => { player.rate = Number(event.target.value); });
at("lang").addEventListener("click", () => { language = language === "id" ? "en" : "id"; speak(); });
at("print").addEventListener("click", () => print());
at("given").addEventListener("input", drawResult);
at("folder").addEventListener("change", (event) => { if (event.target.files.length) void check(chosenFiles(event.target.files)); });
at("check").addEventListener("dragover", (event) => event.preventDefault());
at("check").addEventListener("drop", async (event) => { event.preventDefault(); const files = await droppedFiles(event.dataTransfer.items); if (files.size) await check(files); });
addEventListener("keydown", (event) => {
  if (event.target instanceof HTMLElement && event.target.matches("input:not([type=range]), select, button") || event.ctrlKey || event.metaKey || event.altKey) return;
  const act = { " ": () => player.toggle(), k: () => player.toggle(), j: () => player.seek(player.us - 10e6), l: () => player.seek(player.us + 10e6), ",": () => player.step(-1), ".": () => player.step(1) }[event.key.toLowerCase()];
  if (act) { act(); event.preventDefault(); }
});
speak();
