import type { Strategy } from '../deployment/strategy.ts'
import type { EngineHost } from '../engine/engine-host.ts'

/** Starts engines over the same data. */
export interface EngineFleet {
  /** Starts or restarts the engine of a strategy, with all data written so far. */
  start(strategy: Strategy): Promise<EngineHost>
  /** Frees the data, once all engines have ended. */
  close(): Promise<void>
}
