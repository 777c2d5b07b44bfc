// The explorer: GraphiQL with tabs of prepared operations.
import { GraphiQL } from 'graphiql';
import { createRoot } from 'react-dom/client';

import { fetcherOf } from './fetch.js';
import { keepOnly, storageFor } from './storage.js';
import { openTabs } from './tabs.js';

const NEW_TAB = '# Write an operation here. Ctrl-Space suggests fields, Ctrl-Enter runs it.\n';

function Explorer({ fetcher, storage, licences }) {
  const startOver = () => {
    storage.clear();
    window.location.reload();
  };
  return (
    <GraphiQL
      fetcher={fetcher}
      storage={storage}
      defaultQuery={NEW_TAB}
      defaultEditorToolsVisibility
      isHeadersEditorEnabled
      shouldPersistHeaders
    >
      <GraphiQL.Logo>Torg</GraphiQL.Logo>
      <GraphiQL.Footer>
        <p className="torg-welcome">
          Welcome to Torg. Each tab is one step of a procurement: select a tab, press ▶ and read the
          response here. The tab’s Headers contain the access token of the person who acts.{' '}
          <button type="button" onClick={startOver}>
            Reset the tabs
          </button>{' '}
          <a href={licences}>Licences</a>
        </p>
      </GraphiQL.Footer>
    </GraphiQL>
  );
}

async function start(container) {
  const response = await fetch(container.dataset.tabs, { cache: 'no-store' });
  if (!response.ok) {
    throw new Error(`the server answered ${response.status}`);
  }
  const { digest, endpoint, tabs } = await response.json();
  const storage = storageFor(digest);
  keepOnly(digest);
  openTabs(storage, tabs);
  createRoot(container).render(
    <Explorer
      fetcher={fetcherOf(endpoint)}
      storage={storage}
      licences={container.dataset.licences}
    />,
  );
}

const container = document.getElementById('explorer');
start(container).catch(error => {
  container.textContent = `The explorer cannot load its tabs (${error.message}). Check that torg is running, then reload the page.`;
});
