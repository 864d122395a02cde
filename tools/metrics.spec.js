import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';

import { ADMIN_PORT_DISTANCE, servicePorts } from '../libs/service/dist/index.js';
import { deployed } from './rules/deployment.mjs';
import { metricsOfServices } from './rules/metrics.mjs';
import { filesIn, read } from './rules/sources.mjs';

/** What dashboards and alerts are built on: these names are promised (docs/metrics.md has all). */
const promised = [
  'apilink_dlq_messages_total',
  'apilink_edge_inflight_requests',
  'apilink_failovers_total',
  'apilink_gateway_overhead_seconds',
  'apilink_holds_open',
  'apilink_http_request_duration_seconds',
  'apilink_kafka_consumer_lag',
  'apilink_ledger_imbalance_nano_usd',
  'apilink_outbox_pending',
  'apilink_settlement_delay_seconds',
  'apilink_spool_bytes',
  'apilink_stream_end_total',
  'apilink_time_to_first_token_seconds',
  'apilink_upstream_requests_total',
];

const metrics = metricsOfServices();
const names = new Set(metrics.map(({ name }) => name));

describe('metrics', () => {
  it('have the names that are promised', () => {
    expect(promised.filter((name) => !names.has(name))).toEqual([]);
  });

  it('tell their unit, and counters that they count', () => {
    const unit = /_(?:seconds|bytes|nano_usd|total|pending|open|lag|requests|models|components|refused|away)$/;
    expect([...names].filter((name) => !unit.test(name))).toEqual([]);
    const wrong = metrics.filter(({ name, kind }) => (kind === 'counter') !== name.endsWith('_total'));
    expect(wrong).toEqual([]);
    expect(metrics.filter(({ help }) => help === '')).toEqual([]);
  });

  it('of one name are of one kind, whichever service has them', () => {
    const kinds = Map.groupBy(metrics, ({ name }) => name);
    const mixed = [...kinds].filter(([, same]) => new Set(same.map(({ kind }) => kind)).size > 1).map(([name]) => name);
    expect(mixed).toEqual([]);
  });

  it('carry no label of which there may be as many as customers', () => {
    const unbounded = /account|workspace|key|user|generation|request|trace|address|ip|path|url/;
    expect(metrics.filter(({ labels }) => labels.some((label) => unbounded.test(label)))).toEqual([]);
  });
});

describe('deploy/observability', () => {
  it('scrapes every service on its admin port', () => {
    const { scrape_configs: jobs } = parse(read('deploy/observability/prometheus.yml'));
    const targets = jobs.flatMap(({ dns_sd_configs: found }) =>
      found.flatMap(({ names: hosts, port }) => hosts.map((host) => `${host}:${port}`)),
    );
    const expected = deployed.map((name) => `${name}:${servicePorts[name] + ADMIN_PORT_DISTANCE}`);
    expect(new Set(targets)).toEqual(new Set(expected));
  });

  it('shows only metrics that exist', () => {
    const dashboards = filesIn('deploy/observability/dashboards');
    expect(dashboards.length).toBeGreaterThan(0);
    const shown = dashboards.flatMap((path) => [...read(path).matchAll(/apilink_[a-z0-9_]+/g)].map(([name]) => name));
    expect(shown.length).toBeGreaterThan(0);
    expect(shown.filter((name) => !isKnown(name))).toEqual([]);
  });
});

/** Histograms show as three. */
function isKnown(name) {
  return names.has(name) || names.has(name.replace(/_(?:bucket|sum|count)$/, ''));
}
