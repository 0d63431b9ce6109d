import type { EngineControl } from './engine-control.ts'

/** A running engine, in this process or its own. */
export interface EngineHost {
  /** The path of the socket it takes calls on. */
  readonly address: string
  readonly control: EngineControl
  /** The process it runs in. */
  readonly pid: number
  /** Stops it gracefully. */
  stop(): Promise<void>
  /** Ends it at once, as a crash would. Resolves when it is gone. */
  kill(): Promise<void>
  /** Called when it ends unexpectedly. */
  onCrash(listener: (reason: string) => void): void
}
