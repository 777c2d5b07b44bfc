// What GraphiQL finds in its storage when it starts: the tabs, and the texts of the active one.
// GraphiQL keeps those texts a second time, under keys of their own, and opens its editors with
// them: a first tab would lack its variables and headers, and a reload could add a tab whenever
// the two differ. Both are therefore written from one state before GraphiQL reads them.
import { Kind, parse } from 'graphql';

/** Puts the server's tabs in the storage, unless the user's edited ones are there already. */
export function openTabs(storage, tabs) {
  const state = storedState(storage) ?? { activeTabIndex: 0, tabs: tabs.map(openTab) };
  const active = state.tabs[state.activeTabIndex];
  if (active === undefined) {
    return; // GraphiQL opens an empty tab of its own
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

/** A tab as GraphiQL stores it. */
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

/** The value as the text of an editor; nothing at all when there is nothing to edit. */
function editorText(value) {
  const isEmpty = value === null || Object.keys(value).length === 0;
  return isEmpty ? null : JSON.stringify(value, null, 2);
}
