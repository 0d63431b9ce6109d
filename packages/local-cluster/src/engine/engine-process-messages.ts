import type { DataSource } from '../data/data-source.ts'
import type { EngineOptions } from './engine.ts'
import type { EngineControl } from './engine-control.ts'
import type { WarehouseOptions } from './warehouse.ts'
import type { Write } from './write-order.ts'

/** The calls of {@link EngineControl}, by name. */
export type ControlMethod = keyof EngineControl

/** Messages from the cluster to an engine's process. */
export type ToEngineProcess =
  | {
      kind: 'start'
      options: EngineOptions
      warehouse: WarehouseOptions
      address: string
      missedWrites: readonly Write[]
    }
  | { kind: 'generate'; warehouse: WarehouseOptions; source: DataSource }
  | { kind: 'control'; id: number; method: ControlMethod; args: readonly unknown[] }
  /** It is the engine's turn to write. */
  | { kind: 'write turn'; id: number }
  /** The other engines have applied the write, or there was none. */
  | { kind: 'write done'; id: number }
  /** Apply another engine's write. */
  | { kind: 'apply write'; id: number; write: Write }

/** Messages from an engine's process to the cluster. */
export type FromEngineProcess =
  | { kind: 'started' }
  | { kind: 'generated' }
  | { kind: 'failed to start'; message: string }
  | { kind: 'answer'; id: number; value: unknown }
  | { kind: 'failure'; id: number; message: string }
  | { kind: 'request write turn'; id: number }
  /** The write was done, or failed and changed nothing. */
  | { kind: 'written'; id: number; write: Write | undefined }
