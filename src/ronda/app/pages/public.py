"""What the public page says, in both languages. Decides wording only; facts come in as values."""

from collections.abc import Mapping
from typing import Final

from ronda.registry.purposes import PurposeKind

TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "id": {
        "training": "DATA LATIHAN",
        "other": "English",
        "title": "CCTV umum Kutai Timur",
        "as_of": "Keadaan pada",
        "lead": "Halaman ini menunjukkan di mana kamera berada, untuk apa, menurut aturan apa, berapa lama "
        "rekaman disimpan, dan seberapa sering rekaman dibuka. Masa lalu hanya dibuka dalam kasus, "
        "dengan persetujuan orang kedua, dan setiap pembukaan tercatat.",
        "fig_cameras": "kamera aktif",
        "fig_planned": "{n} direncanakan",
        "fig_uptime": "menit kamera terekam, {month}",
        "fig_uptime_small": "{month}: {share} · target {promised}",
        "fig_asked": "permintaan rekaman",
        "fig_asked_small": "{granted} dikabulkan, {refused} ditolak, {waiting} menunggu",
        "fig_minutes": "menit kamera diserahkan",
        "fig_decision": "rata-rata sampai keputusan",
        "open_title": "Gambar yang terbuka untuk umum",
        "open_lead": "Gambar sekarang saja: kecil, bidang tertentu ditutup, tanpa masa lalu. Dibuka karena alasan "
        "ini:",
        "open_none": "Tidak ada kamera yang terbuka untuk umum. Semua gambar tertutup.",
        "where_title": "Di mana kamera berada",
        "where_lead": "Menurut desa, bukan titik atau arah kamera. Di setiap kamera harus ada papan pemberitahuan.",
        "map_label": "Peta jumlah kamera aktif menurut kecamatan; angkanya ada di tabel di bawah",
        "map_cells": "Batas tidak resmi, dari pusat desa.",
        "map_official": "Batas dari {file}.",
        "area": "Wilayah",
        "cameras": "Kamera",
        "purpose": "Tujuan dan dasar hukum",
        "kept": "Disimpan",
        "kept_days": "{n} hari (paling lama {most})",
        "planned": "direncanakan",
        "in_district": "{n} kamera",
        "no_cameras": "Belum ada kamera dalam register.",
        "more_groups": "Dan {n} kelompok lagi di kamera.csv.",
        "targets_title": "Capaian target",
        "no_list": "belum ada daftar",
        "no_rt": "belum ada daftar RT",
        "requests_title": "Permintaan rekaman",
        "requests_lead": "Hanya jumlah. Tidak ada nama, tempat, atau nomor perkara di halaman ini. Keperluan "
        "dengan kurang dari 5 permintaan dalam sebulan ditulis bersama.",
        "month": "Bulan",
        "kind": "Keperluan",
        "asked": "Diminta",
        "granted": "Dikabulkan",
        "refused": "Ditolak",
        "waiting": "Menunggu",
        "no_requests": "Belum ada permintaan.",
        "ask_title": "Bertanya, atau meminta rekaman diri sendiri",
        "contact": "Hubungi {office}: {contact}",
        "no_contact": "Hubungi {office}. Alamat dan nomor teleponnya belum diisi oleh kantor.",
        "ask_own": "Anda berhak menanyakan rekaman tentang diri Anda (UU 27/2022 tentang Pelindungan Data "
        "Pribadi). Datang atau menulis dengan identitas, tempat, tanggal, dan jam yang Anda maksud, "
        "sebelum masa simpannya lewat. KTP hanya dilihat, tidak disalin. Kantor memeriksanya dalam kasus "
        "dengan persetujuan orang kedua dan menjawab dalam 3 x 24 jam: salinan dengan orang lain disamarkan, "
        "atau penolakan dengan alasannya.",
        "not_done": "Ronda tidak mengenali wajah, tidak membaca pelat nomor, tidak mencari orang, dan tidak "
        "merekam suara.",
        "check_title": "Periksa sendiri",
        "check_lead": "Setiap pembukaan, penguncian, penyerahan, dan penolakan adalah satu entri dalam jejak "
        "akses. Titik periksa ini menandatangani seluruh jejak; bila satu entri lama diubah, titik periksa "
        "berikutnya tidak lagi cocok.",
        "check_key": "Kunci untuk memeriksa tanda tangannya:",
        "check_how": "Simpan titik periksa ini, atau jalankan saksi sendiri; ia menyebut entri mana yang berubah:",
        "check_name": "nama.anda/penjaga",
        "check_gone": "Jejak akses tidak dapat dibaca sekarang. Selama itu, tidak ada rekaman yang dapat dibuka.",
        "data_title": "Data terbuka",
        "data_lead": "CSV, UTF-8, satu baris judul. Boleh dipakai bebas dengan menyebut sumber.",
        "unmeasured": "belum diukur",
        "minutes": "{n} menit",
        "hours": "{n} jam",
        "days": "{n} hari",
        "picture_alt": "Gambar sekarang dari kamera ini, diperkecil dan sebagian ditutup",
        "taken": "Diambil {time} WITA",
        "no_past": "diperbarui setiap 5 detik, tanpa masa lalu",
        "why_open": "Mengapa terbuka:",
        "picture_rules": "Lebar paling banyak {width} piksel, {masks} bidang ditutup, paling banyak {limit} "
        "penonton bersamaan.",
        "stale": "Gambar berhenti. Gambar lama tidak ditampilkan. Halaman ini mencoba lagi sendiri.",
        "full": "Sudah {limit} penonton, batas kamera ini. Halaman ini mencoba lagi sendiri.",
        "closed": "Kamera ini tidak terbuka untuk umum.",
        "closed_how": "Umum hanya melihat kamera yang ditandai untuk itu; daftarnya ada di halaman publik.",
        "back": "Kembali ke halaman publik",
    },
    "en": {
        "training": "TRAINING DATA",
        "other": "Bahasa Indonesia",
        "title": "Public CCTV of Kutai Timur",
        "as_of": "As of",
        "lead": "This page shows where cameras are, what for, under which rule, how long footage is kept and "
        "how often it is opened. The past is opened only inside a case, with the approval of a second "
        "person, and each opening is on record.",
        "fig_cameras": "cameras in service",
        "fig_planned": "{n} planned",
        "fig_uptime": "of camera minutes recorded, {month}",
        "fig_uptime_small": "{month}: {share} · promised {promised}",
        "fig_asked": "requests for footage",
        "fig_asked_small": "{granted} granted, {refused} refused, {waiting} waiting",
        "fig_minutes": "camera minutes handed over",
        "fig_decision": "mean time to a decision",
        "open_title": "Pictures open to the public",
        "open_lead": "The picture of now only: small, parts of it masked, no past. Opened for this reason:",
        "open_none": "No camera is open to the public. All pictures are closed.",
        "where_title": "Where cameras are",
        "where_lead": "By village, not the spot or the direction of a camera. A sign must hang at each camera.",
        "map_label": "Map of cameras in service by district; the numbers stand in the table below",
        "map_cells": "Unofficial boundaries, from village centres.",
        "map_official": "Boundaries from {file}.",
        "area": "Area",
        "cameras": "Cameras",
        "purpose": "Purpose and legal basis",
        "kept": "Kept",
        "kept_days": "{n} days (at most {most})",
        "planned": "planned",
        "in_district": "{n} cameras",
        "no_cameras": "There is no camera in the register yet.",
        "more_groups": "And {n} more groups in kamera.csv.",
        "targets_title": "Targets reached",
        "no_list": "no list yet",
        "no_rt": "no list of RTs yet",
        "requests_title": "Requests for footage",
        "requests_lead": "Counts only. No name, place or case number stands on this page. Purposes with fewer "
        "than 5 requests in a month are written together.",
        "month": "Month",
        "kind": "Purpose",
        "asked": "Asked",
        "granted": "Granted",
        "refused": "Refused",
        "waiting": "Waiting",
        "no_requests": "There was no request yet.",
        "ask_title": "Ask, or ask for footage of yourself",
        "contact": "Ask {office}: {contact}",
        "no_contact": "Ask {office}. The office has not entered its address and telephone number yet.",
        "ask_own": "You have a right to ask about footage of yourself (Law 27/2022 on Personal Data Protection). "
        "Come or write with your identity, the place, day and hour you mean, before its retention "
        "ends. Your identity card is looked at, never copied. The office looks at it inside a case with the "
        "approval of a second person and answers within 3 x 24 hours: a copy in which others are hidden, or a "
        "refusal with its reason.",
        "not_done": "Ronda recognises no faces, reads no number plates, searches for nobody and records no sound.",
        "check_title": "Check it yourself",
        "check_lead": "Each opening, lock, hand-over and refusal is one entry of the access log. This checkpoint "
        "signs the whole log; if one old entry is changed, the next checkpoint no longer fits.",
        "check_key": "The key that checks its signature:",
        "check_how": "Keep this checkpoint, or run a witness of your own; it names the entry that changed:",
        "check_name": "your.name/witness",
        "check_gone": "The access log cannot be read now. As long as that lasts, no footage can be opened.",
        "data_title": "Open data",
        "data_lead": "CSV, UTF-8, one head line. Free to use if the source is named.",
        "unmeasured": "not measured yet",
        "minutes": "{n} minutes",
        "hours": "{n} hours",
        "days": "{n} days",
        "picture_alt": "The picture of now from this camera, made smaller and partly masked",
        "taken": "Taken {time} WITA",
        "no_past": "renewed every 5 seconds, no past",
        "why_open": "Why it is open:",
        "picture_rules": "At most {width} pixels wide, {masks} parts masked, at most {limit} viewers at once.",
        "stale": "The picture has stopped. An old one is not shown. This page tries again by itself.",
        "full": "There are {limit} viewers already, the limit of this camera. This page tries again by itself.",
        "closed": "This camera is not open to the public.",
        "closed_how": "The public sees only cameras marked for it; the public page lists them.",
        "back": "Back to the public page",
    },
}

KINDS: Final[Mapping[str, Mapping[str, str]]] = {
    "id": {
        "main_road": "jalan utama",
        "junction": "simpang",
        "district_office": "kantor kecamatan",
        "village_office": "kantor desa/kelurahan",
        "library": "perpustakaan",
        "help_centre": "pusat bantuan",
        "puskesmas": "puskesmas",
        "school": "sekolah",
        "market": "pasar",
        "village_road": "jalan desa",
        "patrol_post": "pos ronda",
        "neighbourhood": "tingkat RT",
    },
    "en": {
        "main_road": "main road",
        "junction": "junction",
        "district_office": "district office",
        "village_office": "village office",
        "library": "library",
        "help_centre": "help centre",
        "puskesmas": "puskesmas (health centre)",
        "school": "school",
        "market": "market",
        "village_road": "village road",
        "patrol_post": "RT patrol post",
        "neighbourhood": "RT level",
    },
}

PURPOSE_KINDS: Final[Mapping[str, Mapping[PurposeKind, str]]] = {
    "id": {
        PurposeKind.PUBLIC_ORDER: "Keamanan dan ketertiban umum",
        PurposeKind.TRAFFIC: "Keselamatan lalu lintas",
        PurposeKind.BUILDINGS: "Keamanan gedung dan aset daerah",
        PurposeKind.COUNTERS: "Ketertiban ruang pelayanan",
        PurposeKind.SCHOOLS: "Keselamatan di sekolah",
        PurposeKind.HEALTH: "Keamanan fasilitas kesehatan",
        PurposeKind.HAZARDS: "Pemantauan bencana",
        PurposeKind.REGIONAL_RULE: "Tujuan menurut aturan daerah",
    },
    "en": {
        PurposeKind.PUBLIC_ORDER: "Public safety and order",
        PurposeKind.TRAFFIC: "Road safety",
        PurposeKind.BUILDINGS: "Security of public buildings and property",
        PurposeKind.COUNTERS: "Order at public counters",
        PurposeKind.SCHOOLS: "Safety at schools",
        PurposeKind.HEALTH: "Security of health centres",
        PurposeKind.HAZARDS: "Watch for floods, fires and other hazards",
        PurposeKind.REGIONAL_RULE: "A purpose set by a rule of the region",
    },
}

PURPOSES: Final[Mapping[str, Mapping[str, str]]] = {
    "id": {
        "investigation": "penyelidikan dan penyidikan",
        "missing_person": "orang hilang",
        "traffic_accident": "kecelakaan lalu lintas",
        "disaster": "bencana",
        "own_footage": "rekaman diri sendiri (warga)",
        "together": "beberapa keperluan, digabung karena sedikit",
    },
    "en": {
        "investigation": "criminal investigation",
        "missing_person": "missing person",
        "traffic_accident": "traffic accident",
        "disaster": "disaster",
        "own_footage": "footage of oneself (citizens)",
        "together": "several purposes, together as they are few",
    },
}


def number(value: float, lang: str, digits: int = 0) -> str:
    """`1.234,5` in Indonesian, `1,234.5` in English."""
    text = f"{value:,.{digits}f}"
    return text.translate(str.maketrans(",.", ".,")) if lang == "id" else text


def wait_text(us: float | None, lang: str) -> str:
    """Minutes up to two hours, hours up to two days, then days; unmeasured is said so."""
    texts = TEXTS[lang]
    if us is None:
        return texts["unmeasured"]
    minutes = us / 60_000_000
    if minutes < 120:
        return texts["minutes"].format(n=number(minutes, lang))
    if minutes < 2880:
        return texts["hours"].format(n=number(minutes / 60, lang, 1))
    return texts["days"].format(n=number(minutes / 1440, lang, 1))
