// A client as in a frontend: one function over fetch, one over graphql-ws, typed by the generated
// documents.
import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { print } from "graphql";
import { createClient } from "graphql-ws";
import WebSocket from "ws";

export class Client {
  constructor(private readonly url: string, private readonly token?: string) {}

  async run<Data, Variables>(document: TypedDocumentNode<Data, Variables>, variables: Variables): Promise<Data> {
    const headers: Record<string, string> = {
      "content-type": "application/json",
      accept: "application/graphql-response+json",
    };
    if (this.token) headers.authorization = `Bearer ${this.token}`;
    const body = JSON.stringify({ query: print(document), variables });
    const response = await fetch(this.url, { method: "POST", headers, body });
    const { data, errors } = (await response.json()) as { data?: Data; errors?: unknown[] };
    if (errors || !data) throw new Error(`${response.status}: ${JSON.stringify(errors)}`);
    return data;
  }

  // Subscribes, runs `then`, and returns the first event that `wanted` accepts.
  async next<Data, Variables>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
    then: () => Promise<unknown>,
    wanted: (data: Data) => boolean,
  ): Promise<Data> {
    const client = createClient({
      url: this.url.replace(/^http/, "ws"),
      webSocketImpl: WebSocket,
      connectionParams: this.token ? { authorization: `Bearer ${this.token}` } : {},
    });
    try {
      const operation = { query: print(document), variables: variables as Record<string, unknown> };
      const results = client.iterate<Data>(operation);
      const first = results.next();
      // The protocol does not confirm a subscription, so the client waits for it to begin.
      await new Promise((resolve) => setTimeout(resolve, 500));
      await then();
      for (let result = await first; !result.done; result = await results.next()) {
        if (result.value.errors) throw new Error(JSON.stringify(result.value.errors));
        if (result.value.data && wanted(result.value.data)) return result.value.data;
      }
      throw new Error("the subscription ended");
    } finally {
      await client.dispose();
    }
  }
}
