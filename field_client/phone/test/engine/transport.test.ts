/** The way to the service over real HTTP: what is not a whole answer is no answer. */

import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { looksLikeAPage, overFetch } from "../../src/engine/transport";
import { problemOf } from "../support/problems";

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function serve(answer: RequestListener): Promise<string> {
  const made = createServer(answer);
  server = made;
  await new Promise<void>((go) => made.listen(0, "127.0.0.1", go));
  return `http://127.0.0.1:${(made.address() as AddressInfo).port}`;
}

const post = (base: string, silenceMs?: number) =>
  overFetch(base, silenceMs)("POST", "/api/exchange", { "X-Signed": "yes" }, new TextEncoder().encode("{}"));

test("body, status and headers come as the service sent them", async () => {
  let asked = "";
  const url = await serve((request, response) => {
    asked = `${request.method} ${request.url} ${request.headers["x-signed"]} ${request.headers["content-type"]}`;
    response.writeHead(409, { "Content-Type": "application/problem+json", "X-Any": "a" }).end("{}");
  });
  const answer = await post(url);
  expect(asked).toBe("POST /api/exchange yes application/json");
  expect([answer.status, answer.headers["x-any"], answer.body.length]).toEqual([409, "a", 2]);
});

test("no redirect is followed", async () => {
  let asked = 0;
  const url = await serve((_, response) => {
    asked += 1;
    response.writeHead(302, { Location: "/elsewhere" }).end();
  });
  expect((await post(url)).status).toBe(302);
  expect(asked).toBe(1);
});

test("a service that is not there, breaks off or stays silent is said", async () => {
  expect((await problemOf(post("http://127.0.0.1:9"))).message).toMatch(/cannot be reached/);
  const cutting = await serve((_, response) => {
    response.writeHead(200, { "Content-Length": "100" }).write("half");
    setTimeout(() => response.destroy(), 10);
  });
  expect((await problemOf(post(cutting))).message).toMatch(/cannot be reached/);
  server?.close();
  const silent = await serve(() => undefined);
  expect((await problemOf(post(silent, 50))).message).toMatch(/did not answer in time/);
});

test("a slow answer is waited for as long as something comes", async () => {
  const url = await serve((_, response) => {
    let left = 6;
    const more = setInterval(() => {
      response.write("x");
      left -= 1;
      if (left === 0) {
        clearInterval(more);
        response.end();
      }
    }, 100);
  });
  expect((await post(url, 400)).body.length).toBe(6);
});

test.each([
  ["text/html; charset=utf-8", "", true],
  ["application/json", "  <!DOCTYPE html>", true],
  ["", "<HTML>", true],
  ["application/json", "{}", false],
])("%s with '%s' looks like a page: %s", (kind, body, looks) => {
  const answer = { status: 200, headers: { "content-type": kind }, body: new TextEncoder().encode(body) };
  expect(looksLikeAPage(answer)).toBe(looks);
});
