import type { EngineControl } from './engine-control.ts'

/** A running engine, wherever it runs. */
export interface EngineHost {
  /** The path of the socket it takes calls on. */
  readonly address: string
  readonly control: EngineControl
  /** The process it runs in. */
  readonly pid: number
  /** Ends it in good order. */
  stop(): Promise<void>
  /** Ends it at once, as a crash would. Resolves when it is gone. */
  kill(): Promise<void>
  /** Calls back when it ends without having been told to. */
  onCrash(listener: (reason: string) => void): void
}
