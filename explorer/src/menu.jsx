// The menu of steps, as a panel of GraphiQL. A step opens in a tab of its own.
import { useEditorContext } from '@graphiql/react';
import { useEffect, useState } from 'react';

import { groupsOf, operationNameOf, textsOf, withTakenValues } from './steps.js';

const MENU_TITLE = 'Steps';

/** Returns whether the menu fits next to the editors; explorer.css has the same width. */
export const isWide = () => window.matchMedia('(min-width: 901px)').matches;

/** Shows or hides the menu. GraphiQL's own button is the only way that also resizes the panel. */
export function toggleMenu() {
  document.querySelector(`.graphiql-sidebar button[aria-label$="${MENU_TITLE}"]`)?.click();
}

function MenuIcon(props) {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.6" {...props}>
      <path d="M4 6h2M4 12h2M4 18h2M10 6h10M10 12h10M10 18h10" strokeLinecap="round" />
    </svg>
  );
}

/** Returns a function that opens a step: in its tab if it is open already, else in a new tab. */
function useOpenStep() {
  const { tabs, activeTabIndex, addTab, changeTab, ...editors } = useEditorContext();
  // The step that the tab gets once GraphiQL has changed to it, and the tab's position.
  const [pending, setPending] = useState(null);

  useEffect(() => {
    if (pending === null || activeTabIndex !== pending.index || tabs.length <= pending.index) {
      return;
    }
    setPending(null);
    const texts = pending.texts ?? {};
    if (texts.query !== undefined) {
      editors.queryEditor?.setValue(texts.query);
      editors.headerEditor?.setValue(texts.headers);
    }
    const variables = texts.variables ?? editors.variableEditor?.getValue() ?? '';
    editors.variableEditor?.setValue(withTakenValues(pending.step, variables));
    if (!isWide()) {
      toggleMenu();
    }
  });

  return step => {
    const name = operationNameOf(step.query);
    const open = tabs.findIndex(tab => tab.title === name || tab.operationName === name);
    if (open >= 0) {
      changeTab(open);
      setPending({ step, index: open });
    } else {
      addTab();
      setPending({ step, index: tabs.length, texts: textsOf(step) });
    }
  };
}

function Menu({ steps }) {
  const openStep = useOpenStep();
  const { tabs, activeTabIndex } = useEditorContext();
  const active = tabs[activeTabIndex]?.operationName;
  return (
    <nav className="torg-steps" aria-label="Steps of a procurement">
      <h2>{MENU_TITLE}</h2>
      <p>
        Select a step, press ▶, and read the response. Within a group, run the steps from top to
        bottom.
      </p>
      {groupsOf(steps).map(([title, group], index) => (
        <details key={title} open={index === 0 || undefined}>
          <summary>{title}</summary>
          <ol>
            {group.map(step => (
              <li key={step.title}>
                <button
                  type="button"
                  aria-current={operationNameOf(step.query) === active ? 'step' : undefined}
                  onClick={() => openStep(step)}
                >
                  {step.title}
                  <small>{step.person ?? 'no token'}</small>
                </button>
              </li>
            ))}
          </ol>
        </details>
      ))}
    </nav>
  );
}

/** Returns the panel with the menu. */
export function menuPanel(steps) {
  return {
    title: MENU_TITLE,
    icon: MenuIcon,
    content: () => <Menu steps={steps} />,
  };
}
