// The base that every figure is a ratio of: bare node:http + undici dispatch, bytes passed through, no features. PORT, UPSTREAM.
import http from 'node:http';
import { Pool } from 'undici';

const port = Number(process.env.PORT ?? 18000);
const pool = new Pool(process.env.UPSTREAM ?? 'http://127.0.0.1:19000', {
  connections: 2048,
  pipelining: 1,
  allowH2: false,
  keepAliveTimeout: 60_000,
});

class Relay {
  constructor(response) {
    this.response = response;
  }
  onRequestStart(controller) {
    this.controller = controller;
    this.response.on('close', () => {
      if (!this.response.writableFinished) controller.abort(new Error('client closed'));
    });
  }
  onResponseStart(_controller, status, headers) {
    this.response.writeHead(status, headers);
    this.response.flushHeaders();
  }
  onResponseData(controller, chunk) {
    if (!this.response.write(chunk)) {
      controller.pause();
      this.response.once('drain', () => controller.resume());
    }
  }
  onResponseEnd() {
    this.response.end();
  }
  onResponseError() {
    if (!this.response.headersSent) this.response.writeHead(502);
    this.response.destroy();
  }
}

http
  .createServer({ keepAliveTimeout: 65_000, requestTimeout: 0, noDelay: true }, (request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      const body = parts.length === 1 ? parts[0] : Buffer.concat(parts);
      const headers = [
        'content-type',
        'application/json',
        'authorization',
        'Bearer upstream',
        'content-length',
        String(body.length),
      ];
      pool.dispatch(
        { path: request.url, method: 'POST', headers, body, headersTimeout: 0, bodyTimeout: 0 },
        new Relay(response),
      );
    });
  })
  .listen({ port, host: '127.0.0.1', backlog: 4096 }, () => console.log('ready', process.pid));
