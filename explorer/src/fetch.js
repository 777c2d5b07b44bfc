// GraphiQL shows the answer's JSON, and "Unexpected token" for anything else. A proxy's page or
// a stopped server is told in words instead.

const READABLE = /\bjson\b|^multipart\//;

function failure(message) {
  return new Response(JSON.stringify({ errors: [{ message }] }), {
    headers: { 'content-type': 'application/json' },
  });
}

/** `fetch`, whose answer is always JSON or a multipart of it. */
export async function answerInJson(url, options) {
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
