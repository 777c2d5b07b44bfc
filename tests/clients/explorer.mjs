// Runs the explorer's steps once, in the order of its menu, on a fresh demo: each succeeds after the
// ones before it. Subscriptions are left out; journey.ts has one.
//   node explorer.mjs http://127.0.0.1:8080/graphql

const endpoint = process.argv[2];
const { steps } = await (await fetch(new URL('/explorer/steps.json', endpoint))).json();
const results = new Map();
const failures = [];

/** Returns the variables of a step, with those that it takes from earlier results. */
function variablesOf({ variables, takes }) {
  const taken = Object.entries(takes).map(([variable, path]) => {
    const [operation, ...keys] = path.split('.');
    return [variable, keys.reduce((value, key) => value?.[key], results.get(operation))];
  });
  return { ...variables, ...Object.fromEntries(taken.filter(([, value]) => value !== undefined)) };
}

for (const step of steps) {
  const [, kind, name] = step.query.match(/^(query|mutation|subscription)\s+(\w+)/m);
  if (kind === 'subscription') {
    continue;
  }
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...step.headers },
    body: JSON.stringify({ query: step.query, variables: variablesOf(step) }),
  });
  const { data, errors } = await response.json();
  results.set(name, data);
  const refusals = Object.values(data ?? {}).flatMap(payload => payload?.userErrors ?? []);
  if (errors || refusals.length > 0) {
    failures.push(`${step.group} / ${step.title}: ${JSON.stringify(errors ?? refusals)}`);
  }
}
console.log(`explorer: ${steps.length} steps, ${failures.length} failed`);
failures.forEach(failure => console.error(failure));
process.exit(failures.length > 0 || steps.length === 0 ? 1 : 0);
