import type { Colour } from '../deployment/colour.ts'
import type { EngineHost } from '../engine/engine-host.ts'

/** Starts engines over the same data, in whichever way. */
export interface EngineFleet {
  /** Starts the engine of a colour, or starts it again after it was killed. It has all data written meanwhile. */
  start(colour: Colour): Promise<EngineHost>
  /** Frees the data, once every engine has ended. */
  close(): Promise<void>
}
