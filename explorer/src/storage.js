// What a user edits survives a reload, but belongs to the tabs it was edited from: a restarted
// demo hands out new tokens, and a tab must not come back with those of the run before.
// So the keys carry the digest of the tabs, and the keys of other digests are removed.

const PREFIX = 'torg-explorer:';
/** A taste rather than an edit: kept whatever the tabs are. */
const SHARED = ['graphiql:theme'];

function storedKeys(prefix) {
  return Object.keys(localStorage).filter(key => key.startsWith(prefix));
}

/** Removes what was stored for any other tabs than those of `digest`. */
export function keepOnly(digest) {
  const kept = SHARED.map(key => PREFIX + key);
  for (const key of storedKeys(PREFIX)) {
    if (!key.startsWith(`${PREFIX}${digest}:`) && !kept.includes(key)) {
      localStorage.removeItem(key);
    }
  }
}

/** A storage for GraphiQL, shaped like `localStorage`, that holds the edits of these tabs only. */
export function storageFor(digest) {
  const own = `${PREFIX}${digest}:`;
  const place = key => (SHARED.includes(key) ? PREFIX : own) + key;
  return {
    getItem: key => localStorage.getItem(place(key)),
    setItem: (key, value) => localStorage.setItem(place(key), value),
    removeItem: key => localStorage.removeItem(place(key)),
    clear: () => storedKeys(own).forEach(key => localStorage.removeItem(key)),
    get length() {
      return storedKeys(own).length;
    },
  };
}
