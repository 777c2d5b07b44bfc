// The prepared operations: their order, the results that later ones take from earlier ones, and the
// tab that the explorer opens with.
import { Kind, parse } from 'graphql';

/** Data of the latest result of each operation of this page, by the operation's name. */
const results = new Map();

/** Keeps the data of an operation, for the steps that take values from it. */
export function remember(operationName, data) {
  if (operationName && data) {
    results.set(operationName, data);
  }
}

/** Returns `[title, steps]` of each group, in the order of the server. */
export function groupsOf(steps) {
  const groups = new Map();
  for (const step of steps) {
    groups.set(step.group, [...(groups.get(step.group) ?? []), step]);
  }
  return [...groups];
}

/** Returns the name of the first operation of a document, or null. */
export function operationNameOf(query) {
  try {
    const operation = parse(query).definitions.find(
      definition => definition.kind === Kind.OPERATION_DEFINITION,
    );
    return operation?.name?.value ?? null;
  } catch {
    return null;
  }
}

/** Returns the values that a step takes from earlier results; empty when none has run. */
function takenValues(step) {
  const found = Object.entries(step.takes ?? {}).map(([variable, path]) => {
    const [operation, ...keys] = path.split('.');
    return [variable, keys.reduce((value, key) => value?.[key], results.get(operation))];
  });
  return Object.fromEntries(found.filter(([, value]) => value !== undefined && value !== null));
}

/** Returns `text`, the JSON of variables, with the values that a step takes from earlier results. */
export function withTakenValues(step, text) {
  const taken = takenValues(step);
  if (Object.keys(taken).length === 0) {
    return text;
  }
  try {
    return editorText({ ...JSON.parse(text || '{}'), ...taken });
  } catch {
    return text; // the user is writing it
  }
}

/** Returns the texts of the editors for a step. */
export function textsOf({ title, query, variables, headers }) {
  return {
    query: query.startsWith('#') ? query : `# ${title}\n${query}`,
    variables: editorText(variables) ?? '',
    headers: editorText(headers) ?? '',
  };
}

/** Returns the value as the text of an editor; null when it is empty. */
function editorText(value) {
  const isEmpty = value === null || Object.keys(value).length === 0;
  return isEmpty ? null : JSON.stringify(value, null, 2);
}

/**
 * Prepares GraphiQL's storage before GraphiQL starts: a tab with the first step, unless the storage
 * already has the user's tabs. GraphiQL stores the texts of the active tab a second time under
 * separate keys and opens its editors with them. If the two differ, the tab has no variables and
 * headers, or a reload adds a tab. Therefore both are written from one state.
 */
export function openFirst(storage, steps) {
  const state = storedState(storage) ?? { activeTabIndex: 0, tabs: steps.slice(0, 1).map(tabOf) };
  const active = state.tabs[state.activeTabIndex];
  if (active === undefined) {
    return; // GraphiQL opens an empty tab
  }
  storage.setItem('graphiql:tabState', JSON.stringify(state));
  for (const text of ['query', 'variables', 'headers', 'operationName']) {
    storage.setItem(`graphiql:${text}`, active[text] ?? '');
  }
}

function storedState(storage) {
  try {
    const state = JSON.parse(storage.getItem('graphiql:tabState'));
    return state.tabs.length > 0 ? state : null;
  } catch {
    return null;
  }
}

/** Returns a step as a tab, in the form that GraphiQL stores. */
function tabOf(step) {
  const operationName = operationNameOf(step.query);
  return {
    id: crypto.randomUUID?.() ?? `${Math.random()}`, // insecure origins lack randomUUID
    title: operationName ?? step.title,
    ...textsOf(step),
    operationName,
    response: null,
  };
}
