/* Every sentence of the page, Indonesian first. */
const TEXTS = {
  id: {
    lang: "English", title: "Rekaman tersegel", training: "DATA LATIHAN – bukan barang bukti", offline: "Halaman ini bekerja tanpa internet. Tidak ada yang dikirim ke luar.",
    play: "Putar", pause: "Jeda", speed: "Kecepatan", back: "−10 dtk", forward: "+10 dtk", stepback: "Bingkai sebelumnya", stepon: "Bingkai berikutnya", at: "Waktu", keys: "Spasi: putar atau jeda · J dan L: 10 detik · koma dan titik: satu bingkai · klik gambar: perbesar",
    cut: "REKAMAN TERPUTUS", none: "Tidak ada rekaman pada saat ini", codec: "Peramban ini tidak dapat memutar {codec}. Buka {path} dengan VLC.", nofile: "Film tidak dapat dibuka. Biarkan BUKA-SAYA.html di dalam folder paket.",
    cameras: "Kamera", gaps: "Rekaman terputus", nogaps: "Tidak ada rekaman terputus dalam rentang ini.", camera: "Kamera", from: "Mulai", to: "Akhir", length: "Lama", cause: "Sebab",
    check: "Periksa keutuhan", checkhow: "Peramban tidak boleh membaca folder tanpa izin Anda. Pilih folder paket ini (yang namanya mulai dengan BUKTI_), atau seret ke sini. Isinya hanya dibaca di komputer ini.",
    choose: "Pilih folder paket", drop: "Lepaskan folder di sini", checking: "Memeriksa {percent}%: {path}", filesgood: "{count} berkas ({size}) cocok dengan daftarnya", filesbad: "{count} berkas rusak",
    missing: "hilang", extra: "tidak ada dalam daftar", changed: "isinya berubah", nolist: "daftar tidak terbaca", stated: "bukan yang dinyatakan", unreadable: "tidak terbaca",
    sealgood: "disegel {time}; sidik sertifikat akar di bawah ini harus sama dengan yang tercetak di BAST", sealbad: "segel tidak cocok ({why})", sealunknown: "algoritme {why} belum dikenal halaman ini; pakai `openssl cms -verify`",
    other: "bukan folder paket ini: {name}", root: "Sidik sertifikat akar (SHA-256)", rootask: "Ketik atau tempel sidik dari BAST yang tercetak:", rootsame: "sama dengan yang Anda berikan", rootother: "LAIN dari yang Anda berikan",
    SESUAI: "SESUAI", RUSAK: "RUSAK", BELUM: "BELUM DAPAT DIPASTIKAN", TIDAK: "TIDAK DIPERIKSA",
    files: "Berkas", seal: "Segel", stamp: "Cap waktu", log: "Jejak akses", witnesses: "Penjaga log", signature: "Tanda tangan kamera", time: "Ketelitian waktu", gapline: "Rekaman terputus", roles: "Peran tiap salinan", bast: "BAST",
    elsewhere: "belum diperiksa di sini; pakai `ronda verify` atau `python3 verifikasi.py`", folders: "Folder kosong tidak terlihat oleh peramban; `ronda verify` melihatnya.",
    trust: "Halaman ini ada di dalam paket yang diperiksanya. Bila ragu, pakai salinan verifikasi.py atau Ronda dari sumber lain.",
    photos: "Lembar foto", print: "Cetak lembar foto", nophotos: "Tidak ada gambar diam dalam paket ini.", frame: "Bingkai", frameof: "gambar ke-{picture} dari {film}", unmeasured: "belum diukur", uncertainty: "Ketidakpastian waktu", enhanced: "SALINAN DIPERJELAS – bukan gambar asli", original: "gambar asli", steps: "Perlakuan", page: "Lampiran foto paket",
  },
  en: {
    lang: "Bahasa Indonesia", title: "Sealed footage", training: "TRAINING DATA – no evidence", offline: "This page works without a network. Nothing is sent anywhere.",
    play: "Play", pause: "Pause", speed: "Speed", back: "−10 s", forward: "+10 s", stepback: "Previous frame", stepon: "Next frame", at: "Time", keys: "Space: play or pause · J and L: 10 seconds · comma and full stop: one frame · click a picture: enlarge",
    cut: "FOOTAGE INTERRUPTED", none: "No footage at this moment", codec: "This browser cannot play {codec}. Open {path} with VLC.", nofile: "The film cannot be opened. Leave BUKA-SAYA.html inside the package's folder.",
    cameras: "Cameras", gaps: "Interruptions", nogaps: "No interruption within this span.", camera: "Camera", from: "From", to: "To", length: "Length", cause: "Cause",
    check: "Check integrity", checkhow: "A browser may not read a folder without your permission. Choose the folder of this package (its name begins with BUKTI_), or drop it here. It is read on this computer only.",
    choose: "Choose the package's folder", drop: "Drop the folder here", checking: "Checking {percent}%: {path}", filesgood: "{count} files ({size}) match their lists", filesbad: "{count} files broken",
    missing: "is missing", extra: "is not listed", changed: "was changed", nolist: "the list cannot be read", stated: "is not the one that was stated", unreadable: "cannot be read",
    sealgood: "sealed {time}; the root certificate's fingerprint below must be the one on the printed record", sealbad: "the seal does not match ({why})", sealunknown: "this page does not know the algorithm {why}; use `openssl cms -verify`",
    other: "not the folder of this package: {name}", root: "Fingerprint of the root certificate (SHA-256)", rootask: "Type or paste the fingerprint from the printed record:", rootsame: "the same as the one you gave", rootother: "OTHER than the one you gave",
    SESUAI: "PROVEN", RUSAK: "BROKEN", BELUM: "NOT PROVEN YET", TIDAK: "NOT CHECKED",
    files: "Files", seal: "Seal", stamp: "Time stamp", log: "Access log", witnesses: "Witnesses of the log", signature: "Camera signature", time: "Time quality", gapline: "Interruptions", roles: "Role of each copy", bast: "Hand-over record",
    elsewhere: "not checked here; use `ronda verify` or `python3 verifikasi.py`", folders: "A browser does not see empty folders; `ronda verify` does.",
    trust: "This page lies in the package that it checks. When in doubt use verifikasi.py or Ronda from another source.",
    photos: "Photo sheet", print: "Print the photo sheet", nophotos: "There are no stills in this package.", frame: "Frame", frameof: "picture {picture} of {film}", unmeasured: "not measured", uncertainty: "Uncertainty of time", enhanced: "ENHANCED COPY – not the original picture", original: "original picture", steps: "Treatment", page: "Photo annex of package",
  },
};
const CAUSES = {
  id: { planned_off: "dimatikan terencana", power: "listrik padam", link: "jaringan", camera: "kamera", disk: "penyimpanan", machine: "perangkat", person: "orang", unknown: "belum diketahui" },
  en: { planned_off: "switched off as planned", power: "power cut", link: "network", camera: "camera", disk: "storage", machine: "machine", person: "person", unknown: "not known yet" },
};
let language = "id";
const t = (key, values = {}) => (TEXTS[language][key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
const cause = (key) => CAUSES[language][key] ?? key;

const ZONE_US = 8 * 3600e6; /* WITA */
function wita(us, parts = "full") {
  const text = new Date((us + ZONE_US) / 1000).toISOString();
  const clock = text.slice(11, 19).replace(/:/g, "."), day = text.slice(8, 10) + "." + text.slice(5, 7) + "." + text.slice(0, 4);
  if (parts === "clock") return clock;
  if (parts === "fine") return `${clock},${String(Math.floor((us % 1e6) / 1000)).padStart(3, "0")}`;
  return `${day} ${clock} WITA`;
}
function lengthText(us) {
  const s = Math.round(us / 1e6), pad = (n) => String(n).padStart(2, "0");
  const [hour, minute, second] = language === "id" ? ["jam", "mnt", "dtk"] : ["h", "min", "s"];
  if (s < 60) return `${s} ${second}`;
  return s < 3600 ? `${Math.floor(s / 60)} ${minute} ${pad(s % 60)} ${second}` : `${Math.floor(s / 3600)} ${hour} ${pad(Math.floor((s % 3600) / 60))} ${minute}`;
}
function sizeText(bytes) {
  const [n, unit] = bytes < 1e6 ? [bytes / 1e3, "kB"] : bytes < 1e9 ? [bytes / 1e6, "MB"] : [bytes / 1e9, "GB"];
  return `${n.toFixed(1).replace(".", language === "id" ? "," : ".")} ${unit}`;
}
