// Stores a user's edits, so that they survive a reload. A restarted demo issues other tokens, and
// edits must not restore the old ones. Therefore the keys contain the digest of the tabs, and keys
// with another digest are removed.

const PREFIX = 'torg-explorer:';
/** Keys of preferences, which do not depend on the tabs. */
const SHARED = ['graphiql:theme'];

function storedKeys(prefix) {
  return Object.keys(localStorage).filter(key => key.startsWith(prefix));
}

/** Removes the edits of all tabs except those of `digest`. */
export function keepOnly(digest) {
  const kept = SHARED.map(key => PREFIX + key);
  for (const key of storedKeys(PREFIX)) {
    if (!key.startsWith(`${PREFIX}${digest}:`) && !kept.includes(key)) {
      localStorage.removeItem(key);
    }
  }
}

/** Returns a storage for GraphiQL, with the interface of `localStorage`, for these tabs only. */
export function storageFor(digest) {
  const own = `${PREFIX}${digest}:`;
  const fullKey = key => (SHARED.includes(key) ? PREFIX : own) + key;
  return {
    getItem: key => localStorage.getItem(fullKey(key)),
    setItem: (key, value) => localStorage.setItem(fullKey(key), value),
    removeItem: key => localStorage.removeItem(fullKey(key)),
    clear: () => storedKeys(own).forEach(key => localStorage.removeItem(key)),
    get length() {
      return storedKeys(own).length;
    },
  };
}
