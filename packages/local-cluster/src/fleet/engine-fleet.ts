import type { Strategy } from '../deployment/strategy.ts'
import type { EngineHost } from '../engine/engine-host.ts'

/** Starts engines over the same data, in whichever way. */
export interface EngineFleet {
  /** Starts the engine of a deployment, or starts it again after it was killed. It has all data written meanwhile. */
  start(strategy: Strategy): Promise<EngineHost>
  /** Frees the data, once every engine has ended. */
  close(): Promise<void>
}
