/* The seal: a detached CMS signature (RFC 5652) by RSA-PSS, its certificate under the office's root. All of it in plain
   JavaScript, so that it does not depend on what a browser allows a page that was opened from a disk. */
class SealError extends Error {}
class UnknownAlgorithm extends Error {}

function derParts(data, from = 0, to = data.length) {
  const parts = [];
  let at = from;
  while (at < to) {
    const start = at, tag = data[at++];
    let length = data[at++];
    if (length >= 0x80) {
      const count = length & 0x7f;
      if (count < 1 || count > 4) throw new SealError("DER");
      length = 0;
      for (let i = 0; i < count; i++) length = length * 256 + data[at++];
    }
    if ((tag & 0x1f) === 0x1f || at + length > to || !(length >= 0)) throw new SealError("DER");
    parts.push({ tag, raw: data.subarray(start, at + length), value: data.subarray(at, at + length) });
    at += length;
  }
  return parts;
}
const inside = (part) => derParts(part.value);
const same = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);
const big = (bytes) => BigInt("0x" + (hex(bytes) || "0"));
const oid = (part) => hex(part.value);

const OID = {
  signedData: "2a864886f70d010702", data: "2a864886f70d010701", contentType: "2a864886f70d010903",
  messageDigest: "2a864886f70d010904", signingTime: "2a864886f70d010905", sha256: "608648016503040201",
  pss: "2a864886f70d01010a", rsaSha256: "2a864886f70d01010b", ecdsaSha256: "2a8648ce3d040302",
  rsa: "2a864886f70d010101", ec: "2a8648ce3d0201", p256: "2a8648ce3d030107", keyId: "551d0e",
};

function pemCertificates(text) {
  return [...text.matchAll(/-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/g)].map((found) =>
    readCertificate(Uint8Array.from(atob(found[1].replace(/\s/g, "")), (c) => c.charCodeAt(0))));
}

function readCertificate(der) {
  const [tbs, algorithm, signature] = inside(derParts(der)[0]);
  const fields = inside(tbs).filter((part) => part.tag !== 0xa0); /* without the version */
  const [, , issuer, validity, subject, key] = fields;
  const [keyAlgorithm, bits] = inside(key);
  const [from, until] = inside(validity).map(derTime);
  return { der, tbs: tbs.raw, algorithm: inside(algorithm)[0], signature: signature.value.subarray(1), issuer: issuer.raw,
    subject: subject.raw, from, until, key: readKey(inside(keyAlgorithm), bits.value.subarray(1)) };
}

function readKey([kind, curve], bits) {
  if (oid(kind) === OID.rsa) {
    const [n, e] = inside(derParts(bits)[0]);
    return { kind: "rsa", n: big(n.value), e: big(e.value), bytes: n.value.length - (n.value[0] === 0 ? 1 : 0) };
  }
  if (oid(kind) === OID.ec && curve && oid(curve) === OID.p256 && bits[0] === 4)
    return { kind: "p256", x: big(bits.subarray(1, 33)), y: big(bits.subarray(33, 65)) };
  throw new UnknownAlgorithm(oid(kind));
}

function derTime(part) {
  const text = new TextDecoder().decode(part.value);
  const full = part.tag === 0x17 ? (Number(text.slice(0, 2)) < 50 ? "20" : "19") + text : text;
  return Date.UTC(+full.slice(0, 4), +full.slice(4, 6) - 1, +full.slice(6, 8), +full.slice(8, 10), +full.slice(10, 12), +full.slice(12, 14));
}

/* ---- signatures */

function power(base, exponent, modulus) {
  let result = 1n;
  for (base %= modulus; exponent > 0n; exponent >>= 1n, base = (base * base) % modulus)
    if (exponent & 1n) result = (result * base) % modulus;
  return result;
}

function bytesOf(number, length) {
  const text = number.toString(16).padStart(2 * length, "0");
  return Uint8Array.from({ length }, (_, i) => parseInt(text.substr(2 * i, 2), 16));
}

function mask(seed, length) {
  const out = new Uint8Array(length);
  for (let at = 0, counter = 0; at < length; at += 32, counter++) {
    const block = new Uint8Array(seed.length + 4);
    block.set(seed);
    new DataView(block.buffer).setUint32(seed.length, counter);
    out.set(sha256(block).subarray(0, Math.min(32, length - at)), at);
  }
  return out;
}

/* RFC 8017, 9.1.2, with SHA-256, MGF1 with SHA-256 and 32 bytes of salt. */
function goodPss(key, signature, data) {
  if (signature.length !== key.bytes) return false;
  const em = bytesOf(power(big(signature), key.e, key.n), key.bytes), hash = em.subarray(-33, -1);
  const hidden = em.subarray(0, key.bytes - 33), db = mask(hash, hidden.length).map((byte, i) => byte ^ hidden[i]);
  db[0] &= 0x7f; /* the modulus has a whole number of bytes */
  const zeros = db.length - 33;
  if (em[em.length - 1] !== 0xbc || (hidden[0] & 0x80) !== 0 || db[zeros] !== 1 || db.subarray(0, zeros).some((b) => b)) return false;
  const block = new Uint8Array(8 + 32 + 32);
  block.set(sha256(data), 8);
  block.set(db.subarray(-32), 40);
  return same(sha256(block), hash);
}

function goodPkcs1(key, signature, data) {
  const head = [0x30, 0x31, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 0x20];
  const wanted = new Uint8Array(key.bytes).fill(0xff);
  wanted.set([0, 1]);
  wanted.set([0, ...head, ...sha256(data)], key.bytes - head.length - 33);
  return signature.length === key.bytes && same(bytesOf(power(big(signature), key.e, key.n), key.bytes), wanted);
}

const P = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const G = [0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n, 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n];
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;
const modulo = (a, m) => ((a % m) + m) % m;

function inverse(a, m) {
  let [r, next, t, u] = [m, modulo(a, m), 0n, 1n];
  while (next) { const q = r / next; [r, next, t, u] = [next, r - q * next, u, t - q * u]; }
  return modulo(t, m);
}

function add(a, b) {
  if (!a) return b;
  if (!b) return a;
  if (a[0] === b[0] && modulo(a[1] + b[1], P) === 0n) return null;
  const slope = a[0] === b[0] ? (3n * a[0] * a[0] - 3n) * inverse(2n * a[1], P) : (b[1] - a[1]) * inverse(b[0] - a[0], P);
  const x = modulo(slope * slope - a[0] - b[0], P);
  return [x, modulo(slope * (a[0] - x) - a[1], P)];
}

function times(scalar, point) {
  let sum = null;
  for (; scalar > 0n; scalar >>= 1n, point = add(point, point)) if (scalar & 1n) sum = add(sum, point);
  return sum;
}

function goodEcdsa(key, signature, data) {
  const [r, s] = inside(derParts(signature)[0]).map((part) => big(part.value));
  const curve = modulo(key.y * key.y - (key.x ** 3n - 3n * key.x + B), P) === 0n;
  if (!curve || r < 1n || s < 1n || r >= N || s >= N) return false;
  const w = inverse(s, N);
  const point = add(times(modulo(big(sha256(data)) * w, N), G), times(modulo(r * w, N), [key.x, key.y]));
  return point !== null && modulo(point[0], N) === r;
}

function issued(certificate, issuer) {
  const kind = oid(certificate.algorithm);
  if (!same(certificate.issuer, issuer.subject)) return false;
  if (kind === OID.ecdsaSha256 && issuer.key.kind === "p256") return goodEcdsa(issuer.key, certificate.signature, certificate.tbs);
  if (kind === OID.rsaSha256 && issuer.key.kind === "rsa") return goodPkcs1(issuer.key, certificate.signature, certificate.tbs);
  throw new UnknownAlgorithm(kind);
}

/* Returns { at, root } (time in ms, SHA-256 of the root); throws SealError, or UnknownAlgorithm for what this page cannot do. */
function checkSeal(seal, manifest, chainText, rootText) {
  const chain = pemCertificates(chainText), [root] = pemCertificates(rootText);
  if (chain.length !== 2 || !root || !same(chain[1].der, root.der)) throw new SealError("rantai.pem");
  const [kind, wrapped] = inside(derParts(seal)[0]);
  if (oid(kind) !== OID.signedData) throw new SealError("CMS");
  const parts = inside(inside(wrapped)[0]), signers = inside(parts[parts.length - 1]);
  if (signers.length !== 1 || !same(parts[3].value, chain[0].der)) throw new SealError("sertifikat");
  const [, , , attributes, algorithm, signature] = inside(signers[0]);
  const said = Object.fromEntries(inside(attributes).map((one) => { const [name, set] = inside(one); return [oid(name), inside(set)[0]]; }));
  if (!said[OID.messageDigest] || !same(said[OID.messageDigest].value, sha256(manifest))) throw new SealError("manifest");
  const signed = Uint8Array.from(attributes.raw);
  signed[0] = 0x31;
  const how = oid(inside(algorithm)[0]), key = chain[0].key;
  if (!(how === OID.pss && key.kind === "rsa") && !(how === OID.ecdsaSha256 && key.kind === "p256")) throw new UnknownAlgorithm(how);
  if (!(how === OID.pss ? goodPss(key, signature.value, signed) : goodEcdsa(key, signature.value, signed))) throw new SealError("tanda tangan");
  const at = derTime(said[OID.signingTime]);
  if (!issued(chain[0], root) || !issued(root, root)) throw new SealError("akar");
  if (at < chain[0].from || at > chain[0].until || at < root.from || at > root.until) throw new SealError("masa berlaku");
  return { at, root: hex(sha256(root.der)), sealing: hex(sha256(chain[0].der)) };
}
