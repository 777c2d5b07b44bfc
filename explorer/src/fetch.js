// GraphiQL's connection to the API. For a response that is not JSON, GraphiQL would only show
// "Unexpected token"; here a proxy's page, a stopped server and a refused WebSocket lead to a
// readable message.
import { createGraphiQLFetcher } from '@graphiql/toolkit';

import { remember } from './steps.js';

const READABLE = /\bjson\b|^multipart\//;

function failure(message) {
  return new Response(JSON.stringify({ errors: [{ message }] }), {
    headers: { 'content-type': 'application/json' },
  });
}

/** Does the same as `fetch`, but always returns JSON or multipart. */
async function answerInJson(url, options) {
  let response;
  try {
    response = await fetch(url, options);
  } catch (error) {
    return failure(`No response from ${url} (${error.message}). Check that torg is running.`);
  }
  if (READABLE.test(response.headers.get('content-type') ?? '')) {
    return response;
  }
  const text = (await response.text()).slice(0, 500);
  return failure(`${url} answered ${response.status} without JSON: ${text || 'an empty body'}`);
}

/** Returns the same responses, with a readable error when the connection fails. */
function readable(answers, url) {
  const iterator = answers[Symbol.asyncIterator]();
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      try {
        return await iterator.next();
      } catch (error) {
        // A plain object, because GraphiQL prints an Error with its stack.
        throw error instanceof Event ? { message: `No WebSocket connection to ${url}.` } : error;
      }
    },
    return: () => iterator.return(),
  };
}

/** Returns a fetcher for this path: over HTTP, and over WebSocket for subscriptions. */
export function fetcherOf(endpoint) {
  const url = new URL(endpoint, window.location.href);
  const socket = new URL(url);
  socket.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const ask = createGraphiQLFetcher({
    url: url.href,
    subscriptionUrl: socket.href,
    fetch: answerInJson,
  });
  return async (operation, options) => {
    const answers = await ask(operation, options);
    remember(operation.operationName, answers.data);
    return Symbol.asyncIterator in answers ? readable(answers, socket.href) : answers;
  };
}
