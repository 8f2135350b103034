/** Whether Ronda answers, and who wants to know that the session ended. Told by every call to the API. */

class Connection {
  /** the last call got no answer */
  lost = $state(false);
  /** set by whoever knows who is signed in */
  onSignedOut: () => void = () => {};
}

export const connection = new Connection();
