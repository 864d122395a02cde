import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Cluster, freeClusterPort, planCluster, type ClusterOptions } from '@apilink/local-stack';

import { portRange } from './port-range.js';

export interface TestClusterOptions extends Pick<
  ClusterOptions,
  'edges' | 'billing' | 'environment' | 'environmentOf'
> {
  /** Text of apilink.yaml; none = the built-in catalog alone. */
  readonly configuration?: string;
}

/**
 * A cluster of its own for one story, in a temporary folder and on free ports; `stop` ends and removes all of it. What
 * died by itself is in `lost`. Services, stores and what can be done to each: libs/local-stack, `Cluster`.
 */
export class TestCluster extends Cluster {
  readonly lost: string[];

  private constructor(options: ClusterOptions, lost: string[]) {
    super(options);
    this.lost = lost;
  }

  static async start(options: TestClusterOptions = {}): Promise<TestCluster> {
    const folder = mkdtempSync(join(tmpdir(), 'apilink-cluster-'));
    const { configuration, environment, ...rest } = options;
    const size = { edges: options.edges ?? 2, billing: options.billing ?? 2 };
    const configurationPath = join(folder, 'apilink.yaml');
    if (configuration !== undefined) writeFileSync(configurationPath, configuration);
    const lost: string[] = [];
    const cluster = new TestCluster(
      {
        ...rest,
        ...size,
        port: await freeClusterPort((port) => planCluster({ ...size, port }), portRange),
        folder,
        workingFolder: folder,
        isTemporary: true,
        environment: {
          PATH: process.env['PATH'],
          HOME: process.env['HOME'],
          NODE_ENV: 'test',
          ...(configuration === undefined ? {} : { APILINK_CONFIG: configurationPath }),
          ...environment,
        },
        onLost: ({ name, lastLines }) => lost.push(`${name}: ${lastLines}`),
      },
      lost,
    );
    try {
      await cluster.start();
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }
}
