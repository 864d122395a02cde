/** A server on 127.0.0.1 in a session of its own: Ctrl-C reaches us, not it. */
export interface LocalServer {
  readonly port: number;
  /** Of the running process; another one after `restart`. */
  readonly pid: number;
  /** Ends it in order; resolves when it has ended. Does nothing when it does not run. */
  stop(): Promise<void>;
  /** SIGKILL; resolves when it has ended. */
  kill(): Promise<void>;
  /** Starts it again on the same port with the same data, after `stop` or `kill`; one that runs is stopped before. */
  restart(): Promise<void>;
}

/** How every server here is started. */
export interface LocalServerOptions {
  /** Of this server alone: its data, its log, its lock. Created when missing; a leftover of a killed run is ended. */
  readonly folder: string;
  /** Default: a free one. */
  readonly port?: number;
  /** Told of each long step in a short sentence. */
  readonly onProgress?: (step: string) => void;
  /** Told when the server ends without `stop` and `kill`. */
  readonly onUnexpectedExit?: (lastLines: string) => void;
}
