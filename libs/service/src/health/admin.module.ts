import { Controller, Get, Header, Inject, Module, UseFilters, type DynamicModule } from '@nestjs/common';
import {
  HealthCheckService,
  HealthIndicatorService,
  TerminusModule,
  type HealthCheckResult,
  type HealthIndicatorResult,
} from '@nestjs/terminus';

import type { ServiceApplication } from '../application.js';
import type { Logger } from '../logger/logger.js';
import { mergeMetrics } from '../metrics/merge-metrics.js';
import { Metrics } from '../metrics/metrics.js';
import { LoopLag } from './loop-lag.js';
import { ProbeFilter } from './probe-filter.js';

/** What the probes of a process look at. */
export class AdminSubject {
  #started = false;
  /** Application → why it was not ready when it was last asked. */
  readonly #problems = new Map<string, string>();

  constructor(
    readonly applications: readonly ServiceApplication[],
    readonly metrics: Metrics,
    readonly loopLag: LoopLag,
    private readonly logger: Logger,
  ) {}

  /** Asks an application whether it is ready. The log hears of it when the answer changes: probes come every second. */
  async readinessOf(application: ServiceApplication): Promise<string | null> {
    const { name } = application;
    const problem = await readinessOf(application);
    if (problem === (this.#problems.get(name) ?? null)) return problem;
    if (problem === null) this.#problems.delete(name);
    else this.#problems.set(name, problem);
    if (!this.#started) return problem;
    if (problem === null) this.logger.info({ application: name }, 'Ready again.');
    else this.logger.warn({ application: name, problem }, 'Not ready.');
    return problem;
  }

  /** The startup probe answers 200 from now on. */
  markStarted(): void {
    this.#started = true;
  }

  get started(): boolean {
    return this.#started;
  }
}

/** Startup: has it started. Live: does the event loop turn, nothing else (a dead database must not restart us). Ready: each application's own word. */
@Controller()
@UseFilters(ProbeFilter)
export class AdminController {
  constructor(
    @Inject(AdminSubject) private readonly subject: AdminSubject,
    @Inject(HealthCheckService) private readonly checks: HealthCheckService,
    @Inject(HealthIndicatorService) private readonly indicators: HealthIndicatorService,
  ) {}

  @Get('health/startup')
  startup(): Promise<HealthCheckResult> {
    return this.checks.check([
      () => this.#indicate('startup', this.subject.started ? null : 'It has not started yet.'),
    ]);
  }

  @Get('health/live')
  live(): Promise<HealthCheckResult> {
    return this.checks.check([() => this.#indicate('eventLoop', this.subject.loopLag.problem())]);
  }

  @Get('health/ready')
  ready(): Promise<HealthCheckResult> {
    return this.checks.check(
      this.subject.applications.map(
        (application) => async () => this.#indicate(application.name, await this.subject.readinessOf(application)),
      ),
    );
  }

  @Get('metrics')
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  async metrics(): Promise<string> {
    const texts = this.subject.applications.map((application) => application.metrics());
    return mergeMetrics(await Promise.all([this.subject.metrics.text(), ...texts]));
  }

  #indicate(key: string, problem: string | null): HealthIndicatorResult {
    const session = this.indicators.check(key);
    return problem === null ? session.up() : session.down(problem);
  }
}

async function readinessOf(application: ServiceApplication): Promise<string | null> {
  try {
    return await application.readiness();
  } catch (error) {
    return error instanceof Error ? error.message : 'its readiness could not be told';
  }
}

@Module({})
export class AdminModule {
  static forRoot(subject: AdminSubject): DynamicModule {
    return {
      module: AdminModule,
      imports: [TerminusModule.forRoot({ errorLogStyle: 'json', logger: false })],
      controllers: [AdminController],
      providers: [{ provide: AdminSubject, useValue: subject }],
    };
  }
}
