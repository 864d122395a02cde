import { join } from 'node:path';
import { z } from 'zod';

import { clientsFolder, type ClientMachine } from './client-machine.js';

const toldSchema = z.union([z.object({ value: z.unknown() }), z.object({ error: z.string() })]);
const storiesSchema = z.record(z.string(), toldSchema);

/** What the stories of a driver told, by their names. */
export class Told {
  private constructor(private readonly stories: z.output<typeof storiesSchema>) {}

  /** Runs a driver once, with all of its stories; its last line is what they told. */
  static async by(machine: ClientMachine, driver: string): Promise<Told> {
    const path = join(clientsFolder, 'drivers', driver);
    const isPython = driver.endsWith('.py');
    const run = await machine.run(isPython ? machine.world.python : process.execPath, [path]);
    const last = run.stdout.trim().split('\n').at(-1) ?? '';
    if (run.exitCode !== 0 || !last.startsWith('{'))
      throw new Error(`${driver} ended with ${run.exitCode ?? 'a signal'}:\n${run.stdout}\n${run.stderr}`);
    return new Told(storiesSchema.parse(JSON.parse(last)));
  }

  /** What a story told; throws what it threw. */
  of(story: string): unknown {
    const told = this.stories[story];
    if (told === undefined) throw new Error(`the driver has no story ${story}`);
    if ('error' in told) throw new Error(told.error);
    return told.value;
  }

  get names(): readonly string[] {
    return Object.keys(this.stories);
  }
}
