// Prepares GraphiQL's storage before GraphiQL starts: the tabs, and the texts of the active tab.
// GraphiQL stores these texts a second time under separate keys and opens its editors with them.
// If the two differ, the first tab has no variables and headers, or a reload adds a tab. Therefore
// both are written from one state.
import { Kind, parse } from 'graphql';

/** Stores the server's tabs, unless the storage already has the user's edited tabs. */
export function openTabs(storage, tabs) {
  const state = storedState(storage) ?? { activeTabIndex: 0, tabs: tabs.map(openTab) };
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

/** Returns a tab in the form that GraphiQL stores. */
function openTab({ title, query, variables, headers }) {
  const operationName = firstOperation(query);
  return {
    id: crypto.randomUUID?.() ?? `${Math.random()}`, // insecure origins lack randomUUID
    title: operationName ?? title,
    query: query.includes(title) ? query : `# ${title}\n${query}`,
    variables: editorText(variables),
    headers: editorText(headers),
    operationName,
    response: null,
  };
}

function firstOperation(query) {
  try {
    const operation = parse(query).definitions.find(
      definition => definition.kind === Kind.OPERATION_DEFINITION,
    );
    return operation?.name?.value ?? null;
  } catch {
    return null;
  }
}

/** Returns the value as the text of an editor; null when it is empty. */
function editorText(value) {
  const isEmpty = value === null || Object.keys(value).length === 0;
  return isEmpty ? null : JSON.stringify(value, null, 2);
}
