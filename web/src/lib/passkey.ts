/** The browser's side of a passkey: options of the server in, its answer out. Null when the browser made or showed none. */

/** Browsers offer passkeys over HTTPS and on localhost, never on a bare IP address. */
export function passkeysWork(place: Location = location): boolean {
  const bare = /^[\d.]+$|:/.test(place.hostname);
  return !bare && window.isSecureContext && typeof PublicKeyCredential !== "undefined" && "parseCreationOptionsFromJSON" in PublicKeyCredential;
}

export async function makePasskey(options: unknown): Promise<object | null> {
  try {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options as PublicKeyCredentialCreationOptionsJSON);
    return asJson(await navigator.credentials.create({ publicKey }));
  } catch {
    return null;
  }
}

export async function showPasskey(options: unknown): Promise<object | null> {
  try {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options as PublicKeyCredentialRequestOptionsJSON);
    return asJson(await navigator.credentials.get({ publicKey }));
  } catch {
    return null;
  }
}

function asJson(made: Credential | null): object | null {
  return made instanceof PublicKeyCredential ? (made.toJSON() as object) : null;
}
