import { ZoneTable } from '../types/zones.ts'
import { columnNames } from './column-names.ts'
import { DateTexts } from './date-texts.ts'
import type { Field } from './field.ts'
import { type AssembleRows, isWorthCompiling, RowAssembler } from './row-assembly.ts'
import type { TextBlock } from './text-block.ts'
import type { WorkMemory } from './work-memory.ts'

/** State shared by the batches of one result: their columns, and caches that serve later batches. */
export class ResultSchema {
  /** The column names used in rows: the fields' names, with repeated ones numbered. */
  readonly names: readonly string[]
  readonly zones = new ZoneTable()
  readonly rows: RowAssembler
  readonly dates = new DateTexts()

  constructor(
    readonly fields: readonly Field[],
    private readonly memory: WorkMemory,
  ) {
    this.names = columnNames(fields)
    this.rows = new RowAssembler(this.names)
  }

  /** Returns the function that makes `count` rows as objects that the program keeps. */
  keptObjects(count: number): AssembleRows {
    const { names, memory, rows } = this
    return isWorthCompiling(count, names) ? memory.keptRows.assembler(names, count) : rows.objects(count)
  }

  /** Working memory. Its content is valid only during the call that uses it. */
  get block(): TextBlock {
    return this.memory.block
  }
}
