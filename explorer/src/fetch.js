// How GraphiQL asks the API. It shows the answer's JSON, and "Unexpected token" for anything else:
// a proxy's page, a stopped server or a refused WebSocket is told in words instead.
import { createGraphiQLFetcher } from '@graphiql/toolkit';

const READABLE = /\bjson\b|^multipart\//;

function failure(message) {
  return new Response(JSON.stringify({ errors: [{ message }] }), {
    headers: { 'content-type': 'application/json' },
  });
}

/** `fetch`, whose answer is always JSON or a multipart of it. */
async function answerInJson(url, options) {
  let response;
  try {
    response = await fetch(url, options);
  } catch (error) {
    return failure(`No answer from ${url} (${error.message}). Is torg still running?`);
  }
  if (READABLE.test(response.headers.get('content-type') ?? '')) {
    return response;
  }
  const text = (await response.text()).slice(0, 500);
  return failure(`${url} answered ${response.status} without JSON: ${text || 'an empty body'}`);
}

/** The same answers, where a failed connection is an error that can be read. */
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
        // A plain object, since GraphiQL prints an Error with its stack.
        throw error instanceof Event ? { message: `No WebSocket connection to ${url}.` } : error;
      }
    },
    return: () => iterator.return(),
  };
}

/** Asks the API at this path: over HTTP, and over WebSocket for subscriptions. */
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
    return Symbol.asyncIterator in answers ? readable(answers, socket.href) : answers;
  };
}
