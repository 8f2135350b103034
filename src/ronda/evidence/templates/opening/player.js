/* All cameras by one clock, which is the wall clock of the recording. A film's own time counts for nothing: each piece of it knows
   from when to when it was recorded, and where nothing was recorded the tile says so instead of showing the next picture early. */
const DRIFT_S = 0.25;

class Tile {
  constructor(camera) {
    this.camera = camera;
    this.file = null;
    this.failed = "";
    this.box = document.createElement("figure");
    this.box.className = "tile";
    this.video = document.createElement("video");
    Object.assign(this.video, { muted: true, playsInline: true, preload: "auto" });
    this.video.setAttribute("aria-label", camera.name);
    this.video.addEventListener("error", () => { this.failed = this.file ? this.problem() : ""; });
    this.said = Object.assign(document.createElement("div"), { className: "said" });
    this.label = document.createElement("figcaption");
    this.box.append(this.video, this.said, this.label);
    this.box.addEventListener("click", () => this.box.classList.toggle("large"));
  }

  problem() {
    return this.video.error?.code === 4 && /^(hvc1|hev1)/.test(this.file.codec) ? t("codec", { codec: "H.265", path: this.file.path }) : t("nofile");
  }

  piece(us) {
    for (const file of this.camera.files) for (const piece of file.pieces) if (us >= piece.from_us && us < piece.to_us) return [file, piece];
    return null;
  }

  gap(us) {
    return this.camera.gaps.find((gap) => us >= gap.from_us && us < gap.to_us);
  }

  /* Show what was seen at `us`; `rate` 0 stands still. */
  show(us, rate) {
    const found = this.piece(us), gap = this.gap(us), video = this.video;
    this.label.textContent = `${this.camera.name} · ${this.camera.place}`;
    if (!found) { video.pause(); this.say(gap ? this.cut(gap) : t("none"), true); this.box.dataset.state = gap ? "gap" : "none"; return; }
    const [file, piece] = found;
    if (this.file !== file) { this.file = file; this.failed = ""; video.src = file.path; }
    const along = (us - piece.from_us) / 1e6;
    const target = piece.media_s + (piece.card ? Math.min(along, Math.max(0, piece.media_length_s - 0.04)) : along * (piece.media_length_s / ((piece.to_us - piece.from_us) / 1e6)));
    const runs = rate > 0 && !piece.card;
    if (!video.seeking && Math.abs(video.currentTime - target) > (runs ? DRIFT_S : 0.01)) video.currentTime = target;
    if (runs) { video.playbackRate = rate; if (video.paused) video.play().catch(() => {}); } else video.pause();
    const short = gap && `${t("cut")} · ${lengthText(gap.to_us - gap.from_us)} · ${cause(gap.cause)}`; /* a card says the rest itself */
    this.say(this.failed || (gap ? (piece.card ? short : this.cut(gap)) : ""), Boolean(this.failed));
    this.box.dataset.state = gap ? "gap" : piece.card ? "card" : "film";
  }

  cut(gap) {
    return `${t("cut")}\n${lengthText(gap.to_us - gap.from_us)} · ${cause(gap.cause)}\n${wita(gap.from_us, "clock")} – ${wita(gap.to_us)}`;
  }

  say(text, covers) {
    if (this.said.textContent !== text) this.said.textContent = text;
    this.said.classList.toggle("covers", covers);
    this.box.classList.toggle("silent", !text);
  }
}

class Player {
  constructor(data) {
    this.from = data.from_us;
    this.to = data.to_us;
    this.us = data.from_us;
    this.rate = 1;
    this.playing = false;
    this.tiles = data.cameras.map((camera) => new Tile(camera));
    this.last = 0;
    this.heard = () => {};
    const turn = (now) => { this.turn(now); requestAnimationFrame(turn); };
    requestAnimationFrame(turn);
  }

  turn(now) {
    if (this.playing) {
      this.us = Math.min(this.to - 1, this.us + (now - this.last) * 1000 * this.rate);
      if (this.us >= this.to - 1) this.playing = false;
    }
    this.last = now;
    for (const tile of this.tiles) tile.show(this.us, this.playing ? this.rate : 0);
    this.heard(this);
  }

  seek(us) { this.us = Math.max(this.from, Math.min(this.to - 1, us)); }
  toggle() { if (!this.playing && this.us >= this.to - 1) this.us = this.from; this.playing = !this.playing; }
  step(direction) { this.playing = false; this.seek(this.us + (direction * 1e6) / 25); }
}
