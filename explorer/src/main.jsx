// The explorer: GraphiQL with a menu of prepared operations.
import { usePluginStore } from '@graphiql/react';
import { GraphiQL } from 'graphiql';
import { useEffect } from 'react';
import { createRoot } from 'react-dom/client';

import { fetcherOf } from './fetch.js';
import { isWide, menuPanel, toggleMenu } from './menu.jsx';
import { openFirst } from './steps.js';
import { keepOnly, storageFor } from './storage.js';

const NEW_TAB = '# Write an operation here. Ctrl-Space suggests fields, Ctrl-Enter runs it.\n';

/** The text below the response. Shows the menu as soon as GraphiQL has its button. */
function Welcome({ panel, storage, licences }) {
  const hasMenu = usePluginStore().plugins.includes(panel);
  useEffect(() => {
    if (hasMenu && isWide()) {
      toggleMenu();
    }
  }, [hasMenu]);
  const startOver = () => {
    storage.clear();
    window.location.reload();
  };
  return (
    <p className="torg-welcome">
      Welcome to Torg. The menu has the steps of a procurement, by role. The Headers of a step
      contain the access token of the person who acts.{' '}
      <button type="button" onClick={startOver}>
        Reset the tabs
      </button>{' '}
      <a href={licences}>Licences</a>
    </p>
  );
}

function Explorer({ fetcher, storage, panel, licences }) {
  return (
    <GraphiQL
      fetcher={fetcher}
      storage={storage}
      plugins={[panel]}
      defaultQuery={NEW_TAB}
      defaultEditorToolsVisibility
      isHeadersEditorEnabled
      shouldPersistHeaders
    >
      <GraphiQL.Logo>Torg</GraphiQL.Logo>
      <GraphiQL.Footer>
        <Welcome panel={panel} storage={storage} licences={licences} />
      </GraphiQL.Footer>
    </GraphiQL>
  );
}

async function start(container) {
  const response = await fetch(container.dataset.steps, { cache: 'no-store' });
  if (!response.ok) {
    throw new Error(`the server answered ${response.status}`);
  }
  const { digest, endpoint, steps } = await response.json();
  const storage = storageFor(digest);
  keepOnly(digest);
  openFirst(storage, steps);
  createRoot(container).render(
    <Explorer
      fetcher={fetcherOf(endpoint)}
      storage={storage}
      panel={menuPanel(steps)}
      licences={container.dataset.licences}
    />,
  );
}

const container = document.getElementById('explorer');
start(container).catch(error => {
  container.textContent = `The explorer cannot load its steps (${error.message}). Check that torg is running, then reload the page.`;
});
