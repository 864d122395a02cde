import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { parse } from 'yaml';

import { mainEnvironmentSchema, servicePorts, telemetryEnvironmentSchema } from '../../libs/service/dist/index.js';
import { root } from '../bootstrap/workspace.mjs';
import { read } from './sources.mjs';

/** The services that are deployed, by the name that they have everywhere; the console is no process yet. */
export const deployed = Object.keys(servicePorts).filter((name) => name !== 'console');

/** docker-compose.yml, with its anchors resolved. */
export function composition() {
  return parse(read('docker-compose.yml'), { merge: true });
}

/** All variables that a service reads: its own, and those that every service reads. One Zod schema. */
export async function environmentSchemaOf(app) {
  const folder = join(root, 'apps', app, 'dist');
  const files = readdirSync(folder).filter((name) => name.endsWith('.config.js'));
  const modules = await Promise.all(files.map((name) => import(pathToFileURL(join(folder, name)).href)));
  const own = modules
    .flatMap((exported) => Object.entries(exported))
    .filter(([name]) => name.endsWith('EnvironmentSchema'))
    .map(([, schema]) => schema);
  if (own.length !== 1) throw new Error(`${app} has ${own.length} environment schemas instead of one`);
  return mainEnvironmentSchema.extend(telemetryEnvironmentSchema.shape).extend(own[0].shape);
}
